//! How often one send allocates, on either side of the boundary, and whether the size of the message matters.
//!
//! Counted are allocations of Rust code: by the host's and by the plugin's allocator, each through its own counter. What the system's
//! libraries allocate by themselves is not.

#[path = "../support/mod.rs"]
mod support;

use std::alloc::System;

use plugin_api::{EmailProvider as _, Message};
use plugin_host::ProviderInstance;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Enough for what happens once in a while to vanish in the mean.
const CALLS: usize = 2000;

fn main() {
    let host = Builder::new_current_thread().enable_all().build();
    host.expect("a runtime").block_on(print());
}

#[expect(clippy::print_stdout, reason = "the result of a benchmark")]
async fn print() {
    let plugin = support::noop_plugin("count", "nothing").await;
    println!(
        "\n{:<34} {:>17} {:>17}",
        "one send through the plugin", "host", "plugin"
    );
    for (name, attachment) in [("5 KB", 0), ("5 KB, 10 MB attached", 10 * 1024 * 1024)] {
        let message = support::message(attachment);
        let (host, plugin) = sides(&plugin, &message).await;
        println!(
            "{name:<34} {:>17} {:>17}",
            host.to_string(),
            plugin.to_string()
        );
    }
}

/// The mean of one call: by the host, and by the plugin.
async fn sides(plugin: &ProviderInstance, message: &Message) -> (Count, Count) {
    // The first calls pay for what is made once.
    send(plugin, message).await;
    let before = told(plugin).await;
    let region = Region::new(ALLOCATOR);
    send(plugin, message).await;
    let host = region.change();
    let after = told(plugin).await;
    let host = Count {
        allocations: host.allocations,
        bytes: host.bytes_allocated,
    };
    let plugin = Count {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
    };
    (host, plugin)
}

async fn send(plugin: &ProviderInstance, message: &Message) {
    for _ in 0..CALLS {
        let sent = plugin.send(message, &support::context()).await;
        sent.expect("it is accepted");
    }
}

/// What the plugin has allocated so far.
async fn told(plugin: &ProviderInstance) -> Count {
    let report = plugin.check(&support::context()).await.expect("it answers");
    let numbers = report
        .account
        .split_once(' ')
        .and_then(|(allocations, bytes)| {
            Some(Count {
                allocations: allocations.parse().ok()?,
                bytes: bytes.parse().ok()?,
            })
        });
    numbers.expect("two numbers")
}

struct Count {
    allocations: usize,
    bytes: usize,
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let calls = CALLS as f64;
        let (allocations, bytes) = (self.allocations as f64 / calls, self.bytes as f64 / calls);
        write!(f, "{allocations:.1} ({bytes:.0} bytes)")
    }
}
