//! The trait every mail service implements.

use async_trait::async_trait;

use crate::{
    CallContext, Capabilities, CheckReport, Event, Lookup, Message, Receipt, SendError, SentQuery,
    SuppressionChange, SuppressionEdit, SuppressionPage, SuppressionQuery, UnsubscribeHandler,
    WebhookError, WebhookErrorKind, WebhookRequest,
};

/// A mail service.
///
/// # What implementers must do
/// - Never send the same message twice in one call, and never retry inside a call after a request may have been read: say
///   [`SendErrorKind::InDoubt`](crate::SendErrorKind::InDoubt) and let the host decide.
/// - Carry [`Message::tracking_id`] to the service as metadata named `TrackingId`, so that webhooks and searches give it back; the other ids
///   under the names in [`metadata`](crate::metadata), as far as the service has room.
/// - Mail exactly the recipients that the message shows; masked ones are not shown.
/// - Keep secrets and addresses out of errors and logs.
///
/// # What callers may rely on
/// - Calls may overlap; one that hangs delays no other by more than a worker thread.
/// - Dropping a call's future stops its work at the next await point. Whether the message left is then unknown.
/// - A panic is caught and becomes `InDoubt` in `send` and `send_batch`, `Unknown` in `find_sent`, refused in `check`.
/// - Each call ends at the context's hard deadline, as `InDoubt` (or `Unknown`) if nothing better is known.
#[async_trait]
pub trait EmailProvider: Send + Sync {
    /// What this instance can do, with its settings. Asked once, after creation; must not block.
    fn capabilities(&self) -> Capabilities;

    /// Sends one message.
    ///
    /// # Errors
    /// The kind says what the host does next; see [`SendErrorKind`](crate::SendErrorKind).
    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError>;

    /// Sends several messages, at most [`Capability::MaxBatch`](crate::Capability::MaxBatch) of them. Results come in the same order;
    /// one that is missing counts as `InDoubt`.
    ///
    /// The deadlines hold for the whole batch, and one that is stopped at the hard deadline loses the results it had: answer for what is
    /// left before. The default sends one by one, and begins none after the soft deadline.
    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        let mut results = Vec::with_capacity(messages.len());
        for message in messages {
            results.push(if context.soft_remaining().is_zero() {
                Err(SendError::unavailable(
                    "not begun before the batch's soft deadline",
                ))
            } else {
                self.send(message, context).await
            });
        }
        results
    }

    /// Looks for messages whose outcome is in doubt. Answers come in the same order; one that is missing counts as `Unknown`. The
    /// default cannot look, and says so.
    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        let _ = context;
        let unable =
            || Lookup::unknown("this provider has no search; settle it by webhooks or by hand");
        queries.iter().map(|_| unable()).collect()
    }

    /// Are the credentials and the connection good, and whose account is it?
    ///
    /// # Errors
    /// As for `send`; a `ProviderRefused` names what to correct.
    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError>;

    /// Turns a webhook into events, and verifies the service's signature where it has one. The same request gives
    /// the same events, so that stored requests can be replayed; one that cannot be judged yet (a certificate must be fetched first) is
    /// `Failed`, and the service sends it again. Must not block. The default takes no webhooks.
    ///
    /// # Errors
    /// See [`WebhookErrorKind`].
    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        let _ = request;
        Err(WebhookError::new(
            WebhookErrorKind::Unsupported,
            "this provider takes no webhooks",
        ))
    }

    /// One page of the service's suppression list. The default has no such list.
    ///
    /// # Errors
    /// `Unsupported` where there is no list; otherwise as for `send`.
    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        let _ = (query, context);
        Err(no_suppressions())
    }

    /// Puts addresses on the service's suppression list; one answer for each, in order. One that is missing counts as `Unknown`.
    ///
    /// # Errors
    /// As for [`EmailProvider::list_suppressions`].
    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let _ = (edit, context);
        Err(no_suppressions())
    }

    /// Takes addresses off the service's suppression list; one answer for each, in order. One that is missing counts as `Unknown`.
    ///
    /// # Errors
    /// As for [`EmailProvider::list_suppressions`].
    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let _ = (edit, context);
        Err(no_suppressions())
    }
}

fn no_suppressions() -> SendError {
    SendError::unsupported("suppressions", "this provider keeps no suppression list")
}

/// Both halves of a provider: what the host holds, whether it came from a library or is a mock.
pub trait Provider: EmailProvider + UnsubscribeHandler {}

impl<T: EmailProvider + UnsubscribeHandler + ?Sized> Provider for T {}
