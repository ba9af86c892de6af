//! Settling doubts: does Postmark have these messages?
//!
//! Many are looked for at once in the time window of their attempts, matched by the TrackingId in the metadata that comes back. What
//! the window does not show is searched for by its TrackingId alone, without dates: clocks that differ, the hour that autumn repeats and
//! Postmark's limit of 10,000 rows then hide nothing. "Absent" means that neither shows it.
//!
//! `indexed_through` is a lower bound drawn from what is visible: Postmark publishes no indexing delay. See [`horizon`].

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use plugin_api::{
    CallContext, Lookup, Mailbox, Receipt, RecipientOutcome, RecipientResult, SendError,
    SendErrorKind, SentQuery, TrackingId,
};

use crate::message::ascii_address;
use crate::search::{MAX_PAGE, MAX_ROWS, Page, Row, Search};
use plugin_http::Client;

/// Added to both ends of a window, for clocks that differ.
const WINDOW_MARGIN: Duration = Duration::from_secs(15 * 60);
/// Up to so many, searching for each is as cheap as one window.
const FEW: usize = 2;
/// Searches at a time: Postmark publishes no rate.
const AT_A_TIME: usize = 4;
/// More than one hit is a message sent twice; more than these of one message are not worth listing.
const MAX_HITS: usize = 50;
/// How far this machine's clock may be from Postmark's for the two to be compared.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);

type Hits = BTreeMap<TrackingId, Vec<Row>>;

/// Looks for messages; the answers are in the order of the queries.
pub(crate) async fn find(
    client: &Client,
    queries: &[SentQuery],
    default_stream: &str,
    context: &CallContext,
) -> Vec<Lookup> {
    let mut streams: BTreeMap<&str, Vec<(usize, &SentQuery)>> = BTreeMap::new();
    for (place, query) in queries.iter().enumerate() {
        let own = query.stream.as_deref().filter(|stream| !stream.is_empty());
        let stream = own.unwrap_or(default_stream);
        streams.entry(stream).or_default().push((place, query));
    }
    let mut lookups: BTreeMap<usize, Lookup> = BTreeMap::new();
    for (name, placed) in streams {
        let (places, queries): (Vec<usize>, Vec<&SentQuery>) = placed.into_iter().unzip();
        let found = in_stream(client, name, &queries, context).await;
        lookups.extend(places.into_iter().zip(found));
    }
    lookups.into_values().collect()
}

async fn in_stream(
    client: &Client,
    name: &str,
    queries: &[&SentQuery],
    context: &CallContext,
) -> Vec<Lookup> {
    // Asked first: what is visible by then was visible to the searches that follow.
    let indexed_through = match horizon(client, name, queries, context).await {
        Ok(horizon) => horizon,
        Err(error) => return queries.iter().map(|_| unknown(&error)).collect(),
    };
    let mut hits = Hits::new();
    if queries.len() > FEW {
        match window(client, name, queries, context).await {
            Ok(found) => hits = found,
            Err(error) => return queries.iter().map(|_| unknown(&error)).collect(),
        }
    }
    let slow_down = OnceLock::new();
    let mut settling = Vec::with_capacity(queries.len());
    for query in queries {
        let search = by_id(client, name, query.tracking_id, context);
        let rows = hits.remove(&query.tracking_id);
        settling.push(settle(query, rows, search, indexed_through, &slow_down));
    }
    stream::iter(settling).buffered(AT_A_TIME).collect().await
}

/// What the window showed of one message, else what a search for it shows. Once Postmark asks to slow down, nothing more is searched.
async fn settle(
    query: &SentQuery,
    rows: Option<Vec<Row>>,
    search: impl Future<Output = Result<Vec<Row>, SendError>>,
    indexed_through: Option<Timestamp>,
    slow_down: &OnceLock<Lookup>,
) -> Lookup {
    let rows = match (rows, slow_down.get()) {
        (Some(rows), _) => Ok(rows),
        (None, Some(unknown)) => return unknown.clone(),
        (None, None) => search.await,
    };
    match rows {
        Ok(rows) => lookup(rows, query, indexed_through),
        Err(error) if matches!(error.kind, SendErrorKind::Throttled { .. }) => {
            slow_down.get_or_init(|| unknown(&error)).clone()
        }
        Err(error) => unknown(&error),
    }
}

