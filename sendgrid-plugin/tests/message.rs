//! A message becomes SendGrid's JSON.

use plugin_api::serde_json::{Map, Value, from_str, json};
use plugin_api::{Attachment, EmailProvider as _, MessageBuilder, Template, TrackLinks};

use crate::common::wire::Wire;
use crate::common::{
    KEY, TRACKING_ID, accepted, blank, context, mailbox, named, plugin_with, small,
};

/// What a plugin with these settings posts for a message.
pub(crate) async fn posted_with(settings: Value, message: MessageBuilder) -> Value {
    let wire = Wire::start([accepted("abc")]).await;
    let plugin = plugin_with(&wire.base_url(), settings);
    let message = message.build().unwrap();
    plugin.send(&message, &context()).await.unwrap();
    let request = wire.request();
    assert_eq!(request.line(), "POST /v3/mail/send");
    let bearer = format!("Bearer {KEY}");
    assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    request.json()
}

async fn posted(message: MessageBuilder) -> Value {
    posted_with(json!({}), message).await
}

#[tokio::test]
async fn every_field_arrives_under_its_documented_name() {
    let logo = Attachment::new("logo.png", "image/png", [0x89, b'P', b'N', b'G']);
    let message = blank()
        .from(named("sales@example.com", "Sales, Inc."))
        .to(named("ann@example.com", "Lee, Ann"))
        .to(named("zoe@bücher.example", "Zoë Müller"))
        .cc(mailbox("carl@example.com"))
        .bcc(named("bella@example.com", r#"x" <a@b>; <c@d"#))
        .reply_to(mailbox("desk@example.com"))
        .reply_to(named("night@example.com", "Night Desk"))
        .reply_to(mailbox("Desk@example.com"))
        .subject("Grüße – 你好 \"quoted\" \\ 😀")
        .html_body("<html><body><img src=\"cid:logo\"></body></html>")
        .text_body("Hello\n")
        .add_attachment(logo.inline("cid:logo"))
        .add_attachment(Attachment::new("notes.unknown", "", Vec::new()))
        .header("X-Campaign", "spring")
        .header("List-Unsubscribe", "<https://mail.example.com/u/1>")
        .tag("lead-followup")
        .metadata("campaign", "spring")
        .metadata("status", "new")
        .metadata("trackingid", "not ours")
        .stream("news")
        .track_opens(true)
        .track_links(TrackLinks::HtmlOnly)
        .lead_uid("lead-1")
        .account_uid("account-1")
        .user_account_uid("user-1")
        .unsubscribe_tag(true);
    let settings = json!({ "unsubscribe_group": 4711 });
    let expected: Value = from_str(include_str!("fixtures/message_full.json")).unwrap();
    assert_eq!(posted_with(settings, message).await, expected);
}

#[tokio::test]
async fn what_a_message_leaves_open_comes_from_the_settings_or_is_left_out() {
    assert_eq!(
        posted(small()).await,
        json!({
            "personalizations": [{
                "to": [{ "email": "ann@example.com" }],
                "subject": "Hello",
                "custom_args": { "TrackingId": TRACKING_ID },
            }],
            "from": { "email": "sales@example.com" },
            "content": [{ "type": "text/plain", "value": "Hello Ann" }],
            "tracking_settings": { "subscription_tracking": { "enable": false } },
        })
    );
    let settings = json!({ "track_opens": false, "track_links": "HtmlAndText", "sandbox": true });
    let set = posted_with(settings.clone(), small()).await;
    assert_eq!(
        set["tracking_settings"]["open_tracking"],
        json!({ "enable": false })
    );
    assert_eq!(
        set["tracking_settings"]["click_tracking"],
        json!({ "enable": true, "enable_text": true })
    );
    assert_eq!(
        set["mail_settings"],
        json!({ "sandbox_mode": { "enable": true } })
    );
    let own = small().track_opens(true).track_links(TrackLinks::None);
    let own = posted_with(settings, own).await;
    assert_eq!(
        own["tracking_settings"]["open_tracking"],
        json!({ "enable": true })
    );
    assert_eq!(
        own["tracking_settings"]["click_tracking"],
        json!({ "enable": false, "enable_text": false })
    );
}

#[tokio::test]
async fn a_template_goes_with_its_model_untouched() {
    let model: Map<String, Value> =
        from_str(r#"{"name":"Ann","sum":12345678901234567.25,"list":[1,null]}"#).unwrap();
    let message = blank()
        .to(mailbox("ann@example.com"))
        .subject("")
        .template(Template::by_alias("d-1a2b", &model));
    let posted = posted(message).await;
    assert_eq!(posted["template_id"], "d-1a2b");
    let own = &posted["personalizations"][0];
    assert_eq!(own["dynamic_template_data"], Value::Object(model));
    assert!(own.get("subject").is_none() && posted.get("content").is_none());
}

#[tokio::test]
async fn each_address_stands_where_it_stands_first() {
    let message = small()
        .to(mailbox("Ann@Example.com"))
        .cc(mailbox("ann@example.com"))
        .cc(mailbox("bob@example.com"))
        .bcc(mailbox("bob@example.com"));
    let posted = posted(message).await;
    let own = &posted["personalizations"][0];
    assert_eq!(own["to"], json!([{ "email": "ann@example.com" }]));
    assert_eq!(own["cc"], json!([{ "email": "bob@example.com" }]));
    assert!(own.get("bcc").is_none());
}
