//! One process serves a store at a time. The lock is the operating system's, so it goes with the process however that ends.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::faults::{no_locks, of_the_system};
use crate::store::StoreError;

pub(super) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock file beside the store.
    pub(super) fn take(store: &Path) -> Result<Self, StoreError> {
        let path = store.with_added_extension("lock");
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            // Whoever can open it can hold the lock.
            .mode(0o600)
            .open(&path)
            .map_err(|error| {
                let problem = format!(
                    "its lock file {} cannot be opened ({error})",
                    path.display()
                );
                of_the_system(store, &error, problem)
            })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
                path: store.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(no_locks(store, &error)),
        }
    }
}
