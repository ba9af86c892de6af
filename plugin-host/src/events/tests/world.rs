//! A store in a file, an inbox over it, and a service whose webhooks are the test's own JSON.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{
    BounceKind, Capabilities, Event, EventKind, Mailbox, Message, MockProvider, Provider,
    ProviderMessageId, SuppressionOrigin, SuppressionReason, TrackingId, Unsubscribe, WebhookError,
    WebhookRequest, crm_unsubscribe,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compliance::{FlagChange, FlagFilter, FlagOutcome, FlagScope};
use crate::delivery::MessageState;
use crate::events::{Inbox, WebhookAnswer, WebhookFault};
use crate::routing::{CandidateState, Outcome, Route, RoutingInput, decide};
use crate::store::{
    AcceptOutcome, Claim, ClaimPlan, MessageKey, MessageView, NewAttempt, NewMessage,
    RecipientChange, Settlement, Store,
};

/// The account of every message unless it says otherwise.
pub(super) const ACCOUNT: &str = "0a0a0a0a-0000-4000-8000-000000000001";

pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) inbox: Inbox,
    folder: TempDir,
}

/// A second of the tests' clock.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn id(number: u8) -> TrackingId {
    TrackingId::from_bytes([number; 16])
}

/// A message to `to` for a lead.
pub(super) fn message(number: u8, lead: Option<&str>, to: &[&str]) -> Message {
    let mut builder = Message::builder()
        .from("sales@host.example".parse::<Mailbox>().unwrap())
        .subject("Hello")
        .text_body("Hello")
        .account_uid(ACCOUNT)
        .tracking_id(id(number));
    for address in to {
        builder = builder.to(address.parse().unwrap());
    }
    if let Some(lead) = lead {
        builder = builder.lead_uid(lead);
    }
    builder.build().unwrap()
}

