//! Who asked not to be contacted is not contacted: through the host's own addresses, by every way the wish can come in.

use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::api::{Api, mail, read};
use crate::support::run_host;
use crate::support::service::{ACCOUNT, HOOK, SERVICE_TOKEN, Service};

const PROCESS: &str = "/api/DoNotContact/ProcessUnsubscribe";

async fn service() -> Service {
    Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await
}

fn to_lead(lead: &str) -> Value {
    json!({ "LeadUID": lead, "AccountUID": ACCOUNT })
}

async fn is_flagged(api: &Api, lead: &str) -> bool {
    let (status, contact) = api
        .get(&format!("/api/DoNotContact/{ACCOUNT}/{lead}"))
        .await;
    assert_eq!(status, StatusCode::OK);
    contact["doNotContact"] == true
}

fn callback(api: &Api, body: &Value) -> reqwest::RequestBuilder {
    let (user, password) = HOOK;
    api.plain(Method::POST, PROCESS)
        .basic_auth(user, Some(password))
        .json(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_who_confirms_on_the_services_page_is_never_mailed_again() {
    let service = service().await;
    let api = Api::of(&service);
    report_to(&service.simulator, &service.base).await;
    let id = api.send(to_lead("lead-1")).await;
    api.in_state(&id, "sent").await;
    let link = service.simulator.mailbox("ann@example.com")[0]
        .unsubscribe_url
        .clone()
        .expect("a link");
    let browser = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    assert!(
        browser
            .get(&link)
            .send()
            .await
            .expect("a page")
            .status()
            .is_success()
    );
    assert!(
        !is_flagged(&api, "lead-1").await,
        "a link scanner opens pages, too"
    );
    assert!(
        browser
            .post(&link)
            .send()
            .await
            .expect("a page")
            .status()
            .is_success()
    );
    service.simulator.webhooks().settled().await;
    assert!(is_flagged(&api, "lead-1").await);

    let (status, refused) = api.post("/email", &mail(to_lead("lead-1"))).await;
    assert_eq!(
        (status, &refused["ErrorCode"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(406))
    );
    assert_eq!(
        refused["Message"],
        "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ann@example.com. Inactive \
         recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
    );
    let (_, found) = api
        .get("/messages/outbound?count=1&offset=0&status=suppressed")
        .await;
    assert_eq!(found["TotalCount"], 1, "what was stopped is on record");
    assert_eq!(service.simulator.ledger().accepted(), 1);
    let (_, feed) = api.get("/api/events?after=0&limit=1000").await;
    let kinds: Vec<_> = feed["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    for kind in [
        "message.sent",
        "recipient.delivered",
        "contact.flagged",
        "message.suppressed",
    ] {
        assert!(
            kinds.contains(&json!(kind)),
            "{kind} is not among {kinds:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crms_callback_is_taken_as_json_and_as_a_form() {
    let service = service().await;
    let api = Api::of(&service);
    for (lead, is_form) in [("lead-json", false), ("lead-form", true)] {
        let mut message = to_lead(lead);
        message["To"] = format!("{lead}@example.com").into();
        let id = api.send(message).await;
        api.in_state(&id, "sent").await;
        let fields = json!({ "accountGuid": ACCOUNT.to_uppercase(), "trackingGuid": id, "unsubscribed": "2026-03-02T14:15:42.1234567Z" });
        let (user, password) = HOOK;
        let request = api
            .plain(Method::POST, PROCESS)
            .basic_auth(user, Some(password));
        let request = if is_form {
            let pairs = fields.as_object().expect("fields").iter();
            let form: Vec<String> = pairs
                .map(|(name, value)| format!("{name}={}", value.as_str().expect("text")))
                .collect();
            request
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form.join("&"))
        } else {
            request.json(&fields)
        };
        let (status, answer) = read(request).await;
        assert_eq!(
            (status, &answer["callsInFlight"]),
            (StatusCode::OK, &json!(0)),
            "{answer}"
        );
        assert!(is_flagged(&api, lead).await, "{lead}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_message_is_answered_like_a_known_one_and_nonsense_is_named() {
    let service = service().await;
    let api = Api::of(&service);
    let id = api.send(to_lead("lead-1")).await;
    api.in_state(&id, "sent").await;
    let fields = |id: &str| json!({ "accountGuid": ACCOUNT, "trackingGuid": id, "unsubscribed": "2026-03-02T14:15:42Z" });
    let known = read(callback(&api, &fields(&id))).await;
    let unknown = read(callback(
        &api,
        &fields("0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21"),
    ))
    .await;
    assert_eq!(known, unknown);
    let (status, problem) = read(callback(
        &api,
        &json!({ "accountGuid": ACCOUNT, "trackingGuid": id }),
    ))
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        problem["detail"]
            .as_str()
            .expect("text")
            .contains("`unsubscribed`"),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_credentials_nothing_is_read() {
    let service = service().await;
    let api = Api::of(&service);
    let (user, password) = HOOK;
    for path in [PROCESS, "/webhooks/postmark-main"] {
        for request in [
            api.plain(Method::POST, path),
            api.plain(Method::POST, path).basic_auth(user, Some("")),
            api.plain(Method::POST, path)
                .basic_auth(user, Some("wrong")),
            api.plain(Method::POST, path)
                .basic_auth("other", Some(password)),
            api.plain(Method::POST, path).bearer_auth(password),
            // A token that may send may not speak for recipients.
            api.request(Method::POST, path),
        ] {
            let (status, problem) = read(request.body("not even JSON")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flagged_recipient_is_left_out_and_the_others_get_their_mail() {
    let service = service().await;
    let api = Api::of(&service);
    let flag = json!({ "reason": "complaint", "address": "bob@example.com", "note": "by phone" });
    let (status, answer) = read(
        api.request(Method::PUT, &format!("/api/DoNotContact/{ACCOUNT}/bob"))
            .json(&flag),
    )
    .await;
    assert_eq!(
        (status, &answer["changed"], &answer["doNotContact"]),
        (StatusCode::OK, &json!(true), &json!(true))
    );
    let both = mail(json!({ "AccountUID": ACCOUNT, "To": "ann@example.com, bob@example.com" }));
    let (status, answer) = api.post("/email", &both).await;
    assert_eq!((status, &answer["ErrorCode"]), (StatusCode::OK, &json!(0)));
    assert_eq!(
        answer["Message"],
        "Message OK, but will not deliver to these inactive addresses: bob@example.com. Inactive recipients are ones that have \
         generated a hard bounce or a spam complaint."
    );
    api.in_state(answer["MessageID"].as_str().expect("an id"), "sent")
        .await;
    assert_eq!(
        service.simulator.ledger().entries()[0].recipients,
        ["ann@example.com"]
    );

    let (status, lifted) = read(
        api.request(Method::DELETE, &format!("/api/DoNotContact/{ACCOUNT}/bob"))
            .json(&json!({ "address": "bob@example.com" })),
    )
    .await;
    assert_eq!(
        (status, &lifted["doNotContact"]),
        (StatusCode::OK, &json!(false))
    );
    let id = api
        .send(json!({ "AccountUID": ACCOUNT, "To": "bob@example.com" }))
        .await;
    api.in_state(&id, "sent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_changes_flags_through_the_host_that_runs() {
    let service = service().await;
    let api = Api::of(&service);
    // The configured port is 0; commands find a running host by the address they are told.
    let config = service.folder.path().join("commands.toml");
    let text = std::fs::read_to_string(service.config()).expect("it is there");
    let address = service.base.strip_prefix("http://").expect("plain HTTP");
    std::fs::write(&config, text.replace("127.0.0.1:0", address)).expect("a writable folder");
    let added = run_host(
        &[
            "dnc",
            "add",
            ACCOUNT,
            "lead 1/2",
            "--note",
            "in writing",
            "--config",
        ],
        &config,
    );
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(is_flagged(&api, "lead%201%2F2").await);
    let removed = run_host(&["dnc", "remove", ACCOUNT, "lead 1/2", "--config"], &config);
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    assert!(!is_flagged(&api, "lead%201%2F2").await);
}

/// Lets the service report unsubscribes to ProcessUnsubscribe and everything else to the provider's webhook, as an operator would.
async fn report_to(simulator: &RunningSimulator, host: &str) {
    let (user, password) = HOOK;
    let on = json!({ "Enabled": true });
    for (path, triggers) in [
        (PROCESS, json!({ "SubscriptionChange": on })),
        ("/webhooks/postmark-main", json!({ "Delivery": on })),
    ] {
        let webhook = json!({
            "Url": format!("{host}{path}"), "MessageStream": "outbound", "HttpAuth": { "Username": user, "Password": password },
            "Triggers": triggers,
        });
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let request = client.post(format!("{}/webhooks", simulator.base_url()));
        let answer = request
            .header("X-Postmark-Server-Token", SERVICE_TOKEN)
            .header("Accept", "application/json")
            .json(&webhook)
            .send()
            .await
            .expect("an answer");
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.expect("text")
        );
    }
}
