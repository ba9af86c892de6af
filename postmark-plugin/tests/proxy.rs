//! Between here and Postmark: proxies, certificates, and what the environment says of both.

use std::process::Command;

use plugin_api::serde_json::json;
use plugin_api::{CallContext, EmailProvider as _, Host, Plugin as _, SendError, SendErrorKind};
use postmark_plugin::PostmarkPlugin;

use crate::client::{ACCEPTED, short};
use crate::common::tls::{Authority, Behaviour, HOST, Proxy};
use crate::common::wire::{Wire, closed_port, json};
use crate::common::{TOKEN, context, in_time, message, plugin_with};

#[tokio::test]
async fn a_proxy_and_an_authority_of_ones_own_are_honoured() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca_file = authority.write_to(directory.path());
    let proxy = Proxy::start(Behaviour::Tunnel(authority.service, ACCEPTED)).await;
    let settings = json!({
        "ca_file": ca_file,
        "proxy": format!("http://user:pass@{}", proxy.address),
    });
    let plugin = plugin_with(&format!("https://{HOST}"), settings);
    plugin.send(&message(), &context()).await.unwrap();
    let heads = proxy.heads();
    assert!(
        heads[0].starts_with(&format!("CONNECT {HOST}:443 ")),
        "{heads:?}"
    );
    assert!(
        heads[0].to_lowercase().contains(
            "proxy-authorization: basic dXNlcjpwYXNz"
                .to_lowercase()
                .as_str()
        )
    );
    assert!(!heads[0].contains(TOKEN), "the proxy sees the token");
    assert!(heads[1].starts_with("POST /email "), "{heads:?}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_unavailable_and_the_token_stays_here() {
    let directory = tempfile::tempdir().unwrap();
    let unknown = Authority::new().write_to(directory.path());
    let proxy = Proxy::start(Behaviour::Tunnel(Authority::new().service, ACCEPTED)).await;
    let settings = json!({ "ca_file": unknown, "proxy": format!("http://{}", proxy.address) });
    let plugin = plugin_with(&format!("https://{HOST}"), settings);
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    let cause = error.cause.unwrap().to_string();
    assert!(cause.contains("certificate"), "{cause}");
    assert_eq!(proxy.heads().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_unavailable() {
    let error = through(Behaviour::Refuse, context()).await;
    assert_eq!(error.kind, SendErrorKind::Unavailable);
}

#[tokio::test]
async fn a_deadline_that_passes_while_connecting_is_unavailable_not_in_doubt() {
    let error = through(Behaviour::Hang, short()).await;
    assert_eq!(error.kind, SendErrorKind::Unavailable);
}

async fn through(behaviour: Behaviour, context: CallContext) -> SendError {
    let directory = tempfile::tempdir().unwrap();
    let ca_file = Authority::new().write_to(directory.path());
    let proxy = Proxy::start(behaviour).await;
    let settings = json!({ "ca_file": ca_file, "proxy": format!("http://{}", proxy.address) });
    let plugin = plugin_with(&format!("https://{HOST}"), settings);
    in_time("an outcome", plugin.send(&message(), &context))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_base_address_on_this_machine_uses_no_proxy() {
    let wire = Wire::start([json(200, ACCEPTED)]).await;
    let proxy = Proxy::start(Behaviour::Refuse).await;
    let settings = json!({ "proxy": format!("http://{}", proxy.address) });
    let plugin = plugin_with(&wire.base_url(), settings);
    plugin.send(&message(), &context()).await.unwrap();
    assert!(proxy.heads().is_empty());
}

/// Runs another test of this program in a process of its own, with these variables in its environment.
async fn in_environment(test: &'static str, names: &'static [&str], value: String) {
    let run = move || {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--include-ignored", "--exact", test]);
        program.env_remove("NO_PROXY").env_remove("no_proxy");
        program.envs(names.iter().map(|name| (name, &value)));
        program.output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
async fn the_environments_proxy_sees_no_plain_http() {
    let proxy = format!("http://{}", closed_port().await);
    let variables = &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let test = "client::the_headers_are_those_postmark_asks_for_and_the_connection_is_kept";
    in_environment(test, variables, proxy).await;
}

#[tokio::test]
async fn the_environments_proxy_is_honoured_for_https() {
    let proxy = Proxy::start(Behaviour::Refuse).await;
    let address = format!("http://{}", proxy.address);
    let test = "client::an_unknown_host_is_unavailable";
    in_environment(test, &["HTTPS_PROXY", "https_proxy"], address).await;
    let heads = proxy.heads();
    assert!(
        heads[0].starts_with("CONNECT postmark.invalid:443 "),
        "{heads:?}"
    );
}

#[tokio::test]
async fn a_machine_without_certificate_authorities_is_told_what_to_do() {
    let nowhere = "/nonexistent".to_owned();
    let test = "proxy::without_authorities";
    in_environment(test, &["SSL_CERT_FILE", "SSL_CERT_DIR"], nowhere).await;
}

#[test]
#[ignore = "run by the test before, on a machine made to have no certificate authorities"]
fn without_authorities() {
    let create = |base_url: &str| {
        let settings = json!({ "server_token": TOKEN, "base_url": base_url });
        let settings = plugin_api::serde_json::from_value(settings).unwrap();
        PostmarkPlugin::create(settings, Host::new("p", "tests"))
    };
    let error = create("https://api.postmarkapp.com").err().unwrap();
    let line = error.to_string();
    assert!(
        line.contains("ca-certificates") && line.contains("`ca_file`"),
        "{line}"
    );
    assert!(
        create("http://127.0.0.1:1").is_ok(),
        "plain http needs none"
    );
}
