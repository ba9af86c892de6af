//! Settings that cannot work are refused by name before anything is sent, and those that can decide what is declared.

use plugin_api::serde_json::{Value, json};
use plugin_api::{Capability, EmailProvider as _, Host, Plugin as _};
use sendgrid_plugin::SendGridPlugin;

use crate::common::{KEY, plugin_with, settings, signer::Signer};

const HERE: &str = "http://127.0.0.1:1";

#[test]
fn a_setting_that_cannot_work_is_named() {
    for (setting, change) in [
        ("api_key", json!({ "api_key": " " })),
        ("api_key", json!({ "api_key": "SG.a\nb" })),
        ("base_url", json!({ "base_url": "http://api.sendgrid.com" })),
        ("unsubscribe_group", json!({ "unsubscribe_group": 0 })),
        (
            "subscription_tracking",
            json!({ "unsubscribe_group": 1, "subscription_tracking": true }),
        ),
        (
            "webhook_public_keys[0]",
            json!({ "webhook_public_keys": ["rubbish!"] }),
        ),
        (
            "webhook_public_keys[0]",
            json!({ "webhook_public_keys": ["MFkwEwYHKoZI"] }),
        ),
        ("webhook_max_age_s", json!({ "webhook_max_age_s": 59 })),
        (
            "activity_search",
            json!({ "activity_search": true, "base_url": "https://api.eu.sendgrid.com" }),
        ),
        ("connect_timeout_ms", json!({ "connect_timeout_ms": 0 })),
        ("ca_file", json!({ "ca_file": "/nowhere" })),
    ] {
        let host = Host::new("sendgrid-main", "tests 1.0");
        let Err(error) = SendGridPlugin::create(settings(HERE, &change), host) else {
            panic!("{change} was taken");
        };
        assert_eq!(error.setting.as_deref(), Some(setting), "{error}");
        assert!(!error.to_string().contains(KEY), "{error}");
    }
}

#[test]
fn what_costs_extra_or_needs_a_key_is_declared_only_where_it_is_there() {
    let declared = |further: Value| {
        let all = plugin_with(HERE, further).capabilities();
        let has = |capability| all.has(capability);
        (
            has(Capability::FindSent),
            has(Capability::WebhookSignatures),
        )
    };
    let key = Signer::new().public_key();
    assert_eq!(declared(json!({})), (false, false));
    assert_eq!(declared(json!({ "activity_search": true })), (true, false));
    assert_eq!(
        declared(json!({ "activity_search": true, "sandbox": true })),
        (false, false),
        "what the sandbox swallows is nowhere to be found"
    );
    assert_eq!(
        declared(json!({ "webhook_public_keys": [key] })),
        (false, true)
    );
}

#[test]
fn limits_are_those_of_sendgrid() {
    let all = plugin_with(HERE, json!({})).capabilities();
    assert_eq!(all.limit(Capability::MaxRecipients), Some(1000));
    assert_eq!(all.limit(Capability::MaxMessageBytes), Some(30_000_000));
    assert_eq!(all.limit(Capability::Tags), Some(1));
    assert!(!all.has(Capability::Streams), "SendGrid has none");
    assert!(
        !all.has(Capability::Metadata),
        "bytes are limited, not pairs"
    );
}
