//! `[delivery]`: how long to wait, how often to try.

use std::time::Duration;

use plugin_host::{DeliveryConfig, ReconcileConfig};

use super::Section;

const SECOND: Duration = Duration::from_secs(1);
const MEBIBYTE: u64 = 1024 * 1024;
const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn read(mut section: Section<'_>) -> DeliveryConfig {
    let default = DeliveryConfig::default();
    let any = SECOND / 10..=24 * HOUR;
    let reconcile = ReconcileConfig {
        after: section.duration("reconcile_after", default.reconcile.after, any.clone()),
        every: section.duration("reconcile_every", default.reconcile.every, any.clone()),
        patience: section.duration("reconcile_for", default.reconcile.patience, any.clone()),
    };
    let delivery = DeliveryConfig {
        max_age: section.duration("max_age", default.max_age, SECOND..=720 * HOUR),
        max_attempts: 1 + section.integer("retries", default.max_attempts - 1, 0..=1000),
        soft_deadline: section.duration("soft_deadline", default.soft_deadline, any.clone()),
        hard_deadline: section.duration("hard_deadline", default.hard_deadline, any),
        disk_reserve: MEBIBYTE * section.integer("disk_reserve_mb", 64, 0..=1_000_000_000_u64),
        reconcile,
        ..default
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
