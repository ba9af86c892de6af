//! Events that wait for each other: services that post lists gather what happens within a while into one request.

use std::sync::Mutex;
use std::time::Duration;

use axum::body::Bytes;

use super::call::{WebhookCall, WebhookTarget};
use crate::simulator::service::lock;

/// One event as JSON.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct LaneEvent {
    pub(in crate::simulator) kind: &'static str,
    pub(in crate::simulator) json: String,
}

/// The events on their way to one address.
#[derive(Debug)]
pub(in crate::simulator) struct Lane {
    target: WebhookTarget,
    /// How long the first event of a list waits for others, on the simulator's clock.
    window: Duration,
    longest: usize,
    waiting: Mutex<Vec<LaneEvent>>,
}

impl Lane {
    pub(in crate::simulator) fn new(
        target: WebhookTarget,
        window: Duration,
        longest: usize,
    ) -> Self {
        Self {
            target,
            window,
            longest: longest.max(1),
            waiting: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn window(&self) -> Duration {
        self.window
    }

    /// Lets events wait for others, and gives those back that have nothing to wait for.
    pub(super) fn put(&self, events: Vec<LaneEvent>) -> Vec<LaneEvent> {
        if self.window.is_zero() {
            return events;
        }
        lock(&self.waiting).extend(events);
        Vec::new()
    }

    /// The requests that carry these events and all that wait, each with the number of events in it; none when others took them along.
    pub(super) fn requests(&self, mut events: Vec<LaneEvent>) -> Vec<(WebhookCall, usize)> {
        events.append(&mut lock(&self.waiting));
        let lists = events.chunks(self.longest);
        lists.map(|list| (self.call(list), list.len())).collect()
    }

    fn call(&self, events: &[LaneEvent]) -> WebhookCall {
        WebhookCall {
            target: self.target.clone(),
            event: kinds(events),
            body: Bytes::from(list(events)),
        }
    }
}

fn kinds(events: &[LaneEvent]) -> String {
    let kinds: Vec<&str> = events.iter().map(|event| event.kind).collect();
    kinds.join(",")
}

/// Line ends between the events and after the list, as real bodies have them: whoever writes the JSON anew breaks its signature.
fn list(events: &[LaneEvent]) -> String {
    let items: Vec<&str> = events.iter().map(|event| event.json.as_str()).collect();
    format!("[{}]\r\n", items.join(",\r\n"))
}
