//! Plugins: from a file on disk to providers by name. `docs/abi.md` tells how the boundary itself works.
//!
//! `file`, `elf` and `signature` read a library without running it, `trust`, `lock_file` and `trusted_key` decide whether it may run,
//! `private_copy` and `loader` open it, `loaded` makes providers, `instance` is one, `registry` keeps them.

mod content_hash;
mod elf;
mod error;
mod file;
mod file_fault;
mod instance;
mod kind;
mod library_fault;
mod loaded;
mod loader;
mod lock_file;
mod log;
mod machine;
mod private_copy;
mod redactor;
mod registry;
mod search;
mod signature;
mod trust;
mod trusted_key;

pub use content_hash::{ContentHash, ContentHashError};
pub use error::PluginError;
pub use file::PluginFile;
pub use file_fault::FileFault;
pub use instance::ProviderInstance;
pub use library_fault::LibraryFault;
pub use loaded::{HostProfile, LoadedPlugin, PluginIdentity};
pub use loader::{LoaderConfig, PluginLoader};
pub use lock_file::{LockEntry, PluginLock};
pub use registry::{ProviderSpec, Refused, Registry};
pub use signature::{PluginSignature, SignatureFault};
pub use trust::Trust;
pub use trusted_key::{KeyId, TrustedKey, TrustedKeyError};

use redactor::Redactor;
