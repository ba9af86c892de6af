use plugin_api::serde_json::{Value, from_value, json};

use super::{Encryption, Settings};

fn settings(change: Value) -> Settings {
    let mut all = json!({ "host": "mail.example.com" });
    for (key, value) in change.as_object().unwrap() {
        all[key] = value.clone();
    }
    from_value(all).unwrap()
}

fn login(change: Value) -> Result<bool, Option<String>> {
    let login = settings(change).login();
    login.map(|it| it.is_some()).map_err(|error| error.setting)
}

#[test]
fn the_port_follows_the_encryption() {
    for (tls, encryption, port) in [
        ("starttls", Encryption::StartTls, 587),
        ("implicit", Encryption::Implicit, 465),
        ("none", Encryption::None, 25),
    ] {
        let settings = settings(json!({ "tls": tls }));
        assert_eq!((settings.tls, settings.port()), (encryption, port));
    }
    assert_eq!(settings(json!({ "port": 2525 })).port(), 2525);
    assert_eq!(settings(json!({})).tls, Encryption::StartTls);
}

#[test]
fn a_password_travels_in_clear_on_this_machine_only() {
    let user =
        |host: &str| json!({ "host": host, "tls": "none", "username": "ann", "password": "p" });
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(login(user(host)), Ok(true), "{host}");
    }
    for host in ["mail.example.com", "127.0.0.1.example.com", "10.0.0.1"] {
        assert_eq!(login(user(host)), Err(Some("tls".to_owned())), "{host}");
    }
}

#[test]
fn a_user_without_a_password_and_the_reverse_are_refused() {
    let wrong = |setting: &str| Err(Some(setting.to_owned()));
    assert_eq!(login(json!({})), Ok(false));
    assert_eq!(login(json!({ "username": " ", "password": "" })), Ok(false));
    assert_eq!(login(json!({ "username": "ann" })), wrong("password"));
    assert_eq!(login(json!({ "password": "p" })), wrong("username"));
    assert_eq!(login(json!({ "mechanism": "login" })), wrong("mechanism"));
}

#[test]
fn an_unknown_key_or_word_is_refused_by_name() {
    for (wrong, expected) in [
        (json!({ "host": "h", "pasword": "p" }), "pasword"),
        (json!({ "host": "h", "tls": "maybe" }), "starttls"),
        (json!({ "host": "h", "mechanism": "cram-md5" }), "xoauth2"),
    ] {
        let error = from_value::<Settings>(wrong).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_cannot_be_a_name_is_refused_with_its_setting() {
    assert!(settings(json!({ "host": "" })).host().is_err());
    for host in [
        "mail.example.com:587",
        "a b",
        "smtp://mail",
        "mail/x",
        "mail\r\nQUIT",
    ] {
        let error = settings(json!({ "host": host })).host().expect_err(host);
        assert_eq!(error.setting.as_deref(), Some("host"));
    }
    for name in ["a b", "mail\r\nQUIT", "ä"] {
        assert!(
            settings(json!({ "hello_name": name })).hello().is_err(),
            "{name}"
        );
        let domain = json!({ "message_id_domain": name });
        assert!(settings(domain).message_id_domain().is_err(), "{name}");
        assert!(
            settings(json!({ "return_path": name }))
                .return_path()
                .is_err(),
            "{name}"
        );
    }
    let notify = settings(json!({ "dsn_notify": ["never", "delay"] }));
    assert!(notify.check_notify().is_err());
    assert!(
        settings(json!({ "max_connections": 0 }))
            .connections()
            .is_err()
    );
    assert!(
        settings(json!({ "connect_timeout_ms": 0 }))
            .connect_timeout()
            .is_err()
    );
}

#[test]
fn debug_shows_the_server_alone() {
    let settings = settings(json!({
        "username": "ann@example.com", "password": "s3cret", "dkim_key": "k3y", "return_path": "bounces@example.com",
    }));
    let shown = format!("{settings:?}");
    assert!(shown.contains("mail.example.com"), "{shown}");
    for hidden in ["ann", "s3cret", "k3y", "bounces"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
