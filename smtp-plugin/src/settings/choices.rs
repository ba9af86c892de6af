//! The settings that are one of a few words.

use lettre::transport::smtp::authentication::Mechanism;
use plugin_api::schemars::JsonSchema;
use serde::Deserialize;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
        #[schemars(crate = "plugin_api::schemars")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }
    )*};
}

choices! {
    /// How the connection is encrypted.
    #[derive(Default)]
    Encryption {
        /// Plain at first, then upgraded before anything of worth is said. A server that offers no upgrade is refused.
        #[default]
        StartTls,
        /// From the first byte.
        Implicit,
        /// Not at all.
        None
    }
    /// How to log in.
    AuthMechanism {
        /// RFC 4616.
        Plain,
        /// Old, and all that some servers have.
        Login,
        /// An OAuth 2 access token as password.
        Xoauth2
    }
    /// What to be notified of (RFC 3461).
    DsnNotify {
        /// Nothing.
        Never,
        /// Deliveries.
        Success,
        /// Failures.
        Failure,
        /// Delays.
        Delay
    }
    /// What a notification returns of the message (RFC 3461).
    #[derive(Default)]
    DsnReturn {
        /// Its headers.
        #[default]
        Headers,
        /// All of it.
        Full
    }
}

impl Encryption {
    pub(super) fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

impl From<AuthMechanism> for Mechanism {
    fn from(mechanism: AuthMechanism) -> Self {
        match mechanism {
            AuthMechanism::Plain => Self::Plain,
            AuthMechanism::Login => Self::Login,
            AuthMechanism::Xoauth2 => Self::Xoauth2,
        }
    }
}

impl DsnNotify {
    /// As RCPT says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Never => "NEVER",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Delay => "DELAY",
        }
    }
}

impl DsnReturn {
    /// As MAIL says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Headers => "HDRS",
            Self::Full => "FULL",
        }
    }
}
