//! A plugin's file, read once. Everything that follows (hash, pin, signature, copy) is about these bytes, whatever happens to the file
//! meanwhile.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use plugin_api::abi::descriptor::TARGET;
use plugin_api::abi::{AbiVersion, Descriptor, DescriptorError, LAYOUT_HASH};

use super::elf::plugin_note;
use super::{ContentHash, FileFault, LibraryFault, PluginError, PluginSignature, SignatureFault};

/// No library comes near; it keeps a mistaken path from filling the memory.
const SIZE_LIMIT: u64 = 1 << 30;

/// A plugin's file as it was at one moment: bytes, hash, descriptor, and the signature beside it. No code of it has run.
#[derive(Clone)]
pub struct PluginFile {
    path: PathBuf,
    bytes: Vec<u8>,
    hash: ContentHash,
    descriptor: Descriptor,
    signature: Option<Result<PluginSignature, SignatureFault>>,
}

impl PluginFile {
    /// Reads a file, its descriptor, and its signature if it has one; a descriptor for another ABI is read as well.
    ///
    /// # Errors
    /// [`PluginError::File`] when it is no plugin for this machine, or only part of one.
    pub fn read(path: &Path) -> Result<Self, PluginError> {
        Self::try_read(path).map_err(|fault| PluginError::File {
            path: path.to_owned(),
            fault,
        })
    }

    fn try_read(path: &Path) -> Result<Self, FileFault> {
        let bytes = read_bytes(path)?;
        let descriptor = parse_descriptor(plugin_note(&bytes)?)?;
        Ok(Self {
            path: path.to_owned(),
            hash: ContentHash::of(&bytes),
            bytes,
            descriptor,
            signature: PluginSignature::beside(path),
        })
    }

    /// Whether a host of this build can load it.
    ///
    /// # Errors
    /// [`LibraryFault::Abi`], [`LibraryFault::Layout`] or [`LibraryFault::Target`].
    pub fn check_compatible(&self) -> Result<(), PluginError> {
        let Descriptor {
            abi,
            layout,
            target,
            ..
        } = &self.descriptor;
        if !AbiVersion::CURRENT.accepts(*abi) {
            return Err(self.refused(LibraryFault::Abi { found: *abi }));
        }
        if *layout != LAYOUT_HASH {
            return Err(self.refused(LibraryFault::Layout { found: *layout }));
        }
        if c_library(target) != c_library(TARGET) {
            let found = target.clone();
            return Err(self.refused(LibraryFault::Target { found }));
        }
        Ok(())
    }

    pub(super) fn refused(&self, fault: LibraryFault) -> PluginError {
        PluginError::Library {
            path: self.path.clone(),
            plugin: self.descriptor.name.clone(),
            fault: Box::new(fault),
        }
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of its content.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// What it says about itself.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The signature beside it, or why that cannot be read; `None` when there is none.
    pub fn signature(&self) -> Option<Result<&PluginSignature, &SignatureFault>> {
        self.signature.as_ref().map(Result::as_ref)
    }
}

/// Shows no content.
impl std::fmt::Debug for PluginFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginFile")
            .field("path", &self.path)
            .field("hash", &self.hash)
            .field("descriptor", &self.descriptor)
            .finish_non_exhaustive()
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, FileFault> {
    // Before opening, because opening a pipe waits for its other end.
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return Err(FileFault::NotAFile("a directory"));
    }
    if !kind.is_file() {
        return Err(FileFault::NotAFile("a pipe, socket or device"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?.len();
    if found > SIZE_LIMIT {
        return Err(FileFault::TooLarge {
            limit: SIZE_LIMIT,
            found,
        });
    }
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn unreadable(error: std::io::Error) -> FileFault {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileFault::Missing,
        _ => FileFault::Unreadable(error),
    }
}

/// The note's text goes to terminals and logs, so it must be plain.
fn parse_descriptor(note: &[u8]) -> Result<Descriptor, FileFault> {
    let fault = |why: String| FileFault::Descriptor(why);
    let text = std::str::from_utf8(note).map_err(|_| fault("it is not UTF-8".to_owned()))?;
    let plain = |character: char| character == '\n' || !character.is_control();
    if !text.chars().all(plain) {
        return Err(fault("it holds control characters".to_owned()));
    }
    text.parse().map_err(|error| match error {
        DescriptorError::Abi { found } => FileFault::Abi { found },
        error => fault(error.to_string()),
    })
}

/// Names by which configurations find plugins; everything else is taken for a path.
pub(super) fn is_plugin_name(text: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !text.is_empty() && text.bytes().all(fits)
}

/// The part of a target that names the C library: `gnu` in `x86_64-unknown-linux-gnu`.
fn c_library(target: &str) -> &str {
    target.rsplit('-').next().unwrap_or_default()
}
