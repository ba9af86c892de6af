//! SendGrid's suppression lists: unsubscribes (of the group, or of everything), bounces, spam reports, invalid addresses.
//!
//! Each is a list of its own, read page by page; a cursor is the list's name and an offset. Source: SendGrid's manual, Suppressions.

use plugin_api::serde_json::{Value, from_slice, json, to_vec};
use plugin_api::{
    CallContext, SendError, Suppression, SuppressionChange, SuppressionEdit, SuppressionOrigin,
    SuppressionPage, SuppressionQuery, SuppressionReason, Timestamp,
};
use plugin_http::{Answer, Client, Fields};

use crate::SERVICE;
use crate::refusal::refused_question;
use crate::unsubscribe::Link;

/// Entries of a page. SendGrid gives up to 500.
const PAGE: usize = 500;

/// One of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Group(u64),
    Unsubscribes,
    Bounces,
    SpamReports,
    InvalidEmails,
}

impl List {
    /// The lists in the order in which pages go through them.
    fn all(link: Link) -> Vec<Self> {
        let group = match link {
            Link::Group(id) => Some(Self::Group(id)),
            _ => None,
        };
        let global = [
            Self::Unsubscribes,
            Self::Bounces,
            Self::SpamReports,
            Self::InvalidEmails,
        ];
        group.into_iter().chain(global).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Group(_) => "group",
            Self::Unsubscribes => "unsubscribes",
            Self::Bounces => "bounces",
            Self::SpamReports => "spam_reports",
            Self::InvalidEmails => "invalid_emails",
        }
    }

    fn reason(self) -> SuppressionReason {
        match self {
            Self::Group(_) | Self::Unsubscribes => SuppressionReason::Unsubscribed,
            Self::Bounces | Self::InvalidEmails => SuppressionReason::HardBounce,
            Self::SpamReports => SuppressionReason::Complaint,
        }
    }

    /// A group's list comes whole and without dates.
    fn is_whole(self) -> bool {
        matches!(self, Self::Group(_))
    }
}

/// A page of the first list that has more, beginning where the cursor says.
pub(crate) async fn list(
    client: &Client,
    link: Link,
    query: &SuppressionQuery,
    context: &CallContext,
) -> Result<SuppressionPage, SendError> {
    let wanted = |list: &List| query.reason.is_none_or(|reason| reason == list.reason());
    let lists: Vec<List> = List::all(link).into_iter().filter(wanted).collect();
    let Some((place, offset)) = begin(&lists, query.cursor.as_deref())? else {
        return Ok(SuppressionPage::default());
    };
    let list = lists[place];
    let answer = client
        .get(address(client, list, offset, query.since), context)
        .await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    let entries = entries(&answer, list)?;
    let next = if entries.len() == PAGE && !list.is_whole() {
        Some(format!("{}:{}", list.name(), offset + PAGE))
    } else {
        lists
            .get(place + 1)
            .map(|list| format!("{}:0", list.name()))
    };
    Ok(SuppressionPage::new(entries, next))
}

/// Which list, and where in it; nothing when no list is asked for.
fn begin(lists: &[List], cursor: Option<&str>) -> Result<Option<(usize, usize)>, SendError> {
    let Some(cursor) = cursor else {
        return Ok((!lists.is_empty()).then_some((0, 0)));
    };
    let found = cursor.split_once(':').and_then(|(name, offset)| {
        let place = lists.iter().position(|list| list.name() == name)?;
        Some((place, offset.parse().ok()?))
    });
    found.map(Some).ok_or_else(|| {
        let says =
            format!("{SERVICE}: the cursor is none that an earlier page gave; ask without one");
        SendError::unsupported("cursor", says)
    })
}

fn address(
    client: &Client,
    list: List,
    offset: usize,
    since: Option<Timestamp>,
) -> plugin_http::Url {
    if let List::Group(id) = list {
        return client.url(&["v3", "asm", "groups", &id.to_string(), "suppressions"]);
    }
    let mut url = client.url(&["v3", "suppression", list.name()]);
    url.query_pairs_mut()
        .append_pair("limit", &PAGE.to_string())
        .append_pair("offset", &offset.to_string());
    if let Some(since) = since {
        let seconds = since.as_second().max(0).to_string();
        url.query_pairs_mut().append_pair("start_time", &seconds);
    }
    url
}

