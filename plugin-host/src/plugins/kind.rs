//! A word for each kind of refusal: for programs that tell them apart, and for callers who may not see files and settings.

use super::{FileFault, LibraryFault, PluginError};

impl PluginError {
    /// The kind, in kebab-case; new ones may come. Names no file, setting or secret.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { fault, .. } => of_file(fault),
            Self::Unknown { .. } => "not-found",
            Self::Ambiguous { .. } | Self::Name { .. } | Self::NameTaken { .. } => "name",
            Self::Library { fault, .. } => of_library(fault),
            Self::Lock { .. } => "lock-file",
            Self::Create { .. } => "settings",
            Self::CreateTimeout { .. } => "constructor-hangs",
            Self::Directory { .. } | Self::Copy { .. } | Self::Thread { .. } => "system",
        }
    }
}

fn of_file(fault: &FileFault) -> &'static str {
    match fault {
        FileFault::Missing => "not-found",
        FileFault::Unreadable(_) => "system",
        FileFault::WordSize(_) | FileFault::ByteOrder | FileFault::Machine { .. } => "wrong-target",
        FileFault::Empty
        | FileFault::Truncated { .. }
        | FileFault::Damaged(_)
        | FileFault::Descriptor(_) => "damaged",
        _ => "not-a-plugin",
    }
}

fn of_library(fault: &LibraryFault) -> &'static str {
    match fault {
        LibraryFault::Abi { .. } | LibraryFault::Layout { .. } | LibraryFault::Open(_) => "abi",
        LibraryFault::Target { .. } => "wrong-target",
        LibraryFault::Changed { .. } => "changed",
        LibraryFault::Untrusted => "not-pinned",
        LibraryFault::UnknownKey { .. } => "unknown-key",
        LibraryFault::Signature(_) => "signature",
        LibraryFault::Load { .. } => "not-loadable",
    }
}
