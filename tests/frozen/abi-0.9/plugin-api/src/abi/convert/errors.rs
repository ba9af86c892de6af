//! Errors as numbers. A number that this side does not know is `InDoubt`: the one reading that can do no harm.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use abi_stable::std_types::{RString, RVec};

use crate::abi::convert::{string, text};
use crate::abi::record::ErrorRecord;
use crate::{CreateError, RefusalScope, SendError, SendErrorKind, WebhookError, WebhookErrorKind};

const INVALID_MESSAGE: u32 = 1;
const RECIPIENT_SUPPRESSED: u32 = 2;
const PROVIDER_REFUSED: u32 = 3;
const THROTTLED: u32 = 4;
const UNAVAILABLE: u32 = 5;
const IN_DOUBT: u32 = 6;
const UNSUPPORTED: u32 = 7;
// New numbers of send errors go here; older readers take them for IN_DOUBT, and those that belong to a range below for its kind.
const CERTAINLY_NOT_ACCEPTED: std::ops::Range<u32> = 20..40;
const REFUSED: std::ops::Range<u32> = 40..60;
const SETTINGS: u32 = 100;
const WEBHOOK_UNAUTHENTICATED: u32 = 200;
const WEBHOOK_MALFORMED: u32 = 201;
const WEBHOOK_UNSUPPORTED: u32 = 202;
const WEBHOOK_FAILED: u32 = 203;

impl ErrorRecord {
    fn plain(code: u32, message: String) -> Self {
        Self {
            code,
            message: message.into(),
            provider_code: text(None),
            cause: text(None),
            field: text(None),
            addresses: RVec::new(),
            scope: 0,
            retry_after_ms: None.into(),
            extensions: RVec::new(),
        }
    }
}

impl From<SendError> for ErrorRecord {
    fn from(error: SendError) -> Self {
        let cause = error.cause.as_deref().map(full_text);
        let base = Self {
            provider_code: text(error.provider_code),
            cause: text(cause),
            ..Self::plain(IN_DOUBT, error.message)
        };
        match error.kind {
            SendErrorKind::InvalidMessage { field } => Self {
                code: INVALID_MESSAGE,
                field: text(field),
                ..base
            },
            SendErrorKind::RecipientSuppressed { addresses } => Self {
                code: RECIPIENT_SUPPRESSED,
                addresses: addresses.into_iter().map(RString::from).collect(),
                ..base
            },
            SendErrorKind::ProviderRefused { scope } => Self {
                code: PROVIDER_REFUSED,
                scope: scope_code(scope),
                ..base
            },
            SendErrorKind::Throttled { retry_after } => Self {
                code: THROTTLED,
                retry_after_ms: retry_after
                    .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
                    .into(),
                ..base
            },
            SendErrorKind::Unavailable => Self {
                code: UNAVAILABLE,
                ..base
            },
            SendErrorKind::InDoubt => base,
            SendErrorKind::Unsupported { what } => Self {
                code: UNSUPPORTED,
                field: text(Some(what)),
                ..base
            },
        }
    }
}

impl From<ErrorRecord> for SendError {
    fn from(record: ErrorRecord) -> Self {
        let field = string(record.field);
        let kind = match record.code {
            INVALID_MESSAGE => SendErrorKind::InvalidMessage { field },
            RECIPIENT_SUPPRESSED => SendErrorKind::RecipientSuppressed {
                addresses: strings(record.addresses),
            },
            PROVIDER_REFUSED => SendErrorKind::ProviderRefused {
                scope: scope(record.scope),
            },
            THROTTLED => SendErrorKind::Throttled {
                retry_after: record.retry_after_ms.map(Duration::from_millis).into(),
            },
            UNAVAILABLE => SendErrorKind::Unavailable,
            UNSUPPORTED => SendErrorKind::Unsupported {
                what: field.unwrap_or_default(),
            },
            code if CERTAINLY_NOT_ACCEPTED.contains(&code) => SendErrorKind::Unavailable,
            code if REFUSED.contains(&code) => SendErrorKind::ProviderRefused {
                scope: scope(record.scope),
            },
            _ => SendErrorKind::InDoubt,
        };
        let mut error = Self::new(kind, record.message.into_string());
        error.provider_code = string(record.provider_code);
        error.cause = string(record.cause).map(|text| Box::new(CauseText(text)) as _);
        error
    }
}

