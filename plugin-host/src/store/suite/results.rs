use super::{Place, accept, at, claim, draft, id, in_doubt, key, new, retry, sent, state, view};
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::store::{Asked, DoubtQuery, DoubtStage, LookupAnswer, RecipientChange, Settlement};

pub(in crate::store) async fn a_result_moves_the_message_and_its_recipients(place: &impl Place) {
    let store = place.open();
    let two = draft(1).to("bob@example.com".parse().unwrap());
    store.accept(vec![new(two.build().unwrap(), 1)]).await;
    let claimed = claim(&store, 10, 10).await;
    let result = Settlement {
        recipients: vec![RecipientChange {
            position: 1,
            status: "suppressed",
            reason: Some("inactive".to_owned()),
        }],
        ..sent(&claimed[0], 11, "p-1")
    };
    store.settle(vec![result]).await.unwrap();
    let view = view(&store, 1).await;
    let summary = view.summary;
    assert_eq!(
        (summary.state, summary.finalized_at),
        (MessageState::Sent, Some(at(11)))
    );
    assert_eq!(summary.provider_message_id.as_deref(), Some("p-1"));
    let statuses: Vec<_> = summary
        .recipients
        .iter()
        .map(|one| one.status.as_deref())
        .collect();
    assert_eq!(statuses, [Some("sent"), Some("suppressed")]);
    assert_eq!(view.attempts[0].outcome.as_deref(), Some("sent"));
}

pub(in crate::store) async fn what_is_final_stays_and_a_late_acceptance_counts_as_doubled(
    place: &impl Place,
) {
    let store = place.open();
    accept(&store, 1).await;
    let first = claim(&store, 10, 10).await.remove(0);
    store.settle(vec![retry(&first, 11, 20)]).await.unwrap();
    let second = claim(&store, 20, 10).await.remove(0);
    // The older attempt has no say in where the message stands now.
    store.settle(vec![retry(&first, 21, 21)]).await.unwrap();
    assert_eq!(state(&store, 1).await, MessageState::Sending);
    store.settle(vec![sent(&second, 22, "p-2")]).await.unwrap();
    store.settle(vec![in_doubt(&second, 23)]).await.unwrap();
    assert_eq!(state(&store, 1).await, MessageState::Sent);
    for _ in 0..2 {
        store.settle(vec![sent(&first, 24, "p-1")]).await.unwrap();
        let summary = view(&store, 1).await.summary;
        assert_eq!((summary.doubled, summary.finalized_at), (1, Some(at(22))));
        assert_eq!(summary.provider_message_id.as_deref(), Some("p-2"));
    }
}

pub(in crate::store) async fn doubts_are_asked_about_in_their_time(place: &impl Place) {
    let store = place.open();
    accept(&store, 1).await;
    let claimed = claim(&store, 10, 10).await.remove(0);
    store.settle(vec![in_doubt(&claimed, 40)]).await.unwrap();
    let query = |claimed: u64, asked: u64, held: u64| DoubtQuery {
        provider: "acme".to_owned(),
        claimed_before: at(claimed),
        asked_before: at(asked),
        held_asked_before: at(held),
        given_up_after: at(0),
        limit: 10,
    };
    assert!(store.doubts(query(9, 100, 100)).await.unwrap().is_empty());
    let doubt = store.doubts(query(10, 0, 0)).await.unwrap().remove(0);
    assert_eq!(
        (doubt.hard_deadline, doubt.provider_account.as_deref()),
        (at(130), Some("account-1"))
    );
    let asked = |second: u64, answer| {
        vec![Asked {
            attempt: doubt.attempt,
            at: at(second),
            answer,
        }]
    };
    store
        .asked(asked(50, LookupAnswer::CountsAsAbsent))
        .await
        .unwrap();
    store
        .asked(asked(60, LookupAnswer::CountsAsAbsent))
        .await
        .unwrap();
    assert!(store.doubts(query(10, 59, 59)).await.unwrap().is_empty());
    let doubt = store.doubts(query(10, 60, 0)).await.unwrap().remove(0);
    assert_eq!(
        (doubt.absent_since, doubt.stage),
        (Some(at(50)), DoubtStage::Open)
    );
    store
        .asked(asked(70, LookupAnswer::PresumedAbsent))
        .await
        .unwrap();
    assert!(store.doubts(query(10, 99, 69)).await.unwrap().is_empty());
    let held = store.doubts(query(10, 0, 70)).await.unwrap().remove(0);
    assert_eq!(held.stage, DoubtStage::Held);
    store.settle(vec![sent(&claimed, 80, "p-1")]).await.unwrap();
    assert!(store.doubts(query(99, 99, 99)).await.unwrap().is_empty());
}

