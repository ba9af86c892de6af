//! Two services of changing moods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use plugin_api::{
    CallContext, Capabilities, CheckReport, EmailProvider, EventKind, Lookup, Message, Provider,
    ProviderMessageId, Receipt, RefusalScope, SendError, SentQuery, TrackingId, UnsubscribeHandler,
    WebhookRequest,
};
use proptest::prelude::*;
use tokio::sync::Notify;

use crate::compliance::{FlagScope, FlagSource};
use crate::delivery::outcome::Answer;
use crate::delivery::tests::service::{accepted, provider};
use crate::store::{Hearing, NewEvent, NewWebhook, WebhookContent};

/// How the services answer for a while.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mood {
    Well,
    LosesAnswers,
    LosesRequests,
    Down,
    Throttles,
    RefusesToken,
    CannotCarry,
    FindsInvalid,
}

pub(super) fn mood() -> impl Strategy<Value = Mood> {
    use Mood::{
        CannotCarry, Down, FindsInvalid, LosesAnswers, LosesRequests, RefusesToken, Throttles, Well,
    };
    prop_oneof![
        3 => Just(Well),
        2 => Just(LosesAnswers),
        2 => Just(LosesRequests),
        1 => Just(Down),
        1 => Just(Throttles),
        1 => Just(RefusesToken),
        1 => Just(CannotCarry),
        1 => Just(FindsInvalid),
    ]
}

/// Both services, with what they truly accepted.
pub(super) struct Services {
    mood: Mutex<Mood>,
    mailed: Mutex<BTreeMap<(&'static str, TrackingId), u32>>,
    flagged: Mutex<BTreeSet<TrackingId>>,
    /// Answers are on their way and do not arrive.
    is_cut_off: AtomicBool,
    has_cut_off: Notify,
}

impl Services {
    pub(super) fn new() -> Self {
        Self {
            mood: Mutex::new(Mood::Well),
            mailed: Mutex::default(),
            flagged: Mutex::default(),
            is_cut_off: AtomicBool::new(false),
            has_cut_off: Notify::new(),
        }
    }

    pub(super) fn are(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Whether answers get lost on their way from now on.
    pub(super) fn cut_off(&self, is_cut_off: bool) {
        self.is_cut_off.store(is_cut_off, Ordering::Release);
    }

    /// Once an answer is lost on its way.
    pub(super) async fn have_cut_off(&self) {
        self.has_cut_off.notified().await;
    }

    /// Passes an answer on, or not.
    async fn bring<T>(&self, answer: T) -> T {
        if self.is_cut_off.load(Ordering::Acquire) {
            self.has_cut_off.notify_one();
            std::future::pending::<()>().await;
        }
        answer
    }

    /// From now on a call for this message is a fault.
    pub(super) fn have_heard_the_last_of(&self, id: TrackingId) {
        self.flagged.lock().unwrap().insert(id);
    }

    /// Delivery reports for every mail of this message.
    pub(super) fn deliveries(&self, id: TrackingId, now: Timestamp) -> Vec<NewWebhook> {
        let mailed = self.mailed.lock().unwrap();
        let mails = mailed.keys().filter(|(_, one)| *one == id);
        mails.map(|(name, _)| delivery(name, id, now)).collect()
    }

    fn asked(&self, name: &'static str, message: &Message) -> Answer {
        let id = message.tracking_id();
        assert!(
            !self.flagged.lock().unwrap().contains(&id),
            "a flagged lead is mailed"
        );
        let mail = || *self.mailed.lock().unwrap().entry((name, id)).or_default() += 1;
        match *self.mood.lock().unwrap() {
            Mood::Well => {
                mail();
                accepted(message)
            }
            Mood::LosesAnswers => {
                mail();
                Err(SendError::in_doubt("the answer was lost"))
            }
            Mood::LosesRequests => Err(SendError::in_doubt("the request was lost")),
            Mood::Down => Err(SendError::unavailable("refused connection")),
            Mood::Throttles => Err(SendError::throttled(None, "slow down")),
            Mood::RefusesToken => Err(SendError::refused(RefusalScope::Account, "token")),
            Mood::CannotCarry => Err(SendError::unsupported("attachment", "too large")),
            Mood::FindsInvalid => Err(SendError::invalid_message("refused")),
        }
    }

    fn lookup(&self, name: &'static str, id: TrackingId) -> Lookup {
        if self.mailed.lock().unwrap().contains_key(&(name, id)) {
            return Lookup::Found(Receipt::new(ProviderMessageId::new(id_of_mail(id))));
        }
        Lookup::Absent {
            indexed_through: Some(Timestamp::MAX),
        }
    }

    /// How often.
    pub(super) fn mailed(&self, id: TrackingId) -> u32 {
        let mailed = self.mailed.lock().unwrap();
        mailed
            .iter()
            .filter(|((_, one), _)| *one == id)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn providers(self: &Arc<Self>) -> Vec<(&'static str, Arc<dyn Provider>)> {
        let one = |name| {
            let (asked, searched) = (Arc::clone(self), Arc::clone(self));
            let made = provider(
                move |message| asked.asked(name, message),
                move |id| searched.lookup(name, id),
            );
            let line: Arc<dyn Provider> = Arc::new(Line(made.0, Arc::clone(self)));
            (name, line)
        };
        vec![one("first"), one("second")]
    }
}

/// The line to a service, which has what was sent whether or not its answer arrives.
struct Line(Arc<dyn Provider>, Arc<Services>);

impl UnsubscribeHandler for Line {}

#[plugin_api::async_trait]
impl EmailProvider for Line {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        self.0.check(context).await
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Answer {
        let answer = self.0.send(message, context).await;
        self.1.bring(answer).await
    }

    async fn send_batch(&self, messages: &[Message], context: &CallContext) -> Vec<Answer> {
        let answers = self.0.send_batch(messages, context).await;
        self.1.bring(answers).await
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        self.0.find_sent(queries, context).await
    }
}

/// As [`accepted`] names it.
fn id_of_mail(id: TrackingId) -> String {
    format!("pm-{id}")
}

/// The service reports a delivery.
pub(in crate::delivery::tests) fn delivery(
    provider: &str,
    id: TrackingId,
    now: Timestamp,
) -> NewWebhook {
    let event = NewEvent {
        provider: provider.to_owned(),
        dedupe_key: format!("delivery of {id}"),
        kind: EventKind::Delivered,
        recipient: None,
        account: None,
        tracking_id: Some(id),
        provider_message_id: Some(id_of_mail(id)),
        occurred_at: now,
        received_at: now,
        detail: None,
        suppresses: None,
    };
    let hearing = Hearing {
        scope: FlagScope::Account,
        providers: vec![provider.to_owned()],
        source: FlagSource::Api,
        heard_at: now,
    };
    let content = WebhookContent::Read {
        events: vec![event],
        notices: Vec::new(),
    };
    NewWebhook::new(
        provider,
        WebhookRequest::post("/", id.to_string(), now),
        content,
        hearing,
    )
}
