//! Today's host and plugin beside those of tomorrow's API (see `growth`).

use plugin_api::{
    CallContext, EmailProvider, Extension, Mailbox, Message, SendErrorKind, TrackingId,
};
use serde_json::json;
use std::time::Duration;

use super::copies::{Pair, changed, today};
use super::growth::EDITS;
use super::pairs::{agrees, in_host, in_host_under_valgrind, in_todays_host};
use crate::support::{Workshop, has_valgrind, hostile_of};
use system_tests::copy::{Change, Edit};

fn tomorrow() -> Pair {
    changed("grown", &EDITS)
}

#[tokio::test]
async fn tomorrows_plugin_works_in_todays_host() {
    let report = in_todays_host(&tomorrow().plugin).await;
    agrees(&report, &in_todays_host(&today().plugin).await);
    assert_eq!(report["capabilities"]["grown"], 1, "unknown ones are shown");
    let asked_of_the_host = &report["capabilities"]["host-number"];
    assert_eq!(
        asked_of_the_host, 1,
        "the default of the method that today's host lacks"
    );
}

#[tokio::test]
async fn an_error_number_of_tomorrows_plugin_is_in_doubt_and_its_extension_is_obeyed() {
    let plugin = Workshop::new().load(&tomorrow().plugin);
    let provider = hostile_of(&plugin, "main", json!({})).await;
    let context = CallContext::new(Duration::from_secs(50), Duration::from_secs(60));
    let message = |subject| {
        let mailbox = |address| Mailbox::new(address).expect("an address");
        Message::builder()
            .from(mailbox("sales@example.com"))
            .to(mailbox("ann@example.com"))
            .tracking_id(TrackingId::from_bytes([7; 16]))
            .subject(subject)
            .extension(Extension::required("test.grown", &json!(1)))
            .build()
            .expect("a message")
    };
    let error = provider.send(&message("error-grown"), &context).await;
    let error = error.expect_err("it is refused");
    assert_eq!(error.kind, SendErrorKind::InDoubt);
    assert_eq!(error.message, "what happened");
    let sent = provider.send(&message("hello"), &context).await;
    sent.expect("the plugin knows the extension");
}

#[test]
fn todays_plugin_works_in_tomorrows_host() {
    let (today, tomorrow) = (today(), tomorrow());
    let report = in_host(&tomorrow.host, &today.plugin);
    agrees(&report, &in_host(&today.host, &today.plugin));
    assert_eq!(report["grown"], json!([null, "default for question"]));
    assert_eq!(report["send"]["error-grown"]["kind"], "InDoubt");
}

#[test]
fn tomorrows_plugin_uses_everything_in_tomorrows_host() {
    let tomorrow = tomorrow();
    let report = in_host(&tomorrow.host, &tomorrow.plugin);
    assert_eq!(report["grown"], json!([41, "question, asked of host 7"]));
    assert_eq!(report["send"]["error-grown"]["kind"], "Grown");
    assert_eq!(report["capabilities"]["host-number"], 7);
}

#[test]
fn no_access_is_wrong_in_any_pair_under_valgrind() {
    if !has_valgrind() {
        return;
    }
    let (today, tomorrow) = (today(), tomorrow());
    for (host, plugin) in [
        (&today.host, &tomorrow.plugin),
        (&tomorrow.host, &today.plugin),
    ] {
        let report = in_host_under_valgrind(host, plugin);
        agrees(&report, &in_host(host, plugin));
    }
}

/// Releases of the crate say nothing about the ABI, though abi_stable compares the versions of crates.
#[tokio::test]
async fn a_plugin_built_with_another_release_of_the_crate_works_in_todays_host() {
    let release = |file, anchor, with| Edit {
        file,
        anchor,
        change: Change::Instead(with),
    };
    let edits = [
        release(
            "plugin-api/Cargo.toml",
            "version = \"0.9.0+released\"",
            "version = \"3.17.0+released\"",
        ),
        release(
            "Cargo.toml",
            "plugin-api = { path = \"plugin-api\", version = \"0.9.0\" }",
            "plugin-api = { path = \"plugin-api\" }",
        ),
    ];
    let report = in_todays_host(&changed("released", &edits).plugin).await;
    agrees(&report, &in_todays_host(&today().plugin).await);
}
