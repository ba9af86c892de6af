//! Accept, claim, flag, lift and crash in any order: no claim follows its flag.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::world::{ACCOUNT, World, at, id, message};
use crate::compliance::{FlagChange, FlagReason, FlagScope, FlagSource, Word};
use crate::delivery::MessageState;
use crate::store::Settlement;

const PEOPLE: u8 = 4;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A message to a lead at one of two people's addresses.
    Accept {
        lead: u8,
        to: u8,
    },
    /// Everything that waits is claimed; whatever was claimed comes back, to be claimed again.
    Claim,
    Flag {
        who: u8,
        by_address: bool,
    },
    Lift {
        who: u8,
        by_address: bool,
    },
    /// The process is killed and started again.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let person = || 0..PEOPLE;
    prop_oneof![
        4 => (person(), person()).prop_map(|(lead, to)| Step::Accept { lead, to }),
        3 => Just(Step::Claim),
        2 => (person(), any::<bool>()).prop_map(|(who, by_address)| Step::Flag { who, by_address }),
        2 => (person(), any::<bool>()).prop_map(|(who, by_address)| Step::Lift { who, by_address }),
        1 => Just(Step::Crash),
    ]
}

fn lead(who: u8) -> String {
    format!("lead-{who}")
}

fn address(who: u8) -> String {
    format!("person-{who}@example.com")
}

fn change(who: u8, by_address: bool, word: Word) -> FlagChange {
    FlagChange {
        account: Some(ACCOUNT.to_owned()),
        lead: (!by_address).then(|| lead(who)),
        address: by_address.then(|| address(who)),
        word,
        at: None,
        source: FlagSource::Api,
        note: None,
    }
}

/// What is flagged, as whoever set and lifted the flags would have it.
#[derive(Default)]
struct Expected {
    flagged: BTreeSet<(u8, bool)>,
    /// Each message's lead and address; those that were stopped stay stopped.
    messages: Vec<(u8, u8)>,
    stopped: BTreeSet<usize>,
}

impl Expected {
    fn is_flagged(&self, (lead, to): (u8, u8)) -> bool {
        self.flagged.contains(&(lead, false)) || self.flagged.contains(&(to, true))
    }

    /// A look of the gate at everything that waits: the messages that pass.
    fn pass(&mut self) -> Vec<usize> {
        let waiting = (0..self.messages.len()).filter(|one| !self.stopped.contains(one));
        let (stopped, passed): (Vec<_>, Vec<_>) =
            waiting.partition(|one| self.is_flagged(self.messages[*one]));
        self.stopped.extend(stopped);
        passed
    }
}

async fn run(steps: &[Step]) {
    let mut world = World::new(FlagScope::Account);
    let mut expected = Expected::default();
    for (now, step) in (1_i64..).zip(steps) {
        match *step {
            Step::Accept { lead: of, to } => {
                let number = u8::try_from(expected.messages.len()).unwrap();
                let content = message(number, Some(&lead(of)), &[&address(to)]);
                world.accept(content).await;
                if expected.is_flagged((of, to)) {
                    expected.stopped.insert(expected.messages.len());
                }
                expected.messages.push((of, to));
            }
            Step::Claim => {
                let claimed = world.claim("acme").await;
                let ids: Vec<_> = claimed.iter().map(|(id, _)| *id).collect();
                let passed = expected.pass();
                let passed: Vec<_> = passed
                    .iter()
                    .map(|one| id(u8::try_from(*one).unwrap()))
                    .collect();
                assert_eq!(BTreeSet::from_iter(ids), BTreeSet::from_iter(passed));
                for (_, call) in claimed {
                    let back = Settlement {
                        state: MessageState::RetryWait,
                        next_at: Some(at(1)),
                        ..call
                    };
                    world.settle(back).await;
                }
            }
            Step::Flag { who, by_address } => {
                let reason = FlagReason::Complaint;
                world
                    .change(change(who, by_address, Word::Flag { reason }), now)
                    .await;
                expected.flagged.insert((who, by_address));
            }
            Step::Lift { who, by_address } => {
                world.change(change(who, by_address, Word::Lift), now).await;
                expected.flagged.remove(&(who, by_address));
            }
            Step::Crash => world = world.restarted(),
        }
    }
}

#[test]
fn no_claim_follows_its_flag_whatever_happens_in_between() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config::with_cases(24));
    let steps = proptest::collection::vec(step(), 1..40);
    runner
        .run(&steps, |steps| {
            runtime.block_on(run(&steps));
            Ok(())
        })
        .unwrap();
}
