//! The suppression list of a stream: read and changed, with the simulator's rules and with strange answers.

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    EmailProvider as _, RefusalScope, SendErrorKind, SuppressionChange, SuppressionEdit,
    SuppressionOrigin, SuppressionQuery, SuppressionReason,
};
use plugin_testkit::simulator::{RecipientAction, RunningSimulator, Trigger};

use crate::common::wire::{Wire, json as answer};
use crate::common::{context, message, message_to, plugin, simulator};

fn addresses(list: &[&str]) -> Vec<String> {
    list.iter().map(|address| (*address).to_owned()).collect()
}

/// Sends to Ann, who then does this.
async fn ann_acts(simulator: &RunningSimulator, action: RecipientAction) {
    let receipt = plugin(&simulator.base_url())
        .send(&message(), &context())
        .await
        .unwrap();
    let trigger = Trigger {
        message_id: receipt.id.to_string(),
        recipient: Some("ann@example.com".to_owned()),
        action,
    };
    simulator.trigger(&trigger).unwrap();
}

#[tokio::test]
async fn what_is_added_is_listed_stops_mail_on_that_stream_and_can_be_removed() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let both = addresses(&["ann@example.com", "Bob@Example.com"]);
    let added = plugin
        .add_suppressions(&SuppressionEdit::new(both.clone()), &context())
        .await
        .unwrap();
    assert_eq!(added, [SuppressionChange::Done, SuppressionChange::Done]);

    let page = plugin
        .list_suppressions(&SuppressionQuery::new(None), &context())
        .await
        .unwrap();
    assert_eq!(page.entries.len(), 2);
    assert_eq!(page.next, None);
    let ann = page
        .entries
        .iter()
        .find(|it| it.address == "ann@example.com")
        .unwrap();
    assert_eq!(ann.reason, SuppressionReason::Unsubscribed);
    assert_eq!(ann.origin, SuppressionOrigin::Customer);
    assert!(ann.created_at.is_some());
    let broadcast = Some("broadcast".to_owned());
    let other = plugin
        .list_suppressions(&SuppressionQuery::new(broadcast), &context())
        .await
        .unwrap();
    assert!(other.entries.is_empty());

    let error = plugin.send(&message(), &context()).await.unwrap_err();
    let suppressed = addresses(&["ann@example.com"]);
    assert_eq!(
        error.kind,
        SendErrorKind::RecipientSuppressed {
            addresses: suppressed
        }
    );
    let partly = message_to(&["ann@example.com", "carl@example.com"]);
    let receipt = plugin.send(&partly, &context()).await.unwrap();
    assert_eq!(receipt.recipients[0].address, "ann@example.com");

    let removed = plugin
        .remove_suppressions(&SuppressionEdit::new(both.clone()), &context())
        .await
        .unwrap();
    assert_eq!(removed, [SuppressionChange::Done, SuppressionChange::Done]);
    plugin.send(&message(), &context()).await.unwrap();
}

