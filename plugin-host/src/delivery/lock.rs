//! What tasks share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A task that panicked leaves nothing half done in what these locks guard.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
