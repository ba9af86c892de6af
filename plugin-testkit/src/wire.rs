//! A server that does exactly what a test tells it, byte for byte, and keeps what it was sent. For tests only: it panics where a test would
//! have to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, from_slice};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next request.
#[derive(Clone)]
pub enum Step {
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
pub struct Request {
    /// Its first line and its headers.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// `POST /email`
    ///
    /// # Panics
    /// When it is not HTTP/1.1.
    pub fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        line.strip_suffix(" HTTP/1.1")
            .expect("a request line of HTTP/1.1")
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body's JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        from_slice(&self.body).expect("the body is JSON")
    }
}

/// The server. It ends with the test's runtime.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Wire {
    /// A server that takes these steps, one for each request, whatever the connection.
    ///
    /// # Panics
    /// When this machine gives it no port.
    pub async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let (listener, address) = listen().await;
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

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Where it listens.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was sent, in order.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// The only request there was.
    ///
    /// # Panics
    /// When there was none, or more than one.
    pub fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

/// An answer with a status, a media type and a body of the right length.
pub fn answer(status: u16, kind: &str, body: &str) -> Step {
    answer_with(status, &format!("Content-Type: {kind}\r\n"), body)
}

/// An answer in JSON.
pub fn json(status: u16, body: &str) -> Step {
    answer(status, "application/json", body)
}

/// The same with any headers, each ending in a line break.
pub fn answer_with(status: u16, headers: &str, body: &str) -> Step {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    Step::Answer(text.into_bytes())
}

/// A port on which nobody listens.
///
/// # Panics
/// When this machine gives no port.
pub async fn closed_port() -> SocketAddr {
    listen().await.1
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("this machine gives a port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    (listener, address)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    mut stream: TcpStream,
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<Mutex<Vec<Request>>>,
) {
    while let Some((head, mut body)) = read_head(&mut stream).await {
        let step = lock(&steps).pop_front();
        let step = step
            .unwrap_or_else(|| answer(599, "text/plain", "the test planned no further request"));
        if !matches!(step, Step::Reset) {
            read_body(&mut stream, &head, &mut body).await;
        }
        lock(&requests).push(Request { head, body });
        match step {
            Step::Answer(bytes) => write(&mut stream, &bytes).await,
            Step::AnswerAndClose(bytes) => return write(&mut stream, &bytes).await,
            Step::AnswerAndHang(bytes) => {
                write(&mut stream, &bytes).await;
                return std::future::pending().await;
            }
            Step::Close => return,
            Step::Reset => return stream.set_zero_linger().expect("a socket can be reset"),
            Step::Hang => std::future::pending().await,
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) {
    let written = stream.write_all(bytes).await;
    written.expect("the client waits for its answer");
}

/// The head of a request and what of its body came with it; nothing at the end of the connection.
///
/// # Panics
/// When the head is no text.
pub async fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Some((String::from_utf8(read).expect("heads are text"), body));
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
        .map_or(0, |(_, length)| {
            length.parse().expect("a length is a number")
        });
    while body.len() < length {
        if stream.read_buf(body).await.unwrap_or_default() == 0 {
            return;
        }
    }
}
