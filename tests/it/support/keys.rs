//! Keys that sign plugins, made anew for each test.

use minisign::KeyPair;
use plugin_host::TrustedKey;

/// A key pair that lives no longer than its test.
pub(crate) struct Key(KeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().expect("randomness can be had"))
    }

    /// Another key under the number of this one: whoever makes a key chooses its number.
    pub(crate) fn impostor(&self) -> Self {
        let other = Self::new().0;
        let named = [&other.sk.to_bytes()[..54], self.0.sk.keynum()].concat();
        let rest = &other.sk.to_bytes()[62..];
        let sk = minisign::SecretKey::from_bytes(&[&named, rest].concat());
        let sk = sk.expect("as long as before");
        let pk = minisign::PublicKey::from_secret_key(&sk).expect("it holds the public one");
        Self(KeyPair { pk, sk })
    }

    pub(crate) fn public(&self) -> TrustedKey {
        self.line().parse().expect("a public key")
    }

    /// As it stands in a configuration.
    pub(crate) fn line(&self) -> String {
        self.0.pk.to_base64()
    }

    /// The text of a signature over these bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        let comment = "timestamp:1790000000\tfile:a.so\thashed";
        let signature = minisign::sign(None, &self.0.sk, bytes, Some(comment), None);
        signature.expect("randomness can be had").into_string()
    }
}
