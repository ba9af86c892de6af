//! Whole behaviours, against a service that acts like Postmark and keeps a ledger.

use plugin_api::serde_json::{Map, json};
use plugin_api::{
    Attachment, EmailProvider as _, EventKind, SendErrorKind, Template, Timestamp,
    UnsubscribeHandler as _, WebhookRequest,
};
use plugin_testkit::simulator::{
    PostmarkConfig, RecipientAction, ServerConfig, TemplateConfig, Trigger, WebhookConfig,
};

use crate::common::wire::{Request, Wire, answer};
use crate::common::{
    TOKEN, TRACKING_ID, blank, context, id, in_time, mailbox, message, numbered, plugin,
    plugin_with, simulator, simulator_with,
};

#[tokio::test]
async fn a_message_reaches_the_mailbox_with_its_link_its_files_and_its_metadata() {
    let simulator = simulator().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_001).collect();
    let message = blank()
        .to(mailbox("ann@example.com").named("Lee, Ann").unwrap())
        .html_body("<html><body>Hi</body></html>")
        .text_body("Hi")
        .add_attachment(Attachment::new("a.pdf", "application/pdf", bytes.clone()))
        .unsubscribe_tag(true)
        .build()
        .unwrap();
    let receipt = plugin(&simulator.base_url())
        .send(&message, &context())
        .await
        .unwrap();
    let entry = &simulator.ledger().entries()[0];
    assert_eq!(receipt.id.as_str(), entry.message_id);
    assert_eq!(entry.tracking_id.as_deref(), Some(TRACKING_ID));
    let copy = &simulator.mailbox("ann@example.com")[0];
    assert_eq!(copy.to, "\"Lee, Ann\" <ann@example.com>");
    let link = copy.unsubscribe_url.as_deref().unwrap();
    for body in [&copy.html_body, &copy.text_body] {
        let body = body.as_deref().unwrap();
        assert!(body.contains(link) && !body.contains("{{{"), "{body}");
    }
    let file = &copy.attachments[0];
    assert_eq!(file.content_length, bytes.len());
    assert_eq!(
        file.content,
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
    );
}

#[tokio::test]
async fn a_template_is_filled_in_and_a_missing_one_may_go_elsewhere() {
    let template = TemplateConfig::new("welcome", "Hello {{name}}").text("Dear {{name}}");
    let server = ServerConfig::new(TOKEN).template(template);
    let simulator = simulator_with(PostmarkConfig::with_server(server)).await;
    let plugin = plugin(&simulator.base_url());
    let model: Map<_, _> = [("name".to_owned(), json!("Ann"))].into_iter().collect();
    let with = |alias: &str, number| {
        let template = Template::by_alias(alias, &model);
        let builder = blank()
            .subject("")
            .to(mailbox("ann@example.com"))
            .template(template);
        builder.tracking_id(id(number)).build().unwrap()
    };
    let messages = [with("welcome", 1), numbered(2), with("missing", 3)];
    let outcomes = plugin.send_batch(&messages, &context()).await;
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok());
    let what = "Template".to_owned();
    assert_eq!(
        outcomes[2].as_ref().unwrap_err().kind,
        SendErrorKind::Unsupported { what }
    );
    let subjects: Vec<String> = simulator
        .mailbox("ann@example.com")
        .iter()
        .map(|it| it.subject.clone())
        .collect();
    assert!(subjects.contains(&"Hello Ann".to_owned()), "{subjects:?}");
    plugin.send(&with("welcome", 4), &context()).await.unwrap();
}

#[tokio::test]
async fn a_message_with_bcc_alone_is_sent() {
    let simulator = simulator().await;
    let message = blank()
        .bcc(mailbox("ann@example.com"))
        .text_body("Hi")
        .build()
        .unwrap();
    plugin(&simulator.base_url())
        .send(&message, &context())
        .await
        .unwrap();
    assert_eq!(
        simulator.ledger().entries()[0].recipients,
        ["ann@example.com"]
    );
}

#[tokio::test]
async fn the_test_token_accepts_and_delivers_nothing() {
    let simulator = simulator().await;
    let plugin = plugin_with(
        &simulator.base_url(),
        json!({ "server_token": "POSTMARK_API_TEST" }),
    );
    let receipt = plugin.send(&message(), &context()).await.unwrap();
    assert_eq!(receipt.note.as_deref(), Some("Test job accepted"));
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn the_webhooks_of_a_messages_life_are_understood() {
    let receiver = Wire::start((0..20).map(|_| answer(200, "text/plain", ""))).await;
    let webhook = WebhookConfig::new(receiver.base_url());
    let server = ServerConfig::new(TOKEN).webhook(webhook);
    let simulator = simulator_with(PostmarkConfig::with_server(server)).await;
    let plugin = plugin(&simulator.base_url());
    let message = blank()
        .to(mailbox("ann@example.com"))
        .html_body("<a href=\"https://example.com/offer\">Offer</a>")
        .track_opens(true)
        .track_links(plugin_api::TrackLinks::HtmlAndText)
        .account_uid("account-1")
        .build()
        .unwrap();
    let receipt = plugin.send(&message, &context()).await.unwrap();
    let act = |action| {
        let (message_id, recipient) = (receipt.id.to_string(), None);
        simulator
            .trigger(&Trigger {
                message_id,
                recipient,
                action,
            })
            .unwrap();
    };
    act(RecipientAction::Open);
    act(RecipientAction::Click { link: None });
    act(RecipientAction::Unsubscribe);
    act(RecipientAction::Complain);
    let expected = [
        EventKind::Delivered,
        EventKind::Opened,
        EventKind::Clicked,
        EventKind::Unsubscribed,
        EventKind::Complained,
    ];
    in_time("all webhooks", simulator.webhooks().settled()).await;
    let received_kinds = kinds(&receiver);
    for kind in &expected {
        assert!(received_kinds.contains(kind), "{kind:?} is missing");
    }
    for request in receiver.requests().iter().map(received) {
        let event = plugin.parse_webhook(&request).unwrap().remove(0);
        assert_eq!(event.tracking_id.as_deref(), Some(TRACKING_ID));
        assert_eq!(event.account_uid.as_deref(), Some("account-1"));
        assert_eq!(event.provider_message_id, Some(receipt.id.clone()));
        assert_eq!(event.recipient.as_deref(), Some("ann@example.com"));
        assert!(event.occurred_at.is_some() && event.event_id.is_some());
        let unsubscribe = plugin.process_unsubscribe(&request).unwrap();
        let is_change = String::from_utf8_lossy(&request.body).contains("SubscriptionChange");
        assert_eq!(unsubscribe.is_some(), is_change);
    }
}

fn kinds(receiver: &Wire) -> Vec<EventKind> {
    let plugin = plugin("http://127.0.0.1:1");
    let mut kinds = Vec::new();
    for request in receiver.requests() {
        let events = plugin.parse_webhook(&received(&request)).unwrap();
        kinds.extend(events.iter().map(|event| event.kind));
    }
    kinds
}

fn received(request: &Request) -> WebhookRequest {
    let mut webhook = WebhookRequest::post(
        "/webhooks/postmark-main",
        request.body.clone(),
        Timestamp::now(),
    );
    let headers = request
        .head
        .lines()
        .filter_map(|line| line.split_once(": "));
    webhook.headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    webhook
}
