//! How a decision is reached: line up the pool, look at each candidate, take the first who can.

use jiff::Timestamp;

use super::{
    CandidateState, Decision, DecisionInputs, ExactState, HealthState, PoolEntry, Ranked, Route,
    RouteSnapshot, RoutingInput, Scheme, SkipReason, StickyBy, Strategy, Verdict, exact, failover,
    sticky,
};

/// Ranks the pool of `route` for one message at `now` and picks the first in line who can take it.
///
/// `candidates` says what is known of each provider; a provider of the pool without a state counts as not loaded, and a
/// state of a provider outside the pool still holds a message that is in doubt there. `exact` are the route's stored
/// counters (`None`: a fresh start); a message takes a turn once, on the first decision that finds it a provider, so
/// neither waiting nor failing over bends the shares of first choices. Never panics, whatever it is given.
pub fn decide(
    route: &Route,
    message: &RoutingInput,
    candidates: &[CandidateState],
    exact: Option<&ExactState>,
    now: Timestamp,
) -> Decision {
    let counters = || exact.cloned().unwrap_or_default();
    let inputs = DecisionInputs {
        scheme: Scheme::V1,
        at: now,
        route: RouteSnapshot::from(route),
        message: message.clone(),
        candidates: candidates.to_vec(),
        exact: (route.strategy == Strategy::Exact).then(counters),
    };
    inputs.decide()
}

/// The pool in line, and the exact strategy's counters if the line begins with a turn.
struct Line<'a> {
    key: String,
    draws: Vec<sticky::Draw<'a>>,
    turn: Option<ExactState>,
}

/// What came of looking at one candidate.
struct Look {
    verdict: Verdict,
    probe: bool,
    ready_at: Option<Timestamp>,
}

impl DecisionInputs {
    pub(super) fn decide(self) -> Decision {
        let Line { key, draws, turn } = self.line();
        let block = failover::block(&self.candidates);
        let looks: Vec<Look> = draws
            .iter()
            .map(|draw| self.look_at(&draw.entry.provider, block.as_ref()))
            .collect();
        let first = looks
            .iter()
            .position(|look| look.verdict == Verdict::Eligible);
        let ready_at = || looks.iter().filter_map(|look| look.ready_at).min();
        Decision {
            chosen: first.map(|place| draws[place].entry.provider.clone()),
            probe: first.is_some_and(|place| looks[place].probe),
            next_at: if first.is_none() { ready_at() } else { None },
            exact_after: turn
                .filter(|_| first.is_some())
                .or_else(|| self.exact.clone()),
            ranking: draws
                .iter()
                .zip(looks)
                .map(|(draw, look)| Ranked::new(draw, look.verdict))
                .collect(),
            key,
            inputs: self,
        }
    }

    /// Under the exact strategy the turn decides who is first; behind, and for a message that had its turn, each message
    /// draws for itself, so that the share of a provider that rests falls to the others by their weights.
    fn line(&self) -> Line<'_> {
        let (by, turn) = match self.route.strategy {
            Strategy::Sticky => (self.route.sticky_by, None),
            Strategy::Exact => (StickyBy::Message, self.turn()),
        };
        let key = self.message.sticky_key(by);
        let mut draws = sticky::order(&self.route.pool, &key);
        if let Some(turn) = &turn {
            let first = &self.route.pool[turn.first];
            let ahead = draws
                .iter()
                .take_while(|draw| !std::ptr::eq(draw.entry, first))
                .count();
            draws[..=ahead].rotate_right(1);
        }
        Line {
            key,
            draws,
            turn: turn.map(|turn| turn.after),
        }
    }

    /// The turn of a message that has not been tried yet.
    pub(super) fn turn(&self) -> Option<exact::Turn> {
        let untried = self
            .candidates
            .iter()
            .all(|candidate| candidate.tried.is_none());
        self.exact
            .as_ref()
            .filter(|_| untried)?
            .turn(&self.route.pool)
    }

    fn look_at(&self, provider: &str, block: Option<&SkipReason>) -> Look {
        let known = self
            .candidates
            .iter()
            .find(|candidate| candidate.provider == provider);
        let state = known
            .cloned()
            .unwrap_or_else(|| CandidateState::unknown(provider));
        let obstacles = state.obstacles(self.at);
        let ready_at = obstacles
            .iter()
            .map(SkipReason::until)
            .collect::<Option<Vec<_>>>();
        let reason = state.block(block).or_else(|| obstacles.into_iter().next());
        Look {
            verdict: reason.map_or(Verdict::Eligible, |reason| Verdict::Skipped { reason }),
            probe: state.health != HealthState::Closed,
            ready_at: ready_at
                .filter(|_| block.is_none())
                .and_then(|moments| moments.into_iter().max()),
        }
    }
}

impl Ranked {
    fn new(draw: &sticky::Draw<'_>, verdict: Verdict) -> Self {
        let PoolEntry { provider, weight } = draw.entry.clone();
        Self {
            provider,
            weight,
            draw: draw.digest,
            verdict,
        }
    }
}
