//! What SendGrid does to an event webhook that it signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plugin_api::{Timestamp, WebhookRequest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

/// The structure around the point of a P-256 key, in DER.
const HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

pub(crate) const RECEIVED: &str = "2026-03-02T20:00:00Z";

/// An account with a key.
pub(crate) struct Signer(EcdsaKeyPair, SystemRandom);

impl Signer {
    pub(crate) fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self(pair, random)
    }

    /// The verification key as SendGrid shows it.
    pub(crate) fn public_key(&self) -> String {
        STANDARD.encode([&HEAD, self.0.public_key().as_ref()].concat())
    }

    /// A request with this body, signed at a moment (seconds since 1970).
    pub(crate) fn request(&self, body: &str, signed_at: &str) -> WebhookRequest {
        let mut request = request(body);
        let signed = [signed_at.as_bytes(), body.as_bytes()].concat();
        let signature = self.0.sign(&self.1, &signed).unwrap();
        for (name, value) in [
            ("Signature", STANDARD.encode(signature)),
            ("Timestamp", signed_at.to_owned()),
        ] {
            let name = format!("x-twilio-email-event-webhook-{name}");
            request.headers.push((name, value));
        }
        request
    }
}

/// An unsigned request.
pub(crate) fn request(body: &str) -> WebhookRequest {
    let received: Timestamp = RECEIVED.parse().unwrap();
    WebhookRequest::post("/webhooks/sendgrid-main", body.to_owned(), received)
}
