//! A message becomes Postmark's JSON.

use plugin_api::serde_json::{Map, Value, from_str, json};
use plugin_api::{Attachment, EmailProvider as _, Message, MessageBuilder, Template, TrackLinks};

use crate::common::wire::{Wire, json as answer};
use crate::common::{TRACKING_ID, blank, context, mailbox, message, plugin_with};
use crate::limits::{assert_unsupported, refusal};

const ACCEPTED: &str =
    r#"{"ErrorCode":0,"Message":"OK","MessageID":"5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10"}"#;

/// What a plugin with these settings posts for a message, and where.
async fn posted_with(settings: Value, message: &Message) -> (String, Value) {
    let wire = Wire::start([answer(200, ACCEPTED)]).await;
    let plugin = plugin_with(&wire.base_url(), settings);
    plugin.send(message, &context()).await.unwrap();
    let request = wire.request();
    (request.line().to_owned(), request.json())
}

pub(crate) async fn posted(message: MessageBuilder) -> Value {
    posted_with(json!({}), &message.build().unwrap()).await.1
}

pub(crate) fn to_ann() -> MessageBuilder {
    blank().to(mailbox("ann@example.com"))
}

pub(crate) fn small() -> MessageBuilder {
    to_ann().text_body("Hello")
}

pub(crate) fn named(address: &str, name: &str) -> plugin_api::Mailbox {
    mailbox(address).named(name).unwrap()
}

