//! How an answer fails to arrive: not at all, or by half.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};

/// The connection is to be ended without (the rest of) an answer.
#[derive(Debug)]
pub(super) struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is not answered: the connection broke or a fault rule wants it so")
    }
}

impl std::error::Error for NoAnswer {}

/// A body that sends one piece, gives the connection a turn to write it out, and then breaks off.
#[derive(Debug)]
pub(super) enum HalfBody {
    Half(Bytes),
    Writing,
    Broken,
}

impl Body for HalfBody {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        match std::mem::replace(&mut *self, Self::Broken) {
            Self::Half(half) => {
                *self = Self::Writing;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            Self::Writing => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Broken => Poll::Ready(Some(Err(NoAnswer))),
        }
    }
}
