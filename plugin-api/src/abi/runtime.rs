//! The tokio runtime of one provider instance, and the rules every call across the boundary runs by: on this runtime and no other,
//! stopped at its deadline, stopped when the caller drops it, and never unwinding into the host.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_ffi::{FfiFuture, FutureExt};
use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::task::{JoinError, JoinHandle};

use super::log::LogBridge;
use super::pulse::Pulse;

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
    Panicked(String),
    Deadline,
    Stopped,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
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
        deadline: Duration,
        work: impl Future<Output = T> + Send + 'static,
        otherwise: impl FnOnce(Interrupted) -> T + Send + 'static,
    ) -> FfiFuture<T> {
        let guarded = async move { tokio::time::timeout(deadline, work).await };
        let task = AbortOnDrop(self.get().spawn(guarded));
        let under_way = self.pulse.call();
        async move {
            let _under_way = under_way;
            match task.finish().await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_elapsed)) => otherwise(Interrupted::Deadline),
                Err(error) => otherwise(interruption(error)),
            }
        }
        .into_ffi()
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

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn finish(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn interruption(error: JoinError) -> Interrupted {
    match error.try_into_panic() {
        Ok(payload) => Interrupted::Panicked(panic_text(payload)),
        Err(_cancelled) => Interrupted::Stopped,
    }
}

/// Runs something that must not unwind any further; a panic becomes its text.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_text)
}

/// The text of a panic. The payload itself is leaked: its destructor may panic, and that would end the process.
pub(super) fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(a panic without a text)".to_owned());
    std::mem::forget(payload);
    text
}
