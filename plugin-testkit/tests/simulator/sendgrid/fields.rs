//! What is wrong with a message, told by the path of its field.

use plugin_testkit::simulator::{SendgridConfig, UnsubscribeGroup};
use serde_json::{Value, json};

use super::common::{KEY, request, start, start_as, to, try_send};

#[tokio::test]
async fn every_wrong_field_is_named_by_its_path() {
    let group = UnsubscribeGroup::new(4711, "News");
    let simulator = start_as(SendgridConfig::with_key(KEY).group(group)).await;
    let own = |change: Value| {
        let mut own = to("ann@example.com");
        for (field, value) in change.as_object().unwrap() {
            own[field] = value.clone();
        }
        json!({ "personalizations": [own] })
    };
    let many = |count: usize| -> Value {
        (0..count)
            .map(|it| to(&format!("p{it}@example.com")))
            .collect()
    };
    let four_days = jiff::Timestamp::now().as_second() + 4 * 24 * 60 * 60;
    let bytes = "v".repeat(10_000);
    let reserved = [
        "x-sg-id",
        "X-SG-EID",
        "Received",
        "DKIM-Signature",
        "Content-Type",
        "Content-Transfer-Encoding",
        "To",
        "From",
        "Subject",
        "Reply-To",
        "CC",
        "bcc",
    ];
    let mut cases = vec![
        (
            json!({ "personalizations": null }),
            "personalizations".to_owned(),
        ),
        (json!({ "personalizations": [] }), "personalizations".into()),
        (json!({ "personalizations": {} }), "personalizations".into()),
        (
            json!({ "personalizations": many(1001) }),
            "personalizations".into(),
        ),
        (own(json!({ "to": [] })), "personalizations.0.to".into()),
        (own(json!({ "to": null })), "personalizations.0.to".into()),
        (
            own(json!({ "to": [{ "name": "x" }] })),
            "personalizations.0.to.0.email".into(),
        ),
        (
            own(json!({ "to": [{ "email": "nobody" }] })),
            "personalizations.0.to.0.email".into(),
        ),
        (
            own(json!({ "to": [{ "email": "zoë@example.com" }] })),
            "personalizations.0.to.0.email".into(),
        ),
        (
            own(json!({ "cc": [{ "email": "b@example.com" }, { "email": "c" }] })),
            "personalizations.0.cc.1.email".into(),
        ),
        (
            own(json!({ "bcc": [{ "email": 7 }] })),
            "personalizations.0.bcc.0.email".into(),
        ),
        (
            own(json!({ "cc": [{ "email": "ANN@example.com" }] })),
            "personalizations.0".into(),
        ),
        (
            own(json!({ "from": { "email": "x" } })),
            "personalizations.0.from.email".into(),
        ),
        (
            own(json!({ "custom_args": { "n": 7 } })),
            "personalizations.0.custom_args.n".into(),
        ),
        (
            own(json!({ "custom_args": { "n": bytes } })),
            "personalizations.0.custom_args".into(),
        ),
        (
            own(json!({ "dynamic_template_data": [] })),
            "personalizations.0.dynamic_template_data".into(),
        ),
        (
            own(json!({ "send_at": four_days })),
            "personalizations.0.send_at".into(),
        ),
        (
            own(json!({ "headers": { "X-A": "1\r\nBcc: x@example.com" } })),
            "personalizations.0.headers".into(),
        ),
        (json!({ "from": null }), "from.email".into()),
        (json!({ "from": { "name": "x" } }), "from.email".into()),
        (
            json!({ "from": { "email": "zoë@example.com" } }),
            "from.email".into(),
        ),
        (json!({ "from": "sales@example.com" }), "from".into()),
        (
            json!({ "reply_to": { "email": "x" } }),
            "reply_to.email".into(),
        ),
        (
            json!({ "reply_to": { "email": "a@b.example" }, "reply_to_list": [{ "email": "c@d.example" }] }),
            "reply_to_list".into(),
        ),
        (
            json!({ "reply_to_list": [{ "email": "a@b.example" }, { "email": "A@b.example" }] }),
            "reply_to_list".into(),
        ),
        (json!({ "subject": null }), "subject".into()),
        (json!({ "subject": "" }), "subject".into()),
        (json!({ "subject": 7 }), "subject".into()),
        (json!({ "content": null }), "content".into()),
        (json!({ "content": [] }), "content".into()),
        (
            json!({ "content": [{ "type": "text/plain", "value": "" }] }),
            "content.0.value".into(),
        ),
        (
            json!({ "content": [{ "type": "", "value": "x" }] }),
            "content.0.type".into(),
        ),
        (
            json!({ "attachments": [{ "content": "%%", "filename": "a" }] }),
            "attachments.0.content".into(),
        ),
        (
            json!({ "attachments": [{ "content": "", "filename": "a" }] }),
            "attachments.0.content".into(),
        ),
        (
            json!({ "attachments": [{ "content": "AAEC" }] }),
            "attachments.0.filename".into(),
        ),
        (
            json!({ "attachments": [{ "content": "AAEC", "filename": "a", "disposition": "x" }] }),
            "attachments.0.disposition".into(),
        ),
        (json!({ "categories": vec!["c"; 11] }), "categories".into()),
        (
            json!({ "categories": ["c".repeat(256)] }),
            "categories.0".into(),
        ),
        (
            json!({ "custom_args": { "k": { "deep": 1 } } }),
            "custom_args.k".into(),
        ),
        (json!({ "send_at": four_days }), "send_at".into()),
        (
            json!({ "asm": { "group_id": 4712 } }),
            "asm.group_id".into(),
        ),
        (json!({ "asm": {} }), "asm.group_id".into()),
        (
            json!({ "asm": { "group_id": 4711, "groups_to_display": vec![4711; 26] } }),
            "asm.groups_to_display".into(),
        ),
        (
            json!({ "tracking_settings": { "click_tracking": { "enable": "yes" } } }),
            "tracking_settings.click_tracking.enable".into(),
        ),
        (
            json!({ "mail_settings": { "sandbox_mode": { "enable": 1 } } }),
            "mail_settings.sandbox_mode.enable".into(),
        ),
    ];
    cases.extend(reserved.map(|name| {
        (
            json!({ "headers": { name: "x" } }),
            format!("headers.{name}"),
        )
    }));
    for (change, field) in cases {
        let shown = change.to_string();
        let answer = try_send(&simulator, request(change)).await;
        assert_eq!(answer.status, 400, "{shown:.200} {answer:?}");
        assert!(
            answer.fields().contains(&field.as_str()),
            "{shown:.200} {answer:?}"
        );
    }
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn several_problems_are_told_at_once() {
    let simulator = start().await;
    let answer = try_send(
        &simulator,
        request(json!({ "subject": null, "content": null })),
    )
    .await;
    let mut fields = answer.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["content", "subject"]);
    let own = json!([{ "to": [{ "email": "a" }], "cc": [{ "email": "b" }] }]);
    let answer = try_send(&simulator, request(json!({ "personalizations": own }))).await;
    assert_eq!(
        answer.fields(),
        [
            "personalizations.0.to.0.email",
            "personalizations.0.cc.0.email"
        ]
    );
    assert_eq!(answer.message(), "Does not contain a valid address.");
}

