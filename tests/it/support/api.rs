//! The host's HTTP side as an application calls it.

use std::time::Instant;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::PATIENCE;
use super::service::{OPEN_TOKEN, Service};

/// A caller with a token.
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Api {
    /// With the token that is bound to no account.
    pub(crate) fn of(service: &Service) -> Self {
        Self::with_token(service, OPEN_TOKEN)
    }

    pub(crate) fn with_token(service: &Service, token: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            http: http.expect("a client"),
            base: service.base.clone(),
            token: token.to_owned(),
        }
    }

    /// A request with the token, to be finished by the test.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.plain(method, path)
            .header("X-Postmark-Server-Token", &self.token)
    }

    /// A request without a token.
    pub(crate) fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(body)).await
    }

    /// Posts a message that must be accepted; its id.
    pub(crate) async fn send(&self, changes: Value) -> String {
        let (status, answer) = self.post("/email", &mail(changes)).await;
        assert_eq!(
            (status, &answer["ErrorCode"]),
            (StatusCode::OK, &json!(0)),
            "{answer}"
        );
        answer["MessageID"].as_str().expect("an id").to_owned()
    }

    /// The details of a message as soon as they are as wanted.
    pub(crate) async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, details) = self.get(&format!("/messages/outbound/{id}/details")).await;
            if wanted(&details) {
                return details;
            }
            assert!(Instant::now() < deadline, "still not as wanted: {details}");
            tokio::task::yield_now().await;
        }
    }

    /// The details of a message as soon as it is in this state.
    pub(crate) async fn in_state(&self, id: &str, state: &str) -> Value {
        self.until(id, |details| details["State"] == state).await
    }
}

/// A message with some fields changed.
pub(crate) fn mail(changes: Value) -> Value {
    let mut mail = json!({
        "From": "Sales <sales@example.com>", "To": "Ann <ann@example.com>", "Subject": "Hello", "TextBody": "Hello, Ann.",
    });
    for (field, value) in changes.as_object().into_iter().flatten() {
        mail[field] = value.clone();
    }
    mail
}

/// Sends a request and reads a JSON answer.
pub(crate) async fn read(request: RequestBuilder) -> (StatusCode, Value) {
    let answer: Response = request.send().await.expect("an answer");
    let status = answer.status();
    (status, answer.json().await.expect("JSON"))
}
