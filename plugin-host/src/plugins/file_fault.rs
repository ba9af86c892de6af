//! What can be wrong with a file before any code of it runs.

use std::io;

use plugin_api::abi::AbiVersion;

use super::library_fault::abi_remedy;

/// Why a file is not a plugin this host can read. One sentence: expected, found, what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// There is no such file.
    #[error("no such file; check `library` and `plugins.directories`")]
    Missing,
    /// A directory, pipe, socket or device.
    #[error("expected a file, found {0}; name the library itself")]
    NotAFile(&'static str),
    /// The system refused to read it.
    #[error("cannot be read ({0}); check its permissions")]
    Unreadable(#[source] io::Error),
    /// Larger than any library.
    #[error(
        "expected a library of at most {limit} bytes, found {found}; strip its debug information (`strip --strip-debug`)"
    )]
    TooLarge {
        /// The most this host reads, in bytes.
        limit: u64,
        /// The file's size in bytes.
        found: u64,
    },
    /// Nothing in it.
    #[error("is empty; copy or build it again")]
    Empty,
    /// Not in the format of shared libraries.
    #[error("expected a shared library (ELF), found {0}; name the built library (`.so`)")]
    NotElf(&'static str),
    /// Bytes are missing at the end.
    #[error("is cut off: its {part} needs {expected} bytes, found {found}; copy it again")]
    Truncated {
        /// What lies beyond the end.
        part: &'static str,
        /// How long the file must be at least.
        expected: u64,
        /// How long it is.
        found: u64,
    },
    /// Its tables contradict each other.
    #[error("is damaged ({0}); build it again")]
    Damaged(String),
    /// Of another word size.
    #[error(
        "expected a 64-bit library, found a {0} one; build it for this host's target ({target})",
        target = plugin_api::abi::descriptor::TARGET
    )]
    WordSize(&'static str),
    /// Of another byte order.
    #[error("is of the other byte order; build it for this host's target")]
    ByteOrder,
    /// For another processor.
    #[error(
        "expected a library for {expected}, found one for {found}; build it for this host's target"
    )]
    Machine {
        /// This host's processor.
        expected: String,
        /// The library's.
        found: String,
    },
    /// An ELF file, but not a library.
    #[error(
        "expected a shared library, found {0}; build the crate with `crate-type = [\"cdylib\"]`"
    )]
    NotALibrary(&'static str),
    /// A library that says nothing about being a plugin.
    #[error(
        "is a shared library but not a plugin: it has no `{section}` note; a plugin is made with `plugin_api::export_plugin!`",
        section = plugin_api::abi::descriptor::SECTION
    )]
    NotAPlugin,
    /// Of an ABI whose note this host cannot read to its end.
    #[error(
        "built for ABI {found}, this host speaks ABI {current}; {remedy}",
        current = AbiVersion::CURRENT,
        remedy = abi_remedy(*found)
    )]
    Abi {
        /// The plugin's ABI.
        found: AbiVersion,
    },
    /// Its note cannot be understood.
    #[error("its plugin descriptor cannot be read: {0}; build it again")]
    Descriptor(String),
}
