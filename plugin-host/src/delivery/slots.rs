//! Which calls began: a mark in a small file beside the store, written just before a plugin is called.
//!
//! A claim is durable before anything leaves, so after a crash the store alone cannot tell a claim whose call never began from one whose
//! message may be out. The mark can, as long as the machine did not restart in between: what a process wrote into a file stays readable
//! after it is killed, without any fsync. See `docs/decisions/0005-marks-before-calls.md`.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::boot::BootId;
use super::lock::lock;

/// Names the file's form.
pub(super) const MAGIC: [u8; 8] = *b"EPPSLOT1";
/// Magic, boot, epoch; the rest is room.
pub(super) const HEADER: usize = 64;

/// Where the marks of a store's calls are.
pub(crate) fn slot_file(store: &Path) -> PathBuf {
    store.with_added_extension("slots")
}

/// The marks of one run. Every call has a slot of its own while it runs.
pub(crate) struct Slots {
    file: File,
    /// Attempts that fit into a slot.
    largest_call: usize,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    free: Vec<u64>,
    used_so_far: u64,
}

/// The mark of a call that may have begun. Dropped without [`Mark::settled`] it stays for good.
pub(super) struct Mark<'a> {
    slots: &'a Slots,
    place: u64,
}

impl Slots {
    /// Begins anew. To be called once everything that an earlier run left is settled, since its marks go.
    ///
    /// `boot`: without one, marks prove nothing after a crash.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn begin(
        path: &Path,
        epoch: i64,
        boot: Option<BootId>,
        largest_call: usize,
    ) -> io::Result<Self> {
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..24].copy_from_slice(&boot.unwrap_or_default().to_bytes());
        header[24..32].copy_from_slice(&epoch.to_le_bytes());
        file.write_all_at(&header, 0)?;
        Ok(Self {
            file,
            largest_call: largest_call.max(1),
            places: Mutex::default(),
        })
    }

    /// Marks the attempts of one call. When it returns, a crash finds them marked.
    pub(super) fn mark(&self, attempts: impl Iterator<Item = i64>) -> io::Result<Mark<'_>> {
        let mut ids: Vec<u8> = attempts.flat_map(i64::to_le_bytes).collect();
        if ids.len() > self.largest_call * 8 {
            return Err(io::Error::other("the call is larger than its slot"));
        }
        // Nothing of the slot's last call is left behind the new one.
        ids.resize(self.largest_call * 8, 0);
        let mark = Mark {
            slots: self,
            place: lock(&self.places).take(),
        };
        let offset = HEADER as u64 + mark.place * ids.len() as u64;
        self.file.write_all_at(&ids, offset)?;
        Ok(mark)
    }
}

impl Mark<'_> {
    /// The result of every attempt of the call is durable: the slot may be used again.
    pub(super) fn settled(self) {
        lock(&self.slots.places).free.push(self.place);
    }
}

impl Places {
    fn take(&mut self) -> u64 {
        self.free.pop().unwrap_or_else(|| {
            self.used_so_far += 1;
            self.used_so_far - 1
        })
    }
}
