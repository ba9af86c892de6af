//! What it costs to send through a plugin that was loaded from disk, beside the same work without a boundary.
//!
//! `cargo bench -p plugin-host --bench boundary` measures each call with criterion, which compares with earlier runs
//! (`-- --save-baseline NAME`), and prints tables of ratios at the end. `-- --test` tries everything once.

mod calls;
mod comparison;
#[path = "../noop-plugin/src/provider.rs"]
mod provider;
#[path = "../support/mod.rs"]
mod support;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use calls::{Senders, World, time};
use comparison::{Comparison, Effort, Row};
use criterion::Criterion;
use provider::Work;
use tokio::runtime::{Builder, Runtime};

const LARGE: usize = 10 * 1024 * 1024;

fn main() {
    let host = runtime();
    let comparisons = comparisons(&host);
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .configure_from_args();
    for comparison in &comparisons {
        measure(&mut criterion, &host, comparison);
    }
    criterion.final_summary();
    // `cargo bench` passes --bench, and `cargo test --benches` nothing. Whoever names single calls wants no tables.
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [only] if only == "--bench" => print(&host, &comparisons, Effort::MEASURED),
        [] => print(&host, &comparisons, Effort::TRIED),
        _ => {}
    }
}

fn print(host: &Runtime, comparisons: &[Comparison], effort: Effort) {
    for comparison in comparisons {
        comparison.print(host, effort);
    }
}

/// Two threads, whatever the machine has: figures of several machines are comparable.
fn runtime() -> Runtime {
    let built = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    built.expect("threads can be started")
}

fn comparisons(host: &Runtime) -> Vec<Comparison> {
    let world = |work: Work, name: &str, attachment: usize| {
        let plugin = host.block_on(support::noop_plugin("", name));
        Arc::new(World::new(
            work,
            plugin,
            runtime(),
            support::message(attachment),
        ))
    };
    let nothing = world(Work::Nothing, "nothing", 0);
    let json = world(Work::Json, "json", 0);
    let large = world(Work::Nothing, "nothing", LARGE);
    let table = |title, senders, rows| Comparison {
        title,
        senders,
        rows,
    };
    vec![
        table("5 KB, 1 in flight", Senders::Tasks(1), Row::every(&nothing)),
        table(
            "5 KB, 64 in flight",
            Senders::Tasks(64),
            Row::every(&nothing),
        ),
        table(
            "5 KB, 64 in flight from outside the runtime",
            Senders::Outside(64),
            Row::every(&nothing),
        ),
        table(
            "5 KB written as JSON, 64 in flight",
            Senders::Tasks(64),
            Row::every(&json),
        ),
        table(
            "5 KB and 10 MB through the plugin, 64 in flight",
            Senders::Tasks(64),
            Row::sizes(&nothing, &large),
        ),
    ]
}

fn measure(criterion: &mut Criterion, host: &Runtime, comparison: &Comparison) {
    let mut group = criterion.benchmark_group(comparison.title);
    for row in &comparison.rows {
        group.bench_function(row.name, |bencher| {
            bencher.iter_custom(|messages| time(host, row, comparison.senders, messages).wall);
        });
    }
    group.finish();
}
