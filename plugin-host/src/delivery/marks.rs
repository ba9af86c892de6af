//! What the marks of the last run prove: an attempt without one was never called, if the marks can be believed.

use std::collections::HashSet;
use std::path::Path;

use super::boot::BootId;
use super::slots::{HEADER, MAGIC};
use crate::store::Interrupted;

/// The marks an earlier run left.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    believed: Option<Believed>,
}

#[derive(Debug)]
struct Believed {
    epoch: i64,
    called: HashSet<i64>,
}

impl Marks {
    /// Reads them. Marks of another start of the machine, of another form, or none at all prove nothing.
    pub(crate) fn read(path: &Path, boot: Option<BootId>) -> Self {
        let believed = std::fs::read(path)
            .ok()
            .zip(boot)
            .and_then(|(bytes, boot)| believed(&bytes, boot));
        Self { believed }
    }

    /// Whether nothing of this attempt can have left.
    pub(crate) fn never_called(&self, one: &Interrupted) -> bool {
        let marks = self.believed.as_ref();
        marks.is_some_and(|marks| marks.epoch == one.epoch && !marks.called.contains(&one.attempt))
    }
}

fn believed(bytes: &[u8], boot: BootId) -> Option<Believed> {
    let (header, slots) = bytes.split_at_checked(HEADER)?;
    let is_ours = header[..8] == MAGIC && header[8..24] == boot.to_bytes();
    let called = slots.chunks_exact(8).map(number).filter(|id| *id != 0);
    is_ours.then(|| Believed {
        epoch: number(&header[24..32]),
        called: called.collect(),
    })
}

fn number(bytes: &[u8]) -> i64 {
    bytes.try_into().map_or(0, i64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::Marks;
    use crate::delivery::boot::BootId;
    use crate::delivery::slots::Slots;
    use crate::store::Interrupted;
    use std::path::PathBuf;

    const EPOCH: i64 = 7;

    fn attempt(attempt: i64) -> Interrupted {
        Interrupted {
            message: attempt,
            attempt,
            epoch: EPOCH,
            route: "default".to_owned(),
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("host.db.slots");
        (folder, path)
    }

    #[test]
    fn what_is_marked_may_be_out_and_what_is_not_never_left() {
        let (_folder, path) = file();
        let boot = Some(BootId::random());
        let slots = Slots::begin(&path, EPOCH, boot, 3).unwrap();
        slots.mark([1, 2, 3].into_iter()).unwrap().settled();
        let _running = slots.mark([4].into_iter()).unwrap();
        let _beside_it = slots.mark([5, 6].into_iter()).unwrap();
        let _given_up = slots.mark([7].into_iter()).unwrap();
        let marks = Marks::read(&path, boot);
        assert!((4..=7).all(|one| !marks.never_called(&attempt(one))));
        assert!(marks.never_called(&attempt(8)));
    }

    #[test]
    fn a_call_larger_than_its_slot_is_not_marked_in_part() {
        let (_folder, path) = file();
        let slots = Slots::begin(&path, EPOCH, None, 2).unwrap();
        assert!(slots.mark([1, 2, 3].into_iter()).is_err());
    }

    #[test]
    fn marks_of_another_start_of_the_machine_or_another_run_prove_nothing() {
        let (_folder, path) = file();
        let boot = Some(BootId::random());
        drop(Slots::begin(&path, EPOCH, boot, 50).unwrap());
        let never_called = |boot| Marks::read(&path, boot).never_called(&attempt(1));
        assert!(never_called(boot));
        assert!(!never_called(Some(BootId::random())) && !never_called(None));
        let later_run = Interrupted {
            epoch: EPOCH + 1,
            ..attempt(1)
        };
        assert!(!Marks::read(&path, boot).never_called(&later_run));
    }

    #[test]
    fn a_missing_cut_or_foreign_file_proves_nothing() {
        let (_folder, path) = file();
        let boot = Some(BootId::random());
        assert!(!Marks::read(&path, boot).never_called(&attempt(1)));
        for content in [&b""[..], b"EPPSLOT1 and then it ends", &[0xAA; 4096]] {
            std::fs::write(&path, content).unwrap();
            assert!(!Marks::read(&path, boot).never_called(&attempt(1)));
        }
    }

    #[test]
    fn a_run_without_a_boot_id_leaves_marks_that_prove_nothing() {
        let (_folder, path) = file();
        drop(Slots::begin(&path, EPOCH, None, 50).unwrap());
        assert!(!Marks::read(&path, None).never_called(&attempt(1)));
        let boot = BootId::of_this_machine();
        assert!(!Marks::read(&path, boot).never_called(&attempt(1)));
    }
}
