//! Sending: answers, ledger, mailboxes, personalizations, templates, sandbox.

use plugin_testkit::simulator::{DynamicTemplate, SendgridConfig};
use serde_json::{Value, json};

use super::common::{KEY, get, request, send, start, start_as, to, try_send};

#[tokio::test]
async fn a_mail_is_answered_with_its_id_and_nothing_else() {
    let simulator = start().await;
    let mail = request(json!({
        "categories": ["lead-followup", "spring"],
        "custom_args": { "trackingid": "A-1" },
    }));
    let id = send(&simulator, mail).await;
    assert!(!id.is_empty() && !id.contains('.'), "{id}");
    let entries = simulator.ledger().entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].message_id, id);
    assert_eq!(entries[0].tracking_id.as_deref(), Some("A-1"));
    assert_eq!(entries[0].recipients, ["ann@example.com"]);
    assert_eq!(entries[0].tag.as_deref(), Some("lead-followup"));
    assert_eq!(
        (entries[0].account.as_str(), entries[0].stream.as_str()),
        ("simulated", "")
    );
    let shown = get(&simulator, "/ledger").await.body;
    assert_eq!(shown["counts"]["accepted"], 1);
    assert_eq!(shown["messages"][0]["message_id"], id.as_str());
}

#[tokio::test]
async fn each_personalization_is_a_mail_under_the_same_id() {
    let simulator = start().await;
    let mail = request(json!({
        "personalizations": [
            { "to": [{ "email": "ann@example.com" }], "cc": [{ "email": "bob@example.com" }], "custom_args": { "TrackingId": "a" } },
            { "to": [{ "email": "Cy@example.com" }], "bcc": [{ "email": "dee@example.com" }], "subject": "For Cy",
              "custom_args": { "TrackingId": "b" }, "from": { "email": "other@example.com" } },
        ],
        "custom_args": { "TrackingId": "shared" },
    }));
    let id = send(&simulator, mail).await;
    let entries = simulator.ledger().entries();
    let told: Vec<_> = entries
        .iter()
        .map(|it| (it.item, it.tracking_id.as_deref(), it.subject.as_str()))
        .collect();
    assert_eq!(told, [(0, Some("a"), "Hello"), (1, Some("b"), "For Cy")]);
    assert!(
        entries
            .iter()
            .all(|it| it.message_id == id && it.request == 1)
    );
    assert_eq!(entries[1].recipients, ["cy@example.com", "dee@example.com"]);
    let copy = simulator.mailbox("dee@example.com").remove(0);
    assert_eq!(
        (copy.to.as_str(), copy.from.as_str()),
        ("Cy@example.com", "other@example.com")
    );
    assert_eq!(
        simulator.mailbox("bob@example.com")[0].cc,
        "bob@example.com"
    );
}

#[tokio::test]
async fn everything_a_mail_can_have_arrives() {
    let simulator = start().await;
    let mail = request(json!({
        "personalizations": [{
            "to": [{ "email": "ann@example.com", "name": "Lee, Ann" }],
            "headers": { "X-Campaign": "own" },
        }],
        "reply_to_list": [{ "email": "one@example.com" }, { "email": "two@example.com" }],
        "content": [
            { "type": "text/plain", "value": "Grüße" },
            { "type": "text/html", "value": "<p>Grüße</p>" },
        ],
        "headers": { "X-Campaign": "shared", "X-Other": "1" },
        "attachments": [
            { "content": "JVBERi0=", "type": "application/pdf", "filename": "offer.pdf" },
            { "content": "AAEC", "filename": "x.png", "disposition": "inline", "content_id": "pixel" },
        ],
    }));
    let id = send(&simulator, mail).await;
    let copy = simulator.mailbox("ANN@example.com").remove(0);
    assert_eq!(copy.message_id, id);
    assert_eq!(copy.from, "\"Sales\" <sales@example.com>");
    assert_eq!(copy.to, "\"Lee, Ann\" <ann@example.com>");
    assert_eq!(copy.reply_to, "one@example.com, two@example.com");
    assert_eq!(copy.text_body.as_deref(), Some("Grüße"));
    assert_eq!(copy.html_body.as_deref(), Some("<p>Grüße</p>"));
    let header = |name: &str| {
        let found: Vec<&str> = copy
            .headers
            .iter()
            .filter(|it| it.name == name)
            .map(|it| it.value.as_str())
            .collect();
        found
    };
    assert_eq!(header("X-Campaign"), ["own"]);
    assert_eq!(header("X-Other"), ["1"]);
    assert_eq!(copy.attachments[0].content, "JVBERi0=");
    assert_eq!(copy.attachments[1].content_id.as_deref(), Some("pixel"));
    assert_eq!(copy.attachments[1].content_length, 3);
    assert_eq!(copy.unsubscribe_url, None);
}

