//! `/email` and `/email/batch`.

use plugin_testkit::simulator::{
    AccountState, InactiveWording, PostmarkConfig, Senders, ServerConfig, SimulatorConfig,
    StreamConfig, StreamType,
};
use serde_json::{Value, json};

use crate::common::{TOKEN, call_as, get, message, post, send, start, start_with};

#[tokio::test]
async fn an_accepted_message_is_answered_as_postmark_does() {
    let simulator = start().await;
    let answer = post(
        &simulator,
        "/email",
        message(json!({ "To": "Ann <ann@example.com>" })),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.error_header, None);
    assert_eq!((answer.code(), answer.message()), (0, "OK"));
    assert_eq!(answer.body["To"], "Ann <ann@example.com>");
    let id = answer.body["MessageID"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(id, id.to_lowercase());
    let submitted = answer.body["SubmittedAt"].as_str().unwrap();
    let fraction = submitted.split_once('.').unwrap().1;
    assert!(
        fraction[..7].bytes().all(|it| it.is_ascii_digit()) && fraction[7..].starts_with('-'),
        "{submitted}"
    );
}

#[tokio::test]
async fn the_same_body_twice_is_two_messages() {
    let simulator = start().await;
    let body = message(json!({ "Metadata": { "trackingid": "T-1" } }));
    let (first, second) = (
        send(&simulator, body.clone()).await,
        send(&simulator, body).await,
    );
    assert_ne!(first, second);
    let duplicates = simulator.ledger().duplicates();
    assert_eq!(duplicates.len(), 1);
    assert_eq!(duplicates[0].tracking_id, "t-1");
    assert_eq!(duplicates[0].message_ids, [first, second]);
}

#[tokio::test]
async fn bcc_alone_is_enough_and_the_answer_has_no_to() {
    let simulator = start().await;
    let mut body = message(json!({ "Bcc": "ann@example.com" }));
    body.as_object_mut().unwrap().remove("To");
    let answer = post(&simulator, "/email", body).await;
    assert_eq!((answer.status, answer.code()), (200, 0));
    assert!(answer.body.get("To").is_none());
}

#[tokio::test]
async fn null_and_unknown_fields_are_as_if_absent() {
    let simulator = start().await;
    let nothing = json!({ "Cc": null, "Tag": null, "Headers": null, "Attachments": null, "Metadata": null, "X": 1 });
    send(&simulator, message(nothing)).await;
}

#[tokio::test]
async fn fields_of_the_wrong_type_are_403_and_all_named() {
    let simulator = start().await;
    let wrong =
        json!({ "From": 1, "Attachments": "none", "Metadata": { "n": 5 }, "TrackOpens": "yes" });
    let answer = post(&simulator, "/email", message(wrong)).await;
    assert_eq!(answer.refusal(), (422, 403));
    assert_eq!(
        answer.message(),
        "Invalid request field(s): 'From', 'Metadata', 'Attachments', 'TrackOpens'."
    );
    let list = post(&simulator, "/email", json!([])).await;
    assert_eq!(list.refusal(), (422, 403));
}

#[tokio::test]
async fn a_batch_answers_each_item_in_its_place() {
    let simulator = start().await;
    let batch = json!([
        message(json!({})),
        message(json!({ "To": "x@localhost" })),
        message(json!({ "MessageStream": "nowhere" })),
        message(json!({ "Subject": "last" })),
    ]);
    let answer = post(&simulator, "/email/batch", batch).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.error_header, None);
    let items = answer.body.as_array().unwrap();
    let codes: Vec<i64> = items
        .iter()
        .map(|item| item["ErrorCode"].as_i64().unwrap())
        .collect();
    assert_eq!(codes, [0, 300, 1235, 0]);
    assert_eq!(
        items[1],
        json!({ "ErrorCode": 300, "Message": "Invalid 'To' address: 'x@localhost'." })
    );
    assert_eq!(
        items[2]["Message"],
        "The stream provided: 'nowhere' does not exist on this server."
    );
    let places: Vec<usize> = simulator
        .ledger()
        .entries()
        .iter()
        .map(|entry| entry.item)
        .collect();
    assert_eq!(places, [0, 3]);
}

#[tokio::test]
async fn a_batch_takes_500_messages_and_no_more() {
    let simulator = start().await;
    let batch = |count| Value::Array(vec![message(json!({})); count]);
    let answer = post(&simulator, "/email/batch", batch(500)).await;
    assert_eq!(answer.body.as_array().unwrap().len(), 500);
    let answer = post(&simulator, "/email/batch", batch(501)).await;
    assert_eq!(answer.refusal(), (422, 410));
    assert_eq!(
        answer.message(),
        "You may only send up to 500 messages in a single batched request."
    );
    assert_eq!(simulator.ledger().accepted(), 500);
    assert_eq!(
        post(&simulator, "/email/batch", json!([])).await.body,
        json!([])
    );
    assert_eq!(
        post(&simulator, "/email/batch", json!({})).await.refusal(),
        (422, 403)
    );
}

