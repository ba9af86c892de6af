//! Message files as people have them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Letter, Merger};
use crate::web::{Caller, Draft, Kind};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn eml(text: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.eml");
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    Value::Object(Letter::read(&path).unwrap().0)
}

#[test]
fn an_eml_file_keeps_people_bodies_files_and_steering_headers() {
    let letter = eml("\
From: =?utf-8?q?J=C3=BCrgen?= <sender@example.com>
To: \"Lee, Ann\" <ann@example.com>, bob@example.com
Reply-To: office@example.com
Subject: =?utf-8?b?R3LDvMOfZQ==?=
Message-ID: <1@example.com>
In-Reply-To: <0@example.com>
X-PM-Tag: reminder
X-PM-Metadata-LeadUID: lead-7
X-PM-TrackOpens: true
X-Campaign: spring
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8

<p>Hello</p>
--inner--
--outer
Content-Type: text/calendar; name=visit.ics
Content-Disposition: attachment; filename=visit.ics
Content-Transfer-Encoding: base64

QkVHSU4=
--outer--
");
    assert_eq!(letter["From"], "Jürgen <sender@example.com>");
    assert_eq!(
        letter["To"],
        "\"Lee, Ann\" <ann@example.com>, bob@example.com"
    );
    assert_eq!(letter["ReplyTo"], "office@example.com");
    assert_eq!(letter["Subject"], "Grüße");
    assert_eq!(letter["TextBody"].as_str().unwrap().trim(), "Grüße");
    assert_eq!(letter["HtmlBody"].as_str().unwrap().trim(), "<p>Hello</p>");
    assert_eq!(
        (&letter["Tag"], &letter["TrackOpens"]),
        (&json!("reminder"), &json!(true))
    );
    assert_eq!(letter["Metadata"], json!({ "LeadUID": "lead-7" }));
    assert_eq!(
        letter["Headers"],
        json!([{ "Name": "In-Reply-To", "Value": "<0@example.com>" }, { "Name": "X-Campaign", "Value": "spring" }])
    );
    let file = &letter["Attachments"][0];
    assert_eq!(
        (&file["Name"], &file["ContentType"], &file["Content"]),
        (
            &json!("visit.ics"),
            &json!("text/calendar"),
            &json!("QkVHSU4=")
        )
    );
}

#[test]
fn a_text_mail_has_no_html_body_of_the_readers_making() {
    let letter = eml("From: a@example.com\nTo: b@example.com\nSubject: Hello\n\nJust text.\n");
    assert_eq!(letter.get("HtmlBody"), None);
    assert_eq!(letter["TextBody"].as_str().unwrap().trim(), "Just text.");
}

#[test]
fn rows_are_merged_with_html_escaped_and_triple_braces_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("leads.csv");
    fs::write(&rows, "\u{feff}Name,Email\n\"Tom & Ann\",t@example.com\n").unwrap();
    let letter = Letter(
        json!({
            "To": "{{Email}}", "Subject": "For {{ Name }}", "HtmlBody": "{{Name}} {{{ pm:unsubscribe }}} {{",
            "Attachments": [{ "Name": "{{Name}}.txt", "Content": "{{x}}" }],
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    let merger = Merger::new(letter, &rows).unwrap();
    let letters: Vec<Value> = merger.letters().collect();
    assert_eq!(
        letters,
        [json!({
            "To": "t@example.com", "Subject": "For Tom & Ann", "HtmlBody": "Tom &amp; Ann {{{ pm:unsubscribe }}} {{",
            "Attachments": [{ "Name": "Tom & Ann.txt", "Content": "{{x}}" }],
        })]
    );
}

#[test]
fn a_column_that_is_not_there_is_named_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("leads.csv");
    fs::write(&rows, "Email\na@example.com\n").unwrap();
    let letter = Letter(
        json!({ "Subject": "{{Nmae}}" })
            .as_object()
            .unwrap()
            .clone(),
    );
    let fault = Merger::new(letter, &rows).unwrap_err().to_string();
    assert!(
        fault.contains("{{Nmae}}") && fault.contains("Email"),
        "{fault}"
    );
}

#[test]
fn every_example_is_a_message_the_sending_api_takes() {
    let anybody = Caller { account: None };
    let campaign = Letter::read(&examples().join("welcome.json")).unwrap();
    let merger = Merger::new(campaign, &examples().join("leads.csv")).unwrap();
    assert_eq!(merger.letters().count(), 100);
    for letter in merger.letters() {
        let draft = Draft::read(letter, Kind::Plain, &anybody, None).unwrap();
        assert_eq!(draft.message.attachments().len(), 2);
        assert!(draft.message.lead_uid().is_some() && draft.message.account_uid().is_some());
        assert!(!draft.message.html_body().unwrap().contains("{{F"));
    }
    for name in ["appointment.eml", "password-reset.eml", "follow-up.eml"] {
        let letter = Letter::read(&examples().join(name)).unwrap();
        Draft::read(Value::Object(letter.0), Kind::Plain, &anybody, None).unwrap();
    }
}
