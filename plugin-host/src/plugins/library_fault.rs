//! What can be wrong with a plugin library whose descriptor was readable.

use std::path::PathBuf;

use plugin_api::abi::descriptor::TARGET;
use plugin_api::abi::{AbiVersion, LAYOUT_HASH, OpenError};

use super::{ContentHash, KeyId, SignatureFault};

/// Why this host refuses a plugin library. One sentence: expected, found, what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryFault {
    /// Built for another version of the ABI.
    #[error("built for ABI {found}, this host speaks ABI {current}; {remedy}", current = AbiVersion::CURRENT, remedy = abi_remedy(*found))]
    Abi {
        /// The version it was built for.
        found: AbiVersion,
    },
    /// The frozen structs differ, says its note.
    #[error(
        "its layout hash is {found:016x}, this host's is {LAYOUT_HASH:016x}, although both speak ABI {current}; rebuild it against this host's plugin-api",
        current = AbiVersion::CURRENT
    )]
    Layout {
        /// The hash in the note.
        found: u64,
    },
    /// Built for another C library.
    #[error("built for {found}, this host for {TARGET}; build it for this host's target")]
    Target {
        /// The target it was built for.
        found: String,
    },
    /// The lock pins other content under this name.
    #[error("its SHA-256 is {found}, but `{lock}` pins {pinned}; if the change is wanted, run `plugins lock`", lock = lock.display())]
    Changed {
        /// Its content's hash.
        found: ContentHash,
        /// The hash the lock expects.
        pinned: ContentHash,
        /// The lock file.
        lock: PathBuf,
    },
    /// Neither pinned nor signed, and such plugins are not allowed.
    #[error(
        "neither pinned in `plugins.lock` nor signed; run `plugins lock`, or set `plugins.allow_unsigned = true` for development"
    )]
    Untrusted,
    /// Signed, as far as one can tell, by somebody the host does not know; not pinned, and unsigned plugins are not allowed.
    #[error(
        "neither pinned in `plugins.lock` nor signed by a trusted key: its signature names the key {key}, which `plugins.trusted_keys` \
         does not hold; `plugins trust` the key if you know whose it is, or run `plugins lock`"
    )]
    UnknownKey {
        /// The key its signature names.
        key: KeyId,
    },
    /// Its signature shows that something is not as its maker left it.
    #[error("its signature (`.minisig`) {0}")]
    Signature(SignatureFault),
    /// The system's loader refused it.
    #[error("the system cannot load it ({reason}); {remedy}", remedy = load_remedy(reason))]
    Load {
        /// The loader's words.
        reason: String,
    },
    /// It was loaded, but its interface is not this host's.
    #[error("{0}; rebuild it against this host's plugin-api (ABI {current})", current = AbiVersion::CURRENT)]
    Open(OpenError),
}

pub(super) fn abi_remedy(found: AbiVersion) -> &'static str {
    if found < AbiVersion::CURRENT {
        "rebuild the plugin against this host's plugin-api"
    } else {
        "update the host, or take a build of the plugin for this ABI"
    }
}

fn load_remedy(reason: &str) -> &'static str {
    if reason.contains("failed to map segment") {
        "the directory for verified copies must not be mounted `noexec`"
    } else {
        "install what it needs, or build it for this system"
    }
}
