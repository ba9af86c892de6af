//! Keys whose signatures a host accepts: minisign's, as they stand in its `.pub` files.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::PublicKey;

use super::PluginSignature;

/// Two letters for the algorithm, then the id, then the key.
const PUBLIC_KEY_SIZE: usize = 2 + 8 + 32;
const SECRET_KEY_SIZE: usize = 158;
const COMMENT: &str = "untrusted comment:";

/// The number by which people tell keys apart; prints as minisign prints it. It proves nothing: whoever makes a key chooses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u64);

/// A public key whose signatures are accepted. Reads the content of a `.pub` file or its second line alone; prints that line.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey {
    id: KeyId,
    line: String,
    key: PublicKey,
}

/// Why a text is no key to be trusted. Never repeats the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedKeyError {
    /// It is the other half, which nobody but the signer may have.
    #[error(
        "must be a public key, and this is a secret one; give that of its `.pub` file, and make a new pair if somebody else can have seen this"
    )]
    Secret,
    /// It is something else.
    #[error(
        "must be a minisign public key: the second line of a `.pub` file, 56 characters that begin with RW"
    )]
    NotAKey,
}

impl TrustedKey {
    /// Its number.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the signature was made with this key, over these bytes and with its present comment.
    pub(super) fn has_signed(&self, bytes: &[u8], signature: &PluginSignature) -> bool {
        const ALLOW_LEGACY: bool = false;
        self.key
            .verify(bytes, signature.as_minisign(), ALLOW_LEGACY)
            .is_ok()
    }
}

impl FromStr for TrustedKey {
    type Err = TrustedKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with(COMMENT));
        let line = lines.next().ok_or(TrustedKeyError::NotAKey)?;
        let bytes = STANDARD
            .decode(line)
            .map_err(|_| TrustedKeyError::NotAKey)?;
        match bytes.len() {
            PUBLIC_KEY_SIZE => {}
            SECRET_KEY_SIZE => return Err(TrustedKeyError::Secret),
            _ => return Err(TrustedKeyError::NotAKey),
        }
        let key = PublicKey::from_base64(line).map_err(|_| TrustedKeyError::NotAKey)?;
        let id = KeyId::after_algorithm(&bytes).ok_or(TrustedKeyError::NotAKey)?;
        let line = line.to_owned();
        Ok(Self { id, line, key })
    }
}

impl fmt::Display for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedKey({})", self.id)
    }
}

impl KeyId {
    /// In keys and in signatures it follows the two letters that name the algorithm.
    pub(super) fn after_algorithm(bytes: &[u8]) -> Option<Self> {
        let id = bytes.get(2..10)?.try_into().ok()?;
        Some(Self(u64::from_le_bytes(id)))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{TrustedKey, TrustedKeyError};

    /// The key that minisign's own releases are signed with, from its manual.
    const PUBLISHED: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_key_is_read_from_its_line_or_its_file_and_prints_as_its_line() {
        let key: TrustedKey = PUBLISHED.parse().unwrap();
        assert_eq!(key.id().to_string(), "E7620F1842B4E81F");
        assert_eq!(key.to_string(), PUBLISHED);
        let file = format!("untrusted comment: minisign public key\r\n{PUBLISHED}\r\n");
        assert_eq!(file.parse(), Ok(key));
    }

    #[test]
    fn what_is_no_public_key_is_told_apart_from_a_secret_one() {
        for text in ["", "acme.pub", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvW", "AAAA"] {
            assert_eq!(text.parse::<TrustedKey>(), Err(TrustedKeyError::NotAKey));
        }
        let other_algorithm = PUBLISHED.replacen("RWQ", "AAA", 1);
        assert_eq!(
            other_algorithm.parse::<TrustedKey>(),
            Err(TrustedKeyError::NotAKey)
        );
        // 158 bytes are 211 letters and one sign that fills up.
        let secret = format!("untrusted comment: x\nRWRTY0Iy{}=\n", "A".repeat(203));
        assert_eq!(secret.parse::<TrustedKey>(), Err(TrustedKeyError::Secret));
    }
}
