//! What keeps a simulator from starting.

use std::net::SocketAddr;

use thiserror::Error;

/// Why a simulator did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or the address is not of this machine.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A setting that cannot work.
    #[error("simulator setting `{field}` {problem}")]
    Setting {
        /// The field of the configuration.
        field: &'static str,
        /// What was expected and found.
        problem: String,
    },
    /// The client that posts webhooks could not be made.
    #[error("the webhook client could not be set up: {0}")]
    WebhookClient(#[source] reqwest::Error),
}

impl StartError {
    pub(super) fn setting(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting {
            field,
            problem: problem.into(),
        }
    }
}
