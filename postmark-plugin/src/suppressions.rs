//! A stream's suppression list: read, added to, taken from. Changes show after up to a minute.

use std::borrow::Cow;

use plugin_api::serde_json::{Value, from_slice, json, to_vec};
use plugin_api::{
    CallContext, SendError, Suppression, SuppressionChange, SuppressionPage, SuppressionQuery,
};

use crate::SERVICE;
use crate::answer::Reply;
use crate::message::ascii_address;
use crate::refusal::refused_question;
use crate::unsubscribe::{origin, reason};
use plugin_http::{Answer, Client, Fields};

/// Addresses of one request. Source: Postmark's Suppressions API.
const MAX_ADDRESSES: usize = 50;

/// The whole list: Postmark gives it in one piece, so there is one page and no cursor.
pub(crate) async fn list(
    client: &Client,
    stream: &str,
    query: &SuppressionQuery,
    context: &CallContext,
) -> Result<SuppressionPage, SendError> {
    if query.cursor.is_some() {
        let says = "postmark: the suppression list has one page; ask without a cursor";
        return Err(SendError::unsupported("cursor", says));
    }
    let url = client.url(&["message-streams", stream, "suppressions", "dump"]);
    let answer = client
        .get(url, context)
        .await
        .map_err(|failure| failure.of_question(SERVICE))?;
    let entries = items(&answer, entry)?;
    Ok(SuppressionPage::new(entries, None))
}

/// Puts addresses on the list.
pub(crate) async fn add(
    client: &Client,
    stream: &str,
    addresses: &[String],
    context: &CallContext,
) -> Result<Vec<SuppressionChange>, SendError> {
    change(
        client,
        &["message-streams", stream, "suppressions"],
        addresses,
        context,
    )
    .await
}

/// Takes addresses off the list. Postmark refuses complaints and people's own unsubscribes.
pub(crate) async fn remove(
    client: &Client,
    stream: &str,
    addresses: &[String],
    context: &CallContext,
) -> Result<Vec<SuppressionChange>, SendError> {
    let path = ["message-streams", stream, "suppressions", "delete"];
    change(client, &path, addresses, context).await
}

/// Both changes may be repeated without harm, so an error half-way through says nothing about what was done before it.
async fn change(
    client: &Client,
    path: &[&str],
    addresses: &[String],
    context: &CallContext,
) -> Result<Vec<SuppressionChange>, SendError> {
    let mut changes = Vec::with_capacity(addresses.len());
    let addresses: Vec<Cow<'_, str>> = addresses.iter().map(|it| as_sent(it)).collect();
    for some in addresses.chunks(MAX_ADDRESSES) {
        let named: Vec<Value> = some
            .iter()
            .map(|address| json!({ "EmailAddress": address }))
            .collect();
        let body =
            to_vec(&json!({ "Suppressions": named })).expect("a JSON value always serialises");
        let answer = client.post(client.url(path), body, context).await;
        let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
        let outcomes = items(&answer, outcome)?;
        changes.extend(some.iter().map(|address| of(address, &outcomes)));
    }
    Ok(changes)
}

/// The form in which mail goes to the address; what has none is left to Postmark to refuse.
fn as_sent(address: &str) -> Cow<'_, str> {
    ascii_address(address.trim()).unwrap_or(Cow::Borrowed(address))
}

/// The objects under `Suppressions`, each understood, or the error.
fn items<T>(answer: &Answer, read: fn(Fields<'_>) -> Option<T>) -> Result<Vec<T>, SendError> {
    if answer.status != 200 {
        return Err(refused_question(answer, Reply::of(answer).as_ref()));
    }
    let value: Value = from_slice(&answer.body).unwrap_or_default();
    let list =
        Fields::of(&value).filter(|fields| fields.get("Suppressions").is_some_and(Value::is_array));
    let items = list.and_then(|fields| fields.objects("Suppressions").map(read).collect());
    items.ok_or_else(|| {
        SendError::unavailable("postmark: the answer about suppressions is not one Postmark gives")
            .with_provider_code("200")
    })
}

fn entry(fields: Fields<'_>) -> Option<Suppression> {
    let mut entry = Suppression::new(
        fields.text("EmailAddress")?,
        reason(fields.text("SuppressionReason").as_deref()),
        origin(fields.text("Origin").as_deref()),
    );
    entry.created_at = fields.time("CreatedAt");
    Some(entry)
}

fn outcome(fields: Fields<'_>) -> Option<(String, SuppressionChange)> {
    let change = match fields.text("Status")?.as_str() {
        "Suppressed" | "Deleted" => SuppressionChange::Done,
        status => {
            SuppressionChange::Refused(fields.text("Message").unwrap_or_else(|| status.to_owned()))
        }
    };
    Some((fields.text("EmailAddress")?, change))
}

fn of(address: &str, outcomes: &[(String, SuppressionChange)]) -> SuppressionChange {
    let found = outcomes
        .iter()
        .find(|(named, _)| named.trim().eq_ignore_ascii_case(address.trim()));
    match found {
        Some((_, change)) => change.clone(),
        None => SuppressionChange::Unknown("Postmark did not answer for this address".to_owned()),
    }
}
