//! The one hash of routing, fixed for ever.
//!
//! Every node, version and platform must draw the same number for the same words, so nothing is left to a default:
//! SipHash-2-4 under a published key, over each part's length (64 bits, little endian) followed by its bytes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use siphasher::sip::SipHasher24;

/// Public and unchangeable: another key would move every lead to another provider.
const KEY: &[u8; 16] = b"email-routing-v1";

/// 64 bits of hash, written as sixteen lower-case hexadecimal digits in text and in storage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u64);

impl Digest {
    /// Hashes `parts` so that no two lists of parts run together: `["ab", "c"]` and `["a", "bc"]` differ.
    pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(SipHasher24::new_with_key(KEY).hash(&bytes))
    }

    /// The hash as a number strictly between 0 and 1: its upper 52 bits, in the middle of their interval.
    ///
    /// 52 bits and not 53, because adding the half must stay exact.
    pub(super) fn fraction(self) -> f64 {
        const INTERVALS: f64 = (1_u64 << 52) as f64;
        ((self.0 >> 12) as f64 + 0.5) / INTERVALS
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits
            .then(|| u64::from_str_radix(&text, 16).ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                de::Error::custom(format_args!(
                    "expected sixteen hexadecimal digits (got {text:?})"
                ))
            })
    }
}

/// A mail address as routing knows it: its hash, so that decisions and health records hold no address.
///
/// This is a pseudonym and not anonymity: who already has an address can compute its key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressKey(Digest);

impl AddressKey {
    /// The key of a bare address (`lead@example.com`, no display name). Surrounding blanks and letter case are ignored,
    /// so that the same person keeps the same provider however the address was typed.
    pub fn of(address: &str) -> Self {
        Self(Digest::of([address.trim().to_lowercase().as_str()]))
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Digest::of(["ab", "c"]), Digest::of(["a", "bc"]));
        assert_ne!(Digest::of(["ab"]), Digest::of(["ab", ""]));
    }

    #[test]
    fn a_fraction_is_never_nought_and_never_one() {
        assert!(Digest(0).fraction() > 0.0);
        assert!(Digest(u64::MAX).fraction() < 1.0);
    }

    #[test]
    fn an_address_has_one_key_however_it_is_typed() {
        assert_eq!(
            AddressKey::of(" Lead@Example.COM "),
            AddressKey::of("lead@example.com")
        );
        assert_ne!(
            AddressKey::of("lead@example.com"),
            AddressKey::of("dead@example.com")
        );
    }

    #[test]
    fn a_digest_that_is_not_sixteen_digits_is_refused() {
        for text in [
            "\"\"",
            "\"12\"",
            "\"+000000000000001\"",
            "\"zzzzzzzzzzzzzzzz\"",
            "17",
        ] {
            assert!(serde_json::from_str::<Digest>(text).is_err(), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<Digest>("\"00000000000000ff\"").unwrap(),
            Digest(255)
        );
    }
}
