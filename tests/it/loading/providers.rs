//! Making providers: refused settings, broken constructors, names, several providers from one library.

use std::time::Duration;

use plugin_api::{CallContext, EmailProvider};
use plugin_host::{LoadedPlugin, PluginError, PluginLoader, ProviderSpec, Registry};
use serde_json::{Value, json};

use crate::support::{Line, Workshop, alone, eventually, hostile_of, threads, with_token};

fn hostile_plugin() -> LoadedPlugin {
    Workshop::new().load(&system_tests::plugin("hostile"))
}

async fn refused(settings: Value) -> String {
    let made = hostile_plugin().create("main", &settings).await;
    made.expect_err("the settings are refused").to_string()
}

#[tokio::test]
async fn settings_with_an_unknown_key_are_refused() {
    let error = refused(json!({ "token": "t", "colour": "blue" })).await;
    let expected = "provider `main` (plugin `hostile`): settings: unknown field `colour`, expected one of `token`, `account`";
    assert!(error.starts_with(expected), "{error}");
}

#[tokio::test]
async fn a_missing_secret_is_refused() {
    assert_eq!(
        refused(json!({})).await,
        "provider `main` (plugin `hostile`): settings: missing field `token`"
    );
}

#[tokio::test]
async fn an_empty_secret_is_refused_by_the_plugin_itself() {
    assert_eq!(
        refused(json!({ "token": " " })).await,
        "provider `main` (plugin `hostile`): `token`: is empty; set it to any text"
    );
}

#[tokio::test]
async fn a_setting_of_the_wrong_type_is_refused_without_repeating_it() {
    let error = refused(json!({ "token": { "value": "sesame-open" } })).await;
    assert!(!error.contains("sesame"), "{error}");
    let error = refused(json!({ "token": "t", "send": "sesame-open" })).await;
    let expected =
        "provider `main` (plugin `hostile`): `send`: unknown variant, expected one of `accept`";
    assert!(error.starts_with(expected), "{error}");
}

#[tokio::test]
async fn a_constructor_that_tells_the_secret_is_refused_without_it() {
    let error = refused(json!({ "token": "sesame-open", "create": "tell-secret" })).await;
    assert_eq!(
        error,
        "provider `main` (plugin `hostile`): `token`: `***` is wrong"
    );
}

#[tokio::test]
async fn a_constructor_that_panics_is_refused_with_its_words() {
    assert_eq!(
        refused(json!({ "token": "t", "create": "panic" })).await,
        "provider `main` (plugin `hostile`): the constructor panicked: boom in create"
    );
    assert_eq!(
        refused(json!({ "token": "t", "create": "bomb" })).await,
        "provider `main` (plugin `hostile`): the constructor panicked: (a panic without a text)"
    );
}

#[tokio::test]
async fn capabilities_that_panic_are_refused_with_their_words() {
    assert_eq!(
        refused(json!({ "token": "t", "capabilities": "panic" })).await,
        "provider `main` (plugin `hostile`): its capabilities panicked: boom in capabilities"
    );
}

#[tokio::test]
async fn a_constructor_that_hangs_is_refused_and_what_it_makes_later_is_dropped() {
    let workshop = Workshop::new();
    let line = Line::open();
    let mut config = workshop.config();
    config.host.create_timeout = Duration::from_millis(200);
    let loader = PluginLoader::new(config);
    let file = loader.find(system_tests::plugin("hostile").to_str().expect("UTF-8"));
    let plugin = loader.load(&file.expect("a plugin")).expect("it is loaded");
    let settings = json!({ "token": "t", "signal": line.address(), "create": "block" });
    let error = plugin.create("main", &settings).await;
    let error = error.expect_err("it is refused").to_string();
    assert_eq!(
        error,
        "provider `main` (plugin `hostile`): its constructor did not return within 0.2 s; \
         it must not talk to the service (`check` does), ask its author"
    );
    let caller = line.answer();
    caller.hear_out("blocked");
    caller.hang_up();
    caller.hear_out("destroyed");
}

