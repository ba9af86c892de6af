//! A client, a message, and a deadline.

use std::future::Future;
use std::time::Duration;

use plugin_testkit::simulator::{
    Fault, FaultRule, PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const TOKEN: &str = "11111111-2222-4333-8444-555555555555";

/// Long enough for a slow machine; nothing is measured by it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(180);

/// A simulator with everything by default.
pub(crate) async fn start() -> RunningSimulator {
    start_with(SimulatorConfig::postmark(PostmarkConfig::with_token(TOKEN))).await
}

pub(crate) async fn start_with(config: SimulatorConfig) -> RunningSimulator {
    Simulator::start(config).await.unwrap()
}

/// A client of its own, so that no connection is shared between tests.
pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error_header: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> i64 {
        self.body["ErrorCode"].as_i64().unwrap_or(-1)
    }

    pub(crate) fn message(&self) -> &str {
        self.body["Message"].as_str().unwrap_or_default()
    }

    /// The status and error code, after checking that the header repeats the code.
    pub(crate) fn refusal(&self) -> (u16, i64) {
        assert_eq!(self.error_header, Some(self.code().to_string()), "{self:?}");
        (self.status, self.code())
    }
}

/// Calls the simulator with the right headers.
pub(crate) async fn call(
    simulator: &RunningSimulator,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    call_as(simulator, TOKEN, method, path, body).await
}

pub(crate) async fn call_as(
    simulator: &RunningSimulator,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = http()
        .request(method, format!("{}{path}", simulator.base_url()))
        .header("X-Postmark-Server-Token", token)
        .header("Accept", "application/json");
    if let Some(body) = body {
        request = request.json(&body);
    }
    read(request.send().await.unwrap()).await
}

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let error_header = response
        .headers()
        .get("X-PM-ApiErrorCode")
        .map(|it| it.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status,
        error_header,
        body,
    }
}

pub(crate) async fn get(simulator: &RunningSimulator, path: &str) -> Answer {
    call(simulator, Method::GET, path, None).await
}

pub(crate) async fn post(simulator: &RunningSimulator, path: &str, body: Value) -> Answer {
    call(simulator, Method::POST, path, Some(body)).await
}

/// Sends and expects acceptance; gives the MessageID.
pub(crate) async fn send(simulator: &RunningSimulator, message: Value) -> String {
    let answer = post(simulator, "/email", message).await;
    assert_eq!((answer.status, answer.code()), (200, 0), "{answer:?}");
    answer.body["MessageID"].as_str().unwrap().to_owned()
}

/// A small message, with fields put in or replaced.
pub(crate) fn message(change: Value) -> Value {
    let mut message = json!({
        "From": "sales@example.com",
        "To": "ann@example.com",
        "Subject": "Hello",
        "TextBody": "Hello Ann",
    });
    for (field, value) in change.as_object().unwrap() {
        message[field] = value.clone();
    }
    message
}

/// Fails the test instead of waiting for ever.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen within {DEADLINE:?}"),
    }
}

/// Writes bytes, says that no more will come, and reads to the end as text.
pub(crate) async fn raw(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    // The other side may end the connection before all is written; what it said is still to be read.
    let _ = stream.write_all(request).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = in_time("the end of the connection", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A simulator whose first request to `/email` meets this fault.
pub(crate) async fn with_fault(fault: Fault) -> RunningSimulator {
    let simulator = start().await;
    simulator
        .faults()
        .add(FaultRule::new(fault).path("/email").times(1));
    simulator
}

/// Sends a small message, whatever comes of it.
pub(crate) async fn try_send(simulator: &RunningSimulator) -> reqwest::Result<reqwest::Response> {
    http()
        .post(format!("{}/email", simulator.base_url()))
        .header("X-Postmark-Server-Token", TOKEN)
        .header("Accept", "application/json")
        .json(&message(json!({})))
        .send()
        .await
}
