//! What operators have stopped, as every claim sees it.

use crate::store::{Pause, PauseSubject};

/// The pauses in force.
#[derive(Debug, Default)]
pub(super) struct Paused(Vec<Pause>);

impl Paused {
    pub(super) fn new(pauses: Vec<Pause>) -> Self {
        Self(pauses)
    }

    pub(super) fn all(&self) -> &[Pause] {
        &self.0
    }

    pub(super) fn remove(&mut self, subject: PauseSubject, name: &str) {
        self.0
            .retain(|pause| pause.subject != subject || pause.name != name);
    }

    pub(super) fn find(&self, subject: PauseSubject, name: &str) -> Option<&Pause> {
        self.0
            .iter()
            .find(|pause| pause.subject == subject && pause.name == name)
    }
}
