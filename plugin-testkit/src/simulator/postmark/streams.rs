//! `/message-streams` and `/server`: how the server is set up.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::account::{Server, Stream};
use super::answer::ApiError;
use super::caller::Caller;
use super::config::{StreamType, UnsubscribeHandling};
use super::params::Params;
use super::time::eastern_seconds;

/// `GET /message-streams?MessageStreamType=`
pub(super) async fn list(caller: Caller, params: Params) -> Result<Response, ApiError> {
    let kind = params
        .get("MessageStreamType")
        .filter(|kind| !kind.eq_ignore_ascii_case("All"));
    let known = [
        StreamType::Transactional,
        StreamType::Broadcasts,
        StreamType::Inbound,
    ];
    if kind.is_some_and(|kind| !known.iter().any(|it| it.name().eq_ignore_ascii_case(kind))) {
        return Err(ApiError::unprocessable(
            1221,
            "The 'MessageStreamType' is not valid.",
        ));
    }
    let state = caller.server.state();
    let fits =
        |it: &&Stream| kind.is_none_or(|kind| it.config.kind.name().eq_ignore_ascii_case(kind));
    let listed: Vec<Value> = state
        .streams
        .iter()
        .filter(fits)
        .map(|it| object(&caller.server, it))
        .collect();
    Ok(Json(json!({ "TotalCount": listed.len(), "MessageStreams": listed })).into_response())
}

/// `GET /message-streams/{id}`
pub(super) async fn get(caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let unknown =
        || ApiError::unprocessable(1226, format!("The message stream '{id}' was not found."));
    let stream = state.stream(&id).ok_or_else(unknown)?;
    Ok(Json(object(&caller.server, stream)).into_response())
}

/// `GET /server`
pub(super) async fn server(caller: Caller) -> Response {
    let server = &caller.server;
    Json(json!({
        "ID": server.id,
        "Name": server.name,
        "ApiTokens": [server.token],
        "ServerLink": format!("https://postmarkapp.com/servers/{}/streams", server.id),
        "Color": "blue",
        "SmtpApiActivated": true,
        "RawEmailEnabled": false,
        "DeliveryType": if server.sandbox { "Sandbox" } else { "Live" },
        "InboundAddress": format!("{:032x}@inbound.postmarkapp.com", server.id),
        "InboundHookUrl": "",
        "BounceHookUrl": "",
        "OpenHookUrl": "",
        "DeliveryHookUrl": "",
        "ClickHookUrl": "",
        "PostFirstOpenOnly": false,
        "InboundDomain": "",
        "InboundHash": format!("{:032x}", server.id),
        "InboundSpamThreshold": 5,
        "TrackOpens": server.track_opens,
        "TrackLinks": "None",
        "IncludeBounceContentInHook": false,
        "EnableSmtpApiErrorHooks": false,
    }))
    .into_response()
}

fn object(server: &Server, stream: &Stream) -> Value {
    json!({
        "ID": stream.config.id,
        "ServerID": server.id,
        "Name": stream.config.name,
        "Description": null,
        "MessageStreamType": stream.config.kind.name(),
        "CreatedAt": eastern_seconds(stream.created_at),
        "UpdatedAt": null,
        "ArchivedAt": null,
        "ExpectedPurgeDate": null,
        "SubscriptionManagementConfiguration": { "UnsubscribeHandlingType": stream.config.unsubscribe.name() },
    })
}

impl StreamType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Transactional => "Transactional",
            Self::Broadcasts => "Broadcasts",
            Self::Inbound => "Inbound",
        }
    }
}

impl UnsubscribeHandling {
    fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Postmark => "Postmark",
            Self::Custom => "Custom",
        }
    }
}
