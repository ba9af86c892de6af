//! Many messages: split, sent, and each its own outcome in its own place.

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    Attachment, EmailProvider as _, Message, Receipt, RefusalScope, SendError, SendErrorKind,
    Template,
};

use crate::common::wire::{Step, Wire, answer_with, json as answer};
use crate::common::{blank, context, id, mailbox, numbered, plugin};

type Outcome = Result<Receipt, SendError>;

async fn send_to(wire: &Wire, messages: &[Message]) -> Vec<Outcome> {
    plugin(&wire.base_url())
        .send_batch(messages, &context())
        .await
}

/// An answer that accepts messages under these numbers.
fn accepting(numbers: impl IntoIterator<Item = u128>) -> Step {
    let items: Vec<Value> = numbers.into_iter().map(accepted).collect();
    answer(200, &Value::Array(items).to_string())
}

fn accepted(number: u128) -> Value {
    json!({ "ErrorCode": 0, "Message": "OK", "MessageID": message_id(number), "To": "ann@example.com" })
}

fn message_id(number: u128) -> String {
    id(number + (1 << 100)).to_string()
}

fn numbers(outcomes: &[Outcome]) -> Vec<String> {
    outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap().id.to_string())
        .collect()
}

fn kinds(outcomes: &[Outcome]) -> Vec<SendErrorKind> {
    outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap_err().kind.clone())
        .collect()
}

fn ids_in(message: &Value) -> &str {
    message["Metadata"]["TrackingId"].as_str().unwrap()
}

