//! Unsubscribe groups: their lists, and themselves.

use reqwest::Method;
use serde_json::json;

use super::common::{call, get, post, start};
use super::suppressions::{delete, suppressed, with_groups};

#[tokio::test]
async fn a_groups_list_stops_that_group_alone() {
    let simulator = with_groups().await;
    let path = "/v3/asm/groups/7/suppressions";
    let added = post(
        &simulator,
        path,
        json!({ "recipient_emails": ["ANN@example.com", "bob@example.com"] }),
    )
    .await;
    assert_eq!(added.status, 201);
    assert_eq!(
        get(&simulator, path).await.body,
        json!(["ann@example.com", "bob@example.com"])
    );
    let asked = json!({ "recipient_emails": ["ann@example.com", "cy@example.com"] });
    assert_eq!(
        post(&simulator, &format!("{path}/search"), asked)
            .await
            .body,
        json!(["ann@example.com"])
    );
    assert!(suppressed(&simulator, json!({ "asm": { "group_id": 7 } })).await);
    assert!(!suppressed(&simulator, json!({ "asm": { "group_id": 8 } })).await);
    assert!(!suppressed(&simulator, json!({})).await);
    let all = get(&simulator, "/v3/asm/suppressions").await.body;
    assert_eq!(
        (all.as_array().unwrap().len(), &all[0]["group_name"]),
        (2, &json!("News"))
    );
    let groups = get(&simulator, "/v3/asm/suppressions/ann@example.com")
        .await
        .body;
    let left: Vec<_> = groups["suppressions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["id"], &it["suppressed"]))
        .collect();
    assert_eq!(
        left,
        [(&json!(7), &json!(true)), (&json!(8), &json!(false))]
    );
    assert_eq!(
        delete(&simulator, &format!("{path}/ann@example.com"), None).await,
        204
    );
    assert!(!suppressed(&simulator, json!({ "asm": { "group_id": 7 } })).await);
}

#[tokio::test]
async fn who_leaves_a_group_that_is_not_there_leaves_everything() {
    let simulator = start().await;
    let added = post(
        &simulator,
        "/v3/asm/groups/9/suppressions",
        json!({ "recipient_emails": ["ann@example.com"] }),
    )
    .await;
    assert_eq!(added.status, 201);
    assert_eq!(
        get(&simulator, "/v3/suppression/unsubscribes").await.body[0]["email"],
        "ann@example.com"
    );
    assert_eq!(
        get(&simulator, "/v3/asm/groups/9/suppressions")
            .await
            .status,
        404
    );
    assert_eq!(get(&simulator, "/v3/asm/groups/x").await.status, 404);
}

#[tokio::test]
async fn groups_are_made_changed_and_removed() {
    let simulator = with_groups().await;
    let made = post(
        &simulator,
        "/v3/asm/groups",
        json!({ "name": "Tips", "description": "Now and then" }),
    )
    .await;
    assert_eq!(
        (made.status, &made.body["name"], &made.body["unsubscribes"]),
        (201, &json!("Tips"), &json!(0))
    );
    let path = format!("/v3/asm/groups/{}", made.body["id"]);
    let edited = call(
        &simulator,
        Method::PATCH,
        &path,
        Some(json!({ "is_default": true })),
    )
    .await;
    assert_eq!(
        (
            edited.status,
            &edited.body["is_default"],
            &edited.body["name"]
        ),
        (201, &json!(true), &json!("Tips"))
    );
    assert_eq!(get(&simulator, &path).await.body, edited.body);
    assert_eq!(
        get(&simulator, "/v3/asm/groups")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        get(&simulator, "/v3/asm/groups?id=7&id=8")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(delete(&simulator, &path, None).await, 204);
    assert_eq!(delete(&simulator, &path, None).await, 404);
    let wrong = post(
        &simulator,
        "/v3/asm/groups",
        json!({ "name": "n".repeat(31) }),
    )
    .await;
    assert_eq!(
        (wrong.status, wrong.fields()),
        (400, vec!["name", "description"])
    );
}
