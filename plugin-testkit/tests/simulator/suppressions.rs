//! The suppression list of a stream, from every side that changes it.

use plugin_testkit::simulator::{RecipientAction, Trigger};
use serde_json::{Value, json};

use crate::common::{get, message, post, send, start};

const LIST: &str = "/message-streams/outbound/suppressions";

fn addresses(list: &[&str]) -> Value {
    let entries: Vec<Value> = list
        .iter()
        .map(|address| json!({ "EmailAddress": address }))
        .collect();
    json!({ "Suppressions": entries })
}

#[tokio::test]
async fn a_partly_suppressed_message_is_accepted_for_the_others() {
    let simulator = start().await;
    post(&simulator, LIST, addresses(&["Ann@Example.com"])).await;
    let people = json!({ "To": "Ann <ANN@example.com>, bob@example.com", "Cc": "cy@example.com" });
    let answer = post(&simulator, "/email", message(people)).await;
    assert_eq!((answer.status, answer.code()), (200, 0));
    assert_eq!(
        answer.message(),
        "Message OK, but will not deliver to these inactive addresses: ann@example.com. Inactive recipients are ones \
         that have generated a hard bounce or a spam complaint."
    );
    let entry = &simulator.ledger().entries()[0];
    assert_eq!(entry.recipients, ["bob@example.com", "cy@example.com"]);
    assert_eq!(entry.suppressed, ["ann@example.com"]);
    assert!(simulator.mailbox("ann@example.com").is_empty());
    assert_eq!(simulator.mailbox("bob@example.com").len(), 1);
}

#[tokio::test]
async fn lists_belong_to_a_stream() {
    let simulator = start().await;
    post(&simulator, LIST, addresses(&["ann@example.com"])).await;
    assert_eq!(
        post(&simulator, "/email", message(json!({})))
            .await
            .refusal(),
        (422, 406)
    );
    send(&simulator, message(json!({ "MessageStream": "broadcast" }))).await;
}

#[tokio::test]
async fn a_hard_bounce_suppresses_and_a_soft_one_does_not() {
    let simulator = start().await;
    let to =
        |local: &str| message(json!({ "To": format!("{local}@bounce-testing.postmarkapp.com") }));
    send(&simulator, to("hard_bounce")).await;
    assert_eq!(
        post(&simulator, "/email", to("HARD_bounce"))
            .await
            .refusal(),
        (422, 406)
    );
    send(&simulator, to("softbounce")).await;
    send(&simulator, to("softbounce")).await;
    let named = json!({ "To": "x@bounce-testing.postmarkapp.com", "Headers": [{ "Name": "x-pm-bounce-type", "Value": "Transient" }] });
    send(&simulator, message(named)).await;
    let bounces = get(&simulator, "/bounces?count=10&offset=0").await;
    let kinds: Vec<&str> = bounces.body["Bounces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["Transient", "SoftBounce", "SoftBounce", "HardBounce"]
    );
}

