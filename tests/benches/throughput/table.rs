//! The result, as figures of one machine and as ratios that hold for others.

use std::time::Duration;

/// What one turn took: on the clock, and in time of processors.
#[derive(Clone, Copy, Default)]
pub(crate) struct Turn {
    pub(crate) wall: Duration,
    /// Whoever sends; a program that writes by itself is its own client.
    pub(crate) client: Duration,
    pub(crate) host: Duration,
    pub(crate) service: Duration,
}

/// One side of a comparison: a turn in each round.
pub(crate) struct Row {
    name: String,
    turns: Vec<Turn>,
}

/// A comparison; the ratios are to the first row.
pub(crate) struct Table {
    title: String,
    messages: usize,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, messages: usize) -> Self {
        Self {
            title: title.into(),
            messages,
            rows: Vec::new(),
        }
    }

    /// Adds a turn to the row of this name.
    pub(crate) fn add(&mut self, name: impl Into<String>, turn: Turn) {
        let name = name.into();
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.turns.push(turn),
            None => self.rows.push(Row {
                name,
                turns: vec![turn],
            }),
        }
    }

    #[expect(clippy::print_stdout, reason = "the result of a benchmark")]
    pub(crate) fn print(&self) {
        let Some(first) = self.rows.first() else {
            return;
        };
        println!(
            "\n{}: {} messages of 5 KB, median of {}",
            self.title,
            self.messages,
            first.turns.len()
        );
        println!(
            "{:<52} {:>10} {:>7}   CPU µs per message: client, host, service",
            "", "messages/s", "ratio"
        );
        for row in &self.rows {
            let per_message = |of: fn(&Turn) -> Duration| {
                let seconds = row.turns.iter().map(|turn| of(turn).as_secs_f64());
                median(seconds) * 1e6 / self.messages as f64
            };
            let walls = row.turns.iter().map(|turn| turn.wall.as_secs_f64());
            let pairs = row.turns.iter().zip(&first.turns);
            println!(
                "{:<52} {:>10.0} {:>7.2}   {:.0}, {:.0}, {:.0}",
                row.name,
                self.messages as f64 / median(walls),
                median(pairs.map(|(turn, base)| base.wall.as_secs_f64() / turn.wall.as_secs_f64())),
                per_message(|turn| turn.client),
                per_message(|turn| turn.host),
                per_message(|turn| turn.service),
            );
        }
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
