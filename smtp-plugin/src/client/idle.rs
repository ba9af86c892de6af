//! Connections that wait for the next message, and the goodbye when none comes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::Session;

/// Those that wait.
pub(super) struct IdleSessions {
    timeout: Duration,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Oldest first.
    sessions: Vec<(Instant, Session)>,
    /// Whether a task looks after them.
    is_watched: bool,
}

impl IdleSessions {
    /// Each may wait as long as this.
    pub(super) fn new(timeout: Duration) -> Arc<Self> {
        let waiting = Mutex::default();
        Arc::new(Self { timeout, waiting })
    }

    /// Lets one wait.
    pub(super) fn keep(self: &Arc<Self>, session: Session) {
        if self.timeout.is_zero() {
            tokio::spawn(session.quit());
            return;
        }
        let mut waiting = self.lock();
        waiting.sessions.push((Instant::now(), session));
        if !std::mem::replace(&mut waiting.is_watched, true) {
            tokio::spawn(watch(Arc::downgrade(self), self.timeout));
        }
    }

    /// The one that waited least, if the server has not hung up on it.
    pub(super) fn take(&self) -> Option<Session> {
        let mut waiting = self.lock();
        while let Some((since, mut session)) = waiting.sessions.pop() {
            if since.elapsed() < self.timeout && session.is_quiet() {
                return Some(session);
            }
        }
        None
    }

    /// All of them.
    pub(super) fn take_all(&self) -> Vec<Session> {
        let waiting = std::mem::take(&mut self.lock().sessions);
        waiting.into_iter().map(|(_, session)| session).collect()
    }

    /// Those that waited long enough; nothing, when nobody waits and nobody needs to look again.
    fn expired(&self) -> Option<Vec<Session>> {
        let mut waiting = self.lock();
        if waiting.sessions.is_empty() {
            waiting.is_watched = false;
            return None;
        }
        let is_over = |one: &(Instant, Session)| one.0.elapsed() >= self.timeout;
        let over = waiting
            .sessions
            .iter()
            .take_while(|one| is_over(one))
            .count();
        let over = waiting.sessions.drain(..over);
        Some(over.map(|(_, session)| session).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn watch(sessions: Weak<IdleSessions>, timeout: Duration) {
    loop {
        tokio::time::sleep(timeout).await;
        let expired = sessions.upgrade().and_then(|sessions| sessions.expired());
        let Some(expired) = expired else {
            return;
        };
        for session in expired {
            session.quit().await;
        }
    }
}
