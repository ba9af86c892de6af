//! Target against achieved shares of each route.

use plugin_host::{Route, Totals};

/// One provider's part of one route.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Share {
    pub(crate) route: String,
    pub(crate) provider: String,
    /// What the weights ask for, 0 to 1.
    pub(crate) target: f64,
    /// Messages for which it was the first choice.
    pub(crate) first_choice: u64,
    /// Its part of the first choices, 0 to 1; nothing before the first message.
    pub(crate) achieved: Option<f64>,
    /// Messages it accepted, failover included.
    pub(crate) sent: u64,
}

/// Every entry of every pool, in the order of the configuration.
pub(crate) fn shares(routes: &[Route], totals: &Totals) -> Vec<Share> {
    routes
        .iter()
        .flat_map(|route| of_route(route, totals))
        .collect()
}

fn of_route<'a>(route: &'a Route, totals: &'a Totals) -> impl Iterator<Item = Share> + 'a {
    let weights: f64 = route.pool.iter().map(|entry| entry.weight.get()).sum();
    let rows = || {
        totals
            .providers
            .iter()
            .filter(|row| row.route == route.name)
    };
    let choices: u64 = rows().map(|row| row.first_choice).sum();
    route.pool.iter().map(move |entry| {
        let row = rows().find(|row| row.provider == entry.provider);
        let first_choice = row.map_or(0, |row| row.first_choice);
        Share {
            route: route.name.clone(),
            provider: entry.provider.clone(),
            target: entry.weight.get() / weights,
            first_choice,
            achieved: (choices > 0).then(|| first_choice as f64 / choices as f64),
            sent: row.map_or(0, |row| row.sent),
        }
    })
}
