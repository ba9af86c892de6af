//! What this library allocates: it has an allocator of its own, which no test outside could count.

use std::alloc::System;

use plugin_api::{Message, ProviderMessageId, Receipt};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Reads every byte of the bodies and attachments, in both ways there are. Gives a receipt whose id is the number of bytes read, and of
/// the bytes allocated by this library so far: `10485760 3456`.
pub(crate) fn receipt(message: &Message) -> Receipt {
    let bodies = [message.html_body(), message.text_body()];
    let bodies = bodies.into_iter().flatten().map(str::as_bytes);
    let mut read = bodies.map(read_all).sum::<usize>();
    for file in message.attachments() {
        read += read_all(file.content());
        assert_eq!(read_all(&file.content_shared()), file.content().len());
    }
    let allocated = ALLOCATOR.stats().bytes_allocated;
    Receipt::new(ProviderMessageId::new(format!("{read} {allocated}")))
}

fn read_all(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte != 0).count()
}
