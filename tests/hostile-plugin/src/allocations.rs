//! What this library allocates: it has an allocator of its own, which no test outside could count.

use std::alloc::System;

use plugin_api::{ProviderMessageId, Receipt};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A receipt whose id is the number of allocations so far and their bytes: `12 3456`.
pub(crate) fn receipt() -> Receipt {
    let so_far = ALLOCATOR.stats();
    let (count, bytes) = (so_far.allocations, so_far.bytes_allocated);
    Receipt::new(ProviderMessageId::new(format!("{count} {bytes}")))
}
