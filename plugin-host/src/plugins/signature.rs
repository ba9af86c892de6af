//! The signature beside a library: `libacme.so.minisig`, as `host-demo plugins sign` and the minisign program write it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use minisign_verify::Signature;

use super::KeyId;

/// What a signature's file is called after its library's.
const ENDING: &str = ".minisig";
/// The minisign program reads comments of up to 1 and 8 KB.
const SIZE_LIMIT: u64 = 16 << 10;
/// Over a hash of the file; the older `Ed` is over the file itself.
const PREHASHED: &[u8] = b"ED";

/// A signature as it stands in its file. It has proved nothing: [`PluginLoader::trust`](super::PluginLoader::trust) examines it.
#[derive(Clone)]
pub struct PluginSignature {
    key: KeyId,
    is_prehashed: bool,
    signature: Signature,
}

/// Why a signature that is there says nothing, or the opposite of what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// The system refused to read it.
    #[error("cannot be read ({0}); check its permissions, or remove it")]
    Unreadable(String),
    /// It is not what minisign writes, or not all of it.
    #[error("is cut off or no signature of minisign's; copy it again, or sign the library again")]
    Malformed,
    /// Made with minisign's old method.
    #[error(
        "is of minisign's old form, without a hash; sign the library again with `plugins sign` or a newer minisign"
    )]
    Legacy,
    /// Made with a trusted key, but not for this.
    #[error(
        "was made with the trusted key {key} for other content: the library or the signature is not what was signed; copy both again, \
         or, if you have built it anew, sign it again"
    )]
    OtherContent {
        /// The key it names.
        key: KeyId,
    },
}

impl PluginSignature {
    /// Where a library's signature is looked for: `libacme.so.minisig` beside `libacme.so`.
    pub fn path_for(library: &Path) -> PathBuf {
        let mut path = library.as_os_str().to_owned();
        path.push(ENDING);
        path.into()
    }

    /// The signature of a library, if it has one.
    pub(super) fn beside(library: &Path) -> Option<Result<Self, SignatureFault>> {
        match read(&Self::path_for(library)) {
            Ok(text) => Some(Self::parse(&text).ok_or(SignatureFault::Malformed)),
            // No file can have a name that is too long.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::InvalidFilename
                ) =>
            {
                None
            }
            Err(error) => Some(Err(SignatureFault::Unreadable(error.to_string()))),
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let signature = Signature::decode(text).ok()?;
        let bytes = STANDARD.decode(text.lines().nth(1)?).ok()?;
        Some(Self {
            key: KeyId::after_algorithm(&bytes)?,
            is_prehashed: bytes.starts_with(PREHASHED),
            signature,
        })
    }

    /// The key it says it was made with.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// What the signer says of it, on one line; signed as well. Minisign writes fields, a tabulator between them: `timestamp:1790000000`.
    pub fn comment(&self) -> String {
        let plain = |character: char| match character.is_control() {
            true => ' ',
            false => character,
        };
        self.signature
            .trusted_comment()
            .chars()
            .map(plain)
            .collect()
    }

    /// When it was made, says the signer's clock.
    pub fn signed_at(&self) -> Option<Timestamp> {
        let mut fields = self.signature.trusted_comment().split('\t');
        let seconds = fields.find_map(|field| field.strip_prefix("timestamp:"))?;
        Timestamp::from_second(seconds.parse().ok()?).ok()
    }

    pub(super) fn is_prehashed(&self) -> bool {
        self.is_prehashed
    }

    pub(super) fn as_minisign(&self) -> &Signature {
        &self.signature
    }
}

/// Not more than a signature can be; the rest of anything else says nothing new.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    // Before opening, because opening a pipe waits for its other end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(SIZE_LIMIT).read_to_end(&mut text)?;
    Ok(text)
}
