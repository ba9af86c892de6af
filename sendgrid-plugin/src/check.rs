//! Is the key good, whose account is it, and may it send?

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{CallContext, CheckReport, RefusalScope, SendError};
use plugin_http::{Answer, Client, Fields};

use crate::SERVICE;
use crate::refusal::refused_question;

/// Reads what the key may do, then whose it is. Source: `GET /v3/scopes` and `GET /v3/user/username` of SendGrid's manual.
pub(crate) async fn account(
    client: &Client,
    key_id: Option<&str>,
    sandbox: bool,
    context: &CallContext,
) -> Result<CheckReport, SendError> {
    let scopes = ask(client, &["v3", "scopes"], context).await?;
    if !may_send(&scopes) {
        return Err(SendError::refused(
            RefusalScope::Account,
            format!(
                "{SERVICE}: the API key lacks the permission `mail.send`; grant it at SendGrid (Settings, API Keys)"
            ),
        ));
    }
    let mut report = match user(client, context).await {
        Some(id) => CheckReport::new(format!("sendgrid:user:{id}")),
        None => CheckReport::new(format!("sendgrid:key:{}", key_id.unwrap_or("unknown"))),
    };
    if report.account.starts_with("sendgrid:key:") {
        report.warnings.push(
            "the API key may not read its account (`user.username.read`), so the key's id stands for it: after a change of key, messages in doubt \
             under the old one are not searched for"
                .to_owned(),
        );
    }
    if sandbox {
        report.warnings.push(
            "`sandbox` is true: messages are checked and accepted, and never delivered; no webhook comes"
                .to_owned(),
        );
    }
    Ok(report)
}

async fn ask(client: &Client, path: &[&str], context: &CallContext) -> Result<Answer, SendError> {
    let answer = client.get(client.url(path), context).await;
    let answer = answer.map_err(|failure| failure.of_question(SERVICE))?;
    match answer.status {
        200 => Ok(answer),
        _ => Err(refused_question(&answer)),
    }
}

fn may_send(answer: &Answer) -> bool {
    let value: Value = from_slice(&answer.body).unwrap_or_default();
    let scopes = value["scopes"].as_array();
    scopes.is_some_and(|scopes| scopes.iter().any(|scope| scope == "mail.send"))
}

/// The account's number; many keys may not read it.
async fn user(client: &Client, context: &CallContext) -> Option<String> {
    let answer = ask(client, &["v3", "user", "username"], context)
        .await
        .ok()?;
    let value: Value = from_slice(&answer.body).ok()?;
    Fields::of(&value)?.id("user_id")
}
