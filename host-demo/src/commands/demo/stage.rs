//! What the demonstration plays on: two simulated accounts, and the service itself with a configuration written for it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plugin_host::{LoaderConfig, PluginLoader, PluginLock};
use plugin_testkit::simulator::{
    PostmarkConfig, RunningSimulator, ServerConfig, Simulator, SimulatorConfig, Triggers,
    WebhookConfig,
};
use uuid::Uuid;

use super::examples;
use crate::commands::Failure;
use crate::config::Config;
use crate::service::{Service, listen};
use crate::terminal::{say, table};

/// The providers, in the order of their weights.
pub(super) const PROVIDERS: [&str; 2] = ["postmark-main", "postmark-second"];
/// Their weights, in the same order.
pub(super) const WEIGHTS: [u64; 2] = [70, 30];

const CALLBACK_USER: &str = "hook";

pub(super) struct Stage {
    pub(super) service: Service,
    pub(super) http: reqwest::Client,
    pub(super) token: String,
    simulators: [RunningSimulator; 2],
    folder: PathBuf,
}

impl Stage {
    pub(super) async fn set(plugins: &Path) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("host-demo-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Failure::failed)?
            .keep();
        let listener = listen(([127, 0, 0, 1], 0).into()).await?;
        let address = listener.local_addr().map_err(Failure::failed)?;
        let password = Uuid::new_v4().to_string();
        let tokens = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
        let host = format!("http://{CALLBACK_USER}:{password}@{address}");
        let simulators = [
            simulator(&tokens[0], &host, PROVIDERS[0]).await?,
            simulator(&tokens[1], &host, PROVIDERS[1]).await?,
        ];
        let token = Uuid::new_v4().to_string();
        examples::lay_out(&folder.join("examples"))?;
        pin(plugins, &folder)?;
        let written = configuration(plugins, address, &token, &password, &tokens, &simulators);
        let path = folder.join("host.toml");
        fs::write(&path, written).map_err(Failure::failed)?;
        let config = Config::load(&path)?;
        let service = Service::start(&config, listener).await?;
        let readiness = service.host.readiness();
        if let Some(refused) = readiness.refused.first() {
            return Err(Failure::failed(&refused.reason));
        }
        Ok(Self {
            service,
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .map_err(Failure::failed)?,
            token,
            simulators,
            folder,
        })
    }

    /// The configuration everything runs with.
    pub(super) fn config(&self) -> PathBuf {
        self.folder.join("host.toml")
    }

    /// One of the files the demonstration reads.
    pub(super) fn example(&self, name: &str) -> PathBuf {
        self.folder.join("examples").join(name)
    }

    pub(super) fn simulator(&self, provider: &str) -> &RunningSimulator {
        &self.simulators[usize::from(provider == PROVIDERS[1])]
    }

    /// Until every webhook that is under way has been answered.
    pub(super) async fn heard(&self) {
        for simulator in &self.simulators {
            simulator.webhooks().settled().await;
        }
    }

    pub(super) fn show_plugins(&self) {
        let rows =
            self.service
                .host
                .providers()
                .into_iter()
                .zip(WEIGHTS)
                .map(|(provider, weight)| {
                    let capabilities: Vec<&str> =
                        provider.capabilities.keys().map(String::as_str).collect();
                    [
                        provider.name,
                        format!("{} {}", provider.plugin, provider.version),
                        provider.abi,
                        provider.sha256.chars().take(12).collect(),
                        provider.trust,
                        weight.to_string(),
                        capabilities.join(" "),
                    ]
                });
        say(table(
            [
                "Provider",
                "Plugin",
                "ABI",
                "SHA-256",
                "Trust",
                "Weight",
                "Capabilities",
            ],
            rows,
        ));
    }

    pub(super) async fn strike(self) {
        self.service.stop().await;
        for simulator in self.simulators {
            simulator.shutdown().await;
        }
    }
}

/// An account that posts deliveries and the like to the provider's webhook, and unsubscribes to ProcessUnsubscribe.
async fn simulator(token: &str, host: &str, provider: &str) -> Result<RunningSimulator, Failure> {
    let mut unsubscribes = Triggers::none();
    unsubscribes.subscription_change = true;
    let mut events = Triggers::default();
    events.subscription_change = false;
    let server = ServerConfig::new(token)
        .name(provider)
        .webhook(WebhookConfig::new(format!("{host}/webhooks/{provider}")).triggers(events))
        .webhook(
            WebhookConfig::new(format!("{host}/api/DoNotContact/ProcessUnsubscribe"))
                .triggers(unsubscribes),
        );
    let config = SimulatorConfig::postmark(PostmarkConfig::with_server(server));
    Simulator::start(config).await.map_err(Failure::failed)
}

/// Says yes to exactly the library that is there, as `host-demo plugins lock` would.
fn pin(plugins: &Path, folder: &Path) -> Result<(), Failure> {
    let mut config = LoaderConfig::new(folder.join("unused"));
    config.directories = vec![plugins.to_owned()];
    let file = PluginLoader::new(config)
        .find("postmark")
        .map_err(Failure::failed)?;
    let lock = PluginLock::of(&folder.join("plugins.lock"), [&file]);
    lock.write().map_err(Failure::failed)
}

fn configuration(
    plugins: &Path,
    address: SocketAddr,
    token: &str,
    password: &str,
    tokens: &[String; 2],
    simulators: &[RunningSimulator; 2],
) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let provider = |index: usize| {
        let (name, simulator) = (PROVIDERS[index], &simulators[index]);
        format!(
            "[providers.{name}]\nlibrary = \"postmark\"\nsettings = {{ server_token = {}, base_url = {} }}\n\
             [webhooks.{name}]\nbasic_auth = [{}]\n",
            quoted(&tokens[index]),
            quoted(&simulator.base_url()),
            quoted(&format!("{CALLBACK_USER}:{password}")),
        )
    };
    format!(
        "# Written by `host-demo demo`. Everything in it is simulated.\n\
         [server]\nlisten = \"{address}\"\ntokens = [{token}]\n\
         [store]\nurl = \"sqlite://host.db\"\n\
         [plugins]\ndirectories = [{directory}]\n\
         {first}{second}\
         [[routes]]\nname = \"default\"\npool = [{{ provider = \"{a}\", weight = {wa} }}, {{ provider = \"{b}\", weight = {wb} }}]\n\
         [unsubscribe]\nbasic_auth = [{hook}]\n",
        token = quoted(token),
        directory = quoted(&plugins.display().to_string()),
        first = provider(0),
        second = provider(1),
        a = PROVIDERS[0],
        wa = WEIGHTS[0],
        b = PROVIDERS[1],
        wb = WEIGHTS[1],
        hook = quoted(&format!("{CALLBACK_USER}:{password}")),
    )
}
