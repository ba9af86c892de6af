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

use std::time::Duration;

use plugin_api::{CallContext, Mailbox, Message, MessageBuilder, TrackingId};

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
