//! The tokio runtime of one provider instance, and the rules every call across the boundary runs by: on this runtime and no other,
//! stopped at its deadline, stopped when the caller drops it, and never unwinding into the host.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use async_ffi::{FfiFuture, FutureExt};
use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::task::JoinHandle;

use super::guard::Guarded;
use super::log::LogBridge;
use super::pulse::Pulse;
use super::start::Start;

/// Two workers: one blocked by the plugin leaves one for its other calls.
const WORKERS: usize = 2;

pub(super) struct CallRuntime {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    pulse: Pulse,
}

/// Why a call gave no answer of its own.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// Nothing of it has run.
    NeverBegun,
    Panicked(String),
    Deadline,
    Stopped,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NeverBegun => f.write_str(
                "the call was never begun: its deadline had passed, or the provider was shutting down",
            ),
            Self::Panicked(text) => write!(f, "the plugin panicked: {text}"),
            Self::Deadline => f.write_str("the call was stopped at its hard deadline"),
            Self::Stopped => {
                f.write_str("the call was stopped because the provider is shutting down")
            }
        }
    }
}

impl CallRuntime {
    pub(super) fn new(name: &str, log: LogBridge) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name(name)
            .enable_all()
            .on_thread_start(move || log.adopt_thread())
            .build()?;
        let pulse = Pulse::start(name, runtime.handle().clone())?;
        Ok(Self {
            runtime: Some(runtime),
            pulse,
        })
    }

    fn get(&self) -> &Runtime {
        self.runtime.as_ref().expect("present until drop")
    }

    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.get().enter()
    }

    /// Runs a call to its end, its deadline, its panic or the drop of the returned future.
    pub(super) fn call<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T> + Send + 'static,
        otherwise: impl FnOnce(Interrupted) -> T + Send + 'static,
    ) -> FfiFuture<T> {
        let start = Arc::<Start>::default();
        let work = within(deadline, start.clone(), Guarded::new(work));
        let mut call = Call {
            task: self.get().spawn(work),
            deadline,
            start,
        };
        let under_way = self.pulse.call();
        async move {
            let _under_way = under_way;
            let result = poll_fn(|context| call.poll(context)).await;
            result.unwrap_or_else(otherwise)
        }
        .into_ffi()
    }
}

async fn within<F: Future>(
    deadline: Instant,
    start: Arc<Start>,
    work: Guarded<F>,
) -> Result<F::Output, Interrupted> {
    if Instant::now() >= deadline || !start.begin() {
        return Err(Interrupted::NeverBegun);
    }
    match tokio::time::timeout_at(deadline.into(), work).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(Interrupted::Panicked(panic)),
        Err(_elapsed) => Err(Interrupted::Deadline),
    }
}

/// Dropping a runtime waits for its threads; the host's thread must not.
impl Drop for CallRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A call on its way, as its caller holds it. Dropping it stops it.
struct Call<T> {
    task: JoinHandle<Result<T, Interrupted>>,
    deadline: Instant,
    start: Arc<Start>,
}

impl<T> Call<T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Interrupted>> {
        match Pin::new(&mut self.task).poll(context) {
            Poll::Ready(Ok(result)) => Poll::Ready(result),
            Poll::Ready(Err(_ended)) if self.start.withdraw() => {
                Poll::Ready(Err(Interrupted::NeverBegun))
            }
            Poll::Ready(Err(_ended)) => Poll::Ready(Err(Interrupted::Stopped)),
            // The host looks once more when it has waited long enough: behind blocked threads nobody else can tell.
            Poll::Pending if Instant::now() >= self.deadline && self.start.withdraw() => {
                Poll::Ready(Err(Interrupted::NeverBegun))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
