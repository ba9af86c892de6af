//! A plugin that accepts everything at once. What it costs to send through it is what the boundary costs.

mod provider;

use plugin_api::prelude::*;
use provider::{Noop, Work};

/// What the benchmark chooses.
#[plugin_api::settings]
struct Settings {
    /// What is done about each message.
    work: Work,
}

impl Plugin for Noop {
    const NAME: &'static str = "noop";
    type Settings = Settings;

    fn create(settings: Settings, _host: Host) -> Result<Self, CreateError> {
        Ok(Self {
            work: settings.work,
            account: allocations::told,
        })
    }
}

#[cfg(feature = "count")]
mod allocations {
    use std::alloc::System;

    use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

    #[global_allocator]
    static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

    /// How often this library has allocated so far, and how many bytes: `123 4567`.
    pub(crate) fn told() -> String {
        let so_far = ALLOCATOR.stats();
        format!("{} {}", so_far.allocations, so_far.bytes_allocated)
    }
}

#[cfg(not(feature = "count"))]
mod allocations {
    pub(crate) fn told() -> String {
        "not counted".to_owned()
    }
}

export_plugin!(Noop);
