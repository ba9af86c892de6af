//! What arrived, as JSON: every field that can be seen from here.

use plugin_api::prelude::*;
use plugin_api::serde_json::{Value, json};
use plugin_api::{Attachment, Mailbox};

pub(crate) fn message(message: &Message, context: &CallContext) -> Value {
    let pairs = |pairs: Vec<(&str, &str)>| json!(pairs);
    json!({
        "from": mailbox(message.from()),
        "to": message.to().map(mailbox).collect::<Vec<_>>(),
        "cc": message.cc().map(mailbox).collect::<Vec<_>>(),
        "bcc": message.bcc().map(mailbox).collect::<Vec<_>>(),
        "reply_to": message.reply_to().iter().map(mailbox).collect::<Vec<_>>(),
        "subject": message.subject(),
        "html_body": message.html_body(),
        "text_body": message.text_body(),
        "attachments": message.attachments().iter().map(attachment).collect::<Vec<_>>(),
        "headers": pairs(message.headers().collect()),
        "metadata": pairs(message.metadata().collect()),
        "tag": message.tag(),
        "stream": message.stream(),
        "track_opens": message.track_opens(),
        "track_links": message.track_links().map(|choice| format!("{choice:?}")),
        "template": message.template().map(|template| json!({
            "id": template.id(),
            "alias": template.alias(),
            "model": template.model(),
            "inline_css": template.wants_inline_css(),
        })),
        "lead_uid": message.lead_uid(),
        "account_uid": message.account_uid(),
        "user_account_uid": message.user_account_uid(),
        "tracking_id": message.tracking_id().to_string(),
        "unsubscribe_tag": message.wants_unsubscribe_tag(),
        "extension": message.extension("test.known"),
        "context": context_only(context),
    })
}

pub(crate) fn context_only(context: &CallContext) -> Value {
    json!({
        "attempt": context.attempt(),
        "traceparent": context.traceparent(),
        "soft_before_hard": context.soft_remaining() < context.hard_remaining(),
        "extensions": context
            .extensions()
            .iter()
            .map(|extension| (extension.key(), extension.json(), extension.is_required()))
            .collect::<Vec<_>>(),
    })
}

fn mailbox(mailbox: &Mailbox) -> Value {
    json!([mailbox.address(), mailbox.name()])
}

fn attachment(file: &Attachment) -> Value {
    let shared = file.content_shared();
    json!({
        "name": file.name(),
        "content_type": file.content_type(),
        "content_id": file.content_id(),
        "bytes": file.content().len(),
        "sum": shared.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
    })
}

pub(crate) fn request(request: &WebhookRequest) -> Value {
    json!({
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.body.to_vec(),
        "received_at": request.received_at.as_microsecond(),
        "remote": request.remote.map(|address| address.to_string()),
        "authenticated_by_host": request.authenticated_by_host,
        "replay": request.replay,
    })
}
