//! Faults as a user meets them.

mod places;
mod reference;

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::{Config, Faults, interpret};

const GOOD: &str = r#"
[server]
tokens = ["${HOST_TOKEN}", { token = "bound", account = "{0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21}" }]
[providers.main]
library = "postmark"
settings = { server_token = "${TOKEN}", nested = { list = ["a", 1, true] } }
[providers.other]
library = "libs/other.so"
[[routes]]
name = "default"
pool = [{ provider = "main", weight = 70 }, { provider = "other", weight = 30 }]
[unsubscribe]
header = ["X-Hook-Token: hook-secret"]
[webhooks.main]
basic_auth = ["hook:pass:word"]
"#;

fn environment(name: &str) -> Option<String> {
    match name {
        "HOST_TOKEN" => Some("a-host-token".into()),
        "TOKEN" => Some("a-server-token".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn read(text: &str) -> (Config, Faults) {
    interpret(text.parse().unwrap(), Path::new("/etc/host"), &environment)
}

fn faults(text: &str) -> Vec<String> {
    read(text)
        .1
        .into_inner()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The good file with some lines in front of it, of which `[table]` headings may continue.
fn with(extra: &str) -> String {
    format!("{GOOD}\n{extra}")
}

#[test]
fn a_good_file_is_read_as_it_says() {
    let (config, faults) = read(GOOD);
    assert_eq!(faults.into_inner(), []);
    assert_eq!(
        config.server.tokens[0].secret.expose_secret(),
        "a-host-token"
    );
    assert_eq!(
        config.server.tokens[1].account.as_deref(),
        Some("0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21")
    );
    assert_eq!(config.store, Path::new("/etc/host/host.db"));
    assert_eq!(config.plugins.directories, [Path::new("/etc/host/plugins")]);
    assert_eq!(config.providers[0].library, "postmark");
    assert_eq!(
        config.providers[0].settings["server_token"],
        "a-server-token"
    );
    assert_eq!(config.providers[0].settings["nested"]["list"][1], 1);
    assert_eq!(config.providers[1].library, "/etc/host/libs/other.so");
    let hook = &config.webhooks["main"].basic[0];
    assert_eq!(
        (hook.user.as_str(), hook.password.expose_secret()),
        ("hook", "pass:word")
    );
    assert_eq!(config.unsubscribe.callers.headers[0].name, "X-Hook-Token");
}

#[test]
fn every_fault_names_its_key_and_a_remedy() {
    for (text, expected) in [
        (
            GOOD.replace("70", "-1"),
            "routes[0].pool[0].weight must be above 0 (got -1)",
        ),
        (
            GOOD.replace("provider = \"other\", ", "provider = \"othr\", "),
            "routes[0].pool[1].provider names `othr`, which is no [providers] table; there are: main, other",
        ),
        (
            GOOD.replace("${TOKEN}", "${NO_SUCH}"),
            "providers.main.settings.server_token reads the environment variable NO_SUCH, which is not set",
        ),
        (
            GOOD.replace("${HOST_TOKEN}", "${EMPTY}"),
            "server.tokens[0].token must not be empty",
        ),
        (
            GOOD.replace("${HOST_TOKEN}", "${OPEN"),
            "server.tokens[0] holds `${` without `}`",
        ),
        (
            GOOD.replace("${HOST_TOKEN}", "bound"),
            "server.tokens[1] is the same token",
        ),
        (
            GOOD.replace("tokens = ", "listen = \"here\"\ntokens = "),
            "server.listen must be an IP address with a port",
        ),
        (
            GOOD.replace(
                "library = \"postmark\"",
                "library = \"postmark\"\nmax_bach = 1",
            ),
            "providers.main.max_bach is not a known key; did you mean `max_batch`?",
        ),
        (
            GOOD.replace("library = \"postmark\"", "library = 7"),
            "providers.main.library must be a string (got a whole number)",
        ),
        (
            GOOD.replace(
                "library = \"postmark\"",
                "library = \"postmark\"\nmax_batch = 501",
            ),
            "providers.main.max_batch must be 1 to 500 (got 501)",
        ),
        (
            GOOD.replace(
                "library = \"postmark\"",
                "library = \"postmark\"\nrate_limit = -1",
            ),
            "providers.main.rate_limit must be 0 (no limit) or more",
        ),
        (
            GOOD.replace("hook:pass:word", "hook:"),
            "webhooks.main.basic_auth[0] must not have an empty secret behind `hook:`",
        ),
        (
            GOOD.replace("hook:pass:word", "hook"),
            "webhooks.main.basic_auth[0] must have the form \"user:password\"",
        ),
        (
            GOOD.replace("[\"hook:pass:word\"]", "[\"a:1\", \"a:2\", \"a:3\"]"),
            "webhooks.main.basic_auth must hold at most 2",
        ),
        (
            GOOD.replace("[webhooks.main]", "[webhooks.mian]"),
            "webhooks.mian is for no [providers] table",
        ),
        (
            GOOD.replace("header = [\"X-Hook-Token: hook-secret\"]", ""),
            "unsubscribe.basic_auth must name who may report an unsubscribe",
        ),
        (
            GOOD.replace(
                "name = \"default\"",
                "name = \"default\"\nstrategy = \"random\"",
            ),
            "routes[0].strategy must be \"sticky\" or \"exact\"",
        ),
        (
            GOOD.replace("name = \"default\"", "name = \"default\"\none_click = true"),
            "routes[0].one_click must be false",
        ),
        (
            GOOD.replace(", weight = 30", ""),
            "routes[0].pool[1].weight is missing",
        ),
        (
            with("[providers.Main]\nlibrary = \"postmark\""),
            "providers.main differs from providers.Main in upper and lower case alone",
        ),
        (
            with("[providers.\"a b\"]\nlibrary = \"postmark\""),
            "providers.a b must be named with letters, digits",
        ),
        (
            with("[[routes]]\nname = \"default\"\npool = [{ provider = \"main\", weight = 1 }]"),
            "routes[1].name names `default` a second time",
        ),
        (
            with("[delivery]\nsoft_deadline = 30"),
            "delivery.soft_deadline must be a duration with its unit",
        ),
        (
            with("[delivery]\nsoft_deadline = \"soon\""),
            "delivery.soft_deadline must be a duration with its unit",
        ),
        (
            with("[delivery]\nmax_age = \"9000h\""),
            "delivery.max_age must be 1s to 720h (got 9000h)",
        ),
        (
            with("[delivery]\nhard_deadline = \"1s\""),
            "delivery.hard_deadline must not be shorter than soft_deadline",
        ),
        (
            with("[store]\nurl = \"postgres://x\""),
            "store.url must be sqlite://",
        ),
        (
            with("[plugins]\ntrusted_keys = [\"RWQ\"]"),
            "plugins.trusted_keys[0] must be a minisign public key: the second line of a `.pub` file",
        ),
        (
            with("[plugins]\ntrusted_keys = [7]"),
            "plugins.trusted_keys[0] must be a string",
        ),
        (
            with("[retention]\nbodies = \"30d\""),
            "retention.bodies must be left out",
        ),
        (with("[colours]\nred = 1"), "colours is not a known key"),
    ] {
        let found = faults(&text);
        assert!(
            found.iter().any(|fault| fault.starts_with(expected)),
            "expected {expected}\nfound {found:#?}"
        );
        assert_eq!(found.len(), 1, "one cause, one fault: {found:#?}");
    }
}

#[test]
fn every_key_that_cannot_be_trusted_is_named_and_none_is_repeated() {
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let secret = format!("RWRTY0Iy{}=", "A".repeat(203));
    let keys = format!("[\"{KEY}\", \"{secret}\", true, \"acme.pub\", \"{KEY}\"]");
    let found = faults(&with(&format!("[plugins]\ntrusted_keys = {keys}")));
    let expected = [
        "[1] must be a public key, and this is a secret one; give that of its `.pub` file, and make a new pair",
        "[2] must be a string (got true or false)",
        "[3] must be a minisign public key",
        "[4] names the key E7620F1842B4E81F a second time; remove it",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        let expected = format!("plugins.trusted_keys{expected}");
        assert!(
            found.starts_with(&expected),
            "expected {expected}\nfound {found}"
        );
        assert!(!found.contains(&secret), "a secret is repeated");
    }
}

#[test]
fn an_empty_file_says_what_is_needed() {
    let found = faults("");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("providers must hold at least one table [providers.NAME]"));
    assert!(found[1].starts_with("routes must hold at least one table [[routes]]"));
}

#[test]
fn a_public_address_without_tokens_is_refused() {
    let text = GOOD.replace(
        "tokens = [\"${HOST_TOKEN}\", { token = \"bound\", account = \"{0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21}\" }]",
        "listen = \"0.0.0.0:8025\"",
    );
    let found = faults(&text);
    assert!(
        found[0].starts_with("server.tokens must name at least one token"),
        "{found:#?}"
    );
    assert_eq!(
        faults(&text.replace("0.0.0.0", "127.0.0.1")),
        [] as [String; 0]
    );
}

#[test]
fn an_essential_route_may_not_share_provider_and_stream_with_a_tagged_one() {
    let essential = |matches: &str| {
        with(&format!(
            "[[routes]]\nname = \"resets\"\nmatch = {matches}\npool = [{{ provider = \"main\", weight = 1 }}]\n\
             essential = true\nunsubscribe_tag = false"
        ))
    };
    let found = faults(&essential("{ tag = [\"reset\"] }"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("routes[1].essential shares provider `main`"),
        "{found:#?}"
    );
    let apart = essential("{ stream = [\"resets\"] }").replace(
        "name = \"default\"",
        "name = \"default\"\nmatch = { stream = [\"outbound\"] }",
    );
    assert_eq!(faults(&apart), [] as [String; 0]);
}

#[test]
fn no_fault_and_no_debug_output_shows_a_secret() {
    let (config, _) = read(GOOD);
    let shown = format!(
        "{:?} {:?} {:?}",
        config.server, config.webhooks, config.unsubscribe
    );
    for secret in [
        "a-host-token",
        "a-server-token",
        "hook-secret",
        "pass:word",
        "bound\"",
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let text = GOOD.replace("hook:pass:word", "hookpassword-without-colon");
    assert!(!faults(&text)[0].contains("hookpassword"));
}
