//! The host in figures: `/metrics` for Prometheus.

use std::collections::BTreeMap;

use plugin_testkit::simulator::{Fault, FaultRule};
use reqwest::Method;
use serde_json::json;

use crate::support::api::{Api, read};
use crate::support::service::{OPEN_TOKEN, SERVICE_TOKEN, Service, TOKEN};

const WITH_REFUSED: &str = "[providers.missing]\nlibrary = \"/no/such/library.so\"\n[[routes]]\nname = \"default\"\n\
    pool = [{ provider = \"postmark-main\", weight = 1 }]\n[[routes]]\nname = \"other\"\nmatch = { tag = [\"other\"] }\n\
    pool = [{ provider = \"missing\", weight = 1 }]\n\
    [delivery]\nreconcile_after = \"24h\"";

/// One message sent, one rejected, one suppressed, one in doubt.
pub(crate) async fn busy_service() -> (Service, Api) {
    let service = Service::with(WITH_REFUSED).await;
    let api = Api::of(&service);
    let sent = api
        .send(json!({ "LeadUID": "lead-1", "AccountUID": "a" }))
        .await;
    api.in_state(&sent, "sent").await;
    let flag = api.request(Method::PUT, "/api/DoNotContact/a/lead-1");
    assert_eq!(read(flag).await.1["changed"], true);
    let (_, stopped) = api
        .post(
            "/email",
            &crate::support::api::mail(json!({ "LeadUID": "lead-1", "AccountUID": "a" })),
        )
        .await;
    assert_eq!(stopped["ErrorCode"], 406);
    let rejected = api
        .send(json!({ "Attachments": [{ "Name": "a.exe", "Content": "aGk=", "ContentType": "application/x-msdownload" }] }))
        .await;
    api.in_state(&rejected, "rejected").await;
    let lost = FaultRule::new(Fault::DropAfterAccept {});
    service.simulator.faults().add(lost.path("/email").times(1));
    let doubted = api.send(json!({})).await;
    api.in_state(&doubted, "in-doubt").await;
    (service, api)
}

async fn scrape(api: &Api) -> (String, BTreeMap<String, f64>) {
    let answer = api
        .request(Method::GET, "/metrics")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let kind = answer.headers()["Content-Type"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = answer.text().await.expect("text");
    let samples = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let samples = samples.map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    });
    let samples = samples.collect();
    (text, samples)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_and_what_waits_is_counted() {
    let (service, api) = busy_service().await;
    let (text, samples) = scrape(&api).await;
    for (name, value) in [
        ("mail_accepted_total", 4.0),
        ("mail_ended_total{state=\"sent\"}", 1.0),
        ("mail_ended_total{state=\"rejected\"}", 1.0),
        ("mail_ended_total{state=\"suppressed\"}", 1.0),
        ("mail_ended_total{state=\"cancelled\"}", 0.0),
        ("mail_doubled_total", 0.0),
        ("mail_open_messages{state=\"in-doubt\"}", 1.0),
        ("mail_open_messages{state=\"queued\"}", 0.0),
        ("mail_held_messages", 0.0),
        (
            "mail_attempt_results_total{provider=\"postmark-main\",outcome=\"sent\"}",
            1.0,
        ),
        (
            "mail_attempt_results_total{provider=\"postmark-main\",outcome=\"in-doubt\"}",
            1.0,
        ),
        (
            "mail_attempt_results_total{provider=\"postmark-main\",outcome=\"unsupported\"}",
            1.0,
        ),
        ("mail_calls_in_flight{provider=\"postmark-main\"}", 0.0),
        ("mail_provider_loaded{provider=\"postmark-main\"}", 1.0),
        ("mail_provider_loaded{provider=\"missing\"}", 0.0),
        ("mail_provider_check_ok{provider=\"postmark-main\"}", 1.0),
        (
            "mail_provider_circuit{provider=\"postmark-main\",state=\"closed\"}",
            1.0,
        ),
        (
            "mail_provider_circuit{provider=\"postmark-main\",state=\"open\"}",
            0.0,
        ),
    ] {
        assert_eq!(samples.get(name), Some(&value), "{name}:\n{text}");
    }
    assert!(samples["mail_store_commits_total"] >= 8.0, "{text}");
    assert!(samples["mail_store_committed_jobs_total"] >= samples["mail_store_commits_total"]);
    for secret in ["@", "lead-1", OPEN_TOKEN, SERVICE_TOKEN, "library.so"] {
        assert!(!text.contains(secret), "{secret} is shown:\n{text}");
    }
    let sent = api.send(json!({})).await;
    api.in_state(&sent, "sent").await;
    let (_, later) = scrape(&api).await;
    assert_eq!(
        later["mail_ended_total{state=\"sent\"}"], 2.0,
        "counted once, and on"
    );
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_all_accounts_are_shown_to_nobody_else() {
    let service = Service::with(WITH_REFUSED).await;
    let open = Api::of(&service);
    let basic = open
        .plain(Method::GET, "/metrics")
        .basic_auth("prometheus", Some(OPEN_TOKEN));
    assert_eq!(
        basic.send().await.expect("an answer").status().as_u16(),
        200
    );
    let bound = Api::with_token(&service, TOKEN);
    for (request, status) in [
        (open.plain(Method::GET, "/metrics"), 401),
        (bound.request(Method::GET, "/metrics"), 403),
        (open.request(Method::POST, "/metrics"), 405),
    ] {
        let (found, problem) = read(request).await;
        assert_eq!(
            (found.as_u16(), &problem["status"]),
            (status, &json!(status))
        );
    }
}
