//! The Signed Event Webhook: ECDSA over P-256 and SHA-256, of the timestamp's text and the raw body.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

/// What stands before the point in a P-256 key's `SubjectPublicKeyInfo` (RFC 5480): two lengths, the identifiers of the algorithm and
/// the curve, the head of the bit string.
const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A key that signs event webhooks. Cloning gives the same key.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<EcdsaKeyPair>,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Panics
    /// When the system has no randomness to give.
    #[must_use]
    pub fn generate() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .expect("the system's randomness does not fail");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
            .expect("a key just generated can be read");
        Self {
            pair: Arc::new(pair),
        }
    }

    /// The verification key as SendGrid shows it: DER in base64, one line.
    #[must_use]
    pub fn public_key(&self) -> String {
        STANDARD.encode([&P256_HEAD, self.pair.public_key().as_ref()].concat())
    }

    /// The signature of a request, DER in base64.
    pub(super) fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        let signed = [timestamp.as_bytes(), body].concat();
        let signature = self
            .pair
            .sign(&SystemRandom::new(), &signed)
            .expect("the system's randomness does not fail");
        STANDARD.encode(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SigningKey;

    #[test]
    fn the_public_key_looks_like_the_ones_the_service_shows() {
        let key = SigningKey::generate().public_key();
        assert!(
            key.starts_with("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"),
            "{key}"
        );
        assert_eq!(key.len(), 124);
    }
}
