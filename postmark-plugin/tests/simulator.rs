//! Whole behaviours, against a service that acts like Postmark and keeps a ledger.

use std::time::Duration;

use plugin_api::serde_json::{Map, json};
use plugin_api::{
    Attachment, CallContext, EmailProvider as _, EventKind, SendErrorKind, Template, Timestamp,
    UnsubscribeHandler as _, WebhookRequest,
};
use plugin_testkit::simulator::{
    Fault, FaultRule, InactiveWording, PostmarkConfig, RecipientAction, ServerConfig,
    TemplateConfig, Trigger, WebhookConfig,
};

use crate::common::wire::{Request, Wire, answer};
use crate::common::{
    TOKEN, TRACKING_ID, blank, context, id, in_time, mailbox, message, message_to, numbered,
    plugin, plugin_with, simulator, simulator_with,
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
async fn faults_become_their_kinds_and_the_ledger_agrees() {
    let unavailable = || SendErrorKind::Unavailable;
    let in_doubt = || SendErrorKind::InDoubt;
    let throttled = SendErrorKind::Throttled {
        retry_after: Some(Duration::from_secs(9)),
    };
    for (fault, kind, accepted) in [
        (
            Fault::Throttled {
                retry_after_secs: Some(9),
            },
            throttled,
            0,
        ),
        (Fault::Maintenance {}, unavailable(), 0),
        (Fault::ServerError { accepted: false }, in_doubt(), 0),
        (Fault::ServerError { accepted: true }, in_doubt(), 1),
        (Fault::DropAfterAccept {}, in_doubt(), 1),
        (Fault::Reset { accepted: true }, in_doubt(), 1),
        (Fault::WrongJson {}, in_doubt(), 1),
        (Fault::TruncatedJson {}, in_doubt(), 1),
        (Fault::CutBody {}, in_doubt(), 1),
        (
            Fault::ProxyHtml {
                status: 502,
                accepted: true,
            },
            in_doubt(),
            1,
        ),
        (
            Fault::ProxyHtml {
                status: 503,
                accepted: true,
            },
            in_doubt(),
            1,
        ),
    ] {
        let simulator = simulator().await;
        simulator
            .faults()
            .add(FaultRule::new(fault.clone()).times(1));
        let plugin = plugin(&simulator.base_url());
        let error = plugin.send(&message(), &context()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}");
        assert_eq!(simulator.ledger().accepted(), accepted, "{fault:?}");
        assert_eq!(simulator.ledger().counts().requests, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_reset_before_reading_is_never_taken_for_an_acceptance_or_a_refusal() {
    let simulator = simulator().await;
    let rule = FaultRule::new(Fault::Reset { accepted: false })
        .path("/email")
        .times(1);
    simulator.faults().add(rule);
    let error = plugin(&simulator.base_url())
        .send(&message(), &context())
        .await
        .unwrap_err();
    // Which of the two depends on whether the body was touched before the reset arrived; both are true.
    let possible = [SendErrorKind::Unavailable, SendErrorKind::InDoubt];
    assert!(possible.contains(&error.kind), "{error:?}");
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn a_machine_that_is_switched_off_is_unavailable_and_back_when_it_is_on() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    plugin.send(&numbered(1), &context()).await.unwrap();
    simulator.switch_off().await;
    let error = plugin.send(&numbered(2), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    simulator.switch_on().await.unwrap();
    plugin.send(&numbered(3), &context()).await.unwrap();
    assert_eq!(simulator.ledger().accepted(), 2);
}

#[tokio::test]
async fn a_hang_after_acceptance_is_in_doubt_and_found_again() {
    let simulator = simulator().await;
    simulator.faults().add(
        FaultRule::new(Fault::Hang { accepted: true })
            .path("/email/batch")
            .times(1),
    );
    let plugin = plugin(&simulator.base_url());
    let short = CallContext::new(Duration::from_secs(3), Duration::from_secs(3));
    let messages: Vec<_> = (0..3).map(numbered).collect();
    let started = Timestamp::now();
    let outcomes = in_time("the outcomes", plugin.send_batch(&messages, &short)).await;
    assert!(
        outcomes
            .iter()
            .all(|it| it.as_ref().unwrap_err().kind == SendErrorKind::InDoubt)
    );
    let query = |number| plugin_api::SentQuery::new(id(number), started, Timestamp::now());
    let queries: Vec<_> = (0..3).map(query).collect();
    for lookup in plugin.find_sent(&queries, &context()).await {
        assert!(matches!(lookup, plugin_api::Lookup::Found(_)), "{lookup:?}");
    }
}

#[tokio::test]
async fn a_delayed_acceptance_is_an_acceptance() {
    let simulator = simulator().await;
    simulator.faults().add(FaultRule::new(Fault::Delayed {}));
    let receipt = plugin(&simulator.base_url())
        .send(&message(), &context())
        .await
        .unwrap();
    assert!(receipt.note.unwrap().contains("delayed"));
}

#[tokio::test]
async fn every_wording_of_406_names_the_person_alone_and_in_a_batch() {
    for wording in [
        InactiveWording::Documented,
        InactiveWording::Clients,
        InactiveWording::Lines,
    ] {
        let simulator = simulator().await;
        simulator
            .faults()
            .add(FaultRule::new(Fault::Inactive { wording }));
        let plugin = plugin(&simulator.base_url());
        let two = message_to(&["Ann@example.com", "bob@example.com"]);
        let addresses = vec!["Ann@example.com".to_owned(), "bob@example.com".to_owned()];
        let kind = SendErrorKind::RecipientSuppressed { addresses };
        let alone = plugin.send(&two, &context()).await.unwrap_err();
        assert_eq!(alone.kind, kind);
        let batch = plugin.send_batch(&[two], &context()).await;
        assert_eq!(batch[0].as_ref().unwrap_err().kind, kind);
    }
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
    in_time("all webhooks", async {
        while !expected.iter().all(|kind| kinds(&receiver).contains(kind)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
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
