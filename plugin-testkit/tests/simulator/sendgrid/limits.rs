//! Rate limits that hold by themselves.

use std::time::Duration;

use plugin_testkit::simulator::{RateLimit, SendgridConfig, SimulatorConfig};
use serde_json::json;

use super::common::{KEY, get, request, try_send};
use crate::common::start_with;

#[tokio::test]
async fn every_answer_tells_what_is_left_until_nothing_is() {
    let limit = RateLimit::new(2, Duration::from_secs(60));
    let config = SendgridConfig::with_key(KEY).rate_limit(limit);
    let simulator = start_with(SimulatorConfig::sendgrid(config).speed(0.0)).await;
    let reset = simulator.clock().now().as_second() + 60;
    for (status, left) in [(202, "1"), (202, "0"), (429, "0")] {
        let answer = try_send(&simulator, request(json!({}))).await;
        assert_eq!(
            (answer.status, answer.header("X-RateLimit-Remaining")),
            (status, Some(left))
        );
        assert_eq!(answer.header("X-RateLimit-Limit"), Some("2"));
        let told: i64 = answer.header("X-RateLimit-Reset").unwrap().parse().unwrap();
        assert!((reset..=reset + 1).contains(&told), "{told}");
    }
    assert_eq!(simulator.ledger().accepted(), 2);
    simulator.clock().advance(Duration::from_secs(60));
    assert_eq!(try_send(&simulator, request(json!({}))).await.status, 202);
}

#[tokio::test]
async fn the_search_has_a_limit_of_its_own() {
    let config = SendgridConfig::with_key(KEY)
        .email_activity(Duration::ZERO)
        .search_limit(RateLimit::new(1, Duration::from_secs(60)));
    let simulator = start_with(SimulatorConfig::sendgrid(config).speed(0.0)).await;
    assert_eq!(get(&simulator, "/v3/messages").await.status, 200);
    let answer = get(&simulator, "/v3/messages").await;
    assert_eq!(
        (answer.status, answer.message()),
        (429, "too many requests")
    );
    assert_eq!(try_send(&simulator, request(json!({}))).await.status, 202);
}
