//! A request body that knows whether anybody began to read it: the proof that a failed request cannot have been accepted.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use plugin_api::Bytes;

/// Tells, after the request, whether its body was touched.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<AtomicBool>);

impl Watch {
    /// True: not one byte of the body was handed to a connection, so the service cannot have the message. False proves nothing.
    pub(crate) fn proves_unsent(&self) -> bool {
        !self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn over(&self, bytes: Vec<u8>) -> WatchedBody {
        WatchedBody {
            bytes: Some(bytes.into()),
            watch: self.clone(),
        }
    }
}

/// The body. It can be read once and not be copied, so no layer beneath can send it a second time.
pub(crate) struct WatchedBody {
    bytes: Option<Bytes>,
    watch: Watch,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.watch.0.store(true, Ordering::SeqCst);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    /// Exact, so that the request carries a Content-Length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
