//! SendGrid's links take the tag's place where the settings name one, and what people do with them is heard.

use plugin_api::serde_json::{Value, json};
use plugin_api::{UnsubscribeHandler as _, UnsubscribeLink, WebhookErrorKind};

use crate::common::signer::{RECEIVED, Signer, request};
use crate::common::{TRACKING_ID, plugin, plugin_with, small};
use crate::message::posted_with;
use crate::webhook::event;

const NOWHERE: &str = "http://127.0.0.1:1";

fn link_of(settings: Value) -> Option<UnsubscribeLink> {
    plugin_with(NOWHERE, settings).render_unsubscribe(Some("news"))
}

#[test]
fn the_host_learns_which_link_there_is() {
    let url = |text: &str| Some(UnsubscribeLink::Url(text.to_owned()));
    assert_eq!(link_of(json!({})), None);
    assert_eq!(
        link_of(json!({ "unsubscribe_group": 1 })),
        url("<%asm_group_unsubscribe_raw_url%>")
    );
    assert_eq!(
        link_of(json!({ "subscription_tracking": true })),
        url("[%unsubscribe-url%]")
    );
}

#[tokio::test]
async fn a_message_that_wants_a_link_gets_the_group_s_and_names_the_group() {
    let message = small()
        .html_body("<p>Hi</p><a href=\"{{{ pm:unsubscribe_url }}}\">leave</a>")
        .unsubscribe_tag(true);
    let posted = posted_with(json!({ "unsubscribe_group": 4711 }), message).await;
    assert_eq!(posted["asm"], json!({ "group_id": 4711 }));
    for body in posted["content"].as_array().unwrap() {
        let body = body["value"].as_str().unwrap();
        let links = body.matches("<%asm_group_unsubscribe_raw_url%>").count();
        assert_eq!((links, body.contains("{{{")), (1, false), "{body}");
    }
}

#[tokio::test]
async fn a_message_that_wants_none_names_no_group_and_gets_no_footer() {
    for settings in [
        json!({ "unsubscribe_group": 4711 }),
        json!({ "subscription_tracking": true }),
    ] {
        let posted = posted_with(settings, small()).await;
        assert!(posted.get("asm").is_none());
        assert_eq!(posted["content"][0]["value"], "Hello Ann");
        assert_eq!(
            posted["tracking_settings"]["subscription_tracking"],
            json!({ "enable": false })
        );
    }
}

#[tokio::test]
async fn the_global_link_is_named_by_a_tag_of_our_own() {
    let settings = json!({ "subscription_tracking": true });
    let posted = posted_with(settings, small().unsubscribe_tag(true)).await;
    assert_eq!(
        posted["tracking_settings"]["subscription_tracking"],
        json!({ "enable": true, "substitution_tag": "[%unsubscribe-url%]" })
    );
    let body = posted["content"][0]["value"].as_str().unwrap();
    assert!(
        body.ends_with("Unsubscribe: [%unsubscribe-url%]\n"),
        "{body}"
    );
}

#[test]
fn the_webhook_s_unsubscribes_are_read_where_they_are_posted_as_such() {
    let body = Value::Array(vec![
        event("delivered", &json!({})),
        event(
            "group_unsubscribe",
            &json!({ "asm_group_id": 4711, "AccountUID": "account-1" }),
        ),
        event("group_resubscribe", &json!({ "sg_event_id": "event-2" })),
    ]);
    let plugin = plugin(NOWHERE);
    let found = plugin.process_unsubscribe(&request(&body.to_string()));
    let found = found.unwrap().unwrap();
    let wishes: Vec<bool> = found.iter().map(|it| it.suppress).collect();
    assert_eq!(wishes, [true, false]);
    assert_eq!(found[0].tracking_id.unwrap().to_string(), TRACKING_ID);
    assert_eq!(found[0].recipient.as_deref(), Some("ann@example.com"));
    assert_eq!(found[0].account_uid.as_deref(), Some("account-1"));
    assert_eq!(found[0].at.to_string(), "2026-03-02T14:15:44Z");
    assert_eq!(found[1].event_id.as_deref(), Some("event-2"));
}

#[test]
fn the_crm_s_payload_is_read_and_everything_else_is_somebody_else_s() {
    let plugin = plugin(NOWHERE);
    let crm = json!({ "accountGuid": "account-1", "trackingGuid": TRACKING_ID, "unsubscribed": RECEIVED });
    let found = plugin.process_unsubscribe(&request(&crm.to_string()));
    assert_eq!(found.unwrap().unwrap().len(), 1);
    for other in [
        r#"{"RecordType":"SubscriptionChange"}"#,
        "[]",
        "[1]",
        r#"[{"a":1}]"#,
    ] {
        let found = plugin.process_unsubscribe(&request(other)).unwrap();
        assert!(found.is_none(), "{other}");
    }
}

#[test]
fn unsigned_unsubscribes_are_refused_where_there_is_a_key() {
    let signer = Signer::new();
    let settings = json!({ "webhook_public_keys": [signer.public_key()] });
    let plugin = plugin_with(NOWHERE, settings);
    let body = Value::Array(vec![event("unsubscribe", &json!({}))]).to_string();
    let error = plugin.process_unsubscribe(&request(&body)).unwrap_err();
    assert_eq!(error.kind, WebhookErrorKind::Unauthenticated);
    let signed = signer.request(&body, "1772481600");
    assert_eq!(
        plugin.process_unsubscribe(&signed).unwrap().unwrap().len(),
        1
    );
}
