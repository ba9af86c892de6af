//! The other end of webhooks.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use plugin_testkit::simulator::{PostmarkConfig, ServerConfig, SimulatorConfig, WebhookConfig};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::common::{TOKEN, in_time};

/// A host that takes webhooks down and answers with the statuses it was told, then 200.
pub(crate) struct Host {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

/// A request that was taken down.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap_or(Value::Null)
    }
}

struct Shared {
    requests: Mutex<Vec<Received>>,
    statuses: Mutex<Vec<u16>>,
    count: watch::Sender<usize>,
}

impl Host {
    pub(crate) async fn start(statuses: &[u16]) -> Self {
        let statuses = Mutex::new(statuses.iter().rev().copied().collect());
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            statuses,
            count: watch::channel(0).0,
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", socket.local_addr().unwrap());
        let app = Router::new().fallback(take).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
        Self { url, shared }
    }

    /// The first requests, once there are this many.
    pub(crate) async fn received(&self, count: usize) -> Vec<(HeaderMap, Value)> {
        let received = self.raw(count).await.into_iter();
        received.map(|it| (it.headers.clone(), it.json())).collect()
    }

    /// The same as the bytes that came.
    pub(crate) async fn raw(&self, count: usize) -> Vec<Received> {
        let mut counter = self.shared.count.subscribe();
        in_time("the webhooks", counter.wait_for(|it| *it >= count))
            .await
            .unwrap();
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) async fn bodies(&self, count: usize) -> Vec<Value> {
        self.received(count)
            .await
            .into_iter()
            .map(|(_, body)| body)
            .collect()
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let mut requests = shared.requests.lock().unwrap();
    requests.push(Received { headers, raw });
    shared.count.send_replace(requests.len());
    let status = shared.statuses.lock().unwrap().pop().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

/// A simulator with one webhook.
pub(crate) fn with_hook(hook: WebhookConfig) -> SimulatorConfig {
    SimulatorConfig::postmark(PostmarkConfig::with_server(
        ServerConfig::new(TOKEN).webhook(hook),
    ))
}
