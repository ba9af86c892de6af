//! Every suppression list: read, added to, taken from, and obeyed.

use plugin_testkit::simulator::{ApiKeyConfig, RunningSimulator, SendgridConfig, UnsubscribeGroup};
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{KEY, call, call_as, get, post, request, send, start, start_as, to};

pub(crate) async fn delete(simulator: &RunningSimulator, path: &str, body: Option<Value>) -> u16 {
    call(simulator, Method::DELETE, path, body).await.status
}

pub(crate) async fn with_groups() -> RunningSimulator {
    let config = SendgridConfig::with_key(KEY)
        .group(UnsubscribeGroup::new(7, "News"))
        .group(UnsubscribeGroup::new(8, "Offers"));
    start_as(config).await
}

pub(crate) async fn suppressed(simulator: &RunningSimulator, change: Value) -> bool {
    send(simulator, request(change)).await;
    let last = simulator.ledger().entries().pop().unwrap();
    !last.suppressed.is_empty()
}

fn testing(kind: &str) -> Value {
    json!({ "personalizations": [to(&format!("{kind}@event-testing.sendgrid.net"))] })
}

#[tokio::test]
async fn the_accounts_own_lists_are_read_and_taken_from() {
    let simulator = start().await;
    for (kind, list, fields) in [
        (
            "bounce",
            "bounces",
            vec!["created", "email", "reason", "status"],
        ),
        (
            "blocked",
            "blocks",
            vec!["created", "email", "reason", "status"],
        ),
        (
            "invalid",
            "invalid_emails",
            vec!["created", "email", "reason"],
        ),
        ("spamreport", "spam_reports", vec!["created", "email", "ip"]),
    ] {
        let (path, email) = (
            format!("/v3/suppression/{list}"),
            format!("{kind}@event-testing.sendgrid.net"),
        );
        assert_eq!(get(&simulator, &path).await.body, json!([]));
        send(&simulator, request(testing(kind))).await;
        let listed = get(&simulator, &path).await.body;
        let found: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
        assert_eq!(found, fields);
        let one = format!("{path}/{}", email.to_uppercase());
        assert_eq!(
            get(&simulator, &one).await.body[0]["email"],
            email.to_uppercase()
        );
        assert_eq!(delete(&simulator, &one, None).await, 204);
        assert_eq!(delete(&simulator, &one, None).await, 404);
        assert_eq!(get(&simulator, &one).await.body, json!([]));
        for body in [json!({ "emails": [email] }), json!({ "delete_all": true })] {
            send(&simulator, request(testing(kind))).await;
            assert_eq!(delete(&simulator, &path, Some(body)).await, 204);
            assert_eq!(get(&simulator, &path).await.body, json!([]));
        }
        assert_eq!(delete(&simulator, &path, Some(json!({}))).await, 400);
    }
    assert_eq!(get(&simulator, "/v3/suppression/others").await.status, 404);
}

#[tokio::test]
async fn lists_come_in_pages_and_by_time() {
    let simulator = start().await;
    let emails: Vec<String> = (0..5).map(|it| format!("p{it}@example.com")).collect();
    post(
        &simulator,
        "/v3/asm/suppressions/global",
        json!({ "recipient_emails": emails }),
    )
    .await;
    let page = async |query: &str| {
        let answer = get(&simulator, &format!("/v3/suppression/unsubscribes?{query}")).await;
        let list = answer.body.as_array().cloned().unwrap_or_default();
        (
            answer.status,
            list.iter()
                .map(|it| it["email"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(page("").await, (200, emails.clone()));
    assert_eq!(page("limit=2&offset=1").await, (200, emails[1..3].to_vec()));
    assert_eq!(
        page("limit=500&offset=4").await,
        (200, emails[4..].to_vec())
    );
    assert_eq!(page("offset=5").await, (200, vec![]));
    assert_eq!(page("email=P3@").await, (200, emails[3..4].to_vec()));
    let now = simulator.clock().now().as_second();
    assert_eq!(page(&format!("start_time={}", now + 60)).await.1.len(), 0);
    assert_eq!(page(&format!("end_time={}", now - 60)).await.1.len(), 0);
    assert_eq!(
        page(&format!("start_time={}&end_time={}", now - 60, now + 60))
            .await
            .1
            .len(),
        5
    );
    for wrong in ["limit=0", "limit=501", "limit=x", "offset=-1"] {
        assert_eq!(page(wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_global_list_stops_everything_until_taken_back() {
    let simulator = with_groups().await;
    let global = "/v3/asm/suppressions/global";
    let added = post(
        &simulator,
        global,
        json!({ "recipient_emails": ["Ann@example.com"] }),
    )
    .await;
    assert_eq!(
        (added.status, added.body),
        (201, json!({ "recipient_emails": ["Ann@example.com"] }))
    );
    let one = format!("{global}/ann@example.com");
    assert_eq!(
        get(&simulator, &one).await.body,
        json!({ "recipient_email": "ann@example.com" })
    );
    assert!(suppressed(&simulator, json!({})).await);
    assert!(suppressed(&simulator, json!({ "asm": { "group_id": 7 } })).await);
    let bypass = json!({ "bypass_unsubscribe_management": { "enable": true } });
    assert!(!suppressed(&simulator, json!({ "mail_settings": bypass })).await);
    assert_eq!(delete(&simulator, &one, None).await, 204);
    assert_eq!(get(&simulator, &one).await.body, json!({}));
    assert!(!suppressed(&simulator, json!({})).await);
    for wrong in [
        json!({}),
        json!({ "recipient_emails": ["x"] }),
        json!({ "recipient_emails": "a@b.example" }),
    ] {
        let answer = post(&simulator, global, wrong).await;
        assert_eq!(
            (
                answer.status,
                answer.fields()[0].starts_with("recipient_emails")
            ),
            (400, true)
        );
    }
}

#[tokio::test]
async fn each_list_wants_its_scope() {
    let key = |name: &str, scope: &str| ApiKeyConfig::new(name).scopes([scope]);
    let config = SendgridConfig::with_key(KEY)
        .group(UnsubscribeGroup::new(7, "News"))
        .key(key("SG.a.b", "suppression.bounces.read"))
        .key(key("SG.c.d", "asm.groups.suppressions.read"));
    let simulator = start_as(config).await;
    let asked = async |key: &str, path: &str| {
        call_as(&simulator, key, Method::GET, path, None)
            .await
            .status
    };
    assert_eq!(asked("SG.a.b", "/v3/suppression/bounces").await, 200);
    assert_eq!(asked("SG.a.b", "/v3/suppression/blocks").await, 403);
    assert_eq!(asked("SG.a.b", "/v3/asm/groups/7/suppressions").await, 403);
    assert_eq!(asked("SG.c.d", "/v3/asm/groups/7/suppressions").await, 200);
    assert_eq!(asked("SG.c.d", "/v3/asm/groups").await, 403);
    assert_eq!(
        asked("SG.c.d", "/v3/asm/suppressions/global/a@b.example").await,
        403
    );
    let removed = call_as(
        &simulator,
        "SG.a.b",
        Method::DELETE,
        "/v3/suppression/bounces/a@b.example",
        None,
    )
    .await;
    assert_eq!(removed.status, 403);
}
