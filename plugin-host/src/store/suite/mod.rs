//! What every store must do, whatever stands behind the seam. An implementation runs all of it with `store_suite!`.

mod intake;
mod log;
mod outbox;
mod pauses;
mod rests;
mod results;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Mailbox, Message, MessageBuilder, TrackingId};

pub(super) use self::{intake::*, log::*, outbox::*, pauses::*, rests::*, results::*};
use super::{
    Claim, ClaimPlan, Claimed, MessageKey, MessageView, NewAttempt, NewMessage, Settlement, Store,
};
use crate::delivery::MessageState;
use crate::routing::{Outcome, Route, RoutingInput, decide};

/// Where one store lives: opened anew, it holds what it held.
pub(super) trait Place {
    fn open(&self) -> Arc<dyn Store>;
}

/// Runs every behaviour as a test of its own, each in a new place.
macro_rules! store_suite {
    ($place:expr) => {
        store_suite! { $place;
            what_was_accepted_is_given_back_whole
            a_repeat_is_one_message_and_other_content_is_a_conflict
            a_batch_is_answered_in_order
            a_message_is_claimed_once_and_stays_claimed
            the_urgent_come_first_and_accounts_take_turns
            a_message_is_found_behind_many_that_find_no_room
            a_message_waits_until_it_is_due
            an_attempt_of_an_earlier_run_is_found_once
            a_result_moves_the_message_and_its_recipients
            what_is_final_stays_and_a_late_acceptance_counts_as_doubled
            doubts_are_asked_about_in_their_time
            doubts_without_an_answer_do_not_stand_before_the_others
            only_what_has_not_left_can_be_called_back
            a_person_settles_a_doubt_once
            an_id_of_two_accounts_names_neither
            a_search_finds_by_every_condition_newest_first
            the_feed_rises_and_is_resumed
            the_totals_add_up
            a_pause_lasts_until_it_is_ended_and_then_what_waits_is_due
            who_rests_is_known_to_the_next_run
        }
    };
    ($place:expr; $($behaviour:ident)*) => {$(
        #[tokio::test]
        async fn $behaviour() {
            crate::store::suite::$behaviour(&$place).await;
        }
    )*};
}
pub(super) use store_suite;

const ACCOUNT: &str = "0a0a0a0a-0000-4000-8000-000000000001";

/// A second of the suite's clock.
fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + Duration::from_secs(second)
}

fn id(number: u8) -> TrackingId {
    TrackingId::from_bytes([number; 16])
}

fn key(number: u8) -> MessageKey {
    MessageKey::any(id(number))
}

fn draft(number: u8) -> MessageBuilder {
    Message::builder()
        .from(Mailbox::new("sales@host.example").unwrap())
        .to(Mailbox::new("ann@example.com").unwrap())
        .subject("Hello")
        .text_body("Hello")
        .account_uid(ACCOUNT)
        .tracking_id(id(number))
}

fn new(message: Message, second: u64) -> NewMessage {
    NewMessage {
        message,
        route: "default".to_owned(),
        essential: false,
        priority: false,
        size: 100,
        accepted_at: at(second),
        send_at: None,
    }
}

async fn accept(store: &Arc<dyn Store>, number: u8) {
    let message = new(draft(number).build().unwrap(), number.into());
    store.accept(vec![message]).await.remove(0).unwrap();
}

async fn view(store: &Arc<dyn Store>, number: u8) -> MessageView {
    store
        .message(key(number))
        .await
        .unwrap()
        .expect("it was accepted")
}

async fn state(store: &Arc<dyn Store>, number: u8) -> MessageState {
    view(store, number).await.summary.state
}

/// Claims what is due for a provider.
async fn claim(store: &Arc<dyn Store>, second: u64, limit: usize) -> Vec<Claimed> {
    let claim = Claim {
        now: at(second),
        limit,
        after_account: String::new(),
    };
    let plan = Box::new(move |_: &_| ClaimPlan::Attempt(Box::new(attempt(second))));
    store.claim(claim, plan).await.unwrap().claimed
}

fn attempt(second: u64) -> NewAttempt {
    let table =
        serde_json::json!({ "name": "default", "pool": [{ "provider": "acme", "weight": 1 }] });
    let route: Route = serde_json::from_value(table).unwrap();
    NewAttempt {
        provider: "acme".to_owned(),
        plugin_name: "acme".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        plugin_hash: "00".to_owned(),
        provider_account: Some("account-1".to_owned()),
        masked: Vec::new(),
        decision: decide(&route, &RoutingInput::default(), &[], None, at(second)),
        soft: Duration::from_secs(30),
        hard: Duration::from_secs(120),
    }
}

fn in_doubt(claimed: &Claimed, second: u64) -> Settlement {
    Settlement {
        outcome: Some(Outcome::InDoubt),
        ..Settlement::about(claimed.due.message, claimed.attempt, at(second))
    }
}

fn sent(claimed: &Claimed, second: u64, provider_message_id: &str) -> Settlement {
    Settlement {
        outcome: Some(Outcome::Sent),
        state: MessageState::Sent,
        provider_message_id: Some(provider_message_id.to_owned()),
        ..Settlement::about(claimed.due.message, claimed.attempt, at(second))
    }
}

fn retry(claimed: &Claimed, second: u64, next: u64) -> Settlement {
    Settlement {
        outcome: Some(Outcome::Unavailable),
        state: MessageState::RetryWait,
        next_at: Some(at(next)),
        again_at: Some(at(next)),
        ..Settlement::about(claimed.due.message, claimed.attempt, at(second))
    }
}
