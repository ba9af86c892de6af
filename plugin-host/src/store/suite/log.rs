use plugin_api::{Attachment, Mailbox, TrackLinks};

use super::{ACCOUNT, Place, accept, at, claim, draft, id, in_doubt, new, sent};
use crate::delivery::MessageState;
use crate::store::{Balance, MessageFilter, MessageKey, StoreError};

pub(in crate::store) async fn a_search_finds_by_every_condition_newest_first(place: &impl Place) {
    let store = place.open();
    for number in 1..=4 {
        accept(&store, number).await;
    }
    let other = draft(5)
        .from(person("Support <support@host.example>"))
        .cc(person("Bob@Example.com"))
        .subject("50% off_now")
        .tag("offer")
        .stream("broadcast")
        .track_opens(true)
        .track_links(TrackLinks::HtmlOnly)
        .add_attachment(Attachment::new("offer.txt", "text/plain", "half"))
        .metadata("Campaign", "spring")
        .lead_uid("Lead-5")
        .account_uid("another");
    store.accept(vec![new(other.build().unwrap(), 50)]).await;
    store.cancel(super::key(4), at(60)).await.unwrap();
    let all = MessageFilter {
        count: 10,
        ..MessageFilter::default()
    };
    let some = |text: &str| Some(text.to_owned());
    let filters = [
        MessageFilter {
            account: some("another"),
            ..all.clone()
        },
        MessageFilter {
            recipient: some("bob@EXAMPLE.com"),
            ..all.clone()
        },
        MessageFilter {
            from: some("support@host.example"),
            ..all.clone()
        },
        MessageFilter {
            tag: some("offer"),
            ..all.clone()
        },
        MessageFilter {
            subject: some("50% OFF_"),
            ..all.clone()
        },
        MessageFilter {
            stream: some("broadcast"),
            ..all.clone()
        },
        MessageFilter {
            metadata: Some(("campaign".to_owned(), "spring".to_owned())),
            ..all.clone()
        },
        MessageFilter {
            lead: some("Lead-5"),
            ..all.clone()
        },
        MessageFilter {
            from_date: Some(at(50)),
            ..all.clone()
        },
    ];
    for filter in filters {
        let page = store.search(filter.clone()).await.unwrap();
        let ids: Vec<_> = page.messages.iter().map(|one| one.tracking_id).collect();
        assert_eq!((page.total, ids), (1, vec![id(5)]), "{filter:?}");
    }
    let shown = &store.search(all.clone()).await.unwrap().messages[0];
    assert_eq!(shown.attachments, ["offer.txt"]);
    assert_eq!(
        (shown.track_opens, shown.track_links),
        (Some(true), Some(TrackLinks::HtmlOnly))
    );
    let or_none = MessageFilter {
        stream: some("broadcast"),
        or_no_stream: true,
        ..all.clone()
    };
    assert_eq!(store.search(or_none).await.unwrap().total, 5);
    let nothing = MessageFilter {
        subject: some("' OR 1=1 --"),
        ..all.clone()
    };
    assert_eq!(store.search(nothing).await.unwrap().total, 0);
    let waiting = MessageFilter {
        states: vec![MessageState::Queued, MessageState::Sent],
        to_date: Some(at(50)),
        account: some(&ACCOUNT.to_uppercase()),
        count: 2,
        offset: 1,
        ..all
    };
    let page = store.search(waiting).await.unwrap();
    let ids: Vec<_> = page.messages.iter().map(|one| one.tracking_id).collect();
    assert_eq!((page.total, ids), (3, vec![id(2), id(1)]));
}

pub(in crate::store) async fn an_id_of_two_accounts_names_neither(place: &impl Place) {
    let store = place.open();
    accept(&store, 1).await;
    let twin = draft(1).account_uid("another").build().unwrap();
    store.accept(vec![new(twin, 2)]).await.remove(0).unwrap();
    let refused = [
        store.message(super::key(1)).await.err(),
        store.content(super::key(1)).await.err(),
        store.decisions(super::key(1)).await.err(),
        store.cancel(super::key(1), at(3)).await.err(),
    ];
    for refusal in refused {
        let Some(StoreError::Ambiguous { accounts, .. }) = refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(accounts, [ACCOUNT, "another"]);
    }
    let named = MessageKey {
        account: Some("another".to_owned()),
        ..super::key(1)
    };
    let view = store.message(named).await.unwrap().unwrap();
    assert_eq!(view.summary.account, "another");
    let both = MessageFilter {
        tracking_id: Some(id(1)),
        count: 10,
        ..MessageFilter::default()
    };
    assert_eq!(store.search(both).await.unwrap().total, 2);
}

fn person(text: &str) -> Mailbox {
    text.parse().unwrap()
}

pub(in crate::store) async fn the_feed_rises_and_is_resumed(place: &impl Place) {
    let store = place.open();
    for number in 1..=3 {
        accept(&store, number).await;
    }
    for (claimed, number) in claim(&store, 10, 10).await.iter().zip(1..) {
        store
            .settle(vec![sent(claimed, 11, &format!("p-{number}"))])
            .await
            .unwrap();
    }
    let first = store.feed(0, 2).await.unwrap();
    let last = first.last().unwrap().seq;
    drop(store);
    let store = place.open();
    let rest = store.feed(last, 100).await.unwrap();
    let told: Vec<_> = first.iter().chain(&rest).collect();
    assert!(told.windows(2).all(|two| two[0].seq < two[1].seq));
    let sent = told.iter().filter(|event| event.kind == "message.sent");
    assert_eq!(sent.count(), 3);
    assert!(
        store
            .feed(rest.last().unwrap().seq, 100)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(in crate::store) async fn the_totals_add_up(place: &impl Place) {
    let store = place.open();
    for number in 1..=4 {
        accept(&store, number).await;
    }
    let claimed = claim(&store, 10, 3).await;
    store
        .settle(vec![
            sent(&claimed[0], 11, "p-1"),
            in_doubt(&claimed[1], 11),
        ])
        .await
        .unwrap();
    let totals = store.totals().await.unwrap();
    let states: Vec<_> = totals
        .states
        .iter()
        .map(|one| (one.state, one.messages))
        .collect();
    use MessageState::{InDoubt, Queued, Sending, Sent};
    assert_eq!(states, [(Sent, 1), (InDoubt, 1), (Sending, 1), (Queued, 1)]);
    let backlog = store.backlog().await.unwrap();
    let open: Vec<_> = backlog
        .states
        .iter()
        .map(|one| (one.state, one.messages))
        .collect();
    assert_eq!(open, [(Queued, 1), (InDoubt, 1), (Sending, 1)]);
    let expected = Balance {
        accepted: 4,
        sent: 1,
        waiting: 1,
        sending: 1,
        in_doubt: 1,
        ..Balance::default()
    };
    assert_eq!(store.balance().await.unwrap(), expected);
    let mut tally = store.tally(0).await.unwrap();
    assert_eq!((tally.accepted, tally.kinds["message.sent"]), (4, 1));
    accept(&store, 5).await;
    let more = claim(&store, 20, 1).await;
    store.settle(vec![sent(&more[0], 21, "p-2")]).await.unwrap();
    tally.add(store.tally(tally.through).await.unwrap());
    assert_eq!((tally.accepted, tally.kinds["message.sent"]), (5, 2));
    let acme = &totals.providers[0];
    assert_eq!(
        (acme.provider.as_str(), acme.first_choice, acme.sent),
        ("acme", 3, 1)
    );
}
