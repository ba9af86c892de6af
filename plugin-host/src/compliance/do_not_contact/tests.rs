use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn settle(words: impl IntoIterator<Item = Standing>) -> Option<Standing> {
    words.into_iter().fold(None, |held, word| {
        if word.replaces(held) {
            Some(word)
        } else {
            held
        }
    })
}

#[test]
fn a_late_retry_of_an_old_unsubscribe_does_not_undo_a_newer_resubscription() {
    let heard = at(100);
    let words = [
        Standing::new(true, at(1), heard),
        Standing::new(false, at(2), heard),
        Standing::new(true, at(1), heard),
    ];
    assert!(!settle(words).unwrap().suppress);
}

#[test]
fn a_clock_that_runs_ahead_does_not_make_a_flag_irrevocable() {
    let words = [
        Standing::new(true, at(1_000_000), at(1)),
        Standing::new(false, at(2), at(2)),
    ];
    assert!(!settle(words).unwrap().suppress);
}

#[test]
fn an_unknown_origin_takes_back_no_more_than_an_unsubscribe() {
    let word = Word::from_service(false, SuppressionReason::Other, SuppressionOrigin::Unknown);
    assert_eq!(word.reasons(), [FlagReason::Unsubscribed]);
}

#[test]
fn lifting_ends_what_stands_even_in_the_same_moment_and_leaves_alone_what_does_not() {
    let flag = Word::Flag {
        reason: FlagReason::Unsubscribed,
    };
    let held = flag.settle(None, at(5), at(5)).unwrap();
    let lifted = Word::Lift.settle(Some(held), at(5), at(5)).unwrap();
    assert!(!lifted.suppress && lifted.replaces(Some(held)));
    assert_eq!(Word::Lift.settle(None, at(9), at(9)), None);
    assert_eq!(Word::Lift.settle(Some(lifted), at(9), at(9)), None);
    assert_eq!(flag.settle(Some(lifted), at(4), at(10)), None);
}

#[test]
fn nobody_but_a_person_takes_a_complaint_back() {
    for word in [Word::Resubscribe, Word::Reactivate] {
        assert!(!word.reasons().contains(&FlagReason::Complaint));
        assert!(!word.reasons().contains(&FlagReason::Manual));
    }
    assert_eq!(Word::Lift.reasons(), FlagReason::ALL);
}

#[test]
fn a_reason_is_read_back_from_its_word_and_nothing_else_is() {
    for reason in FlagReason::ALL {
        assert_eq!(reason.as_str().parse(), Ok(reason));
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, format!("\"{reason}\""));
    }
    let fault = "bounced".parse::<FlagReason>().unwrap_err().to_string();
    assert!(fault.ends_with("(got `bounced`)"), "{fault}");
}

proptest! {
    #[test]
    fn the_same_words_in_any_order_and_number_settle_the_same(
        words in proptest::collection::vec((any::<bool>(), 0_i64..6), 1..12),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40),
    ) {
        let heard = at(100);
        let words: Vec<_> = words
            .into_iter()
            .map(|(suppress, second)| Standing::new(suppress, at(second), heard))
            .collect();
        let shuffled = order.iter().map(|index| *index.get(&words));
        let every = shuffled.chain(words.iter().rev().copied());
        prop_assert_eq!(settle(every), settle(words.clone()));
    }

    #[test]
    fn at_the_same_moment_not_contacting_wins(order in any::<bool>()) {
        let both = [order, !order].map(|suppress| Standing::new(suppress, at(1), at(2)));
        prop_assert!(settle(both).unwrap().suppress);
    }
}