#[tokio::test]
async fn a_duplicate_is_named_with_its_place() {
    let simulator = start().await;
    let own = json!([to("bob@example.com"), { "to": [{ "email": "ann@example.com" }], "bcc": [{ "email": "ann@example.com" }] }]);
    let answer = try_send(&simulator, request(json!({ "personalizations": own }))).await;
    assert_eq!(answer.fields(), ["personalizations.1"]);
    assert!(
        answer
            .message()
            .ends_with("[ann@example.com] in the personalizations.1.bcc field."),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_thousand_recipients_are_the_most_of_a_request() {
    let simulator = start().await;
    let people = |count: usize| -> Value {
        (0..count)
            .map(|it| json!({ "email": format!("p{it}@example.com") }))
            .collect()
    };
    let with = |to: usize, cc: usize| {
        let cc: Value = (0..cc)
            .map(|it| json!({ "email": format!("c{it}@example.com") }))
            .collect();
        request(json!({ "personalizations": [{ "to": people(to), "cc": cc }] }))
    };
    assert_eq!(try_send(&simulator, with(900, 100)).await.status, 202);
    let answer = try_send(&simulator, with(900, 101)).await;
    assert_eq!(
        (answer.status, answer.fields()),
        (400, vec!["personalizations"])
    );
}

/// The paths of everything in a document, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, it)| (place.to_string(), it))
            .collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let path = format!("{at}/{name}");
        pointers(child, &path, found);
        found.push(path);
    }
}

#[tokio::test]
async fn rubbish_anywhere_is_refused_or_taken_and_the_next_is_served() {
    let group = UnsubscribeGroup::new(4711, "News");
    let simulator = start_as(SendgridConfig::with_key(KEY).group(group)).await;
    let whole = request(json!({
        "personalizations": [{
            "to": [{ "email": "ann@example.com", "name": "Ann" }], "cc": [{ "email": "b@example.com" }],
            "bcc": [{ "email": "c@example.com" }], "from": { "email": "d@example.com" }, "subject": "s", "send_at": 1,
            "headers": { "X-A": "1" }, "substitutions": { "-a-": "b" }, "custom_args": { "k": "v" }, "dynamic_template_data": {},
        }],
        "reply_to": { "email": "r@example.com" },
        "attachments": [{ "content": "AAEC", "filename": "a", "type": "x/y", "disposition": "inline", "content_id": "c" }],
        "categories": ["c"], "custom_args": { "k": "v" }, "headers": { "X-B": "2" }, "send_at": 1,
        "asm": { "group_id": 4711, "groups_to_display": [4711] },
        "tracking_settings": {
            "click_tracking": { "enable": true, "enable_text": false }, "open_tracking": { "enable": true },
            "subscription_tracking": { "enable": true, "text": "t <% %>", "html": "<% %>", "substitution_tag": "[u]" },
        },
        "mail_settings": { "bypass_list_management": { "enable": true } },
    }));
    let mut paths = Vec::new();
    pointers(&whole, "", &mut paths);
    assert!(paths.len() > 60, "{paths:?}");
    let rubbish = [
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(1e300),
        json!(""),
        json!("é\u{0}\r\n<%"),
        json!([]),
        json!({}),
    ];
    let (client, url) = (
        crate::common::http(),
        format!("{}/v3/mail/send", simulator.base_url()),
    );
    for path in paths {
        for value in &rubbish {
            let mut wrong = whole.clone();
            *wrong.pointer_mut(&path).unwrap() = value.clone();
            let answer = client
                .post(&url)
                .bearer_auth(KEY)
                .json(&wrong)
                .send()
                .await
                .unwrap();
            let status = answer.status().as_u16();
            assert!([202, 400].contains(&status), "{path} {value} {status}");
        }
    }
    assert!(!simulator.mailbox("ann@example.com").is_empty());
}
