//! The Signed Event Webhook: ECDSA over P-256 and SHA-256, of the timestamp's text and the raw body. Source: the fact sheet's 3.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plugin_api::{Timestamp, WebhookError, WebhookRequest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

const SIGNATURE: &str = "X-Twilio-Email-Event-Webhook-Signature";
const TIMESTAMP: &str = "X-Twilio-Email-Event-Webhook-Timestamp";
/// What stands before the point in a P-256 key's `SubjectPublicKeyInfo`: the structure's lengths, the two object identifiers, the bit
/// string's head. Source: RFC 5480.
const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const POINT_BYTES: usize = 65;

/// The verification key of a webhook.
#[derive(Debug)]
pub(crate) struct PublicKey(UnparsedPublicKey<Vec<u8>>);

impl PublicKey {
    /// Reads one line of base64, as SendGrid shows it.
    ///
    /// # Errors
    /// When it is none, or no key of this kind; says what was expected.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let der = STANDARD
            .decode(text.trim())
            .map_err(|_| "is not base64; copy the verification key from SendGrid in one line")?;
        match der.strip_prefix(&P256_HEAD) {
            Some(point) if point.len() == POINT_BYTES => {
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point.to_vec());
                Ok(Self(key))
            }
            _ => Err(
                "is no P-256 public key; copy the verification key from SendGrid (it begins with `MFkwEwYHKoZI`)",
            ),
        }
    }
}

/// Takes only requests that one of these keys has signed.
#[derive(Debug)]
pub(crate) struct Signed {
    keys: Vec<PublicKey>,
    max_age: Duration,
}

impl Signed {
    pub(crate) fn new(keys: Vec<PublicKey>, max_age: Duration) -> Self {
        Self { keys, max_age }
    }

    /// Whether SendGrid signed the request, lately. Stored requests that are read again may be of any age.
    pub(crate) fn verify(&self, request: &WebhookRequest) -> Result<(), WebhookError> {
        let header = |name| {
            let missing = || {
                WebhookError::unauthenticated(format!(
                    "the header `{name}` is missing; switch on the Signed Event Webhook at SendGrid, or take out `webhook_public_keys`"
                ))
            };
            request.header(name).map(str::trim).ok_or_else(missing)
        };
        let (signature, timestamp) = (header(SIGNATURE)?, header(TIMESTAMP)?);
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| WebhookError::unauthenticated("the signature is not base64"))?;
        let signed = [timestamp.as_bytes(), &request.body].concat();
        let has_signed = |key: &PublicKey| key.0.verify(&signed, &signature).is_ok();
        if !self.keys.iter().any(has_signed) {
            return Err(WebhookError::unauthenticated(
                "the signature does not fit the body; check `webhook_public_keys`, and that nothing on the way changes bodies",
            ));
        }
        match request.replay || self.is_fresh(timestamp, request.received_at) {
            true => Ok(()),
            false => Err(WebhookError::unauthenticated(
                "the signature is older than `webhook_max_age_s`, or from the future; check this machine's clock",
            )),
        }
    }

    fn is_fresh(&self, timestamp: &str, received_at: Timestamp) -> bool {
        let signed_at = timestamp
            .parse()
            .ok()
            .and_then(|it| Timestamp::from_second(it).ok());
        signed_at.is_some_and(|signed_at| {
            received_at.duration_since(signed_at).unsigned_abs() <= self.max_age
        })
    }
}
