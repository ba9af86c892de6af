//! Does the server take the login, and is anything set up in a way that surprises later?

use std::hash::Hasher as _;

use plugin_api::{CallContext, CheckReport, SendError};
use siphasher::sip::SipHasher13;

use crate::client::{Client, Failure};
use crate::error::Stage;
use crate::redact::People;
use crate::refusal;
use crate::settings::{Encryption, Settings};

/// Connects, logs in and asks for a sign of life.
pub(crate) async fn server(
    client: &Client,
    settings: &Settings,
    context: &CallContext,
) -> Result<CheckReport, SendError> {
    let until = Client::deadline(context);
    let mut lease = client.connect(until).await?;
    if let Err(failure) = lease.session.ping(until).await {
        return Err(match failure {
            Failure::Refused(reply) => refusal::of_reply(Stage::Hello, &reply, &People::nobody()),
            Failure::Lost(why) => refusal::lost_before(&client.server, &why),
        });
    }
    let offers = lease.session.offers;
    client.keep(lease);
    let mut report = CheckReport::new(account(client, settings));
    if settings.tls == Encryption::None && !settings.is_this_machine() {
        report.warnings.push(
            "`tls` is `none`: everybody on the way to the server can read the mail; use `starttls` or `implicit`".to_owned(),
        );
    }
    if !settings.dsn_notify.is_empty() && !offers.dsn {
        report
            .warnings
            .push("`dsn_notify` has no effect: the server does not offer DSN".to_owned());
    }
    Ok(report)
}

/// The server and the user there, who may be an address and is therefore not named.
fn account(client: &Client, settings: &Settings) -> String {
    let user = settings
        .username
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    let mut digest = SipHasher13::new();
    digest.write(user.as_bytes());
    match user {
        "" => format!("smtp:{}", client.server.name()),
        _ => format!("smtp:{}:{:016x}", client.server.name(), digest.finish()),
    }
}
