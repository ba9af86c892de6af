//! How far flags reach when one wish counts for every account, and what an account reads of another's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::{Api, read};
use crate::support::service::{ACCOUNT, HOOK, Service, TOKEN};

const GLOBAL: &str = "scope = \"global\"\n[[routes]]\nname = \"default\"\npool = [{ provider = \"postmark-main\", weight = 1 }]";

const OTHER: &str = "d2f1c3a4-5b6e-4f70-8a91-b2c3d4e5f607";

/// A recipient of another account's message unsubscribes. Gives what both tokens are answered at a path.
async fn after_an_unsubscribe_elsewhere(path: &str) -> (Value, Value) {
    let service = Service::with(GLOBAL).await;
    let (open, bound) = (Api::of(&service), Api::with_token(&service, TOKEN));
    let own = bound.send(json!({ "LeadUID": "own-lead" })).await;
    let other = open
        .send(json!({ "LeadUID": "other-lead", "AccountUID": OTHER }))
        .await;
    for id in [&own, &other] {
        open.in_state(id, "sent").await;
    }
    let wish = json!({ "accountGuid": OTHER, "trackingGuid": other, "unsubscribed": "2026-03-02T14:15:42Z" });
    let (user, password) = HOOK;
    let report = open
        .plain(Method::POST, "/api/DoNotContact/ProcessUnsubscribe")
        .basic_auth(user, Some(password));
    let (_, answer) = read(report.json(&wish)).await;
    assert_eq!(answer["message"], "OK", "{answer}");
    (open.get(path).await.1, bound.get(path).await.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_reads_of_a_flag_for_all_and_none_where_it_came_from() {
    let (open, bound) = after_an_unsubscribe_elsewhere("/api/events?after=0&limit=1000").await;
    let flagged = |feed: &Value| -> Vec<Value> {
        let events = feed["events"].as_array().expect("a list").iter();
        events
            .filter(|event| event["type"] == "contact.flagged")
            .cloned()
            .collect()
    };
    let of_address = |events: &[Value]| {
        let found = events
            .iter()
            .find(|it| it["recipient"] == "ann@example.com");
        found.expect("the address is flagged").clone()
    };
    let (all, seen) = (flagged(&open), flagged(&bound));
    assert_eq!(
        (all.len(), seen.len()),
        (2, 1),
        "the other account's lead is its own"
    );
    let (whole, reduced) = (of_address(&all), of_address(&seen));
    assert!(whole["tracking_id"].is_string(), "{whole}");
    assert_eq!(
        (&reduced["seq"], &reduced["reason"], &reduced["flags"]),
        (
            &whole["seq"],
            &json!("unsubscribed"),
            &json!(["unsubscribed"])
        )
    );
    for origin in [
        "account",
        "lead",
        "tracking_id",
        "provider",
        "provider_message_id",
    ] {
        assert_eq!(reduced[origin], Value::Null, "{reduced}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_shows_the_flags_of_its_addresses() {
    let path = format!("/api/DoNotContact/{ACCOUNT}/own-lead");
    let (open, bound) = after_an_unsubscribe_elsewhere(&path).await;
    for shown in [&open, &bound] {
        assert_eq!(
            (&shown["doNotContact"], &shown["flags"]),
            (&json!(false), &json!([]))
        );
        let flag = &shown["addresses"][0];
        assert_eq!(
            (&flag["address"], &flag["reason"], &flag["suppress"]),
            (
                &json!("ann@example.com"),
                &json!("unsubscribed"),
                &json!(true)
            ),
            "{shown}"
        );
    }
    assert!(open["addresses"][0]["tracking_id"].is_string(), "{open}");
    for origin in ["tracking_id", "event_id", "webhook", "note"] {
        assert_eq!(bound["addresses"][0][origin], Value::Null, "{bound}");
    }
}
