//! When a provider finds one message after another invalid, from different senders, the messages are hardly to blame.

use crate::routing::AddressKey;

/// So many different senders in a row: the provider rests instead.
const SUSPICIOUS: usize = 5;

/// The senders whose messages a provider found invalid since it last accepted one.
#[derive(Debug, Default)]
pub(super) struct InvalidRun {
    senders: Vec<AddressKey>,
}

impl InvalidRun {
    /// The provider accepted a message.
    pub(super) fn end(&mut self) {
        self.senders.clear();
    }

    /// The provider found a message invalid; whether it is to blame rather than the message.
    pub(super) fn is_suspicious_after(&mut self, sender: AddressKey) -> bool {
        if self.senders.len() < SUSPICIOUS && !self.senders.contains(&sender) {
            self.senders.push(sender);
        }
        self.senders.len() >= SUSPICIOUS
    }
}

#[cfg(test)]
mod tests {
    use super::InvalidRun;
    use crate::routing::AddressKey;

    fn sender(number: usize) -> AddressKey {
        AddressKey::of(&format!("sender-{number}@example.com"))
    }

    #[test]
    fn the_fifth_sender_in_a_row_puts_the_blame_on_the_provider() {
        let mut run = InvalidRun::default();
        let verdicts: Vec<bool> = (0..6)
            .map(|one| run.is_suspicious_after(sender(one)))
            .collect();
        assert_eq!(verdicts, [false, false, false, false, true, true]);
    }

    #[test]
    fn one_sender_alone_never_does_and_an_accepted_message_ends_the_run() {
        let mut run = InvalidRun::default();
        assert!((0..20).all(|_| !run.is_suspicious_after(sender(0))));
        (1..4).for_each(|one| assert!(!run.is_suspicious_after(sender(one))));
        run.end();
        assert!(!run.is_suspicious_after(sender(4)));
    }
}