#[tokio::test]
async fn a_dynamic_template_is_filled_in_for_each_personalization() {
    let template = DynamicTemplate::new("d-1", "Hi {{name}}")
        .html("<p>{{name}}</p>{{#if items}}<ul>{{#each items}}<li>{{this}}</li>{{/each}}</ul>{{else}}none{{/if}}{{missing}}")
        .text("Hi {{name}}, {{{name}}}");
    let simulator = start_as(SendgridConfig::with_key(KEY).template(template)).await;
    let own = |email: &str, data: Value| json!({ "to": [{ "email": email }], "dynamic_template_data": data });
    let mail = request(json!({
        "template_id": "d-1",
        "content": null,
        "subject": null,
        "personalizations": [
            own("ann@example.com", json!({ "name": "<Ann>", "items": ["x", "y"] })),
            own("bob@example.com", json!({ "name": "Bob" })),
        ],
    }));
    send(&simulator, mail).await;
    let ann = simulator.mailbox("ann@example.com").remove(0);
    assert_eq!(ann.subject, "Hi <Ann>");
    assert_eq!(
        ann.html_body.unwrap(),
        "<p>&lt;Ann&gt;</p><ul><li>x</li><li>y</li></ul>"
    );
    assert_eq!(ann.text_body.unwrap(), "Hi <Ann>, <Ann>");
    assert_eq!(
        simulator.mailbox("bob@example.com")[0].html_body.as_deref(),
        Some("<p>Bob</p>none")
    );
    let unknown = try_send(&simulator, request(json!({ "template_id": "d-2" }))).await;
    assert_eq!(
        (unknown.status, unknown.fields()),
        (400, vec!["template_id"])
    );
    assert_eq!(simulator.ledger().accepted(), 2);
}

#[tokio::test]
async fn legacy_substitutions_are_made_everywhere() {
    let simulator = start().await;
    let mail = request(json!({
        "subject": "For -name-",
        "content": [{ "type": "text/plain", "value": "Dear -name-, -name-!" }],
        "personalizations": [
            { "to": [{ "email": "ann@example.com" }], "substitutions": { "-name-": "Ann" } },
            { "to": [{ "email": "bob@example.com" }] },
        ],
    }));
    send(&simulator, mail).await;
    let ann = simulator.mailbox("ann@example.com").remove(0);
    assert_eq!(
        (ann.subject.as_str(), ann.text_body.as_deref()),
        ("For Ann", Some("Dear Ann, Ann!"))
    );
    assert_eq!(
        simulator.mailbox("bob@example.com")[0].subject,
        "For -name-"
    );
}

#[tokio::test]
async fn sandbox_mode_checks_and_keeps_nothing() {
    let simulator = start().await;
    let sandbox = json!({ "sandbox_mode": { "enable": true } });
    let answer = try_send(
        &simulator,
        request(json!({ "mail_settings": sandbox.clone() })),
    )
    .await;
    assert_eq!((answer.status, &answer.body), (200, &json!("")));
    assert_eq!(answer.header("X-Message-Id"), None);
    assert_eq!(simulator.ledger().accepted(), 0);
    assert!(simulator.mailbox("ann@example.com").is_empty());
    let wrong = request(json!({ "mail_settings": sandbox, "subject": null }));
    assert_eq!(try_send(&simulator, wrong).await.status, 400);
}

#[tokio::test]
async fn names_with_commas_and_semicolons_are_taken() {
    let simulator = start().await;
    let own = json!({ "to": [{ "email": "ann@example.com", "name": "Lee; \"Ann\", Dr." }] });
    send(&simulator, request(json!({ "personalizations": [own] }))).await;
    let copy = simulator.mailbox("ann@example.com").remove(0);
    assert_eq!(copy.to, r#""Lee; \"Ann\", Dr." <ann@example.com>"#);
}

#[tokio::test]
async fn a_thousand_personalizations_go_in_one_request() {
    let simulator = start().await;
    let all: Vec<Value> = (0..1000)
        .map(|it| to(&format!("p{it}@example.com")))
        .collect();
    let id = send(&simulator, request(json!({ "personalizations": all }))).await;
    assert_eq!(simulator.ledger().accepted(), 1000);
    assert!(
        simulator
            .ledger()
            .entries()
            .iter()
            .all(|it| it.message_id == id)
    );
}