#[tokio::test]
async fn every_field_arrives_under_its_documented_name() {
    let logo = Attachment::new("logo.png", "image/png", [0x89, b'P', b'N', b'G']);
    let message = blank()
        .from(named("sales@example.com", "Sales, Inc."))
        .to(named("ann@example.com", "Lee, Ann"))
        .to(named("zoe@example.com", "Zoë Müller"))
        .cc(mailbox("carl@example.com"))
        .bcc(named("bella@example.com", r#"x" <a@b>, <c@d"#))
        .reply_to(mailbox("desk@example.com"))
        .reply_to(named("night@example.com", "Night Desk"))
        .subject("Grüße – 你好 \"quoted\" \\ 😀")
        .html_body("<html><body><img src=\"cid:logo\"></body></html>")
        .text_body("Hello\n")
        .add_attachment(logo.inline("cid:logo"))
        .add_attachment(Attachment::new("notes.unknown", "", Vec::new()))
        .header("X-Custom", "one")
        .header("X-Custom", "two")
        .header("List-Unsubscribe", "<https://mail.example.com/u/1>")
        .tag("lead-followup")
        .metadata("campaign", "spring")
        .metadata("trackingid", "not ours")
        .stream("news")
        .track_opens(true)
        .track_links(TrackLinks::HtmlOnly)
        .lead_uid("lead-1")
        .account_uid("account-1")
        .user_account_uid("user-1")
        .unsubscribe_tag(true);
    let expected: Value = from_str(include_str!("fixtures/message_full.json")).unwrap();
    assert_eq!(posted(message).await, expected);
}

#[tokio::test]
async fn what_a_message_leaves_open_comes_from_the_settings_or_is_left_out() {
    let (path, plain) = posted_with(json!({}), &message()).await;
    assert_eq!(path, "POST /email");
    assert_eq!(
        plain,
        json!({
            "From": "sales@example.com",
            "To": "ann@example.com",
            "Subject": "Hello",
            "TextBody": "Hello Ann",
            "Metadata": { "TrackingId": TRACKING_ID },
            "MessageStream": "outbound",
        })
    );
    let settings = json!({
        "message_stream": "news", "track_opens": false, "track_links": "HtmlAndText",
    });
    let (_, set) = posted_with(settings.clone(), &message()).await;
    assert_eq!(set["MessageStream"], "news");
    assert_eq!(set["TrackOpens"], false);
    assert_eq!(set["TrackLinks"], "HtmlAndText");

    let own = small()
        .stream("other")
        .track_opens(true)
        .track_links(TrackLinks::None);
    let (_, own) = posted_with(settings, &own.build().unwrap()).await;
    assert_eq!(own["MessageStream"], "other");
    assert_eq!(own["TrackOpens"], true);
    assert_eq!(own["TrackLinks"], "None");
}

#[tokio::test]
async fn a_template_goes_to_its_own_path_with_its_model_untouched() {
    let model: Map<String, Value> =
        from_str(r#"{"name":"Ann","sum":12345678901234567.25,"list":[1,null]}"#).unwrap();
    for (template, key, value) in [
        (
            Template::by_alias("welcome", &model),
            "TemplateAlias",
            json!("welcome"),
        ),
        (
            Template::by_id(u64::MAX, &model).inline_css(false),
            "TemplateId",
            json!(u64::MAX),
        ),
    ] {
        let message = to_ann()
            .subject("")
            .template(template)
            .unsubscribe_tag(true);
        let (path, body) = posted_with(json!({}), &message.build().unwrap()).await;
        assert_eq!(path, "POST /email/withTemplate");
        assert_eq!(body[key], value);
        assert_eq!(body["TemplateModel"], Value::Object(model.clone()));
        for absent in ["Subject", "HtmlBody", "TextBody"] {
            assert_eq!(body.get(absent), None, "{absent}");
        }
        assert_eq!(body.get("InlineCss").is_some(), key == "TemplateId");
    }
}

#[tokio::test]
async fn masked_recipients_are_not_in_the_request() {
    let everyone = small()
        .cc(mailbox("carl@example.com"))
        .bcc(mailbox("bella@example.com"))
        .build()
        .unwrap();
    let only_carl = everyone.only_to(|address| address == "carl@example.com");
    let (_, body) = posted_with(json!({}), &only_carl).await;
    assert_eq!(body["Cc"], "carl@example.com");
    assert_eq!((body.get("To"), body.get("Bcc")), (None, None));
}

#[tokio::test]
async fn the_unsubscribe_tag_is_added_where_it_is_missing_and_made_canonical_where_it_is_not() {
    let added = posted(small().html_body("<p>Hi</p>").unsubscribe_tag(true)).await;
    assert_eq!(
        added["HtmlBody"],
        "<p>Hi</p><p><a href=\"{{{ pm:unsubscribe }}}\">Unsubscribe</a></p>"
    );
    assert_eq!(
        added["TextBody"],
        "Hello\n\nUnsubscribe: {{{ pm:unsubscribe }}}\n"
    );

    let odd = to_ann()
        .text_body("Bye: {{{pm:unsubscribe_url}}}")
        .unsubscribe_tag(true);
    assert_eq!(posted(odd).await["TextBody"], "Bye: {{{ pm:unsubscribe }}}");

    let unwanted = small()
        .html_body("<p>{{{pm:unsubscribe}}}</p>")
        .unsubscribe_tag(false);
    let unwanted = posted(unwanted).await;
    assert_eq!(unwanted["HtmlBody"], "<p>{{{ pm:unsubscribe }}}</p>");
    assert_eq!(unwanted["TextBody"], "Hello");
}

#[tokio::test]
async fn a_domain_in_another_script_is_sent_in_ascii_and_such_a_mailbox_is_not_carried() {
    let to = named("ann@münchen.example", "Ann");
    let body = posted(blank().to(to).text_body("Hello")).await;
    assert_eq!(body["To"], "Ann <ann@xn--mnchen-3ya.example>");

    let error = refusal(small().to(mailbox("änne@example.com"))).await;
    assert_unsupported(&error, "To[1]");
}

#[tokio::test]
async fn a_name_needs_no_escapes_that_postmark_might_read_otherwise() {
    for (name, written) in [
        ("Zoë Müller", "Zoë Müller <ann@example.com>"),
        ("Lee, Ann", "\"Lee, Ann\" <ann@example.com>"),
        (r"//UwU\\", "\"//UwU//\" <ann@example.com>"),
        (r"ACME\ann", "\"ACME/ann\" <ann@example.com>"),
        ("Ann \"Annie\" Lee", "\"Ann 'Annie' Lee\" <ann@example.com>"),
        (
            r#"x\" <a@b>, <c@d"#,
            "\"x/' <a@b>, <c@d\" <ann@example.com>",
        ),
    ] {
        let to = named("ann@example.com", name);
        let body = posted(blank().to(to).text_body("Hello")).await;
        assert_eq!(body["To"], written);
    }
}

#[tokio::test]
async fn an_address_that_postmark_publishes_as_illegal_is_not_carried() {
    for address in [
        "who?@example.com",
        "a\\b@example.com",
        "ann@exa_mple.com",
        "ann@example..com",
        "ann@example.com.",
        "ann@[192.0.2.1]",
    ] {
        let error = refusal(small().bcc(mailbox(address))).await;
        assert_unsupported(&error, "Bcc[0]");
    }
    let odd = "O'Neil+x_y.z#!$%&*-/=^`{|}~@sub-1.Example.COM";
    let body = posted(blank().to(mailbox(odd)).text_body("Hello")).await;
    assert_eq!(body["To"], odd);
}

#[tokio::test]
async fn ids_give_way_to_the_messages_own_pairs_and_the_tracking_id_never_does() {
    let with_pairs = |count: usize| {
        let crm = small()
            .lead_uid("lead")
            .account_uid("account")
            .user_account_uid("user");
        (0..count).fold(crm, |builder, number| {
            builder.metadata(format!("own{number}"), "value")
        })
    };
    for (own, ids) in [
        (
            6,
            vec!["TrackingId", "AccountUID", "LeadUID", "UserAccountUID"],
        ),
        (7, vec!["TrackingId", "AccountUID", "LeadUID"]),
        (8, vec!["TrackingId", "AccountUID"]),
        (9, vec!["TrackingId"]),
    ] {
        let body = posted(with_pairs(own)).await;
        let metadata = body["Metadata"].as_object().unwrap();
        assert_eq!(metadata.len(), own + ids.len());
        for id in ids {
            assert!(metadata.contains_key(id), "{own}: {id}");
        }
    }
    assert_unsupported(&refusal(with_pairs(10)).await, "Metadata");
}

#[tokio::test]
async fn a_pair_named_like_an_id_is_sent_when_the_message_has_no_such_id() {
    let body = posted(
        small()
            .metadata("leaduid", "theirs")
            .metadata("TRACKINGID", "theirs"),
    )
    .await;
    assert_eq!(
        body["Metadata"],
        json!({ "TrackingId": TRACKING_ID, "leaduid": "theirs" })
    );
}