#[tokio::test]
async fn a_batch_is_one_request_and_the_answers_keep_its_order() {
    let wire = Wire::start([accepting(0..3)]).await;
    let outcomes = send_to(&wire, &[numbered(0), numbered(1), numbered(2)]).await;
    assert_eq!(numbers(&outcomes), [0, 1, 2].map(message_id));
    let request = wire.request();
    assert_eq!(request.line(), "POST /email/batch");
    let sent = request.json();
    assert_eq!(ids_in(&sent[2]), id(2).to_string());
    assert_eq!(sent.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_item_that_is_refused_is_refused_alone() {
    let items = json!([
        accepted(0),
        { "ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: ann@example.com. Inactive recipients are ones …" },
        { "ErrorCode": 300, "Message": "Invalid 'To' address: 'x'.", "MessageID": "", "To": "" },
        { "ErrorCode": 400, "Message": "…" },
        { "Message": "Message accepted, but delivery may be delayed.", "MessageID": message_id(4) },
        { "ErrorCode": 101, "Message": "…" },
    ]);
    let wire = Wire::start([answer(200, &items.to_string())]).await;
    let outcomes = send_to(&wire, &[0, 1, 2, 3, 4, 5].map(numbered)).await;
    assert!(outcomes[0].is_ok() && outcomes[4].is_ok());
    let kind = |place: usize| outcomes[place].as_ref().unwrap_err().kind.clone();
    let addresses = vec!["ann@example.com".to_owned()];
    assert_eq!(kind(1), SendErrorKind::RecipientSuppressed { addresses });
    assert_eq!(
        kind(2),
        SendErrorKind::InvalidMessage {
            field: Some("To".to_owned())
        }
    );
    assert_eq!(
        kind(3),
        SendErrorKind::ProviderRefused {
            scope: RefusalScope::Sender
        }
    );
    assert_eq!(kind(5), SendErrorKind::InDoubt);
    let code = outcomes[1].as_ref().unwrap_err().provider_code.clone();
    assert_eq!(code.as_deref(), Some("200/406"));
}

#[tokio::test]
async fn a_message_that_cannot_be_carried_keeps_its_place_and_stops_no_other() {
    let forbidden = Attachment::new("run.exe", "text/plain", "x");
    let bad = blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hi")
        .add_attachment(forbidden);
    let wire = Wire::start([accepting([0, 2])]).await;
    let outcomes = send_to(&wire, &[numbered(0), bad.build().unwrap(), numbered(2)]).await;
    assert_eq!(outcomes[0].as_ref().unwrap().id.as_str(), message_id(0));
    let what = "Attachments[0].Name".to_owned();
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().kind,
        SendErrorKind::Unsupported { what }
    );
    assert_eq!(outcomes[2].as_ref().unwrap().id.as_str(), message_id(2));
    assert_eq!(wire.request().json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn templates_and_streams_go_in_requests_of_their_own() {
    let templated = |number| {
        let template = Template::by_alias("welcome", &plugin_api::serde_json::Map::new());
        let builder = blank()
            .subject("")
            .to(mailbox("ann@example.com"))
            .template(template);
        builder.tracking_id(id(number)).build().unwrap()
    };
    let news = blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hi")
        .stream("news");
    let news = news.tracking_id(id(3)).build().unwrap();
    // Requests come in this order: plain before templates, streams by name.
    let wire = Wire::start([accepting([3]), accepting([1]), accepting([0, 2])]).await;
    let outcomes = send_to(&wire, &[templated(0), numbered(1), templated(2), news]).await;
    assert_eq!(numbers(&outcomes), [0, 1, 2, 3].map(message_id));
    let requests = wire.requests();
    assert_eq!(requests[2].line(), "POST /email/batchWithTemplates");
    let sent = requests[2].json();
    assert_eq!(sent["Messages"].as_array().unwrap().len(), 2);
    assert_eq!(ids_in(&sent["Messages"][1]), id(2).to_string());
}

#[tokio::test]
async fn more_than_five_hundred_messages_are_split() {
    let messages: Vec<Message> = (0..1001).map(numbered).collect();
    let wire = Wire::start([accepting(0..500), accepting(500..1000), accepting([1000])]).await;
    let outcomes = send_to(&wire, &messages).await;
    let expected: Vec<String> = (0..1001).map(message_id).collect();
    assert_eq!(numbers(&outcomes), expected);
    let sizes = wire
        .requests()
        .iter()
        .map(|it| it.json().as_array().unwrap().len())
        .collect::<Vec<_>>();
    assert_eq!(sizes, [500, 500, 1]);
}

#[tokio::test]
async fn more_than_fifty_megabytes_are_split_and_nothing_is_lost_at_the_seam() {
    let large = |number| {
        let file = Attachment::new("a.bin.txt", "text/plain", vec![0; 6_900_000]);
        let builder = blank()
            .to(mailbox("ann@example.com"))
            .text_body("Hi")
            .add_attachment(file);
        builder.tracking_id(id(number)).build().unwrap()
    };
    // Each is 9.2 MB encoded: five fit.
    let messages: Vec<Message> = (0..6).map(large).collect();
    let wire = Wire::start([accepting(0..5), accepting([5])]).await;
    let outcomes = send_to(&wire, &messages).await;
    assert_eq!(numbers(&outcomes), [0, 1, 2, 3, 4, 5].map(message_id));
    let requests = wire.requests();
    assert!(requests.iter().all(|it| it.body.len() <= 50_000_000));
    assert_eq!(ids_in(&requests[1].json()[0]), id(5).to_string());
}

#[tokio::test]
async fn a_request_without_an_answer_puts_its_own_messages_in_doubt_and_no_others() {
    let messages: Vec<Message> = (0..502).map(numbered).collect();
    let wire = Wire::start([Step::Close, accepting([500, 501])]).await;
    let outcomes = send_to(&wire, &messages).await;
    assert_eq!(kinds(&outcomes[..500]), vec![SendErrorKind::InDoubt; 500]);
    assert_eq!(numbers(&outcomes[500..]), [500, 501].map(message_id));
}

#[tokio::test]
async fn after_a_request_to_slow_down_the_rest_of_the_list_is_not_sent() {
    let messages: Vec<Message> = (0..1001).map(numbered).collect();
    let slow_down = answer_with(429, "Retry-After: 7\r\n", "");
    let wire = Wire::start([accepting(0..500), slow_down, accepting([1000])]).await;
    let outcomes = send_to(&wire, &messages).await;
    assert_eq!(numbers(&outcomes[..500]).len(), 500);
    let retry_after = Some(std::time::Duration::from_secs(7));
    let kind = SendErrorKind::Throttled { retry_after };
    assert_eq!(kinds(&outcomes[500..]), vec![kind; 501]);
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn items_the_answer_lacks_are_in_doubt_and_so_are_all_when_it_has_too_many() {
    let wire = Wire::start([accepting([0]), accepting(0..3), answer(200, "[]")]).await;
    let two = [numbered(0), numbered(1)];
    let short = send_to(&wire, &two).await;
    assert_eq!(short[0].as_ref().unwrap().id.as_str(), message_id(0));
    assert_eq!(kinds(&short[1..]), [SendErrorKind::InDoubt]);
    assert_eq!(
        kinds(&send_to(&wire, &two).await),
        vec![SendErrorKind::InDoubt; 2]
    );
    assert_eq!(
        kinds(&send_to(&wire, &two).await),
        vec![SendErrorKind::InDoubt; 2]
    );
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_in_doubt_for_all() {
    let one = accepted(0).to_string();
    for body in ["", "<html>", "{}", "[7", &one] {
        let wire = Wire::start([answer(200, body)]).await;
        let outcomes = send_to(&wire, &[numbered(0), numbered(1)]).await;
        assert_eq!(kinds(&outcomes), vec![SendErrorKind::InDoubt; 2], "{body}");
    }
    let wire = Wire::start([answer(200, "[7,null]")]).await;
    let outcomes = send_to(&wire, &[numbered(0), numbered(1)]).await;
    assert_eq!(kinds(&outcomes), vec![SendErrorKind::InDoubt; 2]);
}

#[tokio::test]
async fn a_refusal_of_the_whole_request_holds_for_all_of_it() {
    use RefusalScope::{Account, Provider, Stream};
    for (status, code, scope) in [
        (401, 10, Account),
        (422, 402, Provider),
        (422, 410, Provider),
        (422, 413, Account),
        (422, 1235, Stream),
    ] {
        let body = json!({ "ErrorCode": code, "Message": "…" }).to_string();
        let wire = Wire::start([answer(status, &body)]).await;
        let outcomes = send_to(&wire, &[numbered(0), numbered(1)]).await;
        let kind = SendErrorKind::ProviderRefused { scope };
        assert_eq!(kinds(&outcomes), vec![kind; 2], "{status}/{code}");
    }
}

#[tokio::test]
async fn a_fault_of_one_unnamed_message_is_final_for_none_of_several() {
    for (status, code) in [(422, 300), (422, 406), (422, 411), (413, 413)] {
        let body = json!({ "ErrorCode": code, "Message": "…" }).to_string();
        let wire = Wire::start([answer(status, &body), answer(status, &body)]).await;
        let outcomes = send_to(&wire, &[numbered(0), numbered(1)]).await;
        assert_eq!(
            kinds(&outcomes),
            vec![SendErrorKind::Unavailable; 2],
            "{status}/{code}"
        );
        let alone = send_to(&wire, &[numbered(0)]).await;
        assert_ne!(
            kinds(&alone),
            [SendErrorKind::Unavailable],
            "{status}/{code}"
        );
    }
}

#[tokio::test]
async fn no_messages_are_no_request() {
    let wire = Wire::start([]).await;
    assert!(send_to(&wire, &[]).await.is_empty());
    assert!(wire.requests().is_empty());
}