fn entries(answer: &Answer, list: List) -> Result<Vec<Suppression>, SendError> {
    if answer.status != 200 {
        return Err(refused_question(answer));
    }
    let value: Value = from_slice(&answer.body).unwrap_or_default();
    let entries = value
        .as_array()
        .map(|items| items.iter().map(|item| entry(item, list)).collect());
    entries.flatten().ok_or_else(|| {
        let says = "the answer about suppressions is not one SendGrid gives";
        SendError::unavailable(format!("{SERVICE}: {says}")).with_provider_code("200")
    })
}

/// `{"created", "email"}`, or in a group the address alone.
fn entry(item: &Value, list: List) -> Option<Suppression> {
    let origin = match list {
        List::SpamReports => SuppressionOrigin::Recipient,
        List::Bounces | List::InvalidEmails => SuppressionOrigin::Admin,
        List::Group(_) | List::Unsubscribes => SuppressionOrigin::Unknown,
    };
    if let Some(address) = item.as_str() {
        return Some(Suppression::new(address, list.reason(), origin));
    }
    let fields = Fields::of(item)?;
    let mut entry = Suppression::new(fields.text("email")?, list.reason(), origin);
    entry.created_at = fields
        .integer("created")
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    Some(entry)
}

/// Puts addresses on the list of unsubscribes. SendGrid keeps bounces and complaints itself, and answers with whom it put there.
pub(crate) async fn add(
    client: &Client,
    link: Link,
    edit: &SuppressionEdit,
    context: &CallContext,
) -> Result<Vec<SuppressionChange>, SendError> {
    let url = match link {
        Link::Group(id) => client.url(&["v3", "asm", "groups", &id.to_string(), "suppressions"]),
        _ => client.url(&["v3", "asm", "suppressions", "global"]),
    };
    let body = to_vec(&json!({ "recipient_emails": edit.addresses }))
        .expect("a JSON value always serialises");
    let answer = client.post(url, body, context).await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    if !matches!(answer.status, 200 | 201) {
        return Err(refused_question(&answer));
    }
    let value: Value = from_slice(&answer.body).unwrap_or_default();
    let added = value["recipient_emails"].as_array();
    let is_added = |address: &str| {
        let mut added = added.into_iter().flatten().filter_map(Value::as_str);
        added.any(|known| known.eq_ignore_ascii_case(address))
    };
    let changes = edit
        .addresses
        .iter()
        .map(|address| match is_added(address) {
            true => SuppressionChange::Done,
            false => SuppressionChange::Unknown("SendGrid's answer does not name it".to_owned()),
        });
    Ok(changes.collect())
}

/// Takes addresses off the lists of the reason, or off all. May be repeated without harm, so an error half-way through says nothing about what
/// was done before it.
pub(crate) async fn remove(
    client: &Client,
    link: Link,
    edit: &SuppressionEdit,
    context: &CallContext,
) -> Result<Vec<SuppressionChange>, SendError> {
    let wanted = |list: &List| edit.reason.is_none_or(|reason| reason == list.reason());
    let lists: Vec<List> = List::all(link).into_iter().filter(wanted).collect();
    let mut changes = Vec::with_capacity(edit.addresses.len());
    for address in &edit.addresses {
        for list in &lists {
            take_off(client, *list, address, context).await?;
        }
        changes.push(SuppressionChange::Done);
    }
    Ok(changes)
}

/// Who is not on the list is as good as taken off it.
async fn take_off(
    client: &Client,
    list: List,
    address: &str,
    context: &CallContext,
) -> Result<(), SendError> {
    let group = if let List::Group(id) = list {
        id.to_string()
    } else {
        String::new()
    };
    let url = match list {
        List::Group(_) => client.url(&["v3", "asm", "groups", &group, "suppressions", address]),
        List::Unsubscribes => client.url(&["v3", "asm", "suppressions", "global", address]),
        _ => client.url(&["v3", "suppression", list.name(), address]),
    };
    let answer = client.delete(url, context).await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    match answer.status {
        200 | 204 | 404 => Ok(()),
        _ => Err(refused_question(&answer)),
    }
}
