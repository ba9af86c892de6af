//! A server that does exactly what a test tells it, byte for byte, and keeps what it was sent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use plugin_api::serde_json::{Value, from_slice};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next request.
#[derive(Clone)]
pub(crate) enum Step {
    /// It is read and answered with these bytes; the connection stays open.
    Answer(Vec<u8>),
    /// It is read and answered with these bytes, and the connection is closed.
    AnswerAndClose(Vec<u8>),
    /// It is read and answered with these bytes, and nothing follows on a connection that stays open.
    AnswerAndHang(Vec<u8>),
    /// It is read, and the connection is closed without an answer.
    Close,
    /// Its headers are read, and the connection is reset.
    Reset,
    /// It is read and never answered.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// `POST /email`
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap();
        line.strip_suffix(" HTTP/1.1").unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        from_slice(&self.body).unwrap()
    }
}

/// The server. It ends with the test's runtime.
pub(crate) struct Wire {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Wire {
    /// A server that takes these steps, one for each request, whatever the connection.
    pub(crate) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let steps = Arc::new(Mutex::new(VecDeque::from_iter(steps)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (Arc::clone(&requests), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&steps), Arc::clone(&kept)));
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The only request there was.
    pub(crate) fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

/// An answer with a status, a media type and a body of the right length.
pub(crate) fn answer(status: u16, kind: &str, body: &str) -> Step {
    answer_with(status, &format!("Content-Type: {kind}\r\n"), body)
}

pub(crate) fn json(status: u16, body: &str) -> Step {
    answer(status, "application/json", body)
}

/// The same with any headers, each ending in a line break.
pub(crate) fn answer_with(status: u16, headers: &str, body: &str) -> Step {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    Step::Answer(text.into_bytes())
}

/// A port on which nobody listens.
pub(crate) async fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

async fn serve(
    mut stream: TcpStream,
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<Mutex<Vec<Request>>>,
) {
    while let Some((head, mut body)) = read_head(&mut stream).await {
        let step = steps.lock().unwrap().pop_front();
        let step = step
            .unwrap_or_else(|| answer(599, "text/plain", "the test planned no further request"));
        if !matches!(step, Step::Reset) {
            read_body(&mut stream, &head, &mut body).await;
        }
        requests.lock().unwrap().push(Request { head, body });
        match step {
            Step::Answer(bytes) => stream.write_all(&bytes).await.unwrap(),
            Step::AnswerAndClose(bytes) => return stream.write_all(&bytes).await.unwrap(),
            Step::AnswerAndHang(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                return std::future::pending().await;
            }
            Step::Close => return,
            Step::Reset => return stream.set_zero_linger().unwrap(),
            Step::Hang => std::future::pending().await,
        }
    }
}

/// The head of a request and what of its body came with it; nothing at the end of the connection.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Some((String::from_utf8(read).unwrap(), body));
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

async fn read_body(stream: &mut TcpStream, head: &str, body: &mut Vec<u8>) {
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    while body.len() < length {
        if stream.read_buf(body).await.unwrap() == 0 {
            return;
        }
    }
}
