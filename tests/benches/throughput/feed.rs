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
        // While another client is waited for, the host hangs up on connections that say nothing.
        let client = reqwest::Client::builder().no_proxy();
        let client = client.pool_max_idle_per_host(0).build();
        let mut feed = Self {
            client: client.expect("a client"),
            address: format!("{base}/api/events"),
            after: 0,
        };
        loop {
            let page = feed.page(feed.after, 1000).await;
            let Some(last) = page.last() else {
                return feed;
            };
            feed.after = last["seq"].as_i64().expect("a number");
        }
    }

    /// Returns when so many more messages have been sent.
    ///
    /// A message that is sent is one line, and lines are numbered without gaps: only the last is asked for, so that reading takes nothing
    /// from those who are being measured.
    pub(crate) async fn wait_for_sent(&mut self, messages: usize) {
        let last = self.after + i64::try_from(messages).expect("not so many");
        let line = loop {
            if let Some(line) = self.page(last - 1, 1).await.pop() {
                break line;
            }
            tokio::time::sleep(PAUSE).await;
        };
        assert_eq!(line["type"], "message.sent", "nothing but sending happens");
        self.after = last;
    }

    async fn page(&self, after: i64, limit: usize) -> Vec<Value> {
        let address = format!("{}?limit={limit}&after={after}", self.address);
        let asked = self
            .client
            .get(address)
            .header("X-Postmark-Server-Token", TOKEN);
        let answer = asked.send().await.expect("the host answers");
        let mut page: Value = answer.json().await.expect("in JSON");
        serde_json::from_value(page["events"].take()).expect("a list")
    }
}
