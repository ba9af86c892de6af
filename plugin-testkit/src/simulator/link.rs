//! What the socket of a connection and the requests on it tell each other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::service::lock;

#[derive(Debug)]
pub(super) struct Link {
    /// Number of the connection, from 1.
    pub(super) id: u64,
    between_requests: AtomicBool,
    reset: AtomicBool,
    arrived: Mutex<Option<u64>>,
}

impl Link {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            between_requests: AtomicBool::new(true),
            reset: AtomicBool::new(false),
            arrived: Mutex::new(None),
        }
    }

    /// Bytes that arrive now belong to a new request.
    pub(super) fn is_between_requests(&self) -> bool {
        self.between_requests.load(Ordering::Acquire)
    }

    /// The first bytes of a request are waiting.
    pub(super) fn begun(&self) {
        self.between_requests.store(false, Ordering::Release);
    }

    /// From now on bytes that arrive belong to a new request.
    pub(super) fn answered(&self) {
        self.between_requests.store(true, Ordering::Release);
    }

    /// Keeps the number of a request whose first line is waiting.
    pub(super) fn put_arrival(&self, request: u64) {
        *lock(&self.arrived) = Some(request);
    }

    /// The number given to the request while its first bytes were waiting, unless they came in too small a piece.
    pub(super) fn take_arrival(&self) -> Option<u64> {
        lock(&self.arrived).take()
    }

    /// The connection ends with RST instead of FIN when it is dropped.
    pub(super) fn end_with_reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    pub(super) fn ends_with_reset(&self) -> bool {
        self.reset.load(Ordering::Acquire)
    }
}
