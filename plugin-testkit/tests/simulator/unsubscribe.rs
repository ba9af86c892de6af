//! The link in a mail, the page behind it, and what changes when somebody confirms.

use plugin_testkit::simulator::{
    PostmarkConfig, ServerConfig, SimulatorConfig, StreamConfig, StreamType,
};
use serde_json::{Value, json};

use crate::common::{TOKEN, get, http, message, post, send, start, start_with};

async fn suppressed(
    simulator: &plugin_testkit::simulator::RunningSimulator,
    stream: &str,
) -> Vec<Value> {
    let dump = get(
        simulator,
        &format!("/message-streams/{stream}/suppressions/dump"),
    )
    .await;
    dump.body["Suppressions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_recipient_has_a_link_and_only_confirming_changes_anything() {
    let simulator = start().await;
    let body = json!({
        "To": "ann@example.com, bob@example.com",
        "HtmlBody": "<p>Hi</p><a href=\"{{{ pm:unsubscribe }}}\">stop</a>", "TextBody": "stop: {{{ pm:unsubscribe }}}",
    });
    send(&simulator, message(body.clone())).await;
    let (ann, bob) = (
        simulator.mailbox("ann@example.com").remove(0),
        simulator.mailbox("bob@example.com").remove(0),
    );
    let (ann_url, bob_url) = (ann.unsubscribe_url.unwrap(), bob.unsubscribe_url.unwrap());
    assert_ne!(ann_url, bob_url);
    assert!(ann_url.starts_with(&simulator.base_url()));
    assert_eq!(
        ann.html_body.unwrap(),
        format!("<p>Hi</p><a href=\"{ann_url}\">stop</a>")
    );
    assert_eq!(ann.text_body.unwrap(), format!("stop: {ann_url}"));

    let page = http().get(&ann_url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("ann@example.com") && page.contains("<form method=\"post\">"),
        "{page}"
    );
    assert!(suppressed(&simulator, "outbound").await.is_empty());

    let confirmed = http()
        .post(&ann_url)
        .body("action=unsubscribe")
        .send()
        .await
        .unwrap();
    assert_eq!(confirmed.status(), 200);
    assert!(
        confirmed
            .text()
            .await
            .unwrap()
            .contains("You are unsubscribed")
    );
    let list = suppressed(&simulator, "outbound").await;
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["EmailAddress"], &list[0]["Origin"]),
        (&json!("ann@example.com"), &json!("Recipient"))
    );
    assert_eq!(list[0]["SuppressionReason"], "ManualSuppression");
    assert_eq!(
        post(&simulator, "/email", message(json!({})))
            .await
            .refusal(),
        (422, 406)
    );
    let partly = post(&simulator, "/email", message(body)).await;
    assert!(partly.message().starts_with(
        "Message OK, but will not deliver to these inactive addresses: ann@example.com."
    ));

    http()
        .post(&ann_url)
        .body("action=resubscribe")
        .send()
        .await
        .unwrap();
    assert!(suppressed(&simulator, "outbound").await.is_empty());
    send(&simulator, message(json!({}))).await;
}

#[tokio::test]
async fn a_transactional_mail_without_placeholder_has_no_link() {
    let simulator = start().await;
    send(&simulator, message(json!({ "HtmlBody": "<p>x</p>" }))).await;
    let copy = simulator.mailbox("ann@example.com").remove(0);
    assert_eq!(
        (copy.unsubscribe_url, copy.html_body.as_deref()),
        (None, Some("<p>x</p>"))
    );
}

#[tokio::test]
async fn broadcasts_get_a_footer_and_headers_unless_the_sender_handles_it() {
    let custom = StreamConfig::new("news", StreamType::Broadcasts).custom_unsubscribe();
    let server = ServerConfig::new(TOKEN).stream(custom);
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
        server,
    )))
    .await;
    let html = "<html><body><p>x</p></body></html>";
    for stream in ["broadcast", "news"] {
        send(
            &simulator,
            message(json!({ "MessageStream": stream, "HtmlBody": html })),
        )
        .await;
    }
    let mut copies = simulator.mailbox("ann@example.com");
    let (own, postmarks) = (copies.remove(1), copies.remove(0));
    let url = postmarks.unsubscribe_url.unwrap();
    let expected =
        format!("<html><body><p>x</p><p><a href=\"{url}\">Unsubscribe</a></p></body></html>");
    assert_eq!(postmarks.html_body.unwrap(), expected);
    assert!(postmarks.text_body.unwrap().contains(&url));
    let header = |name: &str| {
        postmarks
            .headers
            .iter()
            .find(|it| it.name == name)
            .map(|it| it.value.clone())
    };
    assert_eq!(header("List-Unsubscribe"), Some(format!("<{url}>")));
    assert_eq!(
        header("List-Unsubscribe-Post").as_deref(),
        Some("List-Unsubscribe=One-Click")
    );
    assert_eq!(
        (own.unsubscribe_url, own.html_body.as_deref()),
        (None, Some(html))
    );

    let one_click = http()
        .post(&url)
        .header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(
        one_click
            .body("List-Unsubscribe=One-Click")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(suppressed(&simulator, "broadcast").await.len(), 1);
    assert!(suppressed(&simulator, "outbound").await.is_empty());
}

#[tokio::test]
async fn a_complaint_is_not_taken_back_on_the_page() {
    let simulator = start().await;
    let id = send(
        &simulator,
        message(json!({ "TextBody": "{{{pm:unsubscribe}}}" })),
    )
    .await;
    let url = simulator.mailbox("ann@example.com")[0]
        .unsubscribe_url
        .clone()
        .unwrap();
    post(
        &simulator,
        "/_control/events",
        json!({ "message_id": id, "action": "complain" }),
    )
    .await;
    http()
        .post(&url)
        .body("action=resubscribe")
        .send()
        .await
        .unwrap();
    assert_eq!(
        suppressed(&simulator, "outbound").await[0]["SuppressionReason"],
        "SpamComplaint"
    );
}

#[tokio::test]
async fn made_up_links_are_not_found() {
    let simulator = start().await;
    let id = send(&simulator, message(json!({}))).await.replace('-', "");
    for token in [
        "x",
        "x.0",
        &id,
        &format!("{id}.1"),
        &format!("{id}.-1"),
        "00000000000040008000000000000000.0",
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
