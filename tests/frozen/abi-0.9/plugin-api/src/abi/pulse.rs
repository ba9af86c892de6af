//! A pulse that keeps an instance's runtime watchful while one of its threads is blocked.
//!
//! One thread of a tokio runtime watches timers and sockets for all. When it wakes a task and that task blocks it, nobody watches, and
//! every other call waits, until something from outside wakes another thread. So a thread that runs no code of the plugin's does that,
//! for as long as calls are under way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How long the other calls may wait for a blocked thread.
const PERIOD: Duration = Duration::from_millis(20);

pub(super) struct Pulse {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Default)]
struct State {
    calls: AtomicUsize,
    resting: AtomicBool,
    ended: AtomicBool,
}

/// A call under way.
pub(super) struct UnderWay(Arc<State>);

impl Pulse {
    pub(super) fn start(name: &str, runtime: Handle) -> io::Result<Self> {
        let state = Arc::<State>::default();
        let shared = state.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || shared.beat(&runtime))?;
        let thread = thread.thread().clone();
        Ok(Self { state, thread })
    }

    /// To be called when a call begins; what it returns is to be kept until the call ends.
    pub(super) fn call(&self) -> UnderWay {
        // In this order here and the opposite one in `rest`: one of the two sides sees what the other has done.
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        if self.state.resting.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        UnderWay(self.state.clone())
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl State {
    fn beat(&self, runtime: &Handle) {
        let mut wake: Option<JoinHandle<()>> = None;
        while !self.ended.load(Ordering::SeqCst) {
            if self.calls.load(Ordering::SeqCst) == 0 {
                self.rest();
                continue;
            }
            thread::park_timeout(PERIOD);
            // Whichever thread takes this up watches from then on. One that nobody has taken up yet is enough.
            if wake.as_ref().is_none_or(JoinHandle::is_finished) {
                wake = Some(runtime.spawn(std::future::ready(())));
            }
        }
    }

    fn rest(&self) {
        self.resting.store(true, Ordering::SeqCst);
        let idle = self.calls.load(Ordering::SeqCst) == 0;
        if idle && !self.ended.load(Ordering::SeqCst) {
            thread::park();
        }
        self.resting.store(false, Ordering::SeqCst);
    }
}