#[tokio::test]
async fn the_dump_filters_and_shows_reason_and_origin() {
    let simulator = start().await;
    post(&simulator, LIST, addresses(&["ann@example.com"])).await;
    send(
        &simulator,
        message(json!({ "To": "gone@bounce-testing.postmarkapp.com" })),
    )
    .await;
    let id = send(&simulator, message(json!({ "To": "cross@example.com" }))).await;
    let complaint = Trigger {
        message_id: id,
        recipient: None,
        action: RecipientAction::Complain,
    };
    simulator.trigger(&complaint).unwrap();
    let dump = async |filter: &str| {
        let answer = get(&simulator, &format!("{LIST}/dump{filter}")).await;
        answer.body["Suppressions"].as_array().unwrap().clone()
    };
    assert_eq!(dump("").await.len(), 3);
    let manual = dump("?SuppressionReason=ManualSuppression").await;
    assert_eq!(
        (&manual[0]["EmailAddress"], &manual[0]["Origin"]),
        (&json!("ann@example.com"), &json!("Customer"))
    );
    let complaint = dump("?EmailAddress=Cross@example.com").await;
    assert_eq!(complaint[0]["SuppressionReason"], "SpamComplaint");
    assert_eq!(
        dump("?Origin=Recipient&SuppressionReason=HardBounce")
            .await
            .len(),
        1
    );
    assert_eq!(dump("?todate=2001-01-01").await.len(), 0);
    assert_eq!(
        get(&simulator, &format!("{LIST}/dump?fromdate=soon"))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn complaints_and_own_unsubscribes_cannot_be_deleted() {
    let simulator = start().await;
    for (who, action) in [
        ("cross", RecipientAction::Complain),
        ("gone", RecipientAction::Unsubscribe),
    ] {
        let id = send(
            &simulator,
            message(json!({ "To": format!("{who}@example.com") })),
        )
        .await;
        simulator
            .trigger(&Trigger {
                message_id: id,
                recipient: None,
                action,
            })
            .unwrap();
    }
    post(&simulator, LIST, addresses(&["mine@example.com"])).await;
    let asked = addresses(&[
        "cross@example.com",
        "gone@example.com",
        "MINE@example.com",
        "never@example.com",
        "rubbish",
    ]);
    let answer = post(&simulator, &format!("{LIST}/delete"), asked).await;
    let items = answer.body["Suppressions"].as_array().unwrap();
    let statuses: Vec<&str> = items
        .iter()
        .map(|it| it["Status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["Failed", "Failed", "Deleted", "Deleted", "Failed"]
    );
    assert_eq!(
        items[0]["Message"],
        "You do not have the required authority to change this suppression."
    );
    assert_eq!(
        items[4]["Message"],
        "An invalid email address was provided."
    );
    assert_eq!(items[2]["Message"], Value::Null);
}

#[tokio::test]
async fn wrong_requests_have_their_own_numbers() {
    let simulator = start().await;
    let too_many: Vec<String> = (0..51).map(|it| format!("p{it}@example.com")).collect();
    let too_many: Vec<&str> = too_many.iter().map(String::as_str).collect();
    assert_eq!(
        post(&simulator, LIST, addresses(&too_many)).await.refusal(),
        (422, 1410)
    );
    assert_eq!(
        post(&simulator, LIST, json!({})).await.refusal(),
        (422, 1409)
    );
    assert_eq!(
        post(&simulator, LIST, json!({ "Suppressions": ["x"] }))
            .await
            .refusal(),
        (422, 1409)
    );
    let elsewhere = post(
        &simulator,
        "/message-streams/nowhere/suppressions",
        addresses(&["a@example.com"]),
    )
    .await;
    assert_eq!(elsewhere.refusal(), (422, 1226));
    let failed = post(&simulator, LIST, addresses(&["rubbish"])).await;
    assert_eq!(failed.body["Suppressions"][0]["Status"], "Failed");
}

#[tokio::test]
async fn a_hard_bounce_can_be_activated_and_a_complaint_cannot() {
    let simulator = start().await;
    let gone = message(json!({ "To": "gone@bounce-testing.postmarkapp.com" }));
    let id = send(&simulator, gone.clone()).await;
    let bounce = get(
        &simulator,
        &format!("/bounces?count=1&offset=0&messageID={id}"),
    )
    .await
    .body["Bounces"][0]
        .clone();
    let number = bounce["ID"].as_u64().unwrap();
    let activate = format!("/bounces/{number}/activate");
    let answer = crate::common::call(&simulator, reqwest::Method::PUT, &activate, None).await;
    assert_eq!((answer.status, answer.message()), (200, "OK"));
    assert_eq!(answer.body["Bounce"]["Inactive"], false);
    send(&simulator, gone).await;

    let id = send(&simulator, message(json!({}))).await;
    simulator
        .trigger(&Trigger {
            message_id: id,
            recipient: None,
            action: RecipientAction::Complain,
        })
        .unwrap();
    let complaint = get(&simulator, "/bounces?count=1&offset=0&type=SpamComplaint")
        .await
        .body["Bounces"][0]
        .clone();
    let activate = format!("/bounces/{}/activate", complaint["ID"]);
    let refused = crate::common::call(&simulator, reqwest::Method::PUT, &activate, None).await;
    assert_eq!(refused.refusal(), (422, 1003));
}