/// Everything the stream accepted while these attempts ran, as far as it carries one of their ids. Empty when there are too many
/// pages for it to be cheaper than a search for each.
async fn window(
    client: &Client,
    name: &str,
    queries: &[&SentQuery],
    context: &CallContext,
) -> Result<Hits, SendError> {
    let search = Search {
        from: queries
            .iter()
            .map(|query| query.attempted_at)
            .min()
            .and_then(|at| at.checked_sub(WINDOW_MARGIN).ok()),
        to: queries
            .iter()
            .map(|query| query.deadline_at)
            .max()
            .and_then(|at| at.checked_add(WINDOW_MARGIN).ok()),
        ..Search::stream(name)
    };
    let mut hits = Hits::new();
    let mut offset = 0;
    loop {
        let page = search.page(client, MAX_PAGE, offset, context).await?;
        if page.total > MAX_ROWS || page.total.div_ceil(MAX_PAGE) > queries.len() {
            return Ok(Hits::new());
        }
        offset += page.rows.len();
        let last = page.rows.is_empty() || offset >= page.total || offset + MAX_PAGE > MAX_ROWS;
        for row in page.rows {
            let wanted = |id: &TrackingId| queries.iter().any(|query| query.tracking_id == *id);
            if let Some(id) = row.tracking_id.filter(wanted) {
                hits.entry(id).or_default().push(row);
            }
        }
        if last {
            return Ok(hits);
        }
    }
}

/// The messages with one id, whenever they were accepted. How Postmark compares is not documented, so the rows are compared here; rows
/// of which nobody can say that they are other messages prove no absence.
async fn by_id(
    client: &Client,
    name: &str,
    id: TrackingId,
    context: &CallContext,
) -> Result<Vec<Row>, SendError> {
    let search = Search {
        tracking_id: Some(id),
        ..Search::stream(name)
    };
    let page = search.page(client, MAX_HITS, 0, context).await?;
    let shows_all =
        page.total <= page.rows.len() && page.rows.iter().all(|row| row.tracking_id.is_some());
    let is_it = |row: &Row| row.tracking_id == Some(id);
    let rows: Vec<Row> = page.rows.into_iter().filter(is_it).collect();
    if rows.is_empty() && !shows_all {
        let says = "postmark: a search for one TrackingId showed other messages, which proves nothing about this one";
        return Err(SendError::unavailable(says));
    }
    Ok(rows)
}

/// Until when messages of the stream are visible: the acceptance of the newest one that is, less the tolerance between the clocks.
///
/// It rests on one assumption: that Postmark indexes a stream in the order of acceptance. No source says so. It proves nothing alone,
/// which is why the host asks twice. Without a visible message newer than the attempts there is no bound, and neither when
/// Postmark's clock, as its answer shows it, is not the one this machine has.
async fn horizon(
    client: &Client,
    name: &str,
    queries: &[&SentQuery],
    context: &CallContext,
) -> Result<Option<Timestamp>, SendError> {
    let search = Search {
        from: queries.iter().map(|query| query.attempted_at).min(),
        ..Search::stream(name)
    };
    let page = search.page(client, MAX_HITS, 0, context).await?;
    Ok(newest(&page, Timestamp::now()))
}

fn newest(page: &Page, now: Timestamp) -> Option<Timestamp> {
    let date = page.date?;
    let difference = date.duration_since(now).unsigned_abs();
    if difference > CLOCK_TOLERANCE {
        tracing::warn!(
            difference_s = difference.as_secs(),
            "this machine's clock is not Postmark's, so its search cannot show until when it is complete; set the clock"
        );
        return None;
    }
    let newest = page.rows.iter().filter_map(|row| row.received_at).max()?;
    // A message from the future contradicts the clock just compared.
    let latest = date.checked_add(CLOCK_TOLERANCE).ok()?;
    let newest = Some(newest).filter(|newest| *newest <= latest)?;
    newest.checked_sub(CLOCK_TOLERANCE).ok()
}

fn lookup(mut rows: Vec<Row>, query: &SentQuery, indexed_through: Option<Timestamp>) -> Lookup {
    rows.sort_by_key(|row| row.received_at);
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Lookup::Absent { indexed_through };
    };
    let mut receipt = Receipt::new(first.id);
    receipt.accepted_at = first.received_at;
    receipt.recipients = not_listed(&first.recipients, &query.to);
    for row in rows {
        // Pages can overlap: the same message twice is no duplicate.
        if row.id != receipt.id && !receipt.duplicates.contains(&row.id) {
            receipt.duplicates.push(row.id);
        }
    }
    Lookup::Found(receipt)
}

/// Recipients of the attempt that Postmark does not list with the message: of them nothing is known.
fn not_listed(listed: &[String], to: &[String]) -> Vec<RecipientResult> {
    if listed.is_empty() {
        return Vec::new();
    }
    let listed: Vec<String> = listed.iter().map(|text| bare(text)).collect();
    to.iter()
        .filter(|address| !listed.contains(&bare(address)))
        .map(|address| RecipientResult::new(address.clone(), RecipientOutcome::Unknown))
        .collect()
}

/// An address without a name, as Postmark writes it, in lower case.
fn bare(text: &str) -> String {
    let mailbox = text.parse::<Mailbox>();
    let address = mailbox.as_ref().map_or(text, Mailbox::address);
    ascii_address(address).map_or_else(
        |_| address.to_lowercase(),
        |ascii| ascii.to_ascii_lowercase(),
    )
}

fn unknown(error: &SendError) -> Lookup {
    Lookup::unknown(error.to_string())
}
