//! Ratios between calls, measured in turns: A B C, A B C, …
//!
//! criterion finishes one call before it begins the next. On a shared machine the ratio of two such figures also tells what the
//! neighbours were doing meanwhile. Here every round has one turn of each call, and its ratios are of one moment.

use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::calls::{Call, Senders, Taken, World, time};

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    rounds: usize,
    /// Of one turn.
    messages: u64,
}

impl Effort {
    pub(crate) const MEASURED: Self = Self {
        rounds: 40,
        messages: 6400,
    };
    /// Shows that it works; the figures mean nothing.
    pub(crate) const TRIED: Self = Self {
        rounds: 1,
        messages: 1,
    };
}

/// A table to be; the ratios are to the first row.
pub(crate) struct Comparison {
    pub(crate) title: &'static str,
    pub(crate) senders: Senders,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    pub(crate) world: Arc<World>,
}

impl Row {
    /// Every way to send, the in-process task first.
    pub(crate) fn every(world: &Arc<World>) -> Vec<Self> {
        let row = |name, call| Self {
            name,
            call,
            world: world.clone(),
        };
        vec![
            row("tokio::spawn", Call::Spawned),
            row("boxed trait object", Call::InPlace),
            row("tokio::spawn on another runtime", Call::SpawnedElsewhere),
            row("plugin", Call::Plugin),
            row("plugin, batches of 50", Call::PluginBatch),
        ]
    }

    /// A small and a large message through the plugin.
    pub(crate) fn sizes(small: &Arc<World>, large: &Arc<World>) -> Vec<Self> {
        let row = |name, world: &Arc<World>| Self {
            name,
            call: Call::Plugin,
            world: world.clone(),
        };
        vec![row("plugin, 5 KB", small), row("plugin, 10 MB", large)]
    }
}

impl Comparison {
    /// Measures and prints.
    #[expect(clippy::print_stdout, reason = "the result of a benchmark")]
    pub(crate) fn print(&self, host: &Runtime, effort: Effort) {
        let Effort { rounds, messages } = effort;
        let turn = |row| time(host, row, self.senders, messages);
        let round = |_| self.rows.iter().map(turn).collect();
        let rounds: Vec<Vec<Taken>> = (0..rounds).map(round).collect();
        println!(
            "\n{:<50} {:>9} {:>7} {:>11}",
            self.title, "ns", "ratio", "CPU ratio"
        );
        for (index, row) in self.rows.iter().enumerate() {
            let of = |figure: fn(&Taken) -> f64| {
                median(
                    rounds
                        .iter()
                        .map(|round| figure(&round[index]) / figure(&round[0])),
                )
            };
            let per_message = median(rounds.iter().map(|round| wall(&round[index])));
            println!(
                "{:<50} {:>9.0} {:>7.2} {:>11.2}",
                row.name,
                per_message * 1e9 / messages as f64,
                of(wall),
                of(processors)
            );
        }
    }
}

fn wall(taken: &Taken) -> f64 {
    taken.wall.as_secs_f64()
}

fn processors(taken: &Taken) -> f64 {
    taken.processors.as_secs_f64()
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
