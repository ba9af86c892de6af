//! Messages share requests where SendGrid allows it, and each has an outcome and an id of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use plugin_api::serde_json::{Map, Value, json};
use plugin_api::{
    CallContext, EmailProvider as _, Message, Receipt, SendError, SendErrorKind, Template,
};

use crate::common::wire::{Step, Wire};
use crate::common::{
    accepted, blank, context, fault, id, mailbox, named, numbered, plugin, plugin_with, small,
};

fn personal(number: u128) -> Message {
    let name = format!("Lead {number}");
    let model: Map<_, _> = [("name".to_owned(), json!(name))].into_iter().collect();
    let builder = blank()
        .subject("")
        .to(named(&format!("lead-{number}@example.com"), &name))
        .metadata("lead", number.to_string())
        .template(Template::by_alias("d-welcome", &model));
    builder.tracking_id(id(number)).build().unwrap()
}

async fn batch(wire: &Wire, messages: &[Message]) -> Vec<Result<Receipt, SendError>> {
    plugin(&wire.base_url())
        .send_batch(messages, &context())
        .await
}

fn kinds(outcomes: &[Result<Receipt, SendError>]) -> Vec<SendErrorKind> {
    let errors = outcomes.iter().map(|it| it.as_ref().unwrap_err());
    errors.map(|error| error.kind.clone()).collect()
}

#[tokio::test]
async fn messages_of_one_template_are_the_personalizations_of_one_request() {
    let wire = Wire::start([accepted("abc")]).await;
    let messages: Vec<Message> = (1..=50).map(personal).collect();
    let outcomes = batch(&wire, &messages).await;
    let posted = wire.request().json();
    let people = posted["personalizations"].as_array().unwrap();
    assert_eq!(people.len(), 50);
    for (number, (own, outcome)) in (1..).zip(people.iter().zip(&outcomes)) {
        let name = format!("Lead {number}");
        assert_eq!(own["dynamic_template_data"], json!({ "name": name }));
        assert_eq!(own["custom_args"]["TrackingId"], id(number).to_string());
        let receipt = outcome.as_ref().unwrap();
        assert_eq!(receipt.id.as_str(), format!("abc:{}", id(number)));
        let at = receipt.accepted_at.unwrap().to_string();
        assert_eq!(at, "2026-03-02T14:15:42Z");
    }
    let ids: BTreeSet<&str> = outcomes
        .iter()
        .map(|it| it.as_ref().unwrap().id.as_str())
        .collect();
    assert_eq!(ids.len(), 50, "no id belongs to two messages");
}

#[tokio::test]
async fn messages_of_different_content_go_in_requests_of_their_own() {
    let wire = Wire::start([accepted("a"), accepted("b"), accepted("c")]).await;
    let other = |body: &str, number| {
        let message = small().text_body(body).tracking_id(id(number));
        message.build().unwrap()
    };
    let messages = [other("One", 1), other("Two", 2), other("One", 3)];
    let shared = messages[2].clone();
    let outcomes = batch(&wire, &messages).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let mut shapes: Vec<(String, usize)> = wire
        .requests()
        .iter()
        .map(|request| {
            let posted = request.json();
            let people = posted["personalizations"].as_array().unwrap().len();
            let body = posted["content"][0]["value"].as_str().unwrap().to_owned();
            (body, people)
        })
        .collect();
    shapes.sort();
    assert_eq!(shapes, [("One".to_owned(), 2), ("Two".to_owned(), 1)]);
    assert_eq!(shared.tracking_id(), id(3));
}

