use serde_json::json;

use super::world::{ACCOUNT, World, about, at, message};
use crate::compliance::{
    AccountKey, FlagChange, FlagFilter, FlagReason, FlagScope, FlagSource, LeadKey, Word,
};
use crate::store::AcceptOutcome;

fn change(lead: Option<&str>, address: Option<&str>, word: Word) -> FlagChange {
    FlagChange {
        account: lead.map(|_| ACCOUNT.to_uppercase()),
        lead: lead.map(ToOwned::to_owned),
        address: address.map(ToOwned::to_owned),
        word,
        at: None,
        source: FlagSource::Command,
        note: Some("asked by telephone".to_owned()),
    }
}

const FLAG: Word = Word::Flag {
    reason: FlagReason::Manual,
};

impl World {
    async fn stops(&self, number: u8, lead: &str, to: &str) -> bool {
        let accepted = self.accept(message(number, Some(lead), &[to])).await;
        matches!(accepted, AcceptOutcome::Recorded { stopped, .. } if stopped.whole.is_some())
    }
}

#[tokio::test]
async fn a_person_flags_and_lifts_and_a_repeat_changes_nothing() {
    let world = World::new(FlagScope::Account);
    assert!(world.change(change(Some("L"), None, FLAG), 1).await.changed);
    assert!(world.stops(1, "L", "ann@example.com").await);
    let state = world
        .store
        .contact(AccountKey::of(ACCOUNT), LeadKey::of("L"))
        .await
        .unwrap();
    assert!(state.is_flagged());
    assert_eq!(
        (state.flags[0].at, state.flags[0].source),
        (at(1), FlagSource::Command)
    );
    assert_eq!(state.flags[0].note.as_deref(), Some("asked by telephone"));

    assert!(
        world
            .change(change(Some("L"), None, Word::Lift), 1)
            .await
            .changed
    );
    assert!(
        !world
            .change(change(Some("L"), None, Word::Lift), 2)
            .await
            .changed
    );
    assert!(!world.stops(2, "L", "ann@example.com").await);
    assert_eq!(
        world.feed().await,
        [
            "contact.flagged",
            "recipient.suppressed",
            "message.suppressed",
            "contact.unflagged"
        ]
    );
}

#[tokio::test]
async fn an_address_without_an_account_is_flagged_in_every_account() {
    let world = World::new(FlagScope::Account);
    world
        .change(change(None, Some("Ann@Example.com"), FLAG), 1)
        .await;
    assert!(world.stops(1, "any", "ann@example.com").await);
    assert!(!world.stops(2, "any", "bob@example.com").await);
}

#[tokio::test]
async fn a_list_is_narrowed_paged_and_has_a_history() {
    let world = World::new(FlagScope::Account);
    for lead in ["L1", "L2", "L3"] {
        world.change(change(Some(lead), None, FLAG), 1).await;
    }
    world
        .change(change(None, Some("ann@example.com"), FLAG), 1)
        .await;
    world.change(change(Some("L2"), None, Word::Lift), 2).await;
    let count = async |filter: FlagFilter| world.store.flags(filter).await.unwrap().len();
    let all = FlagFilter::default();
    assert_eq!(count(all.clone()).await, 3);
    assert_eq!(
        count(FlagFilter {
            history: true,
            ..all.clone()
        })
        .await,
        5
    );
    let in_account = FlagFilter {
        account: Some(ACCOUNT.to_owned()),
        ..all.clone()
    };
    assert_eq!(
        count(in_account).await,
        3,
        "with the flag for every account"
    );
    let elsewhere = FlagFilter {
        account: Some("another".to_owned()),
        ..all.clone()
    };
    assert_eq!(count(elsewhere).await, 1);
    let address = FlagFilter {
        address: Some("ANN@example.com".to_owned()),
        ..all.clone()
    };
    assert_eq!(count(address).await, 1);
    let reason = FlagFilter {
        reason: Some(FlagReason::Complaint),
        ..all.clone()
    };
    assert_eq!(count(reason).await, 0);
    let first = FlagFilter {
        count: Some(1),
        ..all.clone()
    };
    let page = world.store.flags(first).await.unwrap();
    let rest = FlagFilter {
        after: page[0].evidence,
        ..all
    };
    assert_eq!(count(rest).await, 2);
}

#[tokio::test]
async fn the_history_of_flags_cannot_be_changed_or_shortened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.db");
    let store = crate::store::open(&path).unwrap();
    let asked = change(Some("L"), None, FLAG);
    let contacts = asked.contacts().unwrap();
    store.change_flag(asked, contacts, at(1)).await.unwrap();
    let outsider = rusqlite::Connection::open(&path).unwrap();
    for tampering in ["UPDATE flags SET at = 0", "DELETE FROM flags"] {
        let refused = outsider.execute(tampering, []).unwrap_err().to_string();
        assert!(refused.contains("append only"), "{refused}");
    }
}

#[tokio::test]
async fn lifting_a_lead_lifts_what_its_own_messages_brought_upon_addresses_and_nothing_else() {
    let world = World::new(FlagScope::Account);
    for (number, lead) in [(1, "L"), (2, "M")] {
        let to = ["ann@example.com"];
        world
            .sent(
                message(number, Some(lead), &to),
                "acme",
                &format!("pm-{number}"),
            )
            .await;
    }
    world
        .must_take(json!([about(1, "unsubscribed", "ann@example.com", 5)]))
        .await;
    world
        .must_take(json!([about(2, "complained", "ann@example.com", 6)]))
        .await;
    let state = |lead: &str| {
        world
            .store
            .contact(AccountKey::of(ACCOUNT), LeadKey::of(lead))
    };
    let seen = state("L").await.unwrap();
    assert_eq!((seen.flags.len(), seen.addresses.len()), (1, 2));

    world
        .change(change(Some("L"), None, Word::Lift), 2_000)
        .await;
    assert_eq!(
        world.flagged().await,
        ["M complaint", "ann@example.com complaint"],
        "the complaint came from another lead's message"
    );
    world
        .change(change(Some("M"), None, Word::Lift), 2_000)
        .await;
    assert!(world.flagged().await.is_empty());
    assert!(!state("L").await.unwrap().is_flagged());
}

#[tokio::test]
async fn a_recipient_left_out_is_told_in_the_feed_with_its_account_and_lead() {
    let world = World::new(FlagScope::Account);
    world
        .change(change(None, Some("ann@example.com"), FLAG), 1)
        .await;
    let two = ["ann@example.com", "bob@example.com"];
    world.accept(message(1, Some("L"), &two)).await;
    let feed = world.store.feed(0, 10).await.unwrap();
    let entry = serde_json::to_value(&feed[1]).unwrap();
    assert_eq!(entry["type"], "recipient.suppressed");
    assert_eq!(
        (&entry["account"], &entry["lead"]),
        (&json!(ACCOUNT), &json!("L"))
    );
    assert_eq!(entry["recipient"], "ann@example.com");
}