pub(in crate::store) async fn doubts_without_an_answer_do_not_stand_before_the_others(
    place: &impl Place,
) {
    let store = place.open();
    for number in 1..=3 {
        accept(&store, number).await;
    }
    for claimed in claim(&store, 10, 10).await {
        store.settle(vec![in_doubt(&claimed, 40)]).await.unwrap();
    }
    let mut turns = Vec::new();
    for second in 50..54 {
        // Each could be asked about again at once, and there is room for one.
        let query = DoubtQuery {
            provider: "acme".to_owned(),
            claimed_before: at(10),
            asked_before: at(second),
            held_asked_before: at(second),
            given_up_after: at(0),
            limit: 1,
        };
        let doubt = store.doubts(query).await.unwrap().remove(0);
        let asked = Asked {
            attempt: doubt.attempt,
            at: at(second),
            answer: LookupAnswer::Nothing,
        };
        store.asked(vec![asked]).await.unwrap();
        turns.push(doubt.tracking_id);
    }
    assert_eq!(turns, [id(1), id(2), id(3), id(1)]);
}

pub(in crate::store) async fn only_what_has_not_left_can_be_called_back(place: &impl Place) {
    let store = place.open();
    accept(&store, 1).await;
    accept(&store, 2).await;
    let cancelled = store.cancel(key(1), at(5)).await.unwrap();
    assert_eq!(cancelled, Some((MessageState::Cancelled, true)));
    let claimed = claim(&store, 10, 10).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        store.cancel(key(2), at(11)).await.unwrap(),
        Some((MessageState::Sending, false))
    );
    assert_eq!(store.cancel(key(3), at(11)).await.unwrap(), None);
}

pub(in crate::store) async fn a_person_settles_a_doubt_once(place: &impl Place) {
    let store = place.open();
    for number in 1..=2 {
        accept(&store, number).await;
    }
    let word = |sent| Resolution {
        sent,
        provider_message_id: sent.then(|| "p-1".to_owned()),
        by: "ann".to_owned(),
        reason: Some("seen there".to_owned()),
    };
    let say = async |number, sent, second| {
        let said = store.resolve(key(number), word(sent), at(second)).await;
        said.unwrap()
    };
    let claimed = claim(&store, 10, 10).await;
    assert_eq!(
        say(1, true, 11).await,
        ResolveOutcome::NotInDoubt(MessageState::Sending)
    );
    let doubts = claimed.iter().map(|one| in_doubt(one, 12)).collect();
    store.settle(doubts).await.unwrap();
    assert_eq!(say(1, true, 13).await, ResolveOutcome::Resolved);
    assert_eq!(
        say(1, false, 14).await,
        ResolveOutcome::NotInDoubt(MessageState::Sent)
    );
    assert_eq!(
        say(2, false, 14).await,
        ResolveOutcome::TooEarly { until: at(130) }
    );
    assert_eq!(say(2, false, 1000).await, ResolveOutcome::Resolved);
    assert_eq!(say(3, true, 1000).await, ResolveOutcome::Unknown);
    let view = store.message(key(1)).await.unwrap().unwrap();
    assert_eq!(view.summary.provider_message_id.as_deref(), Some("p-1"));
    let line = view.timeline.last().unwrap();
    assert_eq!(
        (line.kind.as_str(), line.detail.as_deref()),
        ("resolved", Some("sent, says ann: seen there"))
    );
    let again = store.message(key(2)).await.unwrap().unwrap().summary;
    assert_eq!(
        (again.state, again.next_at),
        (MessageState::RetryWait, Some(at(1000)))
    );
}
