//! Settling doubts by the Email Activity search, for accounts that have bought it.
//!
//! A row of the search names neither the TrackingId nor when it was accepted. So each message is searched for by itself; a row is believed
//! only after the mail it names has been asked for its own TrackingId; and nothing tells how far the index reaches: "absent" carries no
//! `indexed_through`. SendGrid answers six such questions a minute, so every call goes on where the one before it stopped.
//!
//! Source: SendGrid's OpenAPI file of the Email Activity API.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use plugin_api::serde_json::{Value, from_slice, from_str};
use plugin_api::{CallContext, Lookup, ProviderMessageId, Receipt, SentQuery, metadata};
use plugin_http::{Answer, Client, Fields, Url};

use crate::refusal::refused_question;
use crate::{SERVICE, message_id};

/// Questions of one call: a minute's worth.
const QUESTIONS: usize = 6;
/// What one message may take: the search, and the mail it finds.
const QUESTIONS_OF_ONE: usize = 2;
/// Rows of an answer, one for each recipient.
const MAX_ROWS: &str = "1000";

/// Where the next call begins.
#[derive(Debug, Default)]
pub(crate) struct Turn(AtomicUsize);

/// Looks for messages; the answers are in the order of the queries. After "slow down", nothing more is asked.
pub(crate) async fn find(
    client: &Client,
    queries: &[SentQuery],
    turn: &Turn,
    context: &CallContext,
) -> Vec<Lookup> {
    let not_asked =
        || Lookup::unknown("not asked this time: SendGrid answers six questions a minute");
    let mut lookups: Vec<Lookup> = queries.iter().map(|_| not_asked()).collect();
    let mut asking = Asking {
        client,
        context,
        left: QUESTIONS,
    };
    let first = turn.0.load(Ordering::Relaxed);
    for place in (first..).take(queries.len()) {
        if asking.left < QUESTIONS_OF_ONE {
            turn.0.store(place, Ordering::Relaxed);
            break;
        }
        let place = place % queries.len();
        let lookup = asking.about(&queries[place]).await;
        lookups[place] = lookup.unwrap_or_else(Lookup::unknown);
    }
    lookups
}

/// The questions of one call. What fails, fails with the reason why nothing is known.
struct Asking<'a> {
    client: &'a Client,
    context: &'a CallContext,
    left: usize,
}

impl Asking<'_> {
    async fn about(&mut self, query: &SentQuery) -> Result<Lookup, String> {
        let mut found: Vec<ProviderMessageId> = Vec::new();
        for (request_id, copy_id) in self.search(query).await? {
            let tracking_id = self.tracking_id_of(&copy_id).await?;
            if tracking_id != query.tracking_id.to_string() {
                return Err("the search answered with another message".to_owned());
            }
            found.push(message_id::of_request(&request_id, &tracking_id));
        }
        let mut found = found.into_iter();
        Ok(match found.next() {
            Some(id) => {
                let mut receipt = Receipt::new(id);
                receipt.duplicates = found.collect();
                Lookup::Found(receipt)
            }
            None => Lookup::Absent {
                indexed_through: None,
            },
        })
    }

    /// The requests whose mails are said to carry the TrackingId, each with one recipient's copy.
    async fn search(&mut self, query: &SentQuery) -> Result<BTreeMap<String, String>, String> {
        let name = metadata::TRACKING_ID;
        let wanted = format!("(unique_args['{name}']=\"{}\")", query.tracking_id);
        let mut url = self.client.url(&["v3", "messages"]);
        url.query_pairs_mut()
            .append_pair("limit", MAX_ROWS)
            .append_pair("query", &wanted);
        let answer = self.ask(url).await?;
        let rows = Fields::of(&answer)
            .and_then(|fields| fields.get("messages"))
            .and_then(Value::as_array)
            .ok_or("the answer of the search is not one SendGrid gives")?;
        let requests = rows.iter().map(|row| {
            let copy_id = Fields::of(row)?.text("msg_id")?;
            Some((message_id::request_of(&copy_id)?.to_owned(), copy_id))
        });
        let requests: Option<BTreeMap<String, String>> = requests.collect();
        requests.ok_or_else(|| "a row of the search names no `msg_id`".to_owned())
    }

    /// What a mail itself says its TrackingId is.
    async fn tracking_id_of(&mut self, copy_id: &str) -> Result<String, String> {
        let url = self.client.url(&["v3", "messages", copy_id]);
        let answer = self.ask(url).await?;
        own_tracking_id(&answer)
            .ok_or_else(|| "the mail that the search found names no TrackingId".to_owned())
    }

    async fn ask(&mut self, url: Url) -> Result<Value, String> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or("not asked to the end this time: SendGrid answers six questions a minute")?;
        match self.client.get(url, self.context).await {
            Ok(answer) if answer.status == 200 => read(&answer),
            Ok(answer) => {
                self.left = 0;
                Err(refused_question(&answer).message)
            }
            Err(failure) => {
                self.left = 0;
                Err(failure.of_question(SERVICE).message)
            }
        }
    }
}

fn read(answer: &Answer) -> Result<Value, String> {
    from_slice(&answer.body).map_err(|_| "the answer is not JSON".to_owned())
}

/// `unique_args` is an object, or the text of one.
fn own_tracking_id(mail: &Value) -> Option<String> {
    let arguments = Fields::of(mail)?.get("unique_args")?;
    let inner: Value = match arguments.as_str() {
        Some(text) => from_str(text).ok()?,
        None => arguments.clone(),
    };
    Fields::of(&inner)?.text(metadata::TRACKING_ID)
}
