//! Links in mails, the pages behind them, and what confirming does.

use plugin_testkit::simulator::{
    DeliveredCopy, EventWebhookConfig, RecipientAction, RunningSimulator, SendgridConfig, Trigger,
    UnsubscribeGroup,
};
use serde_json::{Value, json};

use super::common::{KEY, get, request, send, start_as};
use crate::common::http;
use crate::host::Host;

async fn start(host: &Host) -> RunningSimulator {
    let kinds = [
        "unsubscribe",
        "group_unsubscribe",
        "group_resubscribe",
        "dropped",
    ];
    let config = SendgridConfig::with_key(KEY)
        .group(UnsubscribeGroup::new(7, "News & more"))
        .webhook(EventWebhookConfig::new(&host.url).events(kinds));
    start_as(config).await
}

fn both(text: &str, html: &str) -> Value {
    json!([{ "type": "text/plain", "value": text }, { "type": "text/html", "value": html }])
}

async fn copy(simulator: &RunningSimulator, change: Value) -> DeliveredCopy {
    send(simulator, request(change)).await;
    simulator.mailbox("ann@example.com").pop().unwrap()
}

fn header<'a>(copy: &'a DeliveredCopy, name: &str) -> Vec<&'a str> {
    let found = copy.headers.iter().filter(|it| it.name == name);
    found.map(|it| it.value.as_str()).collect()
}

async fn page(url: &str) -> String {
    http().get(url).send().await.unwrap().text().await.unwrap()
}

async fn confirm(url: &str, form: &'static str) -> String {
    let request = http()
        .post(url)
        .header("Content-Type", "application/x-www-form-urlencoded");
    request
        .body(form)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

#[tokio::test]
async fn group_tags_become_bare_addresses() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let content = both(
        "Leave: <%asm_group_unsubscribe_raw_url%>",
        "<a href=\"<%asm_group_unsubscribe_raw_url%>\">x</a><%asm_preferences_raw_url%> <%asm_global_unsubscribe_raw_url%>",
    );
    let copy = copy(
        &simulator,
        json!({ "content": content, "asm": { "group_id": 7 } }),
    )
    .await;
    let url = copy.unsubscribe_url.clone().unwrap();
    assert_eq!(
        copy.text_body.as_deref(),
        Some(format!("Leave: {url}").as_str())
    );
    let html = copy.html_body.as_deref().unwrap();
    assert!(
        html.starts_with(&format!("<a href=\"{url}\">x</a>{url} ")),
        "{html}"
    );
    assert!(html.ends_with(".all") && !html.contains("<%"), "{html}");
    assert_eq!(header(&copy, "List-Unsubscribe"), [format!("<{url}>")]);
    assert_eq!(
        header(&copy, "List-Unsubscribe-Post"),
        ["List-Unsubscribe=One-Click"]
    );
    assert_eq!(copy.message_stream, "7");
}

#[tokio::test]
async fn without_a_tag_the_service_adds_its_own_link() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let content = both("Hi", "<body>Hi</body>");
    let with_group = copy(
        &simulator,
        json!({ "content": content.clone(), "asm": { "group_id": 7 } }),
    )
    .await;
    let url = with_group.unsubscribe_url.unwrap();
    assert!(with_group.html_body.unwrap().ends_with(&format!(
        "<p><a href=\"{url}\">Unsubscribe From This List</a></p></body>"
    )));
    assert!(with_group.text_body.unwrap().trim_end().ends_with(&url));
    let words =
        json!({ "enable": true, "text": "Enough? <% %>", "html": "<i>Enough? <% leave %></i>" });
    let tracked = copy(&simulator, json!({ "content": content.clone(), "tracking_settings": { "subscription_tracking": words } })).await;
    let url = tracked.unsubscribe_url.unwrap();
    assert_eq!(
        tracked.html_body.unwrap(),
        format!("<body>Hi<p><i>Enough? <a href=\"{url}\">leave</a></i></p></body>")
    );
    assert_eq!(tracked.text_body.unwrap(), format!("Hi\n\nEnough? {url}\n"));
    let neither = copy(&simulator, json!({ "content": content })).await;
    assert_eq!(
        (neither.unsubscribe_url, neither.html_body.as_deref()),
        (None, Some("<body>Hi</body>"))
    );
}

