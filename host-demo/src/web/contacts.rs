//! `/api/DoNotContact/{account}/{lead}`: reading, setting and lifting a lead's flag.

use axum::Json;
use axum::extract::{Path, Request, State};
use plugin_host::{
    AccountKey, Contact, ContactState, Flag, FlagChange, FlagError, FlagReason, FlagSource,
    StoreError, Word,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::callers::Reader;
use super::spoken::Own;
use super::{App, Caller, Problem, body};

type Named = Own<Path<(String, String)>>;

const LARGEST: usize = 64 * 1024;

/// What may come with setting or lifting a flag; all of it optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Details {
    reason: Option<FlagReason>,
    note: Option<String>,
    /// An address to flag beside the lead.
    address: Option<String>,
}

/// `GET`
pub(crate) async fn show(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path((account, lead))): Named,
) -> Result<Json<Value>, Problem> {
    permitted(&caller, &account)?;
    let state = app
        .host
        .contact(&account, &lead)
        .await
        .map_err(unreadable)?;
    Ok(Json(shown(&caller, &state)))
}

/// `PUT`: not to be contacted. Saying it again is a newer word on the record and changes nothing else.
pub(crate) async fn flag(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path((account, lead))): Named,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let details = details(&app, request).await?;
    let reason = details.reason.unwrap_or(FlagReason::Manual);
    change(
        &app,
        &caller,
        (account, lead),
        Word::Flag { reason },
        details,
    )
    .await
}

/// `DELETE`: may be contacted again; lifts every reason.
pub(crate) async fn lift(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path((account, lead))): Named,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let details = details(&app, request).await?;
    change(&app, &caller, (account, lead), Word::Lift, details).await
}

async fn change(
    app: &App,
    caller: &Caller,
    (account, lead): (String, String),
    word: Word,
    details: Details,
) -> Result<Json<Value>, Problem> {
    permitted(caller, &account)?;
    let change = FlagChange {
        account: Some(account.clone()),
        lead: Some(lead.clone()),
        address: details.address,
        word,
        at: None,
        source: FlagSource::Api,
        note: details.note,
    };
    let outcome = app.host.flag(change).await.map_err(|fault| match fault {
        FlagError::Store(error) => unreadable(error),
        other => Problem::bad_request(other.to_string()),
    })?;
    let state = app
        .host
        .contact(&account, &lead)
        .await
        .map_err(unreadable)?;
    let mut answer = shown(caller, &state);
    answer["changed"] = outcome.changed.into();
    answer["callsInFlight"] = outcome.calls_in_flight.into();
    Ok(Json(answer))
}

async fn details(app: &App, request: Request) -> Result<Details, Problem> {
    let bytes = body::read(request, LARGEST, app.request_timeout).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Details::default());
    }
    serde_json::from_slice(&bytes).map_err(|fault| {
        Problem::bad_request(format!(
            "Expected nothing, or a JSON object with `reason`, `note` and `address`: {fault}."
        ))
    })
}

/// The lead's own flags, and those of addresses at which it was mailed: such an address is left out of the lead's messages.
fn shown(caller: &Caller, state: &ContactState) -> Value {
    let addresses = state.addresses.iter().map(|flag| of_address(caller, flag));
    json!({
        "account": state.account,
        "lead": state.lead,
        "doNotContact": state.is_flagged(),
        "since": state.flags.iter().map(|flag| flag.at).min(),
        "flags": state.flags,
        "addresses": addresses.collect::<Vec<_>>(),
    })
}

/// Where a flag for every account came from is not for the eyes of one: it was another account's message.
fn of_address(caller: &Caller, flag: &Flag) -> Value {
    let is_for_all = matches!(flag.contact, Contact::Address { account: None, .. });
    let mut shown = json!(flag);
    if let (Some(_), true, Some(shown)) = (&caller.account, is_for_all, shown.as_object_mut()) {
        for origin in ["tracking_id", "event_id", "webhook", "note"] {
            shown.remove(origin);
        }
    }
    shown
}

fn permitted(caller: &Caller, account: &str) -> Result<(), Problem> {
    if caller.may_see(AccountKey::of(account).as_str()) {
        return Ok(());
    }
    Err(Problem::forbidden("The token is bound to another account."))
}

fn unreadable(error: StoreError) -> Problem {
    tracing::error!(%error, "the store failed");
    Problem::unavailable("The store failed; ask again later.")
}
