//! SendGrid's lists, read as one and changed where they can be.

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    EmailProvider as _, RefusalScope, SendErrorKind, SuppressionChange, SuppressionEdit,
    SuppressionOrigin, SuppressionQuery, SuppressionReason, Timestamp,
};

use crate::common::wire::{Step, Wire, answer_with, json as answer};
use crate::common::{context, fault, plugin, plugin_with};

fn addresses(list: &[&str]) -> Vec<String> {
    list.iter().map(|address| (*address).to_owned()).collect()
}

fn listed(address: &str) -> Step {
    let entry =
        json!([{ "created": 1_772_460_944, "email": address, "reason": "550", "status": "5.1.1" }]);
    answer(200, &entry.to_string())
}

fn lines(wire: &Wire) -> Vec<String> {
    let requests = wire.requests();
    requests.iter().map(|it| it.line().to_owned()).collect()
}

#[tokio::test]
async fn the_pages_of_all_lists_are_read_as_one_list() {
    let full: Vec<Value> = (0..500)
        .map(|number| json!({ "created": 1, "email": format!("p{number}@example.com") }))
        .collect();
    let wire = Wire::start([
        answer(200, r#"["left@example.com"]"#),
        answer(200, &Value::Array(full).to_string()),
        listed("global@example.com"),
        listed("gone@example.com"),
        listed("angry@example.com"),
        answer(200, "[]"),
    ])
    .await;
    let plugin = plugin_with(&wire.base_url(), json!({ "unsubscribe_group": 4711 }));
    let mut query = SuppressionQuery::new(None);
    query.since = Some("2026-03-01T00:00:00Z".parse().unwrap());
    let mut entries = Vec::new();
    loop {
        let page = plugin.list_suppressions(&query, &context()).await.unwrap();
        entries.extend(page.entries);
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(entries.len(), 504);
    let of = |address: &str| {
        let entry = entries.iter().find(|it| it.address == address).unwrap();
        (entry.reason, entry.origin)
    };
    use SuppressionOrigin::{Admin, Recipient, Unknown};
    use SuppressionReason::{Complaint, HardBounce, Unsubscribed};
    assert_eq!(of("left@example.com"), (Unsubscribed, Unknown));
    assert_eq!(of("global@example.com"), (Unsubscribed, Unknown));
    assert_eq!(of("gone@example.com"), (HardBounce, Admin));
    assert_eq!(of("angry@example.com"), (Complaint, Recipient));
    let created = entries.last().unwrap().created_at;
    assert_eq!(created, Timestamp::from_second(1_772_460_944).ok());
    let since = "start_time=1772323200";
    assert_eq!(
        lines(&wire),
        [
            "GET /v3/asm/groups/4711/suppressions".to_owned(),
            format!("GET /v3/suppression/unsubscribes?limit=500&offset=0&{since}"),
            format!("GET /v3/suppression/unsubscribes?limit=500&offset=500&{since}"),
            format!("GET /v3/suppression/bounces?limit=500&offset=0&{since}"),
            format!("GET /v3/suppression/spam_reports?limit=500&offset=0&{since}"),
            format!("GET /v3/suppression/invalid_emails?limit=500&offset=0&{since}"),
        ]
    );
}

#[tokio::test]
async fn only_the_lists_of_the_reason_are_read() {
    let wire = Wire::start([listed("angry@example.com")]).await;
    let mut query = SuppressionQuery::new(None);
    query.reason = Some(SuppressionReason::Complaint);
    let plugin = plugin(&wire.base_url());
    let page = plugin.list_suppressions(&query, &context()).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (1, None));
    query.reason = Some(SuppressionReason::Other);
    let page = plugin.list_suppressions(&query, &context()).await.unwrap();
    assert!(page.entries.is_empty());
    assert_eq!(
        lines(&wire),
        ["GET /v3/suppression/spam_reports?limit=500&offset=0"]
    );
}

#[tokio::test]
async fn a_cursor_of_somewhere_else_and_a_strange_list_are_errors() {
    for cursor in ["nonsense", "bounces:x", "group:0"] {
        let wire = Wire::start([]).await;
        let mut query = SuppressionQuery::new(None);
        query.cursor = Some(cursor.to_owned());
        let page = plugin(&wire.base_url())
            .list_suppressions(&query, &context())
            .await;
        let what = "cursor".to_owned();
        assert_eq!(page.unwrap_err().kind, SendErrorKind::Unsupported { what });
    }
    for strange in ["{}", "rubbish", "[1]", r#"[{"created":1}]"#] {
        let wire = Wire::start([answer(200, strange)]).await;
        let query = SuppressionQuery::new(None);
        let page = plugin(&wire.base_url())
            .list_suppressions(&query, &context())
            .await;
        assert_eq!(page.unwrap_err().kind, SendErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn adding_means_unsubscribing_from_the_group_or_from_everything() {
    let both = addresses(&["Ann@example.com", "bob@example.com"]);
    let added = r#"{"recipient_emails":["ann@example.com"]}"#;
    for (settings, path) in [
        (
            json!({ "unsubscribe_group": 4711 }),
            "/v3/asm/groups/4711/suppressions",
        ),
        (json!({}), "/v3/asm/suppressions/global"),
    ] {
        let wire = Wire::start([answer(201, added)]).await;
        let plugin = plugin_with(&wire.base_url(), settings);
        let edit = SuppressionEdit::new(both.clone());
        let changes = plugin.add_suppressions(&edit, &context()).await.unwrap();
        assert_eq!(changes[0], SuppressionChange::Done);
        assert!(matches!(changes[1], SuppressionChange::Unknown(_)));
        let request = wire.request();
        assert_eq!(request.line(), format!("POST {path}"));
        assert_eq!(request.json(), json!({ "recipient_emails": both }));
    }
}

#[tokio::test]
async fn taking_back_an_unsubscribe_does_not_take_back_a_complaint() {
    let nothing = || answer_with(204, "", "");
    let unknown = fault(404, &Value::Null, "not found");
    let wire = Wire::start([nothing(), unknown]).await;
    let plugin = plugin_with(&wire.base_url(), json!({ "unsubscribe_group": 4711 }));
    let ann = SuppressionEdit::new(addresses(&["ann+1@example.com"]));
    let edit = ann.because(SuppressionReason::Unsubscribed);
    let changes = plugin.remove_suppressions(&edit, &context()).await.unwrap();
    assert_eq!(changes, [SuppressionChange::Done]);
    assert_eq!(
        lines(&wire),
        [
            "DELETE /v3/asm/groups/4711/suppressions/ann+1@example.com",
            "DELETE /v3/asm/suppressions/global/ann+1@example.com",
        ]
    );
}

#[tokio::test]
async fn for_whatever_reason_means_every_list() {
    let wire = Wire::start((0..4).map(|_| answer_with(204, "", ""))).await;
    let edit = SuppressionEdit::new(addresses(&["ann@example.com"]));
    let plugin = plugin(&wire.base_url());
    plugin.remove_suppressions(&edit, &context()).await.unwrap();
    assert_eq!(
        lines(&wire),
        [
            "DELETE /v3/asm/suppressions/global/ann@example.com",
            "DELETE /v3/suppression/bounces/ann@example.com",
            "DELETE /v3/suppression/spam_reports/ann@example.com",
            "DELETE /v3/suppression/invalid_emails/ann@example.com",
        ]
    );
}

#[tokio::test]
async fn a_key_without_the_permission_is_told_so() {
    let wire = Wire::start([fault(403, &Value::Null, "access forbidden")]).await;
    let edit = SuppressionEdit::new(addresses(&["ann@example.com"]));
    let plugin = plugin(&wire.base_url());
    let error = plugin
        .add_suppressions(&edit, &context())
        .await
        .unwrap_err();
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
}
