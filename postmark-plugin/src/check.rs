//! Is the token good, whose server is it, and is anything set up in a way that surprises later?

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{CallContext, CheckReport, RefusalScope, SendError};

use crate::SERVICE;
use crate::answer::Reply;
use crate::message::Defaults;
use crate::refusal::refused_question;
use plugin_http::{Answer, Client, Fields};

/// Reads the server and the default stream. The answer for a server holds its tokens: nothing of it is kept but what is named here.
pub(crate) async fn server(
    client: &Client,
    defaults: &Defaults,
    context: &CallContext,
) -> Result<CheckReport, SendError> {
    let server = object(&ask(client, &["server"], context).await?)
        .ok_or_else(|| strange_server("is not one Postmark gives"))?;
    let fields = Fields::of(&server);
    let id = fields
        .and_then(|fields| fields.id("ID"))
        .ok_or_else(|| strange_server("names no `ID`"))?;
    let mut report = CheckReport::new(format!("postmark:server:{id}"));
    report.warnings.extend(
        fields
            .iter()
            .flat_map(|fields| server_warnings(*fields, defaults)),
    );
    report
        .warnings
        .extend(stream_warnings(client, &defaults.stream, context).await);
    Ok(report)
}

/// Whether Postmark answers at all. What the test token may read is not documented, so Postmark's refusal is as good as its answer.
pub(crate) async fn test_token(
    client: &Client,
    context: &CallContext,
) -> Result<CheckReport, SendError> {
    let answer = client.get(client.url(&["server"]), context).await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    let reply = Reply::of(&answer);
    match (answer.status, &reply) {
        (200 | 401 | 422, Some(_)) => {}
        (200, None) => return Err(strange_server("is not one Postmark gives")),
        _ => return Err(refused_question(&answer, reply.as_ref())),
    }
    let mut report = CheckReport::new("postmark:test");
    report.warnings.push(
        "`server_token` is POSTMARK_API_TEST: messages are checked and accepted, and never delivered; no webhook comes and no search \
         finds them"
            .to_owned(),
    );
    Ok(report)
}

fn strange_server(what: &str) -> SendError {
    let says = format!("postmark: the answer about the server {what}; check `base_url`");
    SendError::refused(RefusalScope::Provider, says)
}

async fn ask(client: &Client, path: &[&str], context: &CallContext) -> Result<Answer, SendError> {
    let answer = client.get(client.url(path), context).await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    match answer.status {
        200 => Ok(answer),
        _ => Err(refused_question(&answer, Reply::of(&answer).as_ref())),
    }
}

fn object(answer: &Answer) -> Option<Value> {
    from_slice(&answer.body).ok().filter(Value::is_object)
}

fn server_warnings(server: Fields<'_>, defaults: &Defaults) -> Vec<String> {
    let mut warnings = Vec::new();
    let kind = server.text("DeliveryType").unwrap_or_default();
    if kind.eq_ignore_ascii_case("Sandbox") {
        warnings.push("the server is a sandbox: mail is accepted and never delivered, and counts towards the plan".to_owned());
    }
    if server.flag("TrackOpens") == Some(true) && defaults.track_opens != Some(true) {
        warnings.push(
            "the server tracks opens of every message: no message can switch that off".to_owned(),
        );
    }
    warnings
}

async fn stream_warnings(client: &Client, stream: &str, context: &CallContext) -> Vec<String> {
    let about = |what: &str| vec![format!("message stream `{stream}`: {what}")];
    match ask(client, &["message-streams", stream], context).await {
        Ok(answer) => match object(&answer) {
            Some(found) => Fields::of(&found).map_or_else(Vec::new, |found| {
                problems(found).into_iter().flat_map(about).collect()
            }),
            None => about("could not be read: the answer is not one Postmark gives"),
        },
        Err(error) => match error.provider_code.as_deref() {
            Some("422/1226" | "422/1235" | "404/12") => about(
                "does not exist on this server; every message that names no other will be refused",
            ),
            _ => about(&format!("could not be read: {error}")),
        },
    }
}

fn problems(stream: Fields<'_>) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if stream.has("ArchivedAt") {
        problems.push("is archived; unarchive it at Postmark, or set `message_stream` to another");
    }
    if stream
        .text("MessageStreamType")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Inbound"))
    {
        problems.push("is for inbound mail and cannot send; set `message_stream` to another");
    }
    let handling = stream
        .get("SubscriptionManagementConfiguration")
        .and_then(Fields::of);
    let handling = handling.and_then(|handling| handling.text("UnsubscribeHandlingType"));
    if handling.is_some_and(|handling| handling.eq_ignore_ascii_case("Custom")) {
        problems.push(
            "leaves unsubscribing to the sender; whether Postmark replaces the unsubscribe tag there is not documented, so use links of \
             the host's own",
        );
    }
    problems
}
