//! A provider or a route that an operator stops for a while: at the command line and over HTTP, with a host that runs and without one.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::api::{Api, read};
use crate::support::service::{Service, TOKEN};
use crate::support::{HostRun, run_host};

const ROUTES: &str = "[[routes]]\nname = \"both\"\n\
    pool = [{ provider = \"postmark-main\", weight = 1000000 }, { provider = \"postmark-second\", weight = 0.000001 }]";

async fn service() -> Service {
    Service::pair(ROUTES).await.within_reach()
}

fn command(service: &Service, arguments: &[&str]) -> HostRun {
    let all = [arguments, &["--config"]].concat();
    tokio::task::block_in_place(|| run_host(&all, &service.config()))
}

async fn provider_of_a_new_message(api: &Api) -> Value {
    let id = api.send(json!({})).await;
    api.in_state(&id, "sent").await["Provider"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_provider_is_passed_over_and_shown_until_it_is_resumed() {
    let service = service().await;
    let api = Api::of(&service);
    assert_eq!(provider_of_a_new_message(&api).await, "postmark-main");
    let run = command(
        &service,
        &["pause", "provider", "postmark-main", "--reason", "new keys"],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("new keys"), "{}", run.stdout);
    assert_eq!(provider_of_a_new_message(&api).await, "postmark-second");
    let (status, ready) = read(api.plain(Method::GET, "/readyz")).await;
    assert_eq!(
        (status, &ready["providers"][0]),
        (
            StatusCode::OK,
            &json!({ "name": "postmark-main", "state": "paused" })
        )
    );
    let listed = command(&service, &["plugins", "list"]).stdout;
    assert!(listed.contains("postmark-main (paused since") && listed.contains("new keys"));
    let listed = command(&service, &["plugins", "list", "--json"]).stdout;
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let plugins = listed.as_array().expect("a list");
    let postmark = plugins.iter().find(|plugin| plugin["name"] == "postmark");
    let providers = &postmark.expect("it is listed")["providers"];
    assert_eq!(providers[0]["name"], "postmark-main");
    assert_eq!(providers[0]["paused"]["reason"], "new keys");
    assert_eq!(
        providers[1],
        json!({ "name": "postmark-second", "paused": null })
    );
    let page = api.request(Method::GET, "/").send().await.expect("a page");
    let page = page.text().await.expect("text");
    assert!(page.contains("is paused since") && page.contains("new keys"));
    let run = command(&service, &["resume", "provider", "postmark-main"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(provider_of_a_new_message(&api).await, "postmark-main");
    let again = command(&service, &["resume", "provider", "postmark-main"]);
    assert!(again.stdout.contains("was not paused"), "{}", again.stdout);
    assert_eq!(
        command(&service, &["pause"]).stdout.trim(),
        "Nothing is paused."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_routes_messages_wait() {
    let service = service().await;
    let api = Api::of(&service);
    let path = "/api/pauses/route/both";
    let (status, answer) = read(api.request(Method::PUT, path)).await;
    assert_eq!(
        (status, &answer["pauses"][0]["name"]),
        (StatusCode::OK, &json!("both"))
    );
    let id = api.send(json!({})).await;
    let waiting = api.until(&id, |details| !details["Reason"].is_null()).await;
    assert_eq!(waiting["State"], "queued", "{waiting}");
    let (_, ready) = read(api.plain(Method::GET, "/readyz")).await;
    assert_eq!(ready["paused_routes"], json!(["both"]));
    let (_, answer) = read(api.request(Method::DELETE, path)).await;
    assert_eq!(answer, json!({ "changed": true, "pauses": [] }));
    api.in_state(&id, "sent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_are_for_operators_and_for_what_is_configured() {
    let service = service().await;
    let (open, bound) = (Api::of(&service), Api::with_token(&service, TOKEN));
    let main = "/api/pauses/provider/postmark-main";
    for (request, status) in [
        (open.plain(Method::PUT, main), 401),
        (bound.request(Method::PUT, main), 403),
        (bound.request(Method::GET, "/api/pauses"), 403),
        (
            open.request(Method::PUT, "/api/pauses/provider/nobody"),
            404,
        ),
        (
            open.request(Method::DELETE, "/api/pauses/route/nobody"),
            404,
        ),
        (open.request(Method::PUT, "/api/pauses/colour/blue"), 404),
        (
            open.request(Method::PUT, main).json(&json!({ "why": "" })),
            400,
        ),
        (open.request(Method::POST, main), 405),
    ] {
        let (found, problem) = read(request).await;
        assert_eq!(
            (found.as_u16(), &problem["status"]),
            (status, &json!(status))
        );
    }
    let (_, list) = open.get("/api/pauses").await;
    assert_eq!(list, json!({ "pauses": [] }));
    for arguments in [
        &["pause", "provider", "nobody"],
        &["pause", "colour", "blue"],
    ] {
        let run = command(&service, arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_made_while_no_host_runs_holds_for_the_next_one() {
    let mut service = service().await;
    assert_eq!(service.stop(), Some(0));
    let run = command(&service, &["pause", "route", "both", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let pauses: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        (
            &pauses[0]["subject"],
            &pauses[0]["name"],
            &pauses[0]["reason"]
        ),
        (&json!("route"), &json!("both"), &json!("no reason given"))
    );
    let run = command(&service, &["resume", "route", "both", "--json"]);
    assert_eq!(run.stdout.trim(), "{\n  \"changed\": true\n}");
}
