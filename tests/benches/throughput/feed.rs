//! The host's feed, read as a CRM reads it.

use std::time::Duration;

use serde_json::Value;

use crate::programs::TOKEN;

/// How long to wait before asking again whether there is more.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) struct Feed {
    client: reqwest::Client,
    address: String,
    after: i64,
}

impl Feed {
    /// From its present end on.
    pub(crate) async fn of(base: &str) -> Self {
        // There is no TLS on loopback, but the client wants to know who would do it.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build();
        let mut feed = Self {
            client: client.expect("a client"),
            address: format!("{base}/api/events"),
            after: 0,
        };
        while !feed.page().await.is_empty() {}
        feed
    }

    /// Returns when so many more messages have been sent.
    pub(crate) async fn wait_for_sent(&mut self, messages: usize) {
        let mut sent = 0;
        while sent < messages {
            let events = self.page().await;
            if events.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            sent += events
                .iter()
                .filter(|event| event["type"] == "message.sent")
                .count();
        }
    }

    async fn page(&mut self) -> Vec<Value> {
        let address = format!("{}?limit=1000&after={}", self.address, self.after);
        let asked = self
            .client
            .get(address)
            .header("X-Postmark-Server-Token", TOKEN);
        let answer = asked.send().await.expect("the host answers");
        let mut page: Value = answer.json().await.expect("in JSON");
        self.after = page["next"].as_i64().expect("where to go on");
        serde_json::from_value(page["events"].take()).expect("a list")
    }
}
