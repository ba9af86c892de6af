//! Room on the store's disk: what accepting must leave for delivering.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So long an answer of the system holds: asking costs more than much of what accepting a message takes.
const HOLDS: Duration = Duration::from_millis(50);

/// The disk a store is on.
pub(super) struct Disk {
    folder: PathBuf,
    reserve: u64,
    asked: Mutex<Option<(Instant, bool)>>,
}

impl Disk {
    /// `reserve`: bytes to be kept free.
    pub(super) fn of(store: &Path, reserve: u64) -> Self {
        let folder = store
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Self {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            reserve,
            asked: Mutex::default(),
        }
    }

    /// Whether new messages may come in. A disk that cannot be asked is not in the way: writing says what is wrong.
    pub(super) fn has_room(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match *asked {
            Some((at, had_room)) if at.elapsed() < HOLDS => had_room,
            _ => {
                let has_room = self.look();
                *asked = Some((Instant::now(), has_room));
                has_room
            }
        }
    }

    fn look(&self) -> bool {
        let Ok(found) = rustix::fs::statvfs(&self.folder) else {
            return true;
        };
        found.f_bavail.saturating_mul(found.f_frsize) >= self.reserve
    }
}

#[cfg(test)]
mod tests {
    use super::Disk;
    use std::path::Path;

    #[test]
    fn there_is_room_beyond_the_reserve_and_none_within_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("host.db");
        assert!(Disk::of(&store, 0).has_room());
        assert!(!Disk::of(&store, u64::MAX).has_room());
        assert!(!Disk::of(Path::new("host.db"), u64::MAX).has_room());
    }

    #[test]
    fn a_disk_that_cannot_be_asked_is_not_in_the_way() {
        assert!(Disk::of(Path::new("/no/such/folder/host.db"), u64::MAX).has_room());
    }
}
