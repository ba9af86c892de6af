//! Hearing callers out. Whoever is refused while still sending (too large, no token) would find the connection broken and never read
//! why: what is left of the request's body is read and thrown away while the answer is on its way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// Callers that go on for longer than this are cut off …
const LONGEST: Duration = Duration::from_secs(5);
/// … and those that send more: somewhat more than any path takes.
const MOST: usize = 64 * 1024 * 1024;

/// A request's body. Dropped before its end, it is read on.
pub(super) struct Lingering {
    body: Option<Incoming>,
    /// The caller asked to be told before it sends, and nobody has told it.
    waits: bool,
}

impl Lingering {
    pub(super) fn new(headers: &HeaderMap, body: Incoming) -> Self {
        Self {
            waits: headers.contains_key(EXPECT),
            body: Some(body),
        }
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let nothing = SizeHint::with_exact(0);
        self.body.as_ref().map_or(nothing, Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let Some(rest) = rest.filter(|_| !self.waits) {
            tokio::spawn(tokio::time::timeout(LONGEST, discard(rest)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            return;
        }
    }
}
