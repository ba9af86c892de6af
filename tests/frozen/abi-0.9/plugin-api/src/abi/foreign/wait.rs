//! Waiting for a plugin that may not keep the boundary's rules.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use async_ffi::FfiFuture;

use crate::SendError;
use crate::abi::guard::guard;
use crate::abi::table::Answer;

/// How long after the hard deadline the host stops waiting for a plugin that does not keep it.
const BACKSTOP: Duration = Duration::from_millis(50);

/// The plugin did not keep the boundary's rules for a call.
pub(super) struct Broken(pub(super) String);

/// Waits for a plugin's answer until a little after its deadline, and turns a panic in the plugin's poll function into words.
pub(super) async fn finish<T>(deadline: Duration, mut answer: FfiFuture<T>) -> Result<T, Broken> {
    let polled = poll_fn(
        |context| match guard(|| Pin::new(&mut answer).poll(context)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(Broken(format!("the plugin panicked: {panic}")))),
        },
    );
    let overdue = |_| {
        Err(Broken(
            "the plugin did not answer by its hard deadline".to_owned(),
        ))
    };
    tokio::time::timeout(deadline.saturating_add(BACKSTOP), polled)
        .await
        .unwrap_or_else(overdue)
}

pub(super) fn settle<T>(answer: Result<Answer<T>, Broken>) -> Result<T, SendError> {
    match answer {
        Ok(answer) => answer.into_result().map_err(Into::into),
        Err(Broken(why)) => Err(SendError::in_doubt(why)),
    }
}
