//! Whether a file may be loaded: a plugin is code with all the host's rights, so somebody must have said yes to exactly these bytes.

use super::lock_file::Pin;
use super::{LibraryFault, PluginError, PluginFile, PluginLock};

/// Why a plugin is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The lock lists exactly this content.
    Pinned,
    /// Nobody vouches for it; `allow_unsigned` lets it in.
    Unsigned,
}

/// Decides in this order: a pin settles it, for or against; then comes a signature by a trusted key (no keys can be configured yet, so
/// nothing is signed); then `allow_unsigned`.
pub(super) fn judge(
    file: &PluginFile,
    lock: Option<&PluginLock>,
    allow_unsigned: bool,
) -> Result<Trust, PluginError> {
    if let Some(lock) = lock {
        match lock.pin(&file.descriptor().name, file.hash()) {
            Pin::Accepted => return Ok(Trust::Pinned),
            Pin::Other(pinned) => {
                return Err(file.refused(LibraryFault::Changed {
                    found: file.hash(),
                    pinned,
                    lock: lock.path().to_owned(),
                }));
            }
            Pin::Unlisted => {}
        }
    }
    if allow_unsigned {
        return Ok(Trust::Unsigned);
    }
    Err(file.refused(LibraryFault::Untrusted))
}

impl std::fmt::Display for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pinned => "pinned",
            Self::Unsigned => "unsigned",
        })
    }
}
