//! The ways to misbehave.

use plugin_api::serde_json;

/// One way to misbehave.
#[plugin_api::settings]
#[derive(Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Act {
    /// Accepts at once, without a look at the message.
    Accept,
    /// Panics with a text.
    Panic,
    /// Panics with a payload whose destructor panics.
    Bomb,
    /// The same, and so on several times over.
    NestedBomb,
    /// Never answers, and panics like that when it is stopped.
    HangOnABomb,
    /// Blocks the thread until the test hangs up.
    Block,
    /// Burns the processor until the test hangs up.
    Spin,
    /// Never answers, without holding a thread.
    Hang,
    /// Lets other work run first.
    Yield,
    /// Works in a task of its own, with a timer.
    Spawn,
    /// Waits a little longer than a call that blocks after waiting.
    Wait,
    /// Waits a moment, then blocks the thread until the test hangs up.
    WaitThenBlock,
    /// Fewer results than asked for.
    TooFew,
    /// More results than asked for.
    TooMany,
    /// Odd numbers and empty texts.
    Rubbish,
    /// Logs once at each level.
    Log,
    /// Logs a hundred thousand records.
    Flood,
    /// Logs its token.
    LogSecret,
    /// Puts its token into an error.
    TellSecret,
    /// Reads the whole message, and answers with what has been allocated here so far.
    CountAllocations,
}

impl Act {
    /// The act a text names.
    pub(crate) fn of(text: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(text)).ok()
    }
}

/// A panic payload that panics again when it is dropped, with a payload of its kind, as often as it is told.
pub(crate) struct Bomb {
    pub(crate) deeper: u32,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        match self.deeper.checked_sub(1) {
            Some(deeper) => std::panic::panic_any(Self { deeper }),
            None => panic!("the payload's destructor panicked"),
        }
    }
}
