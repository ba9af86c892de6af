//! A Postmark and a SendGrid that report to one service in front of both, each behind a library of its own.

use std::time::Duration;

use plugin_testkit::simulator::{
    DynamicTemplate, EventWebhookConfig, PostmarkConfig, SendgridConfig, ServerConfig, SigningKey,
    Simulator, SimulatorConfig, Triggers, UnsubscribeGroup, WebhookConfig,
};

use super::own_address;
use super::service::{HOOK, OPEN_ROUTE, Provider, SERVICE_TOKEN, Service};

const KEY: &str = "SG.system-tests.5d0c1b9f7e210b9d3f2e6a0e4b528a53";
const GROUP: u64 = 4711;
const UNSUBSCRIBES: &str = "/api/DoNotContact/ProcessUnsubscribe";

/// Starts everything, with providers `postmark-main` and `sendgrid-main` and these routes. Where `reports` is false, no webhook comes from SendGrid; its
/// search is asked instead.
pub(crate) async fn family(routes: &str, reports: bool) -> Service {
    let address = own_address();
    let host = format!("http://{address}");
    let signing = SigningKey::generate();
    let mut account = SendgridConfig::with_key(KEY)
        .group(UnsubscribeGroup::new(GROUP, "Offers"))
        .template(DynamicTemplate::new("d-welcome", "Hello {{name}}").text("Dear {{name}}"))
        .email_activity(Duration::ZERO);
    if reports {
        account = account.webhook(webhook(&format!("{host}/webhooks/sendgrid-main"), &signing));
    }
    let postmark = SimulatorConfig::postmark(PostmarkConfig::with_server(server(&host)));
    let start = async |config| Simulator::start(config).await.expect("a free port");
    let postmark = start(postmark).await;
    let sendgrid = start(SimulatorConfig::sendgrid(account)).await;
    let settings = format!(
        "{{ api_key = \"{KEY}\", base_url = \"{}\", unsubscribe_group = {GROUP}, webhook_public_keys = [\"{}\"], \
         activity_search = {} }}",
        sendgrid.base_url(),
        signing.public_key(),
        !reports,
    );
    let providers = [
        Provider::postmark("postmark-main", &postmark),
        Provider {
            name: "sendgrid-main",
            library: "sendgrid",
            settings,
        },
    ];
    Service::over(postmark, Some(sendgrid), &providers, |config| {
        let quickly = "[delivery]\nsoft_deadline = \"20s\"\nhard_deadline = \"21s\"\n\
             reconcile_after = \"100ms\"\nreconcile_every = \"100ms\"";
        config
            .replace("127.0.0.1:0", &address.to_string())
            .replace(OPEN_ROUTE, &format!("{routes}\n{quickly}"))
    })
    .await
}

/// A Postmark server that reports deliveries, and unsubscribes to their own address.
fn server(host: &str) -> ServerConfig {
    let (user, password) = HOOK;
    let webhook = |path: &str, triggers: Triggers| {
        WebhookConfig::new(format!("{host}{path}"))
            .http_auth(user, password)
            .triggers(triggers)
    };
    let mut unsubscribes = Triggers::none();
    unsubscribes.subscription_change = true;
    let mut events = Triggers::default();
    events.subscription_change = false;
    ServerConfig::new(SERVICE_TOKEN)
        .webhook(webhook("/webhooks/postmark-main", events))
        .webhook(webhook(UNSUBSCRIBES, unsubscribes))
}

fn webhook(url: &str, signing: &SigningKey) -> EventWebhookConfig {
    let (user, password) = HOOK;
    EventWebhookConfig::new(url)
        .http_auth(user, password)
        .signed_with(signing.clone())
}
