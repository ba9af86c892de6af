//! The provider itself. The benchmark compiles this file into its own program as well: the same work on either side of the boundary.

use std::hint::black_box;

use plugin_api::Mailbox;
use plugin_api::prelude::*;
use plugin_api::serde_json::json;

/// What is done about each message.
#[plugin_api::settings]
#[derive(Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Work {
    /// It is accepted.
    Nothing,
    /// It is written as JSON first, as for any service with an HTTP interface.
    Json,
}

pub(crate) struct Noop {
    pub(crate) work: Work,
    /// What `check` says whose account it is.
    pub(crate) account: fn() -> String,
}

#[async_trait]
impl EmailProvider for Noop {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_limit(Capability::MaxBatch, 500)
    }

    async fn send(&self, message: &Message, _context: &CallContext) -> Result<Receipt, SendError> {
        if let Work::Json = self.work {
            black_box(written(message));
        }
        let id = message.tracking_id().to_string();
        Ok(Receipt::new(ProviderMessageId::new(id)))
    }

    async fn check(&self, _context: &CallContext) -> Result<CheckReport, SendError> {
        Ok(CheckReport::new((self.account)()))
    }
}

impl UnsubscribeHandler for Noop {}

fn written(message: &Message) -> String {
    let to: Vec<&str> = message.to().map(Mailbox::address).collect();
    let body = json!({
        "From": message.from().address(),
        "To": to,
        "Subject": message.subject(),
        "HtmlBody": message.html_body(),
    });
    body.to_string()
}
