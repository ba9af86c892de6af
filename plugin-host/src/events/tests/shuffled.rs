//! Webhooks in any order and number lead to the same end.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::world::{ACCOUNT, World, about, id, message};
use crate::compliance::FlagScope;

/// The lives of three messages, as the service reports them.
fn reports() -> Vec<Value> {
    let ann = "ann@example.com";
    let bob = "bob@example.com";
    let list = |change: &str, reason: &str, to: &str, second: i64| json!({"list": change, "reason": reason, "to": to, "at": second, "message": id(3).to_string(), "account": ACCOUNT});
    vec![
        about(1, "deferred", ann, 10),
        about(1, "delivered", ann, 20),
        about(1, "opened", ann, 30),
        about(1, "unsubscribed", ann, 40),
        json!({"list": "remove", "to": ann, "at": 50}),
        about(2, "delivered", bob, 21),
        about(2, "hard", bob, 60),
        json!({"list": "remove", "to": bob, "at": 55, "origin": "customer"}),
        list("add", "complaint", "cleo@example.com", 70),
        list("add", "", "cleo@example.com", 71),
        list("remove", "", "cleo@example.com", 71),
    ]
}

async fn end_state(order: &[Value]) -> (Vec<String>, Vec<String>) {
    let world = World::new(FlagScope::Account);
    for (number, lead, to) in [
        (1, "A", "ann@example.com"),
        (2, "B", "bob@example.com"),
        (3, "C", "cleo@example.com"),
    ] {
        world
            .sent(
                message(number, Some(lead), &[to]),
                "acme",
                &format!("pm-{number}"),
            )
            .await;
    }
    for report in order {
        world.must_take(json!([report])).await;
    }
    let mut statuses = Vec::new();
    for number in 1..=3 {
        let recipient = world.view(number).await.summary.recipients.remove(0);
        statuses.push(format!("{:?} {:?}", recipient.status, recipient.status_at));
    }
    (statuses, world.flagged().await)
}

#[test]
fn webhooks_shuffled_and_doubled_give_the_same_end_state() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let expected = runtime.block_on(end_state(&reports()));
    assert_eq!(
        expected.1,
        [
            "B hard-bounce",
            "C complaint",
            "C unsubscribed",
            "bob@example.com hard-bounce",
            "cleo@example.com complaint",
            "cleo@example.com unsubscribed",
        ]
    );
    let doubled: Vec<Value> = reports().into_iter().chain(reports()).collect();
    let mut runner = TestRunner::new(Config::with_cases(24));
    runner
        .run(&Just(doubled).prop_shuffle(), |order| {
            prop_assert_eq!(&runtime.block_on(end_state(&order)), &expected);
            Ok(())
        })
        .unwrap();
}
