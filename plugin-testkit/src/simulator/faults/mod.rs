//! Misbehaviour on request: which fault, for which request, how often.

mod plan;
mod rule;
mod script;

pub use plan::Faults;
pub use rule::{FaultRule, When};
pub use script::{FaultScript, ScriptError};

pub(super) use plan::Decision;
pub(super) use rule::MessageFacts;

use serde::{Deserialize, Serialize};

/// One way to misbehave. "Accepted" means the messages are in the ledger, whatever the client sees; a request the service
/// would have refused is refused inside, too, and accepts nothing.
///
/// In TOML and JSON: `{ kind = "server-error", accepted = true }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// Answers late, in real milliseconds. Adds to whatever other fault the request meets.
    Latency {
        /// Real milliseconds before the request is looked at.
        ms: u64,
    },
    /// HTTP 429, nothing accepted.
    Throttled {
        /// Real seconds until it may be tried again: `Retry-After` at Postmark, the moment in `X-RateLimit-Reset` at SendGrid. No header
        /// without it.
        #[serde(default)]
        retry_after_secs: Option<u64>,
    },
    /// HTTP 500; at Postmark error 101.
    ServerError {
        /// Whether the messages were accepted before the failure.
        #[serde(default)]
        accepted: bool,
    },
    /// HTTP 503, nothing accepted; at Postmark error 100.
    Maintenance {},
    /// HTTP 401, as if the token had been revoked; nothing accepted. At Postmark error 10.
    Unauthorized {},
    /// As if every recipient were suppressed. Postmark refuses in one of its wordings and accepts nothing; SendGrid accepts, and drops
    /// everybody afterwards.
    Inactive {
        /// Which of Postmark's known wordings.
        #[serde(default)]
        wording: InactiveWording,
    },
    /// Accepts, and delivers late: Postmark says so in its answer, which has no error code then; SendGrid says so by an event.
    Delayed {},
    /// Reads the request and never answers; the connection stays open until the client gives up.
    Hang {
        /// Whether the messages were accepted.
        #[serde(default)]
        accepted: bool,
    },
    /// Accepts, then closes the connection without an answer.
    DropAfterAccept {},
    /// Resets the connection (RST). Not accepted: before a byte of the request is read, unless the rule looks into the
    /// message, which needs reading.
    Reset {
        /// Whether the request is first read and its messages accepted.
        #[serde(default)]
        accepted: bool,
    },
    /// Accepts, and answers 200 with JSON of another shape.
    WrongJson {},
    /// Accepts, and answers 200 with the first half of the JSON as if it were all: half of nothing, where the service answers without a
    /// body.
    TruncatedJson {},
    /// Accepts, announces the full length and closes in the middle of the body; where there is none, before the end of an announced one.
    CutBody {},
    /// An HTML page from something in front of the service.
    ProxyHtml {
        /// The HTTP status, 400 to 599; 403 and 502 are the usual ones.
        status: u16,
        /// Whether the service behind the proxy accepted the messages.
        #[serde(default)]
        accepted: bool,
    },
}

impl Fault {
    /// Whether the service handles the request before the fault shows.
    pub(super) fn accepts(&self) -> bool {
        match self {
            Self::ServerError { accepted }
            | Self::Hang { accepted }
            | Self::Reset { accepted }
            | Self::ProxyHtml { accepted, .. } => *accepted,
            Self::DropAfterAccept {}
            | Self::WrongJson {}
            | Self::TruncatedJson {}
            | Self::CutBody {}
            | Self::Delayed {}
            | Self::Latency { .. } => true,
            Self::Throttled { .. }
            | Self::Maintenance {}
            | Self::Unauthorized {}
            | Self::Inactive { .. } => false,
        }
    }
}

/// The wordings of Postmark's error 406 that were seen over the years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InactiveWording {
    /// The documented form of a batch item, singular, one line.
    Documented,
    /// The form in the official clients' fixtures: "recipient(s) that have been marked".
    #[default]
    Clients,
    /// The older live form: the same sentences on three lines.
    Lines,
}