#[tokio::test]
async fn a_refused_address_is_refused_alone_in_postmarks_words() {
    let simulator = simulator().await;
    ann_acts(&simulator, RecipientAction::Complain).await;
    let plugin = plugin(&simulator.base_url());
    let both = addresses(&["bob@example.com", "ann@example.com"]);
    let removed = plugin
        .remove_suppressions(&SuppressionEdit::new(both.clone()), &context())
        .await
        .unwrap();
    assert_eq!(removed[0], SuppressionChange::Done);
    match &removed[1] {
        SuppressionChange::Refused(words) => assert!(words.contains("authority"), "{words}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reasons_and_origins_are_told_apart() {
    let simulator = simulator().await;
    ann_acts(&simulator, RecipientAction::Unsubscribe).await;
    let plugin = plugin(&simulator.base_url());
    let page = plugin
        .list_suppressions(
            &SuppressionQuery::new(Some("outbound".to_owned())),
            &context(),
        )
        .await
        .unwrap();
    assert_eq!(page.entries[0].reason, SuppressionReason::Unsubscribed);
    assert_eq!(page.entries[0].origin, SuppressionOrigin::Recipient);
}

#[tokio::test]
async fn an_address_in_another_script_is_suppressed_in_the_form_it_is_sent_in() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let ann = addresses(&["ann@münchen.example"]);
    let edit = SuppressionEdit::new(ann.clone());
    let added = plugin.add_suppressions(&edit, &context()).await.unwrap();
    assert_eq!(added, [SuppressionChange::Done]);
    let to_ann = message_to(&["ann@münchen.example"]);
    let error = plugin.send(&to_ann, &context()).await.unwrap_err();
    let kind = SendErrorKind::RecipientSuppressed { addresses: ann };
    assert_eq!(error.kind, kind);
    let removed = plugin.remove_suppressions(&edit, &context()).await.unwrap();
    assert_eq!(removed, [SuppressionChange::Done]);
    plugin.send(&to_ann, &context()).await.unwrap();
}

#[tokio::test]
async fn more_than_fifty_addresses_are_split() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let many: Vec<String> = (0..120)
        .map(|number| format!("person{number}@example.com"))
        .collect();
    let before = simulator.ledger().counts().requests;
    let added = plugin
        .add_suppressions(&SuppressionEdit::new(many.clone()), &context())
        .await
        .unwrap();
    assert_eq!(added, vec![SuppressionChange::Done; 120]);
    assert_eq!(simulator.ledger().counts().requests - before, 3);
    let page = plugin
        .list_suppressions(&SuppressionQuery::new(None), &context())
        .await
        .unwrap();
    assert_eq!(page.entries.len(), 120);
}

#[tokio::test]
async fn answers_are_matched_by_address_and_a_missing_one_is_no_success() {
    let body = json!({ "Suppressions": [
        { "EmailAddress": "BOB@example.com", "Status": "Failed", "Message": null },
        { "EmailAddress": "ann@example.com", "Status": "Suppressed" },
    ] });
    let wire = Wire::start([answer(200, &body.to_string())]).await;
    let three = addresses(&["ann@example.com", "bob@example.com", "carl@example.com"]);
    let plugin = plugin(&wire.base_url());
    let changes = plugin
        .add_suppressions(
            &SuppressionEdit::new(three.clone()).on_stream("a/b"),
            &context(),
        )
        .await
        .unwrap();
    assert_eq!(changes[0], SuppressionChange::Done);
    assert_eq!(changes[1], SuppressionChange::Refused("Failed".to_owned()));
    assert!(
        matches!(&changes[2], SuppressionChange::Unknown(words) if words.contains("did not answer"))
    );
    let request = wire.request();
    assert_eq!(request.line(), "POST /message-streams/a%2Fb/suppressions");
    let named: Vec<Value> = three
        .iter()
        .map(|address| json!({ "EmailAddress": address }))
        .collect();
    assert_eq!(request.json(), json!({ "Suppressions": named }));
}

#[tokio::test]
async fn errors_are_told_and_never_look_like_an_empty_list() {
    let unknown_stream = r#"{"ErrorCode":1226,"Message":"The message stream 'x' was not found."}"#;
    for (step, kind) in [
        (
            answer(422, unknown_stream),
            SendErrorKind::ProviderRefused {
                scope: RefusalScope::Stream,
            },
        ),
        (answer(500, ""), SendErrorKind::Unavailable),
        (answer(200, "{}"), SendErrorKind::Unavailable),
        (answer(200, "<html>"), SendErrorKind::Unavailable),
        (
            answer(200, r#"{"Suppressions":[{"Origin":"Recipient"}]}"#),
            SendErrorKind::Unavailable,
        ),
    ] {
        let wire = Wire::start([step.clone(), step]).await;
        let plugin = plugin(&wire.base_url());
        let error = plugin
            .list_suppressions(&SuppressionQuery::new(None), &context())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind);
        let ann = addresses(&["ann@example.com"]);
        let error = plugin
            .remove_suppressions(&SuppressionEdit::new(ann.clone()), &context())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind);
    }
    let plugin = plugin("http://127.0.0.1:1");
    let mut second = SuppressionQuery::default();
    second.cursor = Some("2".to_owned());
    let page = plugin.list_suppressions(&second, &context()).await;
    assert!(matches!(
        page.unwrap_err().kind,
        SendErrorKind::Unsupported { .. }
    ));
}
