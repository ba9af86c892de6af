//! Where panics end. What a panic carries may itself panic when it is dropped, and so on; no runtime may ever get hold of it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

/// Runs something that must not unwind any further; a panic becomes its text.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_text)
}

/// The text of a panic. The payload itself is leaked: its destructor may panic, and that would end the process.
fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(a panic without a text)".to_owned());
    std::mem::forget(payload);
    text
}

pin_project! {
    /// An author's future. A panic while it runs, or while it or its state is dropped, goes no further.
    pub(super) struct Guarded<F> {
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Guarded<F> {
        fn drop(this: Pin<&mut Self>) {
            // The text has reached the host's log through the panic hook.
            let _ = guard(|| this.project().future.set(None));
        }
    }
}

impl<F> Guarded<F> {
    pub(super) fn new(future: F) -> Self {
        Self {
            future: Some(future),
        }
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Result<F::Output, String>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut future = self.project().future;
        let polled = guard(|| {
            let running = future.as_mut().as_pin_mut();
            let running = running.expect("not polled again after its end");
            let answer = ready!(running.poll(context));
            future.set(None);
            Poll::Ready(answer)
        });
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}
