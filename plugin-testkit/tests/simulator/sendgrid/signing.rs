//! The Signed Event Webhook, checked over the raw bytes that came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plugin_testkit::simulator::{EventWebhookConfig, SendgridConfig, SigningKey, SimulatorConfig};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::json;

use super::common::{KEY, request, send};
use crate::common::{in_time, start_with};
use crate::host::{Host, Received};

/// The point at the end of the key's DER.
fn verifies(key: &SigningKey, received: &Received) -> bool {
    let der = STANDARD.decode(key.public_key()).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &der[26..]);
    let timestamp = received.header("x-twilio-email-event-webhook-timestamp");
    let signature = received.header("x-twilio-email-event-webhook-signature");
    let signed = [timestamp.as_bytes(), &received.raw].concat();
    key.verify(&signed, &STANDARD.decode(signature).unwrap())
        .is_ok()
}

async fn twice(hook: EventWebhookConfig, host: &Host) -> Vec<Received> {
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook));
    let simulator = start_with(config.speed(1_000_000.0)).await;
    send(&simulator, request(json!({}))).await;
    in_time("the end", simulator.webhooks().settled()).await;
    host.raw(2).await
}

#[tokio::test]
async fn requests_are_signed_and_a_repeat_keeps_its_timestamp() {
    let (host, key) = (Host::start(&[500]).await, SigningKey::generate());
    let hook = EventWebhookConfig::new(&host.url).signed_with(key.clone());
    let received = twice(hook, &host).await;
    assert!(received.iter().all(|it| verifies(&key, it)));
    let timestamps = [0, 1].map(|it| received[it].header("x-twilio-email-event-webhook-timestamp"));
    assert_eq!(timestamps[0], timestamps[1]);
    assert!(received[0].raw.ends_with(b"]\r\n"));
    assert!(!verifies(&SigningKey::generate(), &received[0]));
    let other = Received {
        raw: serde_json::to_vec(&received[0].json()).unwrap().into(),
        ..received[0].clone()
    };
    assert!(
        !verifies(&key, &other),
        "JSON written anew must not fit the signature"
    );
}

#[tokio::test]
async fn a_repeat_may_be_signed_anew() {
    let (host, key) = (Host::start(&[500]).await, SigningKey::generate());
    let hook = EventWebhookConfig::new(&host.url)
        .signed_with(key.clone())
        .signs_repeats_anew();
    let received = twice(hook, &host).await;
    assert!(received.iter().all(|it| verifies(&key, it)));
    let timestamps = [0, 1].map(|it| {
        received[it]
            .header("x-twilio-email-event-webhook-timestamp")
            .parse::<i64>()
            .unwrap()
    });
    assert!(timestamps[1] >= timestamps[0] + 60, "{timestamps:?}");
}
