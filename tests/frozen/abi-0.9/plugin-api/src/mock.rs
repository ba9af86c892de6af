//! A mock of both traits, for a host's unit tests.

use async_trait::async_trait;

use crate::{
    CallContext, Capabilities, CheckReport, EmailProvider, Event, Lookup, Message, Receipt,
    SendError, SentQuery, SuppressionChange, SuppressionEdit, SuppressionPage, SuppressionQuery,
    Unsubscribe, UnsubscribeHandler, UnsubscribeLink, WebhookError, WebhookRequest,
};

mockall::mock! {
    /// A provider whose every answer a test decides.
    #[derive(Debug)]
    pub Provider {}

    #[async_trait]
    impl EmailProvider for Provider {
        fn capabilities(&self) -> Capabilities;
        async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError>;
        async fn send_batch(&self, messages: &[Message], context: &CallContext) -> Vec<Result<Receipt, SendError>>;
        async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup>;
        async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError>;
        fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError>;
        async fn list_suppressions(&self, query: &SuppressionQuery, context: &CallContext) -> Result<SuppressionPage, SendError>;
        async fn add_suppressions(&self, edit: &SuppressionEdit, context: &CallContext) -> Result<Vec<SuppressionChange>, SendError>;
        async fn remove_suppressions(&self, edit: &SuppressionEdit, context: &CallContext) -> Result<Vec<SuppressionChange>, SendError>;
    }

    impl UnsubscribeHandler for Provider {
        fn render_unsubscribe<'a>(&self, stream: Option<&'a str>) -> Option<UnsubscribeLink>;
        fn process_unsubscribe(&self, request: &WebhookRequest) -> Result<Option<Vec<Unsubscribe>>, WebhookError>;
    }
}