#[tokio::test]
async fn a_substitution_tag_is_the_only_place_of_the_link() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let subscription =
        json!({ "enable": true, "substitution_tag": "[%u%]", "html": "<% not me %>" });
    let change = json!({
        "content": both("Hi [%u%]", "<p>[%u%]</p>"),
        "tracking_settings": { "subscription_tracking": subscription },
        "headers": { "List-Unsubscribe": "<mailto:mine@example.com>" },
    });
    let copy = copy(&simulator, change).await;
    let url = copy.unsubscribe_url.clone().unwrap();
    assert_eq!(
        copy.html_body.as_deref(),
        Some(format!("<p>{url}</p>").as_str())
    );
    assert_eq!(
        copy.text_body.as_deref(),
        Some(format!("Hi {url}").as_str())
    );
    assert_eq!(
        header(&copy, "List-Unsubscribe"),
        ["<mailto:mine@example.com>"]
    );
}

#[tokio::test]
async fn looking_changes_nothing_confirming_leaves_the_group_and_coming_back_is_told() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let change = json!({ "asm": { "group_id": 7 }, "custom_args": { "TrackingId": "t-7" } });
    let url = copy(&simulator, change.clone())
        .await
        .unsubscribe_url
        .unwrap();
    let shown = page(&url).await;
    assert!(
        shown.contains("ann@example.com receives mail from News &amp; more.")
            && shown.contains("<form method=\"post\">"),
        "{shown}"
    );
    let path = "/v3/asm/groups/7/suppressions";
    assert_eq!(get(&simulator, path).await.body, json!([]));
    assert!(
        confirm(&url, "List-Unsubscribe=One-Click")
            .await
            .contains("You are unsubscribed")
    );
    assert!(confirm(&url, "").await.contains("You are unsubscribed"));
    assert_eq!(get(&simulator, path).await.body, json!(["ann@example.com"]));
    send(&simulator, request(change)).await;
    assert!(
        confirm(&url, "action=resubscribe")
            .await
            .contains("<h1>Unsubscribe</h1>")
    );
    assert_eq!(get(&simulator, path).await.body, json!([]));
    let bodies = host.bodies(3).await;
    let mut kinds: Vec<&str> = bodies
        .iter()
        .map(|it| it[0]["event"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["dropped", "group_resubscribe", "group_unsubscribe"]);
    let left = bodies
        .iter()
        .find(|it| it[0]["event"] == "group_unsubscribe")
        .unwrap();
    assert_eq!(
        (&left[0]["asm_group_id"], &left[0]["url"]),
        (&json!(7), &json!(url))
    );
    assert_eq!(
        (&left[0]["TrackingId"], left[0].get("smtp-id")),
        (&json!("t-7"), None)
    );
}

#[tokio::test]
async fn subscription_tracking_leaves_everything() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let tracking = json!({ "tracking_settings": { "subscription_tracking": { "enable": true } } });
    let url = copy(&simulator, tracking).await.unsubscribe_url.unwrap();
    confirm(&url, "").await;
    assert_eq!(
        get(&simulator, "/v3/suppression/unsubscribes").await.body[0]["email"],
        "ann@example.com"
    );
    assert_eq!(host.bodies(1).await[0][0]["event"], "unsubscribe");
    confirm(&url, "action=resubscribe").await;
    assert_eq!(
        get(&simulator, "/v3/suppression/unsubscribes").await.body,
        json!([])
    );
}

#[tokio::test]
async fn the_group_wins_over_subscription_tracking() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let change = json!({ "asm": { "group_id": 7 }, "tracking_settings": { "subscription_tracking": { "enable": true } } });
    let id = send(&simulator, request(change)).await;
    let action = RecipientAction::Unsubscribe;
    let trigger = Trigger {
        message_id: id,
        recipient: Some("ANN@example.com".into()),
        action,
    };
    simulator.trigger(&trigger).unwrap();
    assert_eq!(host.bodies(1).await[0][0]["event"], "group_unsubscribe");
    assert_eq!(
        get(&simulator, "/v3/suppression/unsubscribes").await.body,
        json!([])
    );
}

#[tokio::test]
async fn links_nobody_was_sent_lead_nowhere() {
    let host = Host::start(&[]).await;
    let simulator = start(&host).await;
    let id = send(&simulator, request(json!({}))).await;
    for token in [
        "x",
        "x.0.0.all",
        &format!("{id}.0.0.group"),
        &format!("{id}.0.9.all"),
        &format!("{id}.9.0.all"),
        &format!("{id}.0.0.all.x"),
    ] {
        let url = format!("{}/unsubscribe/{token}", simulator.base_url());
        assert_eq!(
            http().get(&url).send().await.unwrap().status(),
            404,
            "{token}"
        );
        assert_eq!(
            http().post(&url).send().await.unwrap().status(),
            404,
            "{token}"
        );
    }
}
