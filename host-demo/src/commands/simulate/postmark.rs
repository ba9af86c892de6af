//! `host-demo simulate postmark`

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use plugin_testkit::simulator::{PostmarkConfig, ServerConfig, SimulatorConfig, WebhookConfig};

use super::{Common, Webhook, as_setting, serve, variable};
use crate::commands::Failure;

/// The server token clients present.
const TOKEN: &str = "POSTMARK_SERVER_TOKEN";
/// Its value when the environment has none.
const TOKEN_WITHOUT_ENVIRONMENT: &str = "simulated-server-token";

#[derive(Debug, Args)]
#[command(
    after_help = "Secrets come from the environment, since everybody on the machine can read arguments:
  POSTMARK_SERVER_TOKEN   the server token clients present [default: simulated-server-token]
  SIMULATED_WEBHOOK_AUTH  user:password for --webhook"
)]
pub(crate) struct Postmark {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8026")]
    listen: SocketAddr,
    #[command(flatten)]
    common: Common,
}

impl Postmark {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let token = as_setting(TOKEN, TOKEN_WITHOUT_ENVIRONMENT)?;
        serve("Postmark", self.config()?, |base| {
            vec![format!(
                "plugin     settings = {{ server_token = \"{token}\", base_url = \"{base}\" }}"
            )]
        })
        .await
    }

    fn config(self) -> Result<SimulatorConfig, Failure> {
        let token = variable(TOKEN)?;
        let mut server = ServerConfig::new(token.as_deref().unwrap_or(TOKEN_WITHOUT_ENVIRONMENT));
        if let Some(Webhook { url, auth }) = self.common.webhook()? {
            let hook = WebhookConfig::new(url);
            server = server.webhook(match auth {
                Some((user, password)) => hook.http_auth(user, password),
                None => hook,
            });
        }
        let config = SimulatorConfig::postmark(PostmarkConfig::with_server(server));
        self.common.apply(config.listen(self.listen))
    }
}
