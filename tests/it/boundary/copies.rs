//! Nothing large is copied on its way across, on either side.

use plugin_api::{Attachment, EmailProvider, Message};
use plugin_host::ProviderInstance;
use serde_json::json;
use stats_alloc::Region;

use super::{builder, context};
use crate::ALLOCATOR;
use crate::support::{alone, hostile};

const SMALL: usize = 5 * 1024;
const LARGE: usize = 10 * 1024 * 1024;

fn message(size: usize) -> Message {
    let file = Attachment::new("a.bin", "application/octet-stream", vec![1; size]);
    let built = builder("count-allocations")
        .html_body("x".repeat(size))
        .add_attachment(file);
    built.build().expect("a message")
}

/// Bytes allocated for a call that reads the whole message: by the host, and by the plugin. The least of several calls, since some of
/// them pay for what a thread makes once.
async fn cost(provider: &ProviderInstance, message: &Message) -> (usize, usize) {
    let (_, mut before) = count(provider, message).await;
    let (mut host, mut plugin) = (usize::MAX, usize::MAX);
    for _ in 0..5 {
        let region = Region::new(ALLOCATOR);
        let (_, after) = count(provider, message).await;
        host = host.min(region.change().bytes_allocated);
        plugin = plugin.min(after - before);
        before = after;
    }
    (host, plugin)
}

/// What the plugin read, and had allocated by then.
async fn count(provider: &ProviderInstance, message: &Message) -> (usize, usize) {
    let receipt = provider.send(message, &context()).await;
    let receipt = receipt.expect("it is accepted");
    let (read, allocated) = receipt.id.as_str().split_once(' ').expect("two numbers");
    let number = |text: &str| text.parse().expect("a number");
    (number(read), number(allocated))
}

#[test]
fn a_body_and_an_attachment_of_ten_megabytes_cross_without_a_copy() {
    if !alone("boundary::copies::a_body_and_an_attachment_of_ten_megabytes_cross_without_a_copy") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let provider = hostile("copies", json!({})).await;
        let (small, large) = (message(SMALL), message(LARGE));
        let (host_small, plugin_small) = cost(&provider, &small).await;
        let (host_large, plugin_large) = cost(&provider, &large).await;
        let (read, _) = count(&provider, &large).await;
        assert_eq!(read, 2 * LARGE, "the plugin reads every byte");
        // A call that takes longer also pays for what keeps the plugin's threads watchful; ten megabytes it must not pay for.
        assert!(
            host_large.abs_diff(host_small) <= 16 * 1024,
            "host: {host_small}, {host_large}"
        );
        assert!(
            plugin_large.abs_diff(plugin_small) <= 16 * 1024,
            "plugin: {plugin_small}, {plugin_large}"
        );
        assert!(
            host_small + plugin_small < 16 * 1024,
            "{host_small} + {plugin_small}"
        );
    });
}
