//! A caller that does what no HTTP library would: sends half a request, and reads what comes back.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::PATIENCE;
use super::service::{OPEN_TOKEN, Service};

/// What came back, with the connection still open on this side.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Value,
}

/// Sends a head with the open token, this body behind it and nothing more; reads one answer.
pub(crate) async fn exchange(service: &Service, head: &str, body: &str) -> Reply {
    let address = service.base.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request =
        format!("{head}\r\nHost: {address}\r\nX-Postmark-Server-Token: {OPEN_TOKEN}\r\n\r\n{body}");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut received = Vec::new();
    loop {
        if let Some(reply) = Reply::read(&received) {
            return reply;
        }
        let more = stream.read_buf(&mut received).await;
        assert!(
            more.expect("an answer") > 0,
            "the connection was closed without an answer"
        );
    }
}

/// Sends the beginning of a head and nothing more; returns when the host has hung up.
pub(crate) async fn silence(service: &Service, beginning: &str) {
    let address = service.base.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream
        .write_all(beginning.as_bytes())
        .await
        .expect("it reads");
    let mut received = Vec::new();
    let hung_up = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received)).await;
    let hung_up = hung_up.expect("the host hangs up");
    hung_up.expect("the connection ends in order");
}

impl Reply {
    /// `None` while something is missing.
    fn read(received: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(received).ok()?;
        let (headers, body) = text.split_once("\r\n\r\n")?;
        let headers = headers.to_ascii_lowercase();
        let length = headers
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))?;
        let body = body.get(..length.parse().ok()?)?;
        Some(Self {
            status: headers.split(' ').nth(1)?.parse().ok()?,
            body: serde_json::from_str(body).ok()?,
            headers,
        })
    }
}
