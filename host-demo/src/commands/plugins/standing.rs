//! Whether a library would be loaded, and why: pinned, signed by a trusted key, or neither.

use plugin_host::{LibraryFault, PluginError, PluginFile, PluginLoader, SignatureFault, Trust};
use serde_json::{Value, json};

use crate::terminal::{bad, good, time, warn};

/// What a host of some configuration makes of a file.
pub(super) struct Standing<'a> {
    file: &'a PluginFile,
    trust: Result<Trust, PluginError>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(file: &'a PluginFile, loader: &PluginLoader) -> Self {
        let trust = loader.trust(file);
        Self { file, trust }
    }

    /// For programs, and for columns that are narrow.
    pub(super) fn word(&self) -> &'static str {
        match &self.trust {
            Ok(Trust::Pinned) => "pinned",
            Ok(Trust::Signed { .. }) => "signed",
            Ok(_) => "neither, allowed",
            Err(PluginError::Library { fault, .. }) => match &**fault {
                LibraryFault::Changed { .. } => "another build is pinned",
                LibraryFault::UnknownKey { .. } => "signed by an unknown key",
                LibraryFault::Signature(SignatureFault::OtherContent { .. }) => "wrong signature",
                LibraryFault::Signature(_) => "unusable signature",
                _ => "neither",
            },
            Err(_) => "neither",
        }
    }

    pub(super) fn in_colour(&self) -> String {
        match &self.trust {
            Ok(Trust::Unsigned) => warn(self.word()),
            Ok(trust) => good(&trust.to_string()),
            Err(_) => bad(self.word()),
        }
    }

    /// Why it would not be loaded: for its interface, or for want of trust.
    pub(super) fn refusal(&self) -> Option<String> {
        let unfit = self.file.check_compatible().err();
        let fault = unfit.as_ref().or(self.trust.as_ref().err());
        fault.map(PluginError::to_string)
    }

    /// When it was signed and what the signer says of it; only of a signature that counts.
    pub(super) fn signed(&self) -> Option<String> {
        let (Ok(Trust::Signed { .. }), Some(Ok(signature))) = (&self.trust, self.file.signature())
        else {
            return None;
        };
        let at = signature.signed_at().map(|at| time(at) + ": ");
        Some(at.unwrap_or_default() + &signature.comment())
    }

    fn is_signed(&self) -> bool {
        matches!(self.trust, Ok(Trust::Signed { .. }))
    }
}

/// The signature beside a file. Without a verdict it is only what the signature says of itself.
pub(super) fn signature_as_json(file: &PluginFile, standing: Option<&Standing<'_>>) -> Value {
    match file.signature() {
        None => Value::Null,
        Some(Err(fault)) => json!({ "fault": fault.to_string() }),
        Some(Ok(signature)) => json!({
            "key": signature.key().to_string(),
            "verified": standing.is_some_and(Standing::is_signed),
            "signed_at": signature.signed_at(),
            "comment": signature.comment(),
        }),
    }
}
