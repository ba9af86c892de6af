//! What the demonstration plays on: accounts at two simulated services, and the service itself with a configuration written for it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plugin_host::{LoaderConfig, PluginFile, PluginLoader, PluginLock, ProviderStatus};
use tempfile::TempDir;
use uuid::Uuid;

use super::accounts::{Account, Callback};
use super::examples;
use super::settings::Settings;
use crate::commands::Failure;
use crate::service::{Service, listen};
use crate::terminal::{say, table};

/// The providers, in the order of their weights.
pub(super) const PROVIDERS: [&str; 2] = ["postmark", "sendgrid"];
/// Their weights, in the same order.
pub(super) const WEIGHTS: [u64; 2] = [70, 30];

pub(super) struct Stage {
    pub(super) service: Service,
    pub(super) http: reqwest::Client,
    pub(super) token: String,
    accounts: [Account; 2],
    /// Goes with the stage.
    folder: TempDir,
}

impl Stage {
    pub(super) async fn set(plugins: &Path) -> Result<Self, Failure> {
        let folder = private_folder()?;
        examples::lay_out(&folder.path().join("examples"))?;
        let listener = listen(([127, 0, 0, 1], 0).into()).await?;
        let callback = Callback::to(listener.local_addr().map_err(Failure::failed)?);
        let accounts = [
            Account::at_postmark(PROVIDERS[0], WEIGHTS[0], &callback).await?,
            Account::at_sendgrid(PROVIDERS[1], WEIGHTS[1], &callback).await?,
        ];
        pin(plugins, &accounts, folder.path())?;
        let token = Uuid::new_v4().to_string();
        let settings = Settings {
            plugins,
            callback: &callback,
            token: &token,
            accounts: &accounts,
        };
        let config = settings.write(&config_in(folder.path()))?;
        let service = Service::start(&config, listener).await?;
        if let Some(refused) = service.host.readiness().refused.first() {
            return Err(Failure::failed(&refused.reason));
        }
        let http = reqwest::Client::builder().no_proxy().build();
        Ok(Self {
            service,
            http: http.map_err(Failure::failed)?,
            token,
            accounts,
            folder,
        })
    }

    /// The configuration everything runs with.
    pub(super) fn config(&self) -> PathBuf {
        config_in(self.folder.path())
    }

    /// One of the files the demonstration reads.
    pub(super) fn example(&self, name: &str) -> PathBuf {
        self.folder.path().join("examples").join(name)
    }

    pub(super) fn account(&self, provider: &str) -> &Account {
        &self.accounts[usize::from(provider == PROVIDERS[1])]
    }

    /// Until every webhook that is under way has been answered.
    pub(super) async fn heard(&self) {
        for account in &self.accounts {
            account.simulator.webhooks().settled().await;
        }
    }

    pub(super) fn show_plugins(&self) {
        let headings = [
            "Provider",
            "Plugin",
            "ABI",
            "SHA-256",
            "Trust",
            "Weight",
            "Capabilities",
        ];
        let providers = self.service.host.providers().into_iter().zip(WEIGHTS);
        say(table(headings, providers.map(row)));
    }

    /// Ends everything and leaves nothing behind.
    pub(super) async fn strike(self) -> Result<(), Failure> {
        self.service.stop().await;
        for account in self.accounts {
            account.simulator.shutdown().await;
        }
        let path = self.folder.path().to_owned();
        self.folder
            .close()
            .map_err(|fault| Failure::failed(format!("{} stays behind: {fault}", path.display())))
    }
}

fn config_in(folder: &Path) -> PathBuf {
    folder.join("host.toml")
}

fn private_folder() -> Result<TempDir, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("host-demo-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir();
    folder.map_err(Failure::failed)
}

/// Says yes to exactly the libraries that are there, as `host-demo plugins lock` would.
fn pin(plugins: &Path, accounts: &[Account], folder: &Path) -> Result<(), Failure> {
    let mut config = LoaderConfig::new(folder.join("unused"));
    config.directories = vec![plugins.to_owned()];
    let loader = PluginLoader::new(config);
    let files = accounts.iter().map(|account| loader.find(account.library));
    let files: Vec<PluginFile> = files.collect::<Result<_, _>>().map_err(Failure::failed)?;
    let lock = PluginLock::of(&folder.join("plugins.lock"), &files);
    lock.write().map_err(Failure::failed)
}

fn row((provider, weight): (ProviderStatus, u64)) -> [String; 7] {
    let capabilities: Vec<&str> = provider.capabilities.keys().map(String::as_str).collect();
    [
        provider.name,
        format!("{} {}", provider.plugin, provider.version),
        provider.abi,
        provider.sha256.chars().take(12).collect(),
        provider.trust,
        weight.to_string(),
        capabilities.join(" "),
    ]
}
