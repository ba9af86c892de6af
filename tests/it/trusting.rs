//! Trust as an operator meets it: keys are made, libraries signed, keys trusted, and what would be loaded is told, by the program itself and
//! beside the minisign program.

mod desk;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use system_tests::plugin;

use self::desk::{CONFIG, Desk, PASSWORD, minisign};
use crate::support::has_minisign;

const SIGN: [&str; 4] = ["sign", "plugins/postmark.so", "--key", "acme.key"];

#[test]
fn from_a_new_key_to_a_plugin_that_is_loaded() {
    let desk = Desk::new();
    let (code, verdict) = desk.standing();
    assert_eq!((code, &verdict["trust"]), (Some(1), &"neither".into()));
    assert_eq!(verdict["signature"], Value::Null);
    let made = desk.good(&["new-key", "acme.key"], Some(PASSWORD));
    assert_eq!(mode(&desk.path("acme.key")), 0o600);
    let line = desk
        .text("acme.pub")
        .lines()
        .nth(1)
        .expect("the key")
        .to_owned();
    assert!(made.contains(&line), "{made}");
    desk.good(&SIGN, Some(PASSWORD));
    let (code, verdict) = desk.standing();
    assert_eq!(code, Some(1));
    assert_eq!(verdict["trust"], "signed by an unknown key");
    let key = verdict["signature"]["key"].as_str().expect("a number");
    assert_eq!(verdict["signature"]["verified"], false);
    let refusal = verdict["refused"].as_str().expect("a sentence");
    assert!(refusal.contains(key), "{refusal} does not name {key}");

    desk.good(&["trust", "acme.pub"], None);
    let expected = CONFIG.replace("trusted_keys = []", &format!("trusted_keys = [\"{line}\"]"));
    assert_eq!(desk.text("host.toml"), expected);
    let again = desk.good(&["trust", "acme.pub"], None);
    assert!(again.contains("trusted already"), "{again}");
    assert_eq!(desk.text("host.toml"), expected);

    let (code, verdict) = desk.standing();
    assert_eq!((code, &verdict["trust"]), (Some(0), &"signed".into()));
    assert_eq!(verdict["refused"], Value::Null);
    assert_eq!(verdict["signature"]["verified"], true);
    let comment = verdict["signature"]["comment"].as_str().expect("a text");
    let version = verdict["version"].as_str().expect("a version");
    for fact in ["file:postmark.so hashed plugin:postmark", version] {
        assert!(comment.contains(fact), "{fact} is not in {comment}");
    }
    let told = desk.good(&["verify"], None);
    assert!(told.contains(&format!("signed by {key}")), "{told}");
}

#[test]
fn a_pin_is_shown_before_a_signature_and_a_wrong_signature_is_not_pinned() {
    let desk = Desk::new();
    desk.good(&["lock"], None);
    assert_eq!(desk.standing().1["trust"], "pinned");
    fs::remove_file(desk.path("plugins.lock")).expect("it is there");
    desk.good(&["new-key", "acme.key", "--no-password"], None);
    desk.good(&SIGN, None);
    desk.good(&["trust", "acme.pub"], None);
    let key = &desk.standing().1["signature"]["key"];
    assert_eq!(&desk.json(&["lock"])[0]["signed_by"], key);
    assert_eq!(desk.standing().1["trust"], "pinned");
    fs::remove_file(desk.path("plugins.lock")).expect("it is there");

    // Somebody has put another library in the place of the signed one.
    fs::copy(plugin("hostile"), desk.path("plugins/hostile.so")).expect("it is built");
    fs::rename(
        desk.path("plugins/postmark.so.minisig"),
        desk.path("plugins/hostile.so.minisig"),
    )
    .expect("it is there");
    let config = desk
        .text("host.toml")
        .replace("\"postmark\"", "\"hostile\"");
    fs::write(desk.path("host.toml"), config).expect("it is writable");
    desk.refused(&["lock"], None, 1, "for other content");
    assert!(!desk.path("plugins.lock").exists(), "nothing was pinned");
    desk.refused(&["verify"], None, 1, "1 of 1 providers would be refused");
    assert_eq!(desk.json(&["verify"])[0]["trust"], "wrong signature");
}