#[tokio::test]
async fn a_name_that_cannot_stand_in_an_address_is_refused() {
    for name in ["", "a b", "a/b", "a\0b", "ä", &"a".repeat(65)] {
        let made = hostile_plugin()
            .create(name, &json!({ "token": "t" }))
            .await;
        let error = made.expect_err("it is refused");
        assert!(matches!(error, PluginError::Name { .. }));
        assert!(!error.to_string().contains('\0'));
    }
    let made = hostile_plugin()
        .create("A-1_b.c", &json!({ "token": "t" }))
        .await;
    made.expect("it may stand there");
}

#[tokio::test]
async fn one_library_makes_several_providers_with_settings_of_their_own() {
    let workshop = Workshop::new();
    let plugin = workshop.load(&system_tests::plugin("hostile"));
    let first = hostile_of(&plugin, "first", json!({ "account": "one" })).await;
    let second = hostile_of(&plugin, "second", json!({ "account": "two" })).await;
    let context = CallContext::new(Duration::from_secs(5), Duration::from_secs(10));
    let (one, two) = (first.check(&context).await, second.check(&context).await);
    assert_eq!(one.expect("it answers").account, "one");
    assert_eq!(two.expect("it answers").account, "two");
}

#[tokio::test]
async fn a_registry_keeps_the_good_and_names_the_refused() {
    let workshop = Workshop::new();
    let spec = |name: &str, library: &str, settings: Value| ProviderSpec {
        name: name.to_owned(),
        library: library.to_owned(),
        settings: with_token(settings),
    };
    workshop.put("a.so", &super::hostile_bytes());
    let specs = [
        spec("main", "hostile", json!({ "account": "the first" })),
        spec("lost", "acme", json!({})),
        spec("main", "hostile", json!({ "account": "the second" })),
        spec("broken", "hostile", json!({ "create": "panic" })),
        spec("spare", "hostile", json!({})),
    ];
    let registry = Registry::load(&workshop.loader(), &specs).await;
    let names: Vec<&str> = registry.iter().map(|instance| instance.name()).collect();
    assert_eq!(names, ["main", "spare"]);
    let context = CallContext::new(Duration::from_secs(5), Duration::from_secs(10));
    let main = registry.get("main").expect("it is kept");
    assert_eq!(
        main.check(&context).await.expect("it answers").account,
        "the first"
    );
    let refused: Vec<&str> = registry
        .refused()
        .iter()
        .map(|refused| refused.provider.as_str())
        .collect();
    assert_eq!(refused, ["lost", "main", "broken"]);
    let twice = &registry.refused()[1].error;
    assert!(matches!(twice, PluginError::NameTaken { .. }));
    assert_eq!(
        twice.to_string(),
        "provider `main` is defined twice (plugins `hostile` and `hostile`); give one of them another name"
    );
}

#[test]
fn of_a_refused_provider_no_thread_stays() {
    if !alone("loading::providers::of_a_refused_provider_no_thread_stays") {
        return;
    }
    let plugin = hostile_plugin();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let before = threads();
    for settings in [
        json!({}),
        json!({ "token": "" }),
        json!({ "token": "t", "colour": "blue" }),
        json!({ "token": "t", "create": "panic" }),
        json!({ "token": "t", "create": "bomb" }),
        json!({ "token": "t", "capabilities": "panic" }),
    ] {
        let made = runtime.block_on(plugin.create("main", &settings));
        made.expect_err("the settings are refused");
    }
    eventually("as many threads as before", || threads() == before);
}

#[test]
fn of_a_dropped_provider_no_thread_stays() {
    if !alone("loading::providers::of_a_dropped_provider_no_thread_stays") {
        return;
    }
    let plugin = hostile_plugin();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let before = threads();
    let instance = runtime.block_on(hostile_of(&plugin, "main", json!({})));
    assert!(threads() > before, "a provider has threads of its own");
    drop(instance);
    eventually("as many threads as before", || threads() == before);
}
