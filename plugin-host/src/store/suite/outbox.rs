use super::{Place, accept, at, attempt, claim, draft, id, new, sent, state};
use crate::delivery::MessageState;
use crate::store::{Claim, ClaimPlan, Due, Settlement};

pub(in crate::store) async fn a_message_is_claimed_once_and_stays_claimed(place: &impl Place) {
    let store = place.open();
    for number in 1..=5 {
        accept(&store, number).await;
    }
    let first = claim(&store, 10, 3).await;
    let rest = claim(&store, 10, 10).await;
    assert_eq!((first.len(), rest.len()), (3, 2));
    drop(store);
    let store = place.open();
    assert!(claim(&store, 10, 10).await.is_empty());
    assert_eq!(state(&store, 1).await, MessageState::Sending);
    let contents = store
        .contents(first.iter().map(|one| one.due.message).collect())
        .await;
    for (claimed, content) in first.iter().zip(contents) {
        assert_eq!(content.unwrap().tracking_id(), claimed.due.tracking_id);
    }
}

pub(in crate::store) async fn the_urgent_come_first_and_accounts_take_turns(place: &impl Place) {
    let store = place.open();
    let of =
        |account: &str, number: u8| new(draft(number).account_uid(account).build().unwrap(), 0);
    let mut batch: Vec<_> = (1..=20).map(|number| of("a", number)).collect();
    batch.extend([of("b", 21), of("c", 22)]);
    batch.push(crate::store::NewMessage {
        priority: true,
        ..of("z", 23)
    });
    store.accept(batch).await;
    let claimed = claim(&store, 10, 5).await;
    let ids: Vec<_> = claimed.iter().map(|one| one.due.tracking_id).collect();
    assert_eq!(ids, [id(23), id(1), id(21), id(22), id(2)]);
}

pub(in crate::store) async fn a_message_is_found_behind_many_that_find_no_room(place: &impl Place) {
    let store = place.open();
    for number in 1..=20 {
        accept(&store, number).await;
    }
    let one = Claim {
        now: at(60),
        limit: 1,
        after_account: String::new(),
    };
    let last = id(20);
    let plan = Box::new(move |due: &Due| {
        if due.tracking_id == last {
            ClaimPlan::Attempt(Box::new(attempt(60)))
        } else {
            ClaimPlan::Skip
        }
    });
    let pass = store.claim(one, plan).await.unwrap();
    let found: Vec<_> = pass.claimed.iter().map(|one| one.due.tracking_id).collect();
    assert_eq!(found, [last]);
}

pub(in crate::store) async fn a_message_waits_until_it_is_due(place: &impl Place) {
    let store = place.open();
    let later = crate::store::NewMessage {
        send_at: Some(at(60)),
        ..new(draft(1).build().unwrap(), 0)
    };
    store.accept(vec![later]).await;
    let look = |second| Claim {
        now: at(second),
        limit: 10,
        after_account: String::new(),
    };
    let early = store.claim(look(59), Box::new(|_| ClaimPlan::Skip)).await;
    let early = early.unwrap();
    assert!(early.is_idle() && early.next_due == Some(at(60)));
    let skipped = store.claim(look(60), Box::new(|_| ClaimPlan::Skip)).await;
    let skipped = skipped.unwrap();
    assert!(skipped.is_idle() && skipped.next_due.is_none());
    let until = at(90);
    let plan = Box::new(move |_: &_| ClaimPlan::Wait {
        until,
        reason: "resting".to_owned(),
    });
    let pass = store.claim(look(60), plan).await.unwrap();
    assert_eq!((pass.claimed.len(), pass.moved), (0, 1));
    assert_eq!(claim(&store, 89, 10).await.len(), 0);
    assert_eq!(claim(&store, 90, 10).await.len(), 1);
}

pub(in crate::store) async fn an_attempt_of_an_earlier_run_is_found_once(place: &impl Place) {
    let store = place.open();
    accept(&store, 1).await;
    accept(&store, 2).await;
    let claimed = claim(&store, 10, 10).await;
    store
        .settle(vec![sent(&claimed[0], 11, "p-1")])
        .await
        .unwrap();
    let own = store.recover(Box::new(doubt)).await.unwrap();
    assert_eq!(own, 0, "a run leaves its own attempts alone");
    drop(store);
    let store = place.open();
    assert_eq!(store.recover(Box::new(doubt)).await.unwrap(), 1);
    assert_eq!(store.recover(Box::new(doubt)).await.unwrap(), 0);
    assert_eq!(state(&store, 2).await, MessageState::InDoubt);
}

fn doubt(one: &crate::store::Interrupted) -> Settlement {
    Settlement {
        outcome: Some(crate::routing::Outcome::InDoubt),
        ..Settlement::about(one.message, one.attempt, at(20))
    }
}
