//! The running plan: rules with their counters and dice, asked once per request.

use std::sync::Mutex;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::super::service::lock;
use super::{Fault, FaultRule, FaultScript, MessageFacts};

/// The faults of a running simulator. Changes count from the next request on.
#[derive(Debug)]
pub struct Faults {
    plan: Mutex<Plan>,
}

#[derive(Debug)]
struct Plan {
    rules: Vec<ActiveRule>,
    dice: StdRng,
    fired: u64,
}

#[derive(Debug)]
struct ActiveRule {
    rule: FaultRule,
    fits: u64,
    hits: u64,
}

/// What happens to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) struct Decision {
    pub(in crate::simulator) delay: Duration,
    pub(in crate::simulator) fault: Option<Fault>,
}

impl Faults {
    pub(in crate::simulator) fn new(script: FaultScript, seed: u64) -> Self {
        let dice = StdRng::seed_from_u64(script.seed.unwrap_or(seed));
        Self {
            plan: Mutex::new(Plan {
                rules: active(script.rules),
                dice,
                fired: 0,
            }),
        }
    }

    /// Adds a rule after the ones there are.
    pub fn add(&self, rule: FaultRule) {
        lock(&self.plan).rules.push(ActiveRule {
            rule,
            fits: 0,
            hits: 0,
        });
    }

    /// Puts a script in place of all rules; its seed, if it has one, restarts the dice.
    pub fn replace(&self, script: FaultScript) {
        let mut plan = lock(&self.plan);
        plan.rules = active(script.rules);
        if let Some(seed) = script.seed {
            plan.dice = StdRng::seed_from_u64(seed);
        }
    }

    /// Removes all rules: the service behaves again.
    pub fn clear(&self) {
        lock(&self.plan).rules.clear();
    }

    /// The rules in force, spent ones included.
    #[must_use]
    pub fn rules(&self) -> Vec<FaultRule> {
        lock(&self.plan)
            .rules
            .iter()
            .map(|it| it.rule.clone())
            .collect()
    }

    /// How often any rule hit since the start.
    #[must_use]
    pub fn fired(&self) -> u64 {
        lock(&self.plan).fired
    }

    /// Whether the connection is to be reset before the request on it is read.
    pub(in crate::simulator) fn resets_before_reading(&self, path: &str) -> bool {
        let mut plan = lock(&self.plan);
        let Plan { rules, dice, fired } = &mut *plan;
        let hit = rules
            .iter_mut()
            .filter(|it| it.is_early())
            .any(|it| it.hits(path, &[], dice));
        *fired += u64::from(hit);
        hit
    }

    /// Whether any rule looks into messages, so that the caller has to say what is in them.
    pub(in crate::simulator) fn look_into_messages(&self) -> bool {
        lock(&self.plan)
            .rules
            .iter()
            .any(|it| !it.rule.when.needs_no_body())
    }

    /// What happens to a request that was read. `early_done` says that [`Self::resets_before_reading`] was asked for it.
    pub(in crate::simulator) fn decide(
        &self,
        path: &str,
        messages: &[MessageFacts],
        early_done: bool,
    ) -> Decision {
        let mut plan = lock(&self.plan);
        let Plan { rules, dice, fired } = &mut *plan;
        let mut decision = Decision::default();
        for rule in rules.iter_mut().filter(|it| !(early_done && it.is_early())) {
            let latency = matches!(rule.rule.fault, Fault::Latency { .. });
            if (latency || decision.fault.is_none()) && rule.hits(path, messages, dice) {
                *fired += 1;
                decision.add(&rule.rule.fault);
            }
        }
        decision
    }
}

impl Decision {
    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Latency { ms } => {
                self.delay = self.delay.saturating_add(Duration::from_millis(*ms));
            }
            fault => self.fault = Some(fault.clone()),
        }
    }
}

impl ActiveRule {
    fn is_early(&self) -> bool {
        self.rule.fault == Fault::Reset { accepted: false } && self.rule.when.needs_no_body()
    }

    /// Counts the request if it fits, and says whether the fault happens to it.
    fn hits(&mut self, path: &str, messages: &[MessageFacts], dice: &mut StdRng) -> bool {
        if self.rule.times.is_some_and(|times| self.hits >= times)
            || !self.rule.when.fits(path, messages)
        {
            return false;
        }
        self.fits += 1;
        let hit = self.fits > self.rule.skip
            && self
                .rule
                .rate
                .is_none_or(|rate| dice.random_bool(rate.clamp(0.0, 1.0)));
        self.hits += u64::from(hit);
        hit
    }
}

fn active(rules: Vec<FaultRule>) -> Vec<ActiveRule> {
    rules
        .into_iter()
        .map(|rule| ActiveRule {
            rule,
            fits: 0,
            hits: 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: Vec<FaultRule>) -> Faults {
        Faults::new(rules.into(), 1)
    }

    fn fault_of(faults: &Faults, path: &str) -> Option<Fault> {
        faults.decide(path, &[], true).fault
    }

    #[test]
    fn skip_and_times_pick_the_third_and_fourth_request_of_a_path() {
        let faults = faults(vec![
            FaultRule::new(Fault::Maintenance {})
                .path("/email")
                .skip(2)
                .times(2),
        ]);
        let hits: Vec<bool> = (0..6)
            .map(|_| {
                assert_eq!(fault_of(&faults, "/server"), None);
                fault_of(&faults, "/email").is_some()
            })
            .collect();
        assert_eq!(hits, [false, false, true, true, false, false]);
        assert_eq!(faults.fired(), 2);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let rule = || vec![FaultRule::new(Fault::Maintenance {}).rate(0.5)];
        let draw = |seed| {
            let faults = Faults::new(rule().into(), seed);
            (0..64)
                .map(|_| fault_of(&faults, "/email").is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_rate_outside_its_range_added_by_code_is_read_as_never_or_always() {
        let always = faults(vec![FaultRule::new(Fault::Maintenance {}).rate(7.0)]);
        assert!(fault_of(&always, "/email").is_some());
        let never = faults(vec![FaultRule::new(Fault::Maintenance {}).rate(-1.0)]);
        assert!(fault_of(&never, "/email").is_none());
    }

    #[test]
    fn latencies_add_up_and_the_first_other_fault_decides() {
        let faults = faults(vec![
            FaultRule::new(Fault::Latency { ms: 3 }),
            FaultRule::new(Fault::Unauthorized {}),
            FaultRule::new(Fault::Maintenance {}),
            FaultRule::new(Fault::Latency { ms: 4 }),
        ]);
        let decision = faults.decide("/email", &[], true);
        assert_eq!(decision.delay, Duration::from_millis(7));
        assert_eq!(decision.fault, Some(Fault::Unauthorized {}));
    }

    #[test]
    fn a_reset_is_decided_before_reading_only_when_it_need_not_look_inside() {
        let reset = || FaultRule::new(Fault::Reset { accepted: false });
        assert!(faults(vec![reset().path("/email*")]).resets_before_reading("/email/batch"));
        assert!(!faults(vec![reset().to("ann")]).resets_before_reading("/email"));
        let ann = MessageFacts {
            recipients: "Ann@example.com".into(),
            ..MessageFacts::default()
        };
        assert!(
            faults(vec![reset().to("ann@")])
                .decide("/email", &[ann], true)
                .fault
                .is_some()
        );
    }
}