impl World {
    pub(super) fn new(scope: FlagScope) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::open(&folder.path().join("host.db")).unwrap();
        Self {
            inbox: Inbox::new(Arc::clone(&store), scope),
            store,
            folder,
        }
    }

    /// The same store after the process has ended and a new one has begun.
    pub(super) fn restarted(self) -> Self {
        let Self {
            store,
            inbox,
            folder,
        } = self;
        let scope = inbox.scope;
        drop((store, inbox));
        let store = crate::store::open(&folder.path().join("host.db")).unwrap();
        Self {
            inbox: Inbox::new(Arc::clone(&store), scope),
            store,
            folder,
        }
    }

    /// Has a person change a flag.
    pub(super) async fn change(&self, change: FlagChange, second: i64) -> FlagOutcome {
        let contacts = change.contacts().unwrap();
        let changed = self.store.change_flag(change, contacts, at(second));
        changed.await.unwrap()
    }

    pub(super) async fn accept(&self, message: Message) -> AcceptOutcome {
        let new = NewMessage {
            message,
            route: "default".to_owned(),
            essential: false,
            priority: false,
            size: 100,
            accepted_at: at(0),
            send_at: None,
        };
        self.store.accept(vec![new]).await.remove(0).unwrap()
    }

    /// Claims everything that waits, for a provider; the attempts by their message's id.
    pub(super) async fn claim(&self, provider: &'static str) -> Vec<(TrackingId, Settlement)> {
        let claim = Claim {
            now: at(1),
            limit: 100,
            after_account: String::new(),
        };
        let plan = Box::new(move |_: &_| ClaimPlan::Attempt(Box::new(attempt(provider))));
        let claimed = self.store.claim(claim, plan).await.unwrap();
        let settlement = |one: crate::store::Claimed| {
            let about = Settlement::about(one.due.message, one.attempt, at(2));
            (one.due.tracking_id, about)
        };
        claimed.claimed.into_iter().map(settlement).collect()
    }

    /// Accepts a message and has a provider accept it under `provider_message_id`.
    pub(super) async fn sent(
        &self,
        message: Message,
        provider: &'static str,
        provider_message_id: &str,
    ) {
        self.accept(message).await;
        for (_, about) in self.claim(provider).await {
            self.settle(Settlement {
                outcome: Some(Outcome::Sent),
                state: MessageState::Sent,
                provider_message_id: Some(provider_message_id.to_owned()),
                recipients: vec![RecipientChange {
                    position: 0,
                    status: "sent",
                    reason: None,
                }],
                ..about
            })
            .await;
        }
    }

    pub(super) async fn settle(&self, settlement: Settlement) {
        self.store.settle(vec![settlement]).await.unwrap();
    }

    pub(super) async fn view(&self, number: u8) -> MessageView {
        let found = self.store.message(MessageKey::any(id(number))).await;
        found.unwrap().unwrap()
    }

    /// The status of a message's first recipient.
    pub(super) async fn status(&self, number: u8) -> String {
        let recipient = self.view(number).await.summary.recipients.remove(0);
        recipient.status.unwrap_or_default()
    }

    /// Who is flagged, as `subject key reason` each, in alphabetical order.
    pub(super) async fn flagged(&self) -> Vec<String> {
        let flags = self.store.flags(FlagFilter::default()).await.unwrap();
        let mut lines: Vec<String> = flags
            .iter()
            .map(|flag| {
                let contact = serde_json::to_value(&flag.contact).unwrap();
                let key = contact.get("lead").or(contact.get("address")).unwrap();
                format!("{} {}", key.as_str().unwrap(), flag.reason)
            })
            .collect();
        lines.sort();
        lines
    }

    /// The types of the feed's entries, in order.
    pub(super) async fn feed(&self) -> Vec<String> {
        let entries = self.store.feed(0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    pub(super) async fn webhook(&self, body: &Value) -> Result<WebhookAnswer, WebhookFault> {
        self.inbox.webhook("acme", &acme(), posted(body)).await
    }

    pub(super) async fn must_take(&self, body: Value) {
        let answer = self.webhook(&body).await.unwrap();
        assert_eq!(answer.set_aside, None, "{body}");
    }
}

fn attempt(provider: &str) -> NewAttempt {
    let route: Route =
        toml::from_str("name = 'default'\npool = [{ provider = 'acme', weight = 1 }]").unwrap();
    let input = RoutingInput::default();
    let candidates = [CandidateState::ready("acme")];
    NewAttempt {
        provider: provider.to_owned(),
        plugin_name: "acme".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        plugin_hash: "00".to_owned(),
        provider_account: None,
        masked: Vec::new(),
        decision: decide(&route, &input, &candidates, None, at(1)),
        soft: Duration::from_secs(30),
        hard: Duration::from_secs(60),
    }
}

/// A request as the host hands it over: authenticated, received late enough for every time of the tests to be past.
pub(super) fn posted(body: &Value) -> WebhookRequest {
    let mut request = WebhookRequest::post("/webhooks/acme", body.to_string(), at(1_000));
    request.authenticated_by_host = true;
    request
}

/// A service whose webhook is a list: `{"kind", "to", "at", "message", "account", "pmid", "id", "suppresses"}` for an event and
/// `{"list": "remove" | "add", "to", …}` for a change of its suppression list.
pub(super) fn acme() -> Arc<dyn Provider> {
    let mut provider = MockProvider::new();
    provider.expect_capabilities().returning(Capabilities::new);
    provider.expect_parse_webhook().returning(|request| {
        let entries = entries(request)?;
        Ok(entries.iter().map(event).collect())
    });
    provider.expect_process_unsubscribe().returning(|request| {
        let entries = entries(request).unwrap_or_default();
        let changes: Vec<_> = entries.iter().filter_map(change).collect();
        match changes.is_empty() {
            true => crm_unsubscribe(request),
            false => Ok(Some(changes)),
        }
    });
    Arc::new(provider)
}

fn entries(request: &WebhookRequest) -> Result<Vec<Value>, WebhookError> {
    serde_json::from_slice(&request.body).map_err(|_| WebhookError::malformed("expected a list"))
}

fn text(entry: &Value, key: &str) -> Option<String> {
    entry[key].as_str().map(ToOwned::to_owned)
}

fn event(entry: &Value) -> Event {
    let kind = match entry["kind"].as_str().unwrap_or_default() {
        "delivered" => EventKind::Delivered,
        "deferred" => EventKind::Deferred,
        "opened" => EventKind::Opened,
        "hard" => EventKind::Bounced(BounceKind::Hard),
        "soft" => EventKind::Bounced(BounceKind::Soft),
        "complained" => EventKind::Complained,
        "unsubscribed" => EventKind::Unsubscribed,
        "resubscribed" => EventKind::Resubscribed,
        _ => match entry["list"].as_str() {
            Some("add") => EventKind::Unsubscribed,
            Some(_) => EventKind::Resubscribed,
            None => EventKind::Unknown,
        },
    };
    let mut event = Event::new(kind);
    event.occurred_at = entry["at"].as_i64().map(at);
    event.recipient = text(entry, "to");
    event.tracking_id = text(entry, "message");
    event.account_uid = text(entry, "account");
    event.provider_message_id = text(entry, "pmid").map(ProviderMessageId::new);
    event.event_id = text(entry, "id");
    event.suppresses = entry["suppresses"].as_bool();
    event
}

fn change(entry: &Value) -> Option<Unsubscribe> {
    let list = entry["list"].as_str()?;
    let mut change = Unsubscribe::new(at(entry["at"].as_i64()?));
    change.suppress = list == "add";
    change.recipient = text(entry, "to");
    change.account_uid = text(entry, "account");
    change.tracking_id = text(entry, "message").and_then(|id| id.parse().ok());
    change.stream = text(entry, "stream");
    change.reason = match entry["reason"].as_str() {
        Some("complaint") => SuppressionReason::Complaint,
        Some("hard-bounce") => SuppressionReason::HardBounce,
        _ => SuppressionReason::Unsubscribed,
    };
    change.origin = match entry["origin"].as_str() {
        Some("customer") => SuppressionOrigin::Customer,
        _ => SuppressionOrigin::Recipient,
    };
    Some(change)
}

/// One event about message `number`, which the service gives back with account and id.
pub(super) fn about(number: u8, kind: &str, to: &str, second: i64) -> Value {
    json!({
        "kind": kind, "to": to, "at": second, "message": id(number).to_string(), "account": ACCOUNT,
        "id": format!("{number}-{kind}-{to}-{second}"),
    })
}
