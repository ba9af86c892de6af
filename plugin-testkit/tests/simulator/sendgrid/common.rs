//! A SendGrid, a client and a request.

use plugin_testkit::simulator::{RunningSimulator, SendgridConfig, SimulatorConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{http, start_with};

pub(crate) const KEY: &str = "SG.simulated-key-id.0123456789abcdef0123456789abcdef";

/// An account with one key and nothing else.
pub(crate) async fn start() -> RunningSimulator {
    start_as(SendgridConfig::with_key(KEY)).await
}

pub(crate) async fn start_as(config: SendgridConfig) -> RunningSimulator {
    start_with(SimulatorConfig::sendgrid(config)).await
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    /// The paths of the fields that are refused, after checking the form of the refusal.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().unwrap();
        assert!(!errors.is_empty());
        for error in errors {
            assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
            assert!(error.get("help").is_some(), "{error}");
        }
        errors
            .iter()
            .map(|it| it["field"].as_str().unwrap_or("null"))
            .collect()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap()
    }
}

pub(crate) async fn call(
    simulator: &RunningSimulator,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    call_as(simulator, KEY, method, path, body).await
}

pub(crate) async fn call_as(
    simulator: &RunningSimulator,
    key: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = http()
        .request(method, format!("{}{path}", simulator.base_url()))
        .bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    read(request.send().await.unwrap()).await
}

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status,
        headers,
        body,
    }
}

pub(crate) async fn get(simulator: &RunningSimulator, path: &str) -> Answer {
    call(simulator, Method::GET, path, None).await
}

pub(crate) async fn post(simulator: &RunningSimulator, path: &str, body: Value) -> Answer {
    call(simulator, Method::POST, path, Some(body)).await
}

/// Sends, whatever comes of it.
pub(crate) async fn try_send(simulator: &RunningSimulator, request: Value) -> Answer {
    post(simulator, "/v3/mail/send", request).await
}

/// Sends and expects acceptance; gives the X-Message-Id.
pub(crate) async fn send(simulator: &RunningSimulator, request: Value) -> String {
    let answer = try_send(simulator, request).await;
    assert_eq!(
        (answer.status, &answer.body),
        (202, &json!("")),
        "{answer:?}"
    );
    answer.header("X-Message-Id").unwrap().to_owned()
}

/// A small request, with fields put in, replaced, or (with `null`) taken out.
pub(crate) fn request(change: Value) -> Value {
    let mut request = json!({
        "personalizations": [{ "to": [{ "email": "ann@example.com" }] }],
        "from": { "email": "sales@example.com", "name": "Sales" },
        "subject": "Hello",
        "content": [{ "type": "text/plain", "value": "Hello Ann" }],
    });
    for (field, value) in change.as_object().unwrap() {
        match value {
            Value::Null => {
                request.as_object_mut().unwrap().remove(field);
            }
            value => request[field] = value.clone(),
        }
    }
    request
}

/// A personalization to one person.
pub(crate) fn to(email: &str) -> Value {
    json!({ "to": [{ "email": email }] })
}
