//! `host-demo simulate sendgrid`

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use plugin_testkit::simulator::{
    EventWebhookConfig, SendgridConfig, SigningKey, SimulatorConfig, UnsubscribeGroup,
};

use super::{Common, Webhook, as_setting, serve, variable};
use crate::commands::Failure;

/// The API key clients present.
const KEY: &str = "SENDGRID_API_KEY";
/// Its value when the environment has none.
const KEY_WITHOUT_ENVIRONMENT: &str = "SG.simulated.key";

#[derive(Debug, Args)]
#[command(
    after_help = "Secrets come from the environment, since everybody on the machine can read arguments:
  SENDGRID_API_KEY        the API key clients present [default: SG.simulated.key]
  SIMULATED_WEBHOOK_AUTH  user:password for --webhook"
)]
pub(crate) struct Sendgrid {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8027")]
    listen: SocketAddr,
    /// An unsubscribe group the account has; may be repeated.
    #[arg(long, value_name = "ID")]
    unsubscribe_group: Vec<u64>,
    /// The account has bought the Email Activity search, which shows messages after this many seconds of the simulator's clock.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "0")]
    email_activity: Option<u64>,
    #[command(flatten)]
    common: Common,
}

impl Sendgrid {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let signing_key = SigningKey::generate();
        let more = self.settings(&signing_key)?;
        serve("SendGrid", self.config(&signing_key)?, |base| {
            vec![format!(
                "plugin     settings = {{ {more}, base_url = \"{base}\" }}"
            )]
        })
        .await
    }

    /// What the plugin is told beside the address.
    fn settings(&self, signing_key: &SigningKey) -> Result<String, Failure> {
        let key = as_setting(KEY, KEY_WITHOUT_ENVIRONMENT)?;
        let mut settings = vec![format!("api_key = \"{key}\"")];
        if let Some(group) = self.unsubscribe_group.first() {
            settings.push(format!("unsubscribe_group = {group}"));
        }
        if self.email_activity.is_some() {
            settings.push("activity_search = true".to_owned());
        }
        if self.common.webhook.is_some() {
            let key = signing_key.public_key();
            settings.push(format!("webhook_public_keys = [\"{key}\"]"));
        }
        Ok(settings.join(", "))
    }

    fn config(self, signing_key: &SigningKey) -> Result<SimulatorConfig, Failure> {
        let key = variable(KEY)?.unwrap_or_else(|| KEY_WITHOUT_ENVIRONMENT.to_owned());
        let mut account = SendgridConfig::with_key(key);
        for id in self.unsubscribe_group {
            account = account.group(UnsubscribeGroup::new(id, format!("Group {id}")));
        }
        if let Some(seconds) = self.email_activity {
            account = account.email_activity(Duration::from_secs(seconds));
        }
        if let Some(Webhook { url, auth }) = self.common.webhook()? {
            let hook = EventWebhookConfig::new(url).signed_with(signing_key.clone());
            account = account.webhook(match auth {
                Some((user, password)) => hook.http_auth(user, password),
                None => hook,
            });
        }
        let config = SimulatorConfig::sendgrid(account);
        self.common.apply(config.listen(self.listen))
    }
}
