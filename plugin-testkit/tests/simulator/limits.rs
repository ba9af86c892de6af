//! The limits of a message, at the edge and one beyond.

use serde_json::{Value, json};

use crate::common::{message, post, start};

async fn code(change: Value) -> i64 {
    let simulator = start().await;
    let answer = post(&simulator, "/email", message(change)).await;
    assert_eq!(answer.status == 200, answer.code() == 0, "{answer:?}");
    answer.code()
}

fn people(count: usize) -> String {
    let list: Vec<String> = (0..count).map(|it| format!("p{it}@example.com")).collect();
    list.join(", ")
}

#[tokio::test]
async fn fifty_recipients_over_the_three_fields() {
    assert_eq!(
        code(json!({ "To": people(20), "Cc": people(20), "Bcc": people(10) })).await,
        0
    );
    assert_eq!(
        code(json!({ "To": people(20), "Cc": people(20), "Bcc": people(11) })).await,
        300
    );
}

#[tokio::test]
async fn subject_tag_and_sender_at_their_edges() {
    assert_eq!(code(json!({ "Subject": "😀".repeat(1000) })).await, 0);
    assert_eq!(
        code(json!({ "Subject": "😀".repeat(1000) + "x" })).await,
        300
    );
    assert_eq!(code(json!({ "Tag": "t".repeat(1000) })).await, 0);
    assert_eq!(code(json!({ "Tag": "t".repeat(1001) })).await, 300);
    let name = |length: usize| format!("{} <a@example.com>", "n".repeat(length - 16));
    assert_eq!(code(json!({ "From": name(255) })).await, 0);
    assert_eq!(code(json!({ "From": name(256) })).await, 300);
}

#[tokio::test]
async fn bodies_of_five_megabytes() {
    let five = 5 * 1024 * 1024;
    assert_eq!(code(json!({ "TextBody": "t".repeat(five) })).await, 0);
    assert_eq!(code(json!({ "TextBody": "t".repeat(five + 1) })).await, 300);
    assert_eq!(code(json!({ "HtmlBody": "h".repeat(five + 1) })).await, 300);
}

#[tokio::test]
async fn ten_metadata_pairs_of_twenty_and_eighty_characters() {
    let pairs = |count: usize| {
        let pairs = (0..count).map(|it| (format!("key-{it:016}"), json!("é".repeat(80))));
        Value::Object(pairs.collect())
    };
    assert_eq!(code(json!({ "Metadata": pairs(10) })).await, 0);
    assert_eq!(code(json!({ "Metadata": pairs(11) })).await, 300);
}

#[tokio::test]
async fn the_texts_seen_live_are_the_texts() {
    let simulator = start().await;
    for (change, text) in [
        (
            json!({ "To": "x@localhost" }),
            "Invalid 'To' address: 'x@localhost'.",
        ),
        (
            json!({ "From": "x@localhost" }),
            "Invalid 'From' address: 'x@localhost'.",
        ),
        (
            json!({ "To": "Doe, Jane <jane@example.com>" }),
            "Error parsing 'To': Illegal email address 'Doe'. It must contain the '@' symbol.",
        ),
        (
            json!({ "Cc": "user@+" }),
            "Error parsing 'Cc': Illegal email domain '+' in address 'user@+'.",
        ),
        (
            json!({ "ReplyTo": "user@+" }),
            "Error parsing 'Reply-To': Illegal email domain '+' in address 'user@+'.",
        ),
        (
            json!({ "To": "\"a\\\" <a@example.com>" }),
            "Error parsing 'To': Unclosed quoted string",
        ),
        (
            json!({ "TextBody": null }),
            "Provide either email TextBody or HtmlBody or both.",
        ),
        (json!({ "To": null }), "Zero recipients specified"),
    ] {
        let answer = post(&simulator, "/email", message(change)).await;
        assert_eq!(answer.refusal(), (422, 300));
        assert_eq!(answer.message(), text);
    }
}

#[tokio::test]
async fn every_forbidden_extension_is_411_and_common_others_pass() {
    let simulator = start().await;
    let forbidden = "vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf \
                     wsh wsl msc msi msp mst";
    let with = |name: String| {
        message(
            json!({ "Attachments": [{ "Name": name, "Content": "aGk=", "ContentType": "a/b" }] }),
        )
    };
    for extension in forbidden.split_whitespace() {
        let answer = post(&simulator, "/email", with(format!("file.{extension}"))).await;
        assert_eq!(answer.refusal(), (422, 411), "{extension}");
    }
    for extension in ["pdf", "js", "jar", "cmd", "ps1", "zip", "ics"] {
        assert_eq!(
            post(&simulator, "/email", with(format!("file.{extension}")))
                .await
                .code(),
            0,
            "{extension}"
        );
    }
}

#[tokio::test]
async fn an_attachment_arrives_as_it_was() {
    let simulator = start().await;
    let inline = json!({ "Name": "logo.png", "Content": "iVBORw0KGgo=", "ContentType": "image/png", "ContentID": "cid:logo" });
    let plain = json!({ "Name": "é.txt", "Content": "aGVs\r\nbG8=", "ContentType": "text/plain", "ContentID": null });
    let html = json!({ "HtmlBody": "<img src=\"cid:logo\">", "Attachments": [inline, plain] });
    post(&simulator, "/email", message(html)).await;
    let copy = &simulator.mailbox("ann@example.com")[0];
    assert_eq!(copy.attachments[0].content, "iVBORw0KGgo=");
    assert_eq!(copy.attachments[0].content_id.as_deref(), Some("cid:logo"));
    assert_eq!(
        (
            copy.attachments[1].name.as_str(),
            copy.attachments[1].content_length
        ),
        ("é.txt", 5)
    );
    assert_eq!(copy.attachments[1].content, "aGVsbG8=");
}
