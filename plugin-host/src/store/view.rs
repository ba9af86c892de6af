//! What people and programs see of the record.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{TrackLinks, TrackingId};
use serde::Serialize;

use crate::delivery::MessageState;
use crate::routing::Decision;
use crate::store::content::link_word;

/// A message in a list.
#[derive(Debug, Clone, Serialize)]
pub struct MessageSummary {
    /// Its id.
    #[serde(serialize_with = "as_text")]
    pub tracking_id: TrackingId,
    /// The account's key; empty when it has none.
    pub account: String,
    /// The lead's key.
    pub lead: Option<String>,
    /// The CRM's user.
    pub user_account: Option<String>,
    /// The sender, with its name.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The tag.
    pub tag: Option<String>,
    /// The stream the caller asked for.
    pub stream: Option<String>,
    /// The caller's metadata.
    pub metadata: BTreeMap<String, String>,
    /// The names of its attachments.
    pub attachments: Vec<String>,
    /// Whether opening is tracked; `None`: as the service is set up.
    pub track_opens: Option<bool>,
    /// Which links are tracked; `None`: as the service is set up.
    #[serde(serialize_with = "as_link_word")]
    pub track_links: Option<TrackLinks>,
    /// Where it stands.
    pub state: MessageState,
    /// Why it stands there, for people.
    pub reason: Option<String>,
    /// Its route.
    pub route: String,
    /// The provider that has it, or was asked last.
    pub provider: Option<String>,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it may be claimed, while it waits.
    pub next_at: Option<Timestamp>,
    /// When it became final.
    pub finalized_at: Option<Timestamp>,
    /// Second mails that came to light.
    pub doubled: u32,
    /// Everybody it is for.
    pub recipients: Vec<RecipientView>,
}

/// One recipient.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientView {
    /// The address.
    pub address: String,
    /// The display name.
    pub name: Option<String>,
    /// `to`, `cc` or `bcc`.
    pub kind: String,
    /// What became of it: `sent`, `delivered`, `bounced-hard`, `suppressed` and so on; `None` before anything did.
    pub status: Option<String>,
    /// Since when.
    pub status_at: Option<Timestamp>,
    /// Why, for people.
    pub reason: Option<String>,
}

/// A message with everything that happened to it.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptView>,
    /// Every event, oldest first by the time it happened.
    pub timeline: Vec<TimelineEntry>,
}

/// One call to one provider.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptView {
    /// Counted from 1.
    pub number: u32,
    /// The provider's name in the configuration.
    pub provider: String,
    /// The plugin's name.
    pub plugin_name: String,
    /// The plugin's version.
    pub plugin_version: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When its outcome was known.
    pub finished_at: Option<Timestamp>,
    /// From claim to outcome.
    #[serde(serialize_with = "as_millis")]
    pub duration: Option<Duration>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<String>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's id of the message.
    pub provider_message_id: Option<String>,
    /// The words that came with it.
    pub detail: Option<String>,
    /// What happens next.
    pub next: Option<String>,
    /// And when.
    pub next_at: Option<Timestamp>,
}

/// One event.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineEntry {
    /// When it happened.
    pub at: Timestamp,
    /// When the host heard of it.
    pub received_at: Timestamp,
    /// What: a provider's event, or the host's own `warning` or `waived` (an essential message passed an unsubscribe).
    pub kind: String,
    /// Whom it concerns.
    pub recipient: Option<String>,
    /// The provider's words.
    pub detail: Option<String>,
    /// Who said so: a provider's name, or `host`.
    pub source: String,
}

/// A routing decision as it was stored with an attempt.
#[derive(Debug, Clone, Serialize)]
pub struct StoredDecision {
    /// The attempt's number.
    pub attempt: u32,
    /// The decision with its inputs.
    pub decision: Decision,
}

/// One line of the feed. `seq` rises and is never used twice; nothing is ever inserted before a line that has been read, so a reader
/// keeps the last number it has dealt with and asks for what comes after it.
///
/// As JSON it is flat, times are RFC 3339 in UTC, what is not known is absent or `null`:
///
/// ```json
/// {"seq": 17, "at": "2026-03-02T14:15:44.001122Z", "type": "recipient.delivered", "occurred_at": "2026-03-02T14:15:43Z",
///  "account": "A", "tracking_id": "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21", "lead": "L-1", "recipient": "ann@example.com",
///  "provider": "postmark-main", "provider_message_id": "5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10"}
/// ```
///
/// Types: `message.` and a [`MessageState`], `message.doubled`, `recipient.` and a [`RecipientStatus`](crate::RecipientStatus),
/// `contact.flagged` and `contact.unflagged` (`reason` says which flag; `flags` lists those that stand after it; without `account` it
/// holds in every account). Readers pass over types they do not know.
#[derive(Debug, Clone, Serialize)]
pub struct FeedEvent {
    /// Where it stands in the feed.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened: `message.sent`, `contact.flagged`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// The particulars.
    #[serde(flatten)]
    pub body: serde_json::Map<String, serde_json::Value>,
}

/// The ledger in numbers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Messages per state; states without any are left out.
    pub states: Vec<StateTotal>,
    /// Messages per provider and route.
    pub providers: Vec<ProviderTotal>,
    /// Second mails that came to light.
    pub doubled: u64,
    /// Contacts flagged now, leads and addresses.
    pub flagged: u64,
}

/// How many messages are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateTotal {
    /// The state.
    pub state: MessageState,
    /// How many.
    pub messages: u64,
}

/// What a provider got of a route.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderTotal {
    /// The route.
    pub route: String,
    /// The provider.
    pub provider: String,
    /// Messages whose first attempt went there.
    pub first_choice: u64,
    /// Messages it accepted.
    pub sent: u64,
}

fn as_text<S: serde::Serializer>(id: &TrackingId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn as_link_word<S: serde::Serializer>(
    choice: &Option<TrackLinks>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    choice.map(link_word).serialize(serializer)
}

fn as_millis<S: serde::Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64() * 1000.0)
        .serialize(serializer)
}
