//! An application that offers its messages until they are taken.

use std::net::SocketAddr;

use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::api::mail;
use crate::support::service::OPEN_TOKEN;

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    ids: Vec<String>,
    heard: bool,
}

impl Client {
    pub(super) fn of(host: SocketAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            http: http.expect("a client"),
            base: format!("http://{host}"),
            ids: Vec::new(),
            heard: false,
        }
    }

    /// The ids of everything it has offered.
    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Whether its last offer was taken.
    pub(super) fn has_been_heard(&self) -> bool {
        self.heard
    }

    /// Posts a batch unless it was taken before. A host that dies meanwhile answers nothing, and the batch is offered again.
    pub(super) async fn offer(&mut self, batch: &[Value]) {
        self.count(batch);
        if !self.heard {
            self.heard = self.post("/email/batch", &json!(batch)).await;
        }
    }

    /// A batch that is new has not been taken yet.
    fn count(&mut self, batch: &[Value]) {
        let ids: Vec<String> = batch.iter().map(id_of).collect();
        if !self.ids.ends_with(&ids) {
            self.ids.extend(ids);
            self.heard = false;
        }
    }

    /// The same from two senders at once, as if a load balancer had sent it both ways.
    pub(super) async fn offer_twice(&mut self, batch: &[Value]) {
        self.count(batch);
        let (one, other) = (json!(batch), json!(batch));
        let (one, other) = tokio::join!(
            self.post("/email/batch", &one),
            self.post("/email/batch", &other)
        );
        self.heard |= one || other;
    }

    /// Posts messages of which nobody keeps count.
    pub(super) async fn pass_by(&self, letters: &[Value]) {
        // Nobody minds if they are not taken.
        let _ = self.post("/email/batch", &json!(letters)).await;
    }

    /// Posts one message by itself, once; see [`Client::took`].
    pub(super) async fn try_to_send(&self, letter: &Value) -> Response {
        let answer = self.request("/email", letter).send().await;
        answer.expect("the host answers")
    }

    /// Begins to post a message; the host has read the head and waits for the body.
    pub(super) async fn begin_to_send(&self, letter: &Value) -> Slow {
        let host = self.base.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        let body = letter.to_string();
        let head = format!(
            "POST /email HTTP/1.1\r\nHost: {host}\r\nX-Postmark-Server-Token: {OPEN_TOKEN}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = [0; GO_ON.len()];
        stream.read_exact(&mut answer).await.expect("it answers");
        assert_eq!(&answer, GO_ON);
        Slow { stream, body }
    }

    /// Counts a message that was taken.
    pub(super) fn took(&mut self, letter: &Value) {
        self.ids.push(id_of(letter));
    }

    async fn post(&self, path: &str, body: &Value) -> bool {
        let answer = self.request(path, body).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    fn request(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.base))
            .header("X-Postmark-Server-Token", OPEN_TOKEN)
            .json(body)
    }
}

const GO_ON: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request whose body is still to come.
pub(super) struct Slow {
    stream: TcpStream,
    body: String,
}

impl Slow {
    /// Sends the body. What the host says to it.
    pub(super) async fn finish(mut self) -> String {
        let body = self.body.as_bytes();
        self.stream.write_all(body).await.expect("it reads");
        let mut answer = String::new();
        let read = self.stream.read_to_string(&mut answer).await;
        read.expect("it answers");
        answer
    }
}

pub(super) fn address_of(number: usize) -> String {
    format!("person-{number}@example.com")
}

/// A message to a person, with an id of its own.
pub(super) fn letter(number: usize) -> Value {
    mail(json!({ "To": address_of(number), "TrackingId": Uuid::now_v7() }))
}

fn id_of(letter: &Value) -> String {
    letter["TrackingId"]
        .as_str()
        .expect("it was set")
        .to_owned()
}
