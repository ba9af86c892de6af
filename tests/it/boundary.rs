//! The boundary, over the real library: what crosses arrives whole, and what goes wrong on the other side stays there.

mod answers;
mod cancellation;
mod copies;
mod extensions;
mod isolation;
mod logs;
mod messages;
mod panics;
mod symbols;
mod valgrind;
mod webhooks;

use std::time::Duration;

use plugin_api::{CallContext, Mailbox, Message, MessageBuilder, Timestamp, TrackingId};

/// Deadlines that no call of a test comes near.
fn context() -> CallContext {
    CallContext::new(Duration::from_secs(50), Duration::from_secs(60))
}

fn mailbox(address: &str) -> Mailbox {
    Mailbox::new(address).expect("an address")
}

fn builder(subject: &str) -> MessageBuilder {
    Message::builder()
        .from(mailbox("sales@example.com"))
        .to(mailbox("ann@example.com"))
        .subject(subject)
        .tracking_id(TrackingId::from_bytes([7; 16]))
}

/// A message whose subject tells the hostile plugin what to do.
fn message(subject: &str) -> Message {
    builder(subject).build().expect("a message")
}

/// The moment that the hostile plugin puts into its answers.
fn moment() -> Timestamp {
    Timestamp::from_microsecond(1_790_000_000_123_456).expect("within range")
}
