//! The host's side of the boundary: a loaded library behind the same traits its author implemented.

use std::time::Duration;

use abi_stable::std_types::{RString, RVec};
use async_trait::async_trait;

use super::adapter::{complete, unanswered};
use super::convert::suppressions::{ADD, REMOVE};
use super::record::*;
use super::table::ProviderBox;
use crate::{
    CallContext, Capabilities, CheckReport, EmailProvider, Event, Lookup, Message, Receipt,
    RefusalScope, SendError, SentQuery, SuppressionChange, SuppressionEdit, SuppressionPage,
    SuppressionQuery, Unsubscribe, UnsubscribeHandler, UnsubscribeLink, WebhookError,
    WebhookRequest,
};
use wait::{Broken, finish, settle};

mod log;
mod module;
mod wait;

pub use log::HostLog;
pub use module::{ForeignModule, LayoutReport, OpenError};

/// A provider instance made by a loaded library.
///
/// Its calls keep their deadlines even if the plugin does not, and a panic anywhere in the plugin is an error like any other. Needs a
/// tokio runtime with timers around its asynchronous calls. Dropping it ends the instance's runtime without waiting; see
/// [`ForeignProvider::shutdown`].
pub struct ForeignProvider {
    object: ProviderBox,
    capabilities: Capabilities,
}

impl ForeignProvider {
    fn new(object: ProviderBox) -> Self {
        let capabilities = object.capabilities().into();
        Self {
            object,
            capabilities,
        }
    }

    /// Tells the plugin to finish; returns when it has, or after the grace.
    pub async fn shutdown(&self, grace: Duration) {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let stopped = self.object.shutdown(grace_ms);
        // Whatever happened, the instance is dropped next.
        let _ = finish(grace, stopped).await;
    }

    async fn suppressions(
        &self,
        request: SuppressionRequestRecord,
        context: &CallContext,
    ) -> Result<SuppressionAnswerRecord, SendError> {
        let answer = self.object.suppressions(request, context.into());
        settle(finish(context.hard_remaining(), answer).await)
    }

    async fn change_suppressions(
        &self,
        operation: u32,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let request = SuppressionRequestRecord::change(operation, edit);
        let answer = self.suppressions(request, context).await?;
        Ok(complete(answer.into(), edit.addresses.len(), unanswered))
    }
}

#[async_trait]
impl EmailProvider for ForeignProvider {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        let answer = self.object.send(message.envelope.clone(), context.into());
        settle(finish(context.hard_remaining(), answer).await).map(Into::into)
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        let envelopes = messages
            .iter()
            .map(|message| message.envelope.clone())
            .collect();
        let answers = self.object.send_batch(envelopes, context.into());
        let (answers, missing) = match finish(context.hard_remaining(), answers).await {
            Ok(answers) => (
                answers,
                "the plugin gave fewer results than messages".to_owned(),
            ),
            Err(Broken(why)) => (RVec::new(), why),
        };
        let results = answers
            .into_iter()
            .map(|answer| answer.into_result().map(Into::into).map_err(Into::into))
            .collect();
        complete(results, messages.len(), || {
            Err(SendError::in_doubt(missing.clone()))
        })
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        let records = queries.iter().map(QueryRecord::from).collect();
        let answers = self.object.find_sent(records, context.into());
        let (found, missing) = match finish(context.hard_remaining(), answers).await {
            Ok(found) => (
                found,
                "the plugin gave fewer answers than it was asked for".to_owned(),
            ),
            Err(Broken(why)) => (RVec::new(), why),
        };
        let found = found.into_iter().map(Lookup::from).collect();
        complete(found, queries.len(), || Lookup::unknown(missing.clone()))
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        let answer = self.object.check(context.into());
        match finish(context.hard_remaining(), answer).await {
            Ok(answer) => answer.into_result().map(Into::into).map_err(Into::into),
            Err(Broken(why)) => Err(SendError::refused(RefusalScope::Provider, why)),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        let events = self.object.parse_webhook(request.into()).into_result()?;
        Ok(events.into_iter().map(Into::into).collect())
    }

    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        let request = SuppressionRequestRecord::list(query);
        self.suppressions(request, context).await.map(Into::into)
    }

    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.change_suppressions(ADD, edit, context).await
    }

    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.change_suppressions(REMOVE, edit, context).await
    }
}

impl UnsubscribeHandler for ForeignProvider {
    fn render_unsubscribe(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        let request = LinkRequestRecord {
            stream: stream.map(RString::from).into(),
            extensions: RVec::new(),
        };
        self.object.render_unsubscribe(request).into()
    }

    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        let found = self
            .object
            .process_unsubscribe(request.into())
            .into_result()?;
        let list = found.into_option();
        Ok(list.map(|records| records.into_iter().map(Into::into).collect()))
    }
}
