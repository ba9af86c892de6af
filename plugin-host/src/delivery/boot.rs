//! Which start of the machine this is.

use uuid::Uuid;

/// The machine's own id of its last start. Two processes with the same one share what they wrote into files, synced or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BootId(Uuid);

impl BootId {
    /// Linux tells it; elsewhere there is none.
    pub(crate) fn of_this_machine() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let id = Uuid::parse_str(text.trim()).ok()?;
        (!id.is_nil()).then_some(Self(id))
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    #[cfg(test)]
    pub(super) fn random() -> Self {
        Self(Uuid::now_v7())
    }
}
