//! The result, as figures of one machine and as ratios that hold for others.

use std::time::Duration;

use crate::client::Load;

/// What one turn took: on the clock until the last message was answered and until it was sent, and in time of processors.
pub(crate) struct Turn {
    pub(crate) answered: Duration,
    pub(crate) sent: Duration,
    pub(crate) client: Duration,
    pub(crate) host: Duration,
    pub(crate) service: Duration,
}

#[expect(clippy::print_stdout, reason = "the result of a benchmark")]
pub(crate) fn print(load: Load, rounds: usize, direct: &[Turn], through: &[Turn]) {
    let Load { messages, .. } = load;
    println!("\n{messages} messages of 5 KB, 32 in flight, median of {rounds} turns");
    println!(
        "{:<40} {:>10} {:>7}   CPU ms per message: client, host, service",
        "", "messages/s", "ratio"
    );
    let row =
        |name: &str, turns: &[Turn], until: fn(&Turn) -> Duration| {
            let rate = |turn: &Turn| messages as f64 / until(turn).as_secs_f64();
            let per_message = |of: fn(&Turn) -> Duration| {
                median(
                    turns
                        .iter()
                        .map(|turn| of(turn).as_secs_f64() * 1e3 / messages as f64),
                )
            };
            println!(
                "{name:<40} {:>10.0} {:>7.2}   {:.2}, {:.2}, {:.2}",
                median(turns.iter().map(rate)),
                median(turns.iter().zip(direct).map(|(turn, base)| {
                    base.answered.as_secs_f64() / until(turn).as_secs_f64()
                })),
                per_message(|turn| turn.client),
                per_message(|turn| turn.host),
                per_message(|turn| turn.service),
            );
        };
    row("straight to the service", direct, |turn| turn.answered);
    row("by the host, until accepted durably", through, |turn| {
        turn.answered
    });
    row("by the host, until sent", through, |turn| turn.sent);
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