#[tokio::test]
async fn a_trailing_slash_is_tolerated() {
    let simulator = start().await;
    assert_eq!(
        post(&simulator, "/email/", message(json!({}))).await.status,
        200
    );
    assert_eq!(
        post(&simulator, "/email/batch/", json!([message(json!({}))]))
            .await
            .status,
        200
    );
    assert_eq!(
        get(&simulator, "/messages/outbound/?count=1&offset=0")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_inbound_stream_cannot_send() {
    let simulator = start().await;
    let answer = post(
        &simulator,
        "/email",
        message(json!({ "MessageStream": "inbound" })),
    )
    .await;
    assert_eq!(answer.refusal(), (422, 1236));
    let own = ServerConfig::new(TOKEN).stream(StreamConfig::new("news", StreamType::Broadcasts));
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(own))).await;
    send(&simulator, message(json!({ "MessageStream": "news" }))).await;
}

#[tokio::test]
async fn unknown_and_unconfirmed_senders_are_refused_by_name() {
    let senders = Senders::Only {
        confirmed: vec!["example.com".into(), "one@other.example".into()],
        unconfirmed: vec!["new@example.com".into()],
    };
    let config = PostmarkConfig::with_token(TOKEN).senders(senders);
    let simulator = start_with(SimulatorConfig::postmark(config)).await;
    let from = async |from: &str| {
        let answer = post(&simulator, "/email", message(json!({ "From": from }))).await;
        (answer.status, answer.code(), answer.message().to_owned())
    };
    assert_eq!(from("Any <any@EXAMPLE.com>").await.1, 0);
    assert_eq!(from("one@other.example").await.1, 0);
    assert_eq!(from("new@example.com").await.1, 401);
    let (status, code, text) = from("two@other.example").await;
    assert_eq!((status, code), (422, 400));
    assert!(
        text.starts_with(
            "The 'From' address you supplied (two@other.example) is not a Sender Signature"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn accounts_that_may_not_send_say_why() {
    for (account, code) in [
        (AccountState::PendingApproval, 412),
        (AccountState::NotApproved, 413),
        (AccountState::OutOfCredits, 405),
        (AccountState::Invalid, 422),
        (AccountState::AddressNotAllowed, 1480),
    ] {
        let server = ServerConfig::new(TOKEN).account(account);
        let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
            server,
        )))
        .await;
        let away = message(json!({ "To": "ann@elsewhere.example" }));
        assert_eq!(
            post(&simulator, "/email", away).await.refusal(),
            (422, code)
        );
        let home = post(&simulator, "/email", message(json!({}))).await;
        assert_eq!(home.code() == 0, account == AccountState::PendingApproval);
    }
}

#[tokio::test]
async fn every_wording_of_406_can_be_had() {
    for (wording, beginning) in [
        (
            None,
            "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: gone@",
        ),
        (
            Some(InactiveWording::Documented),
            "You tried to send to a recipient that has been marked as inactive. Found",
        ),
        (
            Some(InactiveWording::Lines),
            "You tried to send to a recipient that has been marked as inactive.\nFound",
        ),
    ] {
        let mut config = PostmarkConfig::with_token(TOKEN);
        config.inactive_wording = wording;
        let simulator = start_with(SimulatorConfig::postmark(config)).await;
        let gone = message(json!({ "To": "Gone <Gone@example.com>" }));
        let list = json!({ "Suppressions": [{ "EmailAddress": "GONE@example.com" }] });
        post(&simulator, "/message-streams/outbound/suppressions", list).await;
        let answer = post(&simulator, "/email", gone.clone()).await;
        assert_eq!(answer.refusal(), (422, 406));
        assert!(
            answer.message().starts_with(beginning),
            "{}",
            answer.message()
        );
        assert!(
            answer
                .message()
                .contains("inactive addresses: gone@example.com."),
            "{}",
            answer.message()
        );
        let item = post(&simulator, "/email/batch", json!([gone])).await.body[0].clone();
        assert_eq!(item["ErrorCode"], 406);
        assert!(item.get("MessageID").is_none());
        assert_eq!(simulator.ledger().accepted(), 0);
    }
}

#[tokio::test]
async fn the_test_token_validates_and_keeps_nothing() {
    let simulator = start().await;
    let test = async |path: &str, body: Value| {
        call_as(
            &simulator,
            "POSTMARK_API_TEST",
            reqwest::Method::POST,
            path,
            Some(body),
        )
        .await
    };
    let answer = test("/email", message(json!({}))).await;
    assert_eq!(
        (answer.status, answer.code(), answer.message()),
        (200, 0, "Test job accepted")
    );
    assert_eq!(answer.body["MessageID"].as_str().unwrap().len(), 36);
    assert_eq!(
        test("/email", message(json!({ "To": "" }))).await.refusal(),
        (422, 300)
    );
    let batch = test(
        "/email/batch",
        json!([message(json!({})), message(json!({ "From": "no" }))]),
    )
    .await;
    assert_eq!(
        (
            batch.body[0]["ErrorCode"].clone(),
            batch.body[1]["ErrorCode"].clone()
        ),
        (json!(0), json!(300))
    );
    assert_eq!(simulator.ledger().accepted(), 0);
    assert!(simulator.mailbox("ann@example.com").is_empty());
}
