//! A client that costs next to nothing: connections kept alive, requests made by joining strings, answers not looked into.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::programs::TOKEN;

/// The same 5 KB as `tests/clients/throughput.mjs` sends, as they stand in JSON.
static BODY: LazyLock<String> =
    LazyLock::new(|| r"<p>Your appointment is tomorrow at ten.</p>\n".repeat(116));

/// What is sent, and by how many at once.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) messages: usize,
    pub(crate) connections: usize,
    /// Messages of one request; 1: by the path for single ones.
    pub(crate) per_request: usize,
    /// Whether the messages are for another day: accepted, and left lying.
    pub(crate) is_for_later: bool,
}

impl Load {
    /// Sends everything; how long until the last was answered.
    pub(crate) async fn offer(self, base: &str) -> Duration {
        let address = base.strip_prefix("http://").expect("no TLS on loopback");
        let senders: Vec<_> = join_all((0..self.connections).map(|_| connect(address))).await;
        let (next, began) = (Cell::new(0), Instant::now());
        let sending = senders
            .into_iter()
            .map(|sender| self.send(sender, address, &next));
        join_all(sending).await;
        began.elapsed()
    }

    async fn send(self, mut sender: SendRequest<Full<Bytes>>, host: &str, next: &Cell<usize>) {
        while next.get() < self.messages {
            let first = next.get();
            let last = self.messages.min(first + self.per_request);
            next.set(last);
            sender.ready().await.expect("the connection stays open");
            let answer = sender.send_request(self.request(host, first, last)).await;
            let answer = answer.expect("it is answered");
            assert_eq!(answer.status(), StatusCode::OK, "it is accepted");
            let body = answer.into_body().collect().await;
            body.expect("the answer arrives in full");
        }
    }

    fn request(self, host: &str, first: usize, last: usize) -> Request<Full<Bytes>> {
        let (path, body) = match self.per_request {
            1 => ("/email", self.message(first)),
            _ => {
                let all: Vec<String> = (first..last).map(|number| self.message(number)).collect();
                ("/email/batch", format!("[{}]", all.join(",")))
            }
        };
        Request::post(path)
            .header("Host", host)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("X-Postmark-Server-Token", TOKEN)
            .body(Full::new(Bytes::from(body)))
            .expect("a request")
    }

    fn message(self, number: usize) -> String {
        let mut json = String::with_capacity(BODY.len() + 256);
        let later = match self.is_for_later {
            true => r#""SendAt":"2100-01-01T00:00:00Z","#,
            false => "",
        };
        let body = BODY.as_str();
        let written = write!(
            json,
            r#"{{"From":"sender@example.com","To":"person-{number}@example.com","Subject":"Appointment {number}",{later}"HtmlBody":"{body}","MessageStream":"outbound"}}"#
        );
        written.expect("memory takes it");
        json
    }
}

async fn connect(address: &str) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket of TCP");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("a fresh one");
    // It ends with its sender.
    tokio::spawn(connection);
    sender
}
