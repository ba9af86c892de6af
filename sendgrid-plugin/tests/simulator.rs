//! Whole behaviours, against a service that acts like SendGrid and keeps a ledger.

use std::collections::BTreeSet;
use std::time::Duration;

use plugin_api::serde_json::{Map, Value, json};
use plugin_api::{
    Attachment, EmailProvider as _, Event, EventKind, Lookup, Message, SendErrorKind, SentQuery,
    SuppressionChange, SuppressionEdit, SuppressionQuery, SuppressionReason, Template, Timestamp,
    UnsubscribeHandler as _, WebhookRequest,
};
use plugin_testkit::simulator::{
    ApiKeyConfig, DynamicTemplate, EventWebhookConfig, Fault, FaultRule, RecipientAction,
    RunningSimulator, SendgridConfig, SigningKey, Simulator, SimulatorConfig, Trigger,
    UnsubscribeGroup,
};
use sendgrid_plugin::SendGridPlugin;

use crate::common::wire::{Request, Wire, answer};
use crate::common::{
    KEY, TRACKING_ID, blank, context, id, in_time, message, named, numbered, plugin, plugin_with,
    small,
};

const GROUP: u64 = 4711;

async fn simulator(config: SendgridConfig) -> RunningSimulator {
    let config = SimulatorConfig::sendgrid(config);
    Simulator::start(config).await.unwrap()
}

/// An account with one key and one unsubscribe group.
fn account() -> SendgridConfig {
    SendgridConfig::with_key(KEY).group(UnsubscribeGroup::new(GROUP, "Offers"))
}

fn in_group(simulator: &RunningSimulator) -> SendGridPlugin {
    let settings = json!({ "unsubscribe_group": GROUP });
    plugin_with(&simulator.base_url(), settings)
}

/// To a lead, from a template.
fn personal(number: u128) -> Message {
    let name = format!("Lead {number}");
    let model: Map<_, _> = [("name".to_owned(), json!(name))].into_iter().collect();
    let builder = blank()
        .subject("")
        .to(named(&format!("lead-{number}@example.com"), &name))
        .template(Template::by_alias("d-welcome", &model));
    builder.tracking_id(id(number)).build().unwrap()
}

fn welcome() -> DynamicTemplate {
    DynamicTemplate::new("d-welcome", "Hello {{name}}").text("Dear {{name}}")
}

fn does(tracking_id: impl ToString, action: RecipientAction) -> Trigger {
    Trigger {
        message_id: tracking_id.to_string(),
        recipient: None,
        action,
    }
}

#[tokio::test]
async fn a_message_reaches_the_mailbox_with_its_link_its_files_and_its_headers() {
    let simulator = simulator(account()).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_001).collect();
    let message = blank()
        .to(named("ann@example.com", "Lee, Ann"))
        .html_body("<html><body>Hi</body></html>")
        .text_body("Hi")
        .header("X-Campaign", "spring")
        .add_attachment(Attachment::new("a.pdf", "application/pdf", bytes.clone()))
        .unsubscribe_tag(true)
        .build()
        .unwrap();
    let receipt = in_group(&simulator).send(&message, &context()).await;
    let entry = &simulator.ledger().entries()[0];
    let id = format!("{}:{TRACKING_ID}", entry.message_id);
    assert_eq!(receipt.unwrap().id.as_str(), id);
    assert_eq!(entry.tracking_id.as_deref(), Some(TRACKING_ID));
    let copy = &simulator.mailbox("ann@example.com")[0];
    let link = copy.unsubscribe_url.as_deref().unwrap();
    for body in [&copy.html_body, &copy.text_body] {
        let body = body.as_deref().unwrap();
        assert_eq!(body.matches(link).count(), 1, "{body}");
        assert!(!body.contains("<%") && !body.contains("{{{"), "{body}");
    }
    let headers = &copy.headers;
    assert!(
        headers.iter().any(|it| it.name == "X-Campaign"),
        "{headers:?}"
    );
    let file = &copy.attachments[0];
    assert_eq!(file.content_length, bytes.len());
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    assert_eq!(file.content, encoded);
}

#[tokio::test]
async fn leads_of_one_mailing_share_a_request_and_nothing_else() {
    let simulator = simulator(account().template(welcome())).await;
    let messages: Vec<Message> = (1..=20).map(personal).collect();
    let plugin = in_group(&simulator);
    let outcomes = plugin.send_batch(&messages, &context()).await;
    let ids: BTreeSet<String> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap().id.to_string())
        .collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(simulator.ledger().accepted(), 20);
    assert_eq!(simulator.ledger().counts().requests, 1);
    for number in [1, 20] {
        let copies = simulator.mailbox(&format!("lead-{number}@example.com"));
        assert_eq!(copies.len(), 1);
        assert_eq!(copies[0].subject, format!("Hello Lead {number}"));
        assert!(!format!("{copies:?}").contains("Lead 7,"));
    }
}

