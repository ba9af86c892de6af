//! Several messages: each its own, side by side over as many connections as are allowed.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};
use plugin_api::{CallContext, Message, Receipt, SendError, SendErrorKind};

use crate::provider::SmtpPlugin;

/// Messages in one call: one claim of the host, a handful of them on each connection.
pub(crate) const MAX_MESSAGES: u64 = 50;

/// Sends them, and gives the outcomes in their order. After "slow down", and after the soft deadline, none is begun.
pub(crate) async fn send(
    plugin: &SmtpPlugin,
    messages: &[Message],
    context: &CallContext,
) -> Vec<Result<Receipt, SendError>> {
    let slow_down = AtomicBool::new(false);
    let one = async |message: &Message| {
        if slow_down.load(Ordering::Relaxed) {
            let says = "smtp: not sent: the server asked to slow down earlier in this batch";
            return Err(SendError::throttled(None, says));
        }
        if context.soft_remaining().is_zero() {
            return Err(SendError::unavailable(
                "smtp: not begun before the batch's soft deadline",
            ));
        }
        let outcome = plugin.send_one(message, context).await;
        if let Err(error) = &outcome
            && matches!(error.kind, SendErrorKind::Throttled { .. })
        {
            slow_down.store(true, Ordering::Relaxed);
        }
        outcome
    };
    stream::iter(messages.iter().map(one))
        .buffered(plugin.connections())
        .collect()
        .await
}
