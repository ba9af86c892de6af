//! `[delivery]`: how long to wait, how often to try.

use std::time::Duration;

use super::Section;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// How the engine waits and retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) max_age: Duration,
    pub(crate) retries: u32,
    pub(crate) soft_deadline: Duration,
    pub(crate) hard_deadline: Duration,
    pub(crate) reconcile_after: Duration,
    pub(crate) reconcile_every: Duration,
    pub(crate) reconcile_for: Duration,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            max_age: 72 * HOUR,
            retries: 12,
            soft_deadline: 30 * SECOND,
            hard_deadline: 120 * SECOND,
            reconcile_after: 30 * SECOND,
            reconcile_every: 60 * SECOND,
            reconcile_for: 1800 * SECOND,
        }
    }
}

pub(super) fn read(mut section: Section<'_>) -> Delivery {
    let default = Delivery::default();
    let any = SECOND / 10..=24 * HOUR;
    let delivery = Delivery {
        max_age: section.duration("max_age", default.max_age, SECOND..=720 * HOUR),
        retries: section.integer("retries", default.retries, 0..=1000),
        soft_deadline: section.duration("soft_deadline", default.soft_deadline, any.clone()),
        hard_deadline: section.duration("hard_deadline", default.hard_deadline, any.clone()),
        reconcile_after: section.duration("reconcile_after", default.reconcile_after, any.clone()),
        reconcile_every: section.duration("reconcile_every", default.reconcile_every, any.clone()),
        reconcile_for: section.duration("reconcile_for", default.reconcile_for, any),
    };
    if delivery.hard_deadline < delivery.soft_deadline {
        section.fault(
            "hard_deadline",
            "must not be shorter than soft_deadline: a call in doubt runs on until it",
        );
    }
    section.finish();
    delivery
}
