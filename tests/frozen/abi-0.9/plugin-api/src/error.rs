//! What can go wrong, named by what the host does next.

use std::error::Error;
use std::time::Duration;

/// Why a message was not accepted, or may not have been.
///
/// The kind decides; nobody reads the text to find out what to do. `Display` is one line for an operator: what was expected, what
/// was found, what to do. It must not hold a secret or a mail address. The cause is kept apart, see [`Error::source`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct SendError {
    /// What the host does next.
    pub kind: SendErrorKind,
    /// One line for an operator.
    pub message: String,
    /// The service's own number or word for it, such as `422/406`.
    pub provider_code: Option<String>,
    /// What lies underneath; its complete text crosses the boundary.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What the host does next with a message that was not plainly accepted.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// Every provider would refuse it. Final: rejected.
    InvalidMessage {
        /// The field at fault, spelled as in the sending API, when it is known.
        field: Option<String>,
    },
    /// The service will not mail these people. Final for them; no other provider is asked for them. Recipients that are not
    /// named are in doubt.
    RecipientSuppressed {
        /// The addresses the service named, in its spelling.
        addresses: Vec<String>,
    },
    /// Token, sender, plan or request form refused. The scope rests, an operator is told, another provider may take the message.
    ProviderRefused {
        /// How much is refused.
        scope: RefusalScope,
    },
    /// The service asks to slow down; nothing was accepted.
    Throttled {
        /// How long it asks to wait, when it says so.
        retry_after: Option<Duration>,
    },
    /// Certainly not accepted: refused connection, 503 before acceptance. Retry or another provider.
    Unavailable,
    /// Perhaps accepted: time-out after the request was written, reset, cut or garbled answer, 500, panic. Nothing is sent again until
    /// evidence settles it.
    InDoubt,
    /// This provider cannot carry this message; another may.
    Unsupported {
        /// What it cannot carry: a capability, a limit, a field.
        what: String,
    },
}

/// How much of a provider a refusal concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalScope {
    /// This sender address.
    Sender,
    /// This message stream.
    Stream,
    /// This account or token.
    Account,
    /// The whole provider.
    Provider,
}

/// Addresses are personal data: `Debug` counts them.
impl std::fmt::Debug for SendErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InvalidMessage { field } => f
                .debug_struct("InvalidMessage")
                .field("field", field)
                .finish(),
            Self::RecipientSuppressed { addresses } => f
                .debug_struct("RecipientSuppressed")
                .field("addresses", &addresses.len())
                .finish(),
            Self::ProviderRefused { scope } => f
                .debug_struct("ProviderRefused")
                .field("scope", scope)
                .finish(),
            Self::Throttled { retry_after } => f
                .debug_struct("Throttled")
                .field("retry_after", retry_after)
                .finish(),
            Self::Unavailable => f.write_str("Unavailable"),
            Self::InDoubt => f.write_str("InDoubt"),
            Self::Unsupported { what } => {
                f.debug_struct("Unsupported").field("what", what).finish()
            }
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name($($argument: $type,)* message: impl Into<String>) -> Self {
            Self::new($kind, message)
        }
    )*};
}

impl SendError {
    /// An error of a kind, with one line for an operator.
    pub fn new(kind: SendErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            provider_code: None,
            cause: None,
        }
    }

    constructors! {
        /// Every provider would refuse it, because of no single field.
        invalid_message() => SendErrorKind::InvalidMessage { field: None };
        /// The service will not mail these people.
        suppressed(addresses: Vec<String>) => SendErrorKind::RecipientSuppressed { addresses };
        /// Token, sender, plan or request form refused.
        refused(scope: RefusalScope) => SendErrorKind::ProviderRefused { scope };
        /// The service asks to slow down.
        throttled(retry_after: Option<Duration>) => SendErrorKind::Throttled { retry_after };
        /// Certainly not accepted.
        unavailable() => SendErrorKind::Unavailable;
        /// Perhaps accepted.
        in_doubt() => SendErrorKind::InDoubt;
    }

    /// Every provider would refuse it, because of this field.
    pub fn invalid_field(field: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        let field = field.into();
        let message = format!("`{field}`: {problem}");
        Self::new(
            SendErrorKind::InvalidMessage { field: Some(field) },
            message,
        )
    }

    /// This provider cannot carry this message.
    pub fn unsupported(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(SendErrorKind::Unsupported { what: what.into() }, message)
    }

    /// The same error with the service's own number or word for it.
    pub fn with_provider_code(mut self, code: impl Into<String>) -> Self {
        self.provider_code = Some(code.into());
        self
    }

    /// The same error with what lies underneath.
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

/// Why a provider could not be made from its settings.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct CreateError {
    /// The setting at fault, when there is one.
    pub setting: Option<String>,
    /// One line for an operator: what was expected, what was found, what to do. Never the value of a secret.
    pub message: String,
}

impl CreateError {
    /// A fault that no single setting explains.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            setting: None,
            message: message.into(),
        }
    }

    /// A fault of one setting: `CreateError::setting("server_token", "is empty; …")`.
    pub fn setting(setting: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        let setting = setting.into();
        Self {
            message: format!("`{setting}`: {problem}"),
            setting: Some(setting),
        }
    }
}

/// Why a webhook was not turned into events.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct WebhookError {
    /// What the host answers.
    pub kind: WebhookErrorKind,
    /// One line for an operator, without content of the request.
    pub message: String,
}

/// What the host answers to a webhook that gave no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookErrorKind {
    /// The signature is missing or wrong: refused, not stored.
    Unauthenticated,
    /// Authenticated, but not understood: stored and answered 200, set aside for a person.
    Malformed,
    /// This provider takes no webhooks.
    Unsupported,
    /// Reading it failed before anything was known, the sender included: answered 503, so that the service sends it again.
    Failed,
}

impl WebhookError {
    /// An error of a kind.
    pub fn new(kind: WebhookErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Signature missing or wrong.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(WebhookErrorKind::Unauthenticated, message)
    }

    /// Reading it failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(WebhookErrorKind::Failed, message)
    }

    /// Not understood.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(WebhookErrorKind::Malformed, message)
    }
}