#[tokio::test]
async fn a_request_holds_no_more_than_a_thousand_recipients_and_thirty_megabytes() {
    let wire = Wire::start([accepted("a"), accepted("b"), accepted("c"), accepted("d")]).await;
    let crowd = |number: u128, people: u128| {
        let all = (0..people).fold(blank().text_body("Hello"), |message, person| {
            message.to(mailbox(&format!("p{number}-{person}@example.com")))
        });
        all.tracking_id(id(number)).build().unwrap()
    };
    let outcomes = batch(&wire, &[crowd(1, 600), crowd(2, 600), crowd(3, 400)]).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(wire.requests().len(), 2);

    let heavy = |number: u128| {
        let text = "x".repeat(16_000_000);
        let model: Map<_, _> = [("text".to_owned(), json!(text))].into_iter().collect();
        let builder = small()
            .subject("")
            .template(Template::by_alias("d-1", &model));
        let message = builder.text_body("").tracking_id(id(number));
        message.build().unwrap()
    };
    let outcomes = batch(&wire, &[heavy(1), heavy(2)]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(wire.requests().len(), 4);
}

#[tokio::test]
async fn a_message_that_sendgrid_cannot_carry_keeps_its_place_and_stops_no_other() {
    let wire = Wire::start([accepted("abc")]).await;
    let without_subject = small().subject("").tracking_id(id(2)).build().unwrap();
    let outcomes = batch(&wire, &[numbered(1), without_subject, numbered(3)]).await;
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().kind,
        SendErrorKind::Unsupported {
            what: "Subject".to_owned()
        }
    );
    let ids = [&outcomes[0], &outcomes[2]].map(|it| it.as_ref().unwrap().id.to_string());
    assert_eq!(ids, [format!("abc:{}", id(1)), format!("abc:{}", id(3))]);
}

#[tokio::test]
async fn a_refusal_of_a_shared_request_blames_only_whom_it_names() {
    let invalid = |field: &str| SendErrorKind::InvalidMessage {
        field: Some(field.to_owned()),
    };
    let unavailable = SendErrorKind::Unavailable;
    for (field, expected) in [
        (
            json!("personalizations.1.to.0.email"),
            [unavailable.clone(), invalid("To"), unavailable.clone()],
        ),
        (
            json!("from.email"),
            [invalid("From"), invalid("From"), invalid("From")],
        ),
        (
            Value::Null,
            [unavailable.clone(), unavailable.clone(), unavailable],
        ),
    ] {
        let wire = Wire::start([fault(400, &field, "Does not contain a valid address.")]).await;
        let outcomes = batch(&wire, &[numbered(1), numbered(2), numbered(3)]).await;
        assert_eq!(kinds(&outcomes), expected, "{field}");
        assert_eq!(wire.requests().len(), 1, "nothing is sent twice in a call");
    }
}

#[tokio::test]
async fn messages_that_were_tried_before_go_alone_so_that_the_next_refusal_names_its_message() {
    let wire = Wire::start([
        accepted("a"),
        fault(400, &Value::Null, "Something is wrong."),
        accepted("c"),
    ])
    .await;
    let again = context().with_attempt(2);
    let messages = [numbered(1), numbered(2), numbered(3)];
    let plugin = plugin(&wire.base_url());
    let outcomes = plugin.send_batch(&messages, &again).await;
    assert_eq!(wire.requests().len(), 3);
    let refused: Vec<_> = outcomes.iter().filter_map(|it| it.as_ref().err()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        refused[0].kind,
        SendErrorKind::InvalidMessage { field: None }
    );
}

#[tokio::test]
async fn a_connection_lost_leaves_the_messages_of_its_request_in_doubt() {
    let wire = Wire::start([Step::Close]).await;
    let outcomes = batch(&wire, &[numbered(1), numbered(2)]).await;
    assert_eq!(
        kinds(&outcomes),
        [SendErrorKind::InDoubt, SendErrorKind::InDoubt]
    );
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn nothing_begins_after_the_soft_deadline() {
    let wire = Wire::start([]).await;
    let late = CallContext::new(Duration::ZERO, Duration::from_secs(60));
    let plugin = plugin(&wire.base_url());
    let outcomes = plugin.send_batch(&[numbered(1), numbered(2)], &late).await;
    assert_eq!(
        kinds(&outcomes),
        [SendErrorKind::Unavailable, SendErrorKind::Unavailable]
    );
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn sandbox_mode_says_that_nothing_was_sent() {
    let nothing = crate::common::wire::answer_with(200, "", "");
    let wire = Wire::start([nothing]).await;
    let plugin = plugin_with(&wire.base_url(), json!({ "sandbox": true }));
    let receipt = plugin.send(&numbered(1), &context()).await.unwrap();
    assert_eq!(receipt.id.as_str(), id(1).to_string());
    let note = receipt.note.unwrap();
    assert_eq!(note, "sandbox mode: checked, not sent");
}
