//! A decision in plain words, for `explain`, support and audits: one line a candidate, in the order of the line.

use super::one_line::one_line;
use super::{Decision, Outcome, PoolEntry, Ranked, SkipReason, Strategy, Verdict, sticky};

impl Decision {
    /// The decision as lines of text, each with its line end: the route and the key; every candidate with its weight,
    /// share, standing and reason, first choice first; the result. What came from outside is escaped, so that a line
    /// stays a line. Meant for people: its wording may change, the stored decision's names do not.
    pub fn explain(&self) -> String {
        let width = self
            .ranking
            .iter()
            .map(|ranked| one_line(&ranked.provider).chars().count())
            .max()
            .unwrap_or(0);
        let candidates = self.ranking.iter().enumerate().map(|(place, ranked)| {
            let name = one_line(&ranked.provider);
            let (share, standing, verdict) = (
                self.share(ranked),
                self.standing(ranked),
                self.verdict(ranked),
            );
            let weight = ranked.weight;
            format!(
                "  {}. {name:width$}  weight {weight} ({share:.2} %)  {standing}  {verdict}\n",
                place + 1
            )
        });
        let heading = std::iter::once(self.heading());
        heading.chain(candidates).chain([self.result()]).collect()
    }

    fn heading(&self) -> String {
        let route = &self.inputs.route;
        let (name, key) = (one_line(&route.name), one_line(&self.key));
        let strategy = match (route.strategy, self.inputs.turn()) {
            (Strategy::Sticky, _) => format!("sticky by {}", route.sticky_by),
            (Strategy::Exact, Some(_)) => "exact, first choice by turn".to_owned(),
            (Strategy::Exact, None) => {
                "exact, no turn for a message that was tried before".to_owned()
            }
        };
        format!(
            "route `{name}` (version {}), {strategy}; key {key}; decided {}\n",
            route.version, self.inputs.at
        )
    }

    fn share(&self, ranked: &Ranked) -> f64 {
        let sum: f64 = self.ranking.iter().map(|ranked| ranked.weight.get()).sum();
        100.0 * ranked.weight.get() / sum
    }

    /// What put the candidate in its place: the score it drew, and under the exact strategy its credit in the turn.
    fn standing(&self, ranked: &Ranked) -> String {
        let score = format!("score {:.2}", sticky::score(ranked.weight, ranked.draw));
        let entry = |entry: &PoolEntry| entry.provider == ranked.provider;
        let place = self.inputs.route.pool.iter().position(entry);
        match (self.inputs.turn(), place) {
            (Some(turn), Some(place)) => format!("credit {}  {score}", turn.credit(place)),
            _ => score,
        }
    }

    fn verdict(&self, ranked: &Ranked) -> String {
        let is_chosen = self.chosen.as_ref() == Some(&ranked.provider);
        match &ranked.verdict {
            Verdict::Skipped { reason } => format!("skipped: {}", words(reason)),
            Verdict::Eligible if is_chosen && self.probe => {
                "chosen, as the probe after a rest".to_owned()
            }
            Verdict::Eligible if is_chosen => "chosen".to_owned(),
            Verdict::Eligible => "in reserve".to_owned(),
        }
    }

    fn result(&self) -> String {
        match (&self.chosen, self.next_at) {
            (Some(provider), _) => format!("chosen: {}\n", one_line(provider)),
            (None, Some(at)) => format!("nobody can take it now; the first can at {at}\n"),
            (None, None) => {
                "nobody can take it, and waiting alone will not change that\n".to_owned()
            }
        }
    }
}

/// One clause for people: why the provider was passed over.
impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

fn words(reason: &SkipReason) -> String {
    match reason {
        SkipReason::NotLoaded { reason } => format!("not loaded: {}", one_line(reason)),
        SkipReason::Paused => "paused by an operator".to_owned(),
        SkipReason::Missing { capability } => {
            format!("lacks the capability `{}`", one_line(capability))
        }
        SkipReason::TooLarge { limit, size } => {
            format!("message of {size} bytes is over its limit of {limit}")
        }
        SkipReason::RecipientSuppressed => "its service suppresses a recipient".to_owned(),
        SkipReason::AlreadyTried {
            outcome,
            again_at: Some(at),
        } => {
            format!("tried before: {}; again from {at}", ending(*outcome))
        }
        SkipReason::AlreadyTried {
            outcome,
            again_at: None,
        } => format!("tried before: {}", ending(*outcome)),
        SkipReason::Resting { until, reason } => format!("resting until {until}: {reason}"),
        SkipReason::RateLimited { until } => format!("rate limit used up until {until}"),
        SkipReason::InDoubtElsewhere => "another provider may have accepted the message".to_owned(),
        SkipReason::SettledElsewhere { outcome } => {
            format!("settled with another provider: {}", ending(*outcome))
        }
    }
}

fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sent => "sent",
        Outcome::InvalidMessage => "invalid message",
        Outcome::RecipientSuppressed => "recipient suppressed",
        Outcome::ProviderRefused => "refused by the provider",
        Outcome::Throttled => "throttled",
        Outcome::Unavailable => "unavailable",
        Outcome::InDoubt => "in doubt",
        Outcome::Unsupported => "unsupported",
    }
}