#[tokio::test]
async fn the_webhooks_of_shared_requests_tell_each_message_and_are_signed() {
    let receiver = Wire::start((0..20).map(|_| answer(200, "text/plain", ""))).await;
    let key = SigningKey::generate();
    let public_key = key.public_key();
    let webhook = EventWebhookConfig::new(receiver.base_url()).signed_with(key);
    let simulator = simulator(account().template(welcome()).webhook(webhook)).await;
    let settings = json!({ "unsubscribe_group": GROUP, "webhook_public_keys": [public_key] });
    let plugin = plugin_with(&simulator.base_url(), settings);
    let messages = [personal(1), personal(2)];
    let outcomes = plugin.send_batch(&messages, &context()).await;
    let html = small()
        .html_body("<a href=\"https://example.com/offer\">Offer</a>")
        .track_opens(true)
        .track_links(plugin_api::TrackLinks::HtmlOnly)
        .account_uid("account-1")
        .unsubscribe_tag(true)
        .tracking_id(id(3));
    let third = plugin.send(&html.build().unwrap(), &context()).await;
    for action in [
        RecipientAction::Open,
        RecipientAction::Click {
            link: Some("https://example.com/offer".to_owned()),
        },
        RecipientAction::Unsubscribe,
        RecipientAction::Resubscribe,
        RecipientAction::Complain,
    ] {
        simulator.trigger(&does(id(3), action)).unwrap();
    }
    let heard = || -> Vec<Event> {
        let requests = receiver.requests();
        let events = requests
            .iter()
            .map(|it| plugin.parse_webhook(&received(it)).unwrap());
        events.flatten().collect()
    };
    let kinds_of = |events: &[Event], number| -> BTreeSet<String> {
        let tracking_id = id(number).to_string();
        let of_it = events
            .iter()
            .filter(|it| it.tracking_id.as_deref() == Some(&tracking_id));
        of_it.map(|event| format!("{:?}", event.kind)).collect()
    };
    let everything = [
        "Queued",
        "Delivered",
        "Opened",
        "Clicked",
        "Unsubscribed",
        "Resubscribed",
        "Complained",
    ];
    in_time("all webhooks", async {
        while kinds_of(&heard(), 3).len() < everything.len() || kinds_of(&heard(), 2).len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let events = heard();
    assert_eq!(
        kinds_of(&events, 3),
        everything.map(str::to_owned).into_iter().collect()
    );
    let sent = outcomes.into_iter().chain([third]).map(|it| it.unwrap().id);
    for (number, receipt_id) in (1..).zip(sent) {
        let tracking_id = Some(id(number).to_string());
        let own: Vec<&Event> = events
            .iter()
            .filter(|it| it.tracking_id == tracking_id)
            .collect();
        assert!(own.len() >= 2, "{own:?}");
        for event in own {
            assert_eq!(event.provider_message_id, Some(receipt_id.clone()));
            assert!(event.occurred_at.is_some() && event.event_id.is_some());
        }
    }
    let changes: Vec<bool> = receiver
        .requests()
        .iter()
        .flat_map(|it| plugin.process_unsubscribe(&received(it)).unwrap().unwrap())
        .map(|it| it.suppress)
        .collect();
    assert_eq!(changes, [true, false]);
}

#[tokio::test]
async fn who_left_the_group_gets_no_offers_but_a_password_reset() {
    let receiver = Wire::start((0..20).map(|_| answer(200, "text/plain", ""))).await;
    let webhook = EventWebhookConfig::new(receiver.base_url()).events(["dropped"]);
    let simulator = simulator(account().webhook(webhook)).await;
    let plugin = in_group(&simulator);
    let offer = |number| {
        let message = small().unsubscribe_tag(true).tracking_id(id(number));
        message.build().unwrap()
    };
    plugin.send(&offer(1), &context()).await.unwrap();
    simulator
        .trigger(&does(id(1), RecipientAction::Unsubscribe))
        .unwrap();
    plugin.send(&offer(2), &context()).await.unwrap();
    plugin.send(&numbered(3), &context()).await.unwrap();
    assert_eq!(simulator.mailbox("ann@example.com").len(), 2);
    in_time("the webhook", async {
        while receiver.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let event = plugin
        .parse_webhook(&received(&receiver.request()))
        .unwrap()
        .remove(0);
    assert_eq!(
        (event.kind, event.suppresses),
        (EventKind::Rejected, Some(true))
    );
    assert_eq!(event.tracking_id, Some(id(2).to_string()));
    let page = plugin
        .list_suppressions(&SuppressionQuery::new(None), &context())
        .await;
    let entry = &page.unwrap().entries[0];
    assert_eq!(entry.address, "ann@example.com");
    assert_eq!(entry.reason, SuppressionReason::Unsubscribed);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found_with_the_id_of_its_events() {
    let config = account().email_activity(Duration::ZERO);
    let simulator = simulator(config).await;
    let plugin = plugin_with(&simulator.base_url(), json!({ "activity_search": true }));
    let rule = FaultRule::new(Fault::DropAfterAccept {})
        .path("/v3/mail/send")
        .times(1);
    simulator.faults().add(rule);
    let outcomes = plugin
        .send_batch(&[numbered(1), numbered(2)], &context())
        .await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind, SendErrorKind::InDoubt);
    }
    let now = Timestamp::now();
    let query = |number| SentQuery::new(id(number), now, now);
    let lookups = plugin.find_sent(&[query(1), query(2)], &context()).await;
    for (number, lookup) in (1..).zip(&lookups) {
        let Lookup::Found(receipt) = lookup else {
            panic!("{lookups:?}");
        };
        let request = &simulator.ledger().entries()[0].message_id;
        assert_eq!(receipt.id.as_str(), format!("{request}:{}", id(number)));
        assert!(receipt.duplicates.is_empty());
    }
    let absent = plugin.find_sent(&[query(8)], &context()).await;
    assert!(matches!(absent[0], Lookup::Absent { .. }), "{absent:?}");
    assert_eq!(simulator.ledger().duplicates().len(), 0);
}

#[tokio::test]
async fn without_the_add_on_the_search_knows_nothing() {
    let simulator = simulator(account()).await;
    let plugin = plugin_with(&simulator.base_url(), json!({ "activity_search": true }));
    let now = Timestamp::now();
    let query = SentQuery::new(id(1), now, now);
    let lookups = plugin.find_sent(&[query], &context()).await;
    assert!(matches!(lookups[0], Lookup::Unknown { .. }), "{lookups:?}");
}

#[tokio::test]
async fn a_service_that_is_too_busy_says_when_to_come_back() {
    let simulator = simulator(account()).await;
    let throttled = Fault::Throttled {
        retry_after_secs: Some(3600),
    };
    simulator.faults().add(FaultRule::new(throttled).times(1));
    let plugin = in_group(&simulator);
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    let SendErrorKind::Throttled {
        retry_after: Some(wait),
    } = error.kind
    else {
        panic!("{error:?}");
    };
    // Whole seconds on either side, and a machine may be slow.
    let (least, most) = (Duration::from_secs(3600 - 180), Duration::from_secs(3601));
    assert!(least <= wait && wait <= most, "{wait:?}");
    plugin.send(&message(), &context()).await.unwrap();
}

#[tokio::test]
async fn the_sandbox_checks_and_delivers_nothing() {
    let simulator = simulator(account()).await;
    let plugin = plugin_with(&simulator.base_url(), json!({ "sandbox": true }));
    let receipt = plugin.send(&message(), &context()).await.unwrap();
    assert_eq!(
        receipt.note.as_deref(),
        Some("sandbox mode: checked, not sent")
    );
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn the_account_and_a_key_s_permissions_are_told() {
    let may_send = ApiKeyConfig::new("SG.only-send.key").scopes(["mail.send"]);
    let may_read = ApiKeyConfig::new("SG.only-read.key").scopes(["templates.read"]);
    let config = account().user("acme", 815).key(may_send).key(may_read);
    let simulator = simulator(config).await;
    let check = async |further: Value| {
        let plugin = plugin_with(&simulator.base_url(), further);
        plugin.check(&context()).await
    };
    let whole = check(json!({})).await.unwrap();
    assert_eq!(
        (whole.account.as_str(), whole.warnings.len()),
        ("sendgrid:user:815", 0)
    );
    let narrow = check(json!({ "api_key": "SG.only-send.key" }))
        .await
        .unwrap();
    assert_eq!(narrow.account, "sendgrid:key:only-send");
    let error = check(json!({ "api_key": "SG.only-read.key" }))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`mail.send`"), "{error}");
    let error = check(json!({ "api_key": "SG.a.stranger" }))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`api_key`"), "{error}");
}

#[tokio::test]
async fn what_is_added_is_listed_stops_mail_and_can_be_removed() {
    let simulator = simulator(account()).await;
    let plugin = plugin(&simulator.base_url());
    let both = vec!["ann@example.com".to_owned(), "Bob@Example.com".to_owned()];
    let edit = SuppressionEdit::new(both);
    let changes = plugin.add_suppressions(&edit, &context()).await.unwrap();
    assert_eq!(changes, [SuppressionChange::Done, SuppressionChange::Done]);
    let mut query = SuppressionQuery::new(None);
    query.reason = Some(SuppressionReason::Unsubscribed);
    let page = plugin.list_suppressions(&query, &context()).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    plugin.send(&message(), &context()).await.unwrap();
    assert!(simulator.mailbox("ann@example.com").is_empty());
    let edit = edit.because(SuppressionReason::Unsubscribed);
    plugin.remove_suppressions(&edit, &context()).await.unwrap();
    let page = plugin.list_suppressions(&query, &context()).await.unwrap();
    assert!(page.entries.is_empty(), "{page:?}");
    plugin.send(&numbered(2), &context()).await.unwrap();
    assert_eq!(simulator.mailbox("ann@example.com").len(), 1);
}

fn received(request: &Request) -> WebhookRequest {
    let (path, body) = ("/webhooks/sendgrid-main", request.body.clone());
    let mut webhook = WebhookRequest::post(path, body, Timestamp::now());
    let headers = request
        .head
        .lines()
        .filter_map(|line| line.split_once(": "));
    webhook.headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    webhook
}
