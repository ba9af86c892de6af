//! What a test can configure: one act for each method.

use plugin_api::Secret;

use crate::act::Act;

/// A token, and how to misbehave where.
#[plugin_api::settings]
pub(crate) struct Settings {
    /// Required, and not empty.
    pub token: Secret,
    /// The account that `check` reports.
    #[serde(default)]
    pub account: String,
    /// Address of a TCP listener that hears what happens here, and lets go of blocked threads by hanging up.
    pub signal: Option<String>,
    /// In the constructor.
    pub create: Option<Act>,
    /// In `shutdown`.
    pub shutdown: Option<Act>,
    /// In the destructor.
    pub drop: Option<Act>,
    /// In `capabilities`.
    pub capabilities: Option<Act>,
    /// In `send`.
    pub send: Option<Act>,
    /// In `send_batch`.
    pub send_batch: Option<Act>,
    /// In `find_sent`.
    pub find_sent: Option<Act>,
    /// In `check`.
    pub check: Option<Act>,
    /// In `parse_webhook`.
    pub parse_webhook: Option<Act>,
    /// In all methods for suppressions.
    pub suppressions: Option<Act>,
    /// In `render_unsubscribe`.
    pub render_unsubscribe: Option<Act>,
    /// In `process_unsubscribe`.
    pub process_unsubscribe: Option<Act>,
}
