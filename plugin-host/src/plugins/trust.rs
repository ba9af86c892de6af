//! Whether a file may be loaded: a plugin is code with all the host's rights, so somebody must have said yes to exactly these bytes.

use super::lock_file::Pin;
use super::{
    KeyId, LibraryFault, LoaderConfig, PluginError, PluginFile, PluginLock, SignatureFault,
    TrustedKey,
};

/// Why a plugin is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The lock lists exactly this content.
    Pinned,
    /// Whoever has this trusted key has signed exactly this content.
    Signed {
        /// The key.
        key: KeyId,
    },
    /// Nobody vouches for it; `allow_unsigned` lets it in.
    Unsigned,
}

/// Decides in this order: a pin settles it, for or against; then comes a signature by a trusted key; then `allow_unsigned`.
///
/// A signature by a key the host does not know is none. One that cannot be read, or that a trusted key never made for these bytes, is a
/// reason to refuse even where unsigned plugins are allowed: it shows that something is not as its maker left it.
pub(super) fn judge(file: &PluginFile, config: &LoaderConfig) -> Result<Trust, PluginError> {
    if is_pinned(file, config.lock.as_ref())? {
        return Ok(Trust::Pinned);
    }
    match signer(file, &config.trusted_keys)? {
        Signer::Trusted(key) => Ok(Trust::Signed { key }),
        _ if config.allow_unsigned => Ok(Trust::Unsigned),
        Signer::Unknown(key) => Err(file.refused(LibraryFault::UnknownKey { key })),
        Signer::Nobody => Err(file.refused(LibraryFault::Untrusted)),
    }
}

fn is_pinned(file: &PluginFile, lock: Option<&PluginLock>) -> Result<bool, PluginError> {
    let Some(lock) = lock else {
        return Ok(false);
    };
    match lock.pin(&file.descriptor().name, file.hash()) {
        Pin::Accepted => Ok(true),
        Pin::Unlisted => Ok(false),
        Pin::Other(pinned) => Err(file.refused(LibraryFault::Changed {
            found: file.hash(),
            pinned,
            lock: lock.path().to_owned(),
        })),
    }
}

enum Signer {
    Trusted(KeyId),
    /// A signature names this key, which may or may not have made it.
    Unknown(KeyId),
    Nobody,
}

fn signer(file: &PluginFile, keys: &[TrustedKey]) -> Result<Signer, PluginError> {
    let refused = |fault| file.refused(LibraryFault::Signature(fault));
    let Some(signature) = file.signature() else {
        return Ok(Signer::Nobody);
    };
    let signature = signature.map_err(|fault| refused(fault.clone()))?;
    let key = signature.key();
    // Whoever makes a key chooses its number, so two keys may have the same.
    let mut named = keys.iter().filter(|trusted| trusted.id() == key).peekable();
    if named.peek().is_none() {
        return Ok(Signer::Unknown(key));
    }
    if !signature.is_prehashed() {
        return Err(refused(SignatureFault::Legacy));
    }
    if named.any(|trusted| trusted.has_signed(file.bytes(), signature)) {
        return Ok(Signer::Trusted(key));
    }
    Err(refused(SignatureFault::OtherContent { key }))
}

impl std::fmt::Display for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pinned => f.write_str("pinned"),
            Self::Signed { key } => write!(f, "signed by {key}"),
            Self::Unsigned => f.write_str("unsigned"),
        }
    }
}