#[test]
fn a_key_is_never_overwritten_and_a_password_is_asked_for_or_given() {
    let desk = Desk::new();
    desk.refused(
        &["new-key", "acme.key"],
        None,
        2,
        "set HOST_DEMO_KEY_PASSWORD",
    );
    desk.refused(&["new-key", "acme.key"], Some(""), 2, "--no-password");
    desk.refused(&["new-key", "acme.pub"], Some(PASSWORD), 2, "such as .key");
    assert!(!desk.path("acme.key").exists() && !desk.path("acme.pub").exists());
    desk.good(&["new-key", "acme.key"], Some(PASSWORD));
    let before = (desk.text("acme.key"), desk.text("acme.pub"));
    desk.refused(
        &["new-key", "acme.key"],
        Some(PASSWORD),
        2,
        "`acme.key` is there already",
    );
    fs::rename(desk.path("acme.key"), desk.path("kept.key")).expect("it is there");
    desk.refused(
        &["new-key", "acme.key"],
        Some(PASSWORD),
        2,
        "`acme.pub` is there already",
    );
    fs::rename(desk.path("kept.key"), desk.path("acme.key")).expect("it is there");
    assert_eq!((desk.text("acme.key"), desk.text("acme.pub")), before);
    desk.refused(&SIGN, None, 2, "set HOST_DEMO_KEY_PASSWORD");
    desk.refused(&SIGN, Some("another"), 1, "Wrong password for that key");
    assert!(!desk.path("plugins/postmark.so.minisig").exists());
}

#[test]
fn files_that_are_no_keys_and_no_plugins_are_refused_in_a_sentence() {
    let desk = Desk::new();
    desk.good(&["new-key", "acme.key", "--no-password"], None);
    let sign = |file, key| ["sign", file, "--key", key];
    let library = "plugins/postmark.so";
    desk.refused(
        &sign("host.toml", "acme.key"),
        None,
        1,
        "expected a shared library",
    );
    desk.refused(
        &sign(library, "acme.pub"),
        None,
        1,
        "expected a minisign secret key",
    );
    desk.refused(
        &sign(library, "none.key"),
        None,
        1,
        "make one with `plugins new-key`",
    );
    desk.refused(&["trust", "acme.key"], None, 1, "this is a secret one");
    desk.refused(
        &["trust", "host.toml"],
        None,
        1,
        "must be a minisign public key",
    );
    assert_eq!(desk.text("host.toml"), CONFIG);
}

#[test]
fn the_minisign_program_and_host_demo_take_each_others_files() {
    if !has_minisign() {
        return;
    }
    let desk = Desk::new();
    let library = desk.path("plugins/postmark.so");
    // Our key and signature, their eyes.
    desk.good(&["new-key", "acme.key"], Some(PASSWORD));
    desk.good(&SIGN, Some(PASSWORD));
    let comment = minisign(
        &desk,
        &["-V", "-H", "-Q", "-p", "acme.pub", "-m"],
        &library,
        "",
    );
    assert!(comment.contains("plugin:postmark\tversion:"), "{comment}");
    // Our key, their signature.
    minisign(&desk, &["-S", "-s", "acme.key", "-m"], &library, PASSWORD);
    desk.good(&["trust", "acme.pub"], None);
    assert_eq!(desk.standing().1["trust"], "signed");
    // Our key without a password, their signature.
    desk.good(&["new-key", "bare.key", "--no-password"], None);
    minisign(&desk, &["-S", "-s", "bare.key", "-m"], &library, "");
    desk.good(&["trust", "bare.pub"], None);
    assert_eq!(desk.standing().1["trust"], "signed");
    // Their key, our signature.
    let pair = ["-G", "-W", "-p", "their.pub", "-s"];
    minisign(&desk, &pair, Path::new("their.key"), "");
    desk.good(&["sign", "plugins/postmark.so", "--key", "their.key"], None);
    assert_eq!(desk.standing().1["trust"], "signed by an unknown key");
    desk.good(&["trust", "their.pub"], None);
    assert_eq!(desk.standing().1["trust"], "signed");
    // Their old form.
    minisign(
        &desk,
        &["-S", "-l", "-W", "-s", "their.key", "-m"],
        &library,
        "",
    );
    let (code, verdict) = desk.standing();
    assert_eq!(
        (code, &verdict["trust"]),
        (Some(1), &"unusable signature".into())
    );
}

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).expect("it exists");
    found.permissions().mode() & 0o777
}