impl From<CreateError> for ErrorRecord {
    fn from(error: CreateError) -> Self {
        Self {
            field: text(error.setting),
            ..Self::plain(SETTINGS, error.message)
        }
    }
}

impl From<ErrorRecord> for CreateError {
    fn from(record: ErrorRecord) -> Self {
        Self {
            setting: string(record.field),
            ..Self::new(record.message.into_string())
        }
    }
}

impl From<WebhookError> for ErrorRecord {
    fn from(error: WebhookError) -> Self {
        let code = match error.kind {
            WebhookErrorKind::Unauthenticated => WEBHOOK_UNAUTHENTICATED,
            WebhookErrorKind::Malformed => WEBHOOK_MALFORMED,
            WebhookErrorKind::Unsupported => WEBHOOK_UNSUPPORTED,
            WebhookErrorKind::Failed => WEBHOOK_FAILED,
        };
        Self::plain(code, error.message)
    }
}

/// An unknown number reads as failed: nothing is known about the sender, and the service may ask again.
impl From<ErrorRecord> for WebhookError {
    fn from(record: ErrorRecord) -> Self {
        let kind = match record.code {
            WEBHOOK_UNAUTHENTICATED => WebhookErrorKind::Unauthenticated,
            WEBHOOK_MALFORMED => WebhookErrorKind::Malformed,
            WEBHOOK_UNSUPPORTED => WebhookErrorKind::Unsupported,
            _ => WebhookErrorKind::Failed,
        };
        Self::new(kind, record.message.into_string())
    }
}

fn scope_code(scope: RefusalScope) -> u32 {
    match scope {
        RefusalScope::Sender => 1,
        RefusalScope::Stream => 2,
        RefusalScope::Account => 3,
        RefusalScope::Provider => 4,
    }
}

/// An unknown scope reads as the widest.
fn scope(code: u32) -> RefusalScope {
    match code {
        1 => RefusalScope::Sender,
        2 => RefusalScope::Stream,
        3 => RefusalScope::Account,
        _ => RefusalScope::Provider,
    }
}

fn strings(list: RVec<RString>) -> Vec<String> {
    list.into_iter().map(RString::into_string).collect()
}

/// A cause and everything below it, from the outside in.
fn full_text(cause: &(dyn Error + Send + Sync + 'static)) -> String {
    let first: &(dyn Error + 'static) = cause;
    std::iter::successors(Some(first), |error| (*error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// The cause of an error on the other side of the boundary: its complete text.
#[derive(Debug)]
struct CauseText(String);

impl fmt::Display for CauseText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for CauseText {}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::time::Duration;

    use crate::abi::record::ErrorRecord;
    use crate::{RefusalScope, SendError, SendErrorKind};

    #[test]
    fn every_kind_comes_back_as_it_went() {
        let addresses = vec!["ann@example.com".to_owned()];
        for kind in [
            SendErrorKind::InvalidMessage {
                field: Some("To".to_owned()),
            },
            SendErrorKind::RecipientSuppressed { addresses },
            SendErrorKind::ProviderRefused {
                scope: RefusalScope::Stream,
            },
            SendErrorKind::Throttled {
                retry_after: Some(Duration::from_secs(7)),
            },
            SendErrorKind::Throttled { retry_after: None },
            SendErrorKind::Unavailable,
            SendErrorKind::InDoubt,
            SendErrorKind::Unsupported {
                what: "templates".to_owned(),
            },
        ] {
            let error = SendError::new(kind.clone(), "text")
                .with_provider_code("422/300")
                .caused_by(std::io::Error::other("underneath"));
            let back = SendError::from(ErrorRecord::from(error));
            assert_eq!(back.kind, kind);
            assert_eq!(back.to_string(), "text");
            assert_eq!(back.provider_code.as_deref(), Some("422/300"));
            assert_eq!(back.source().unwrap().to_string(), "underneath");
        }
    }

    #[test]
    fn a_number_from_a_newer_plugin_is_in_doubt_or_what_its_range_says() {
        let read = |code| {
            let mut record = ErrorRecord::from(SendError::unavailable("text"));
            record.code = code;
            SendError::from(record).kind
        };
        for code in [0, 8, 19, 60, 77, u32::MAX] {
            assert_eq!(read(code), SendErrorKind::InDoubt);
        }
        let scope = RefusalScope::Provider;
        for code in [20, 39] {
            assert_eq!(read(code), SendErrorKind::Unavailable);
            assert_eq!(read(code + 20), SendErrorKind::ProviderRefused { scope });
        }
    }
}
