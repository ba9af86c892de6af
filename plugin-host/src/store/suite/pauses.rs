use super::{Place, accept, at, claim, key, new, state};
use crate::delivery::MessageState;
use crate::store::{Claim, ClaimPlan, Pause, PauseSubject};

pub(in crate::store) async fn a_pause_lasts_until_it_is_ended_and_then_what_waits_is_due(
    place: &impl Place,
) {
    let store = place.open();
    let pause = |second: u64, reason: &str| Pause {
        subject: PauseSubject::Route,
        name: "default".to_owned(),
        since: at(second),
        reason: reason.to_owned(),
    };
    store.pause(pause(5, "maintenance")).await.unwrap();
    store.pause(pause(6, "again")).await.unwrap();
    accept(&store, 1).await;
    let scheduled = super::draft(2).build().unwrap();
    let mut scheduled = new(scheduled, 2);
    scheduled.send_at = Some(at(500));
    store.accept(vec![scheduled]).await.remove(0).unwrap();
    let look = Claim {
        now: at(10),
        limit: 10,
        after_account: String::new(),
    };
    let wait = Box::new(|_: &_| ClaimPlan::Wait {
        until: at(600),
        reason: "the route is paused".to_owned(),
    });
    assert_eq!(store.claim(look, wait).await.unwrap().moved, 1);
    drop(store);
    let store = place.open();
    assert_eq!(store.pauses().await.unwrap(), [pause(5, "maintenance")]);
    let resume = |name: &str| {
        let routes = vec![name.to_owned()];
        store.resume(PauseSubject::Route, name.to_owned(), routes, at(20))
    };
    assert!(!resume("other").await.unwrap());
    assert!(claim(&store, 20, 10).await.is_empty());
    assert!(resume("default").await.unwrap());
    assert_eq!(claim(&store, 20, 10).await.len(), 1);
    assert_eq!(state(&store, 2).await, MessageState::Queued);
    assert!(store.pauses().await.unwrap().is_empty());
    assert_eq!(
        store.cancel(key(2), at(21)).await.unwrap(),
        Some((MessageState::Cancelled, true))
    );
}
