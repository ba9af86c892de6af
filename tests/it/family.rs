//! Two services that are nothing alike behind one host: each from a library of its own, routed by weight, and neither noticed by callers.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use plugin_testkit::simulator::{Fault, FaultRule, RecipientAction, RunningSimulator, Trigger};

use crate::support::api::{Api, mail, read};
use crate::support::family::family;
use crate::support::service::{ACCOUNT, Service};

const BOTH: &str = "[[routes]]\nname = \"default\"\nstrategy = \"exact\"\n\
    pool = [{ provider = \"postmark-main\", weight = 70 }, { provider = \"sendgrid-main\", weight = 30 }]";
const SENDGRID: &str =
    "[[routes]]\nname = \"default\"\npool = [{ provider = \"sendgrid-main\", weight = 1 }]";
const PEOPLE: usize = 10;

fn sendgrid(service: &Service) -> &RunningSimulator {
    service.second.as_ref().expect("SendGrid is the second")
}

fn is_delivered(details: &Value) -> bool {
    details["RecipientStatuses"][0]["Status"] == "delivered"
}

/// Accepts a mailing from one template while the provider is paused, so that it goes out together; the messages' ids.
async fn mailing(service: &Service, api: &Api) -> Vec<String> {
    const PAUSE: &str = "/api/pauses/provider/sendgrid-main";
    let reason = json!({ "reason": "until all are here" });
    let paused = read(api.request(Method::PUT, PAUSE).json(&reason)).await;
    assert!(paused.0.is_success(), "{paused:?}");
    let messages: Vec<Value> = (0..PEOPLE)
        .map(|number| {
            json!({
                "From": "sales@example.com", "To": format!("lead-{number}@example.com"), "TemplateAlias": "d-welcome",
                "TemplateModel": { "name": format!("Lead {number}") },
            })
        })
        .collect();
    let (status, answers) = api
        .post(
            "/email/batchWithTemplates",
            &json!({ "Messages": messages }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{answers}");
    assert_eq!(sendgrid(service).ledger().accepted(), 0);
    let resumed = read(api.request(Method::DELETE, PAUSE)).await;
    assert!(resumed.0.is_success(), "{resumed:?}");
    let answers = answers.as_array().expect("a list");
    let ids = answers
        .iter()
        .map(|it| it["MessageID"].as_str().expect("an id").to_owned());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_route_between_them_and_both_report_what_became_of_the_mail() {
    let service = family(BOTH, true).await;
    let api = Api::of(&service);
    let mut went_to = Vec::new();
    for _ in 0..10 {
        let id = api.send(json!({ "AccountUID": ACCOUNT })).await;
        let details = api.until(&id, is_delivered).await;
        assert_eq!(details["Attempts"].as_array().expect("a list").len(), 1);
        went_to.push(details["Provider"].as_str().expect("a name").to_owned());
    }
    let ledgers = [&service.simulator, sendgrid(&service)].map(|it| it.ledger().accepted());
    assert_eq!(ledgers, [7, 3]);
    let of_sendgrid = went_to.iter().filter(|name| *name == "sendgrid-main");
    assert_eq!(of_sendgrid.count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_share_a_request_keep_apart_in_the_record() {
    let service = family(SENDGRID, true).await;
    let api = Api::of(&service);
    let ids = mailing(&service, &api).await;
    let mut provider_ids = BTreeSet::new();
    for id in &ids {
        let details = api.until(id, is_delivered).await;
        provider_ids.insert(details["ProviderMessageID"].to_string());
    }
    assert_eq!(provider_ids.len(), PEOPLE, "{provider_ids:?}");
    let ledger = sendgrid(&service).ledger();
    let requests: BTreeSet<u64> = ledger.entries().iter().map(|entry| entry.request).collect();
    assert_eq!(ledger.accepted(), PEOPLE);
    assert!(
        requests.len() < PEOPLE,
        "no request was shared: {requests:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_about_many_messages_is_settled_by_events_or_by_the_search() {
    for reports in [true, false] {
        let service = family(SENDGRID, reports).await;
        let api = Api::of(&service);
        let lost = FaultRule::new(Fault::DropAfterAccept {})
            .path("/v3/mail/send")
            .times(1);
        sendgrid(&service).faults().add(lost);
        let ids = mailing(&service, &api).await;
        let mut provider_ids = BTreeSet::new();
        for id in &ids {
            let details = api.in_state(id, "sent").await;
            assert_eq!(details["Attempts"].as_array().expect("a list").len(), 1);
            provider_ids.insert(details["ProviderMessageID"].to_string());
        }
        assert_eq!(provider_ids.len(), PEOPLE, "{provider_ids:?}");
        let ledger = sendgrid(&service).ledger();
        assert_eq!((ledger.accepted(), ledger.duplicates().len()), (PEOPLE, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_of_them_down_the_other_carries_the_mail() {
    let service = family(BOTH, true).await;
    let api = Api::of(&service);
    service.simulator.switch_off().await;
    for _ in 0..5 {
        let id = api.send(json!({})).await;
        assert_eq!(api.in_state(&id, "sent").await["Provider"], "sendgrid-main");
    }
    assert_eq!(sendgrid(&service).ledger().accepted(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_at_one_is_not_written_to_through_the_other() {
    let service = family(BOTH, true).await;
    let api = Api::of(&service);
    let letter = json!({ "AccountUID": ACCOUNT, "LeadUID": "lead-1" });
    sendgrid_only(&service).await;
    let id = api.send(letter.clone()).await;
    api.until(&id, is_delivered).await;
    service
        .simulator
        .switch_on()
        .await
        .expect("its port is free");
    let leaves = Trigger {
        message_id: id,
        recipient: None,
        action: RecipientAction::Unsubscribe,
    };
    sendgrid(&service).trigger(&leaves).expect("it has a link");
    sendgrid(&service).webhooks().settled().await;
    let (status, answer) = api.post("/email", &mail(letter)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert_eq!(answer["ErrorCode"], 406);
    assert_eq!(service.simulator.ledger().accepted(), 0);
}

/// Leaves the mail no other way.
async fn sendgrid_only(service: &Service) {
    service.simulator.switch_off().await;
}
