//! A library that has been opened, and the providers made by it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use plugin_api::abi::{Descriptor, ForeignModule, ForeignProvider, LogLevel};
use plugin_api::{CreateError, Host};
use tokio::sync::oneshot;

use super::log::ProviderLog;
use super::{ContentHash, PluginError, PluginFile, ProviderInstance, Redactor, Trust};

/// What plugins are told about their host, and how long their constructors may take.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HostProfile {
    /// The host program and its version, for a User-Agent header: `host-demo 0.1.0`.
    pub version: String,
    /// Records above this level stay in the plugin.
    pub log_level: LogLevel,
    /// How long a constructor may take.
    pub create_timeout: Duration,
}

/// `plugin-host` in this version, level info, ten seconds.
impl Default for HostProfile {
    fn default() -> Self {
        Self {
            version: concat!("plugin-host ", env!("CARGO_PKG_VERSION")).to_owned(),
            log_level: LogLevel::Info,
            create_timeout: Duration::from_secs(10),
        }
    }
}

/// An opened plugin library, ready to make providers. Cheap to clone; the library stays in the process in any case.
#[derive(Clone)]
pub struct LoadedPlugin {
    identity: Arc<PluginIdentity>,
    module: ForeignModule,
    host: HostProfile,
}

/// Which build of which plugin it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginIdentity {
    /// What its file says about it.
    pub descriptor: Descriptor,
    /// The content it was loaded from.
    pub hash: ContentHash,
    /// Why it was let in.
    pub trust: Trust,
    /// Where that content was read.
    pub path: PathBuf,
}

impl LoadedPlugin {
    pub(super) fn new(
        file: &PluginFile,
        trust: Trust,
        module: ForeignModule,
        host: HostProfile,
    ) -> Self {
        Self {
            identity: Arc::new(PluginIdentity {
                descriptor: file.descriptor().clone(),
                hash: file.hash(),
                trust,
                path: file.path().to_owned(),
            }),
            module,
            host,
        }
    }

    /// Which build of which plugin it is.
    pub fn identity(&self) -> &Arc<PluginIdentity> {
        &self.identity
    }

    /// What its file says about it.
    pub fn descriptor(&self) -> &Descriptor {
        &self.identity.descriptor
    }

    /// The content it was loaded from.
    pub fn hash(&self) -> ContentHash {
        self.identity.hash
    }

    /// Why it was let in.
    pub fn trust(&self) -> Trust {
        self.identity.trust
    }

    /// Where its content was read.
    pub fn path(&self) -> &Path {
        &self.identity.path
    }

    /// The JSON schema of its settings.
    ///
    /// # Errors
    /// When the plugin panicked.
    pub fn settings_schema(&self) -> Result<serde_json::Value, CreateError> {
        let text = self.module.settings_schema()?;
        serde_json::from_str(&text)
            .map_err(|error| CreateError::new(format!("the settings schema is not JSON: {error}")))
    }

    /// Makes a provider of this name from its settings. Talks to nobody: see [`EmailProvider::check`](plugin_api::EmailProvider::check).
    ///
    /// The constructor runs on a thread of its own. One that does not return in time is left behind on that thread, since no thread can
    /// be ended from outside; the provider it may still make is dropped at once. Needs a tokio runtime with timers.
    ///
    /// # Errors
    /// [`PluginError::Name`], [`PluginError::Create`], [`PluginError::CreateTimeout`] or [`PluginError::Thread`].
    pub async fn create(
        &self,
        provider: &str,
        settings: &serde_json::Value,
    ) -> Result<ProviderInstance, PluginError> {
        check_name(provider)?;
        let made = self.construct(provider, settings)?;
        let after = self.host.create_timeout;
        let plugin = self.descriptor().name.clone();
        let refused = |fault| PluginError::Create {
            provider: provider.to_owned(),
            plugin: plugin.clone(),
            fault,
        };
        match tokio::time::timeout(after, made).await {
            Ok(Ok(Ok((foreign, redactor)))) => {
                let identity = self.identity.clone();
                Ok(ProviderInstance::new(provider, identity, foreign, redactor))
            }
            Ok(Ok(Err(fault))) => Err(refused(fault)),
            Ok(Err(_ended)) => Err(refused(CreateError::new("its constructor's thread ended"))),
            Err(_elapsed) => Err(PluginError::CreateTimeout {
                provider: provider.to_owned(),
                plugin,
                after,
            }),
        }
    }

    fn construct(
        &self,
        provider: &str,
        settings: &serde_json::Value,
    ) -> Result<oneshot::Receiver<Result<Made, CreateError>>, PluginError> {
        let (answer, made) = oneshot::channel();
        let (plugin, name, settings) = (self.clone(), provider.to_owned(), settings.clone());
        let work = move || {
            // Nobody may be waiting any more; then the provider ends here.
            let _ = answer.send(plugin.construct_here(&name, &settings));
        };
        thread::Builder::new()
            .name(format!("create {provider}"))
            .spawn(work)
            .map(|_detached| made)
            .map_err(|source| PluginError::Thread {
                provider: provider.to_owned(),
                source,
            })
    }

    fn construct_here(
        &self,
        provider: &str,
        settings: &serde_json::Value,
    ) -> Result<Made, CreateError> {
        let redactor = Arc::new(Redactor::new(&self.settings_schema()?, settings));
        let log = Arc::new(ProviderLog::new(provider, redactor.clone()));
        let HostProfile {
            version, log_level, ..
        } = &self.host;
        let host = Host::new(provider, version.as_str());
        self.module
            .create(&settings.to_string(), &host, *log_level, log)
            .map(|foreign| (foreign, redactor.clone()))
            .map_err(|fault| redactor.create_error(fault))
    }
}

type Made = (ForeignProvider, Arc<Redactor>);

/// Names stand in addresses, in logs and in the names of threads.
fn check_name(provider: &str) -> Result<(), PluginError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=64).contains(&provider.len()) && provider.bytes().all(fits) {
        return Ok(());
    }
    Err(PluginError::Name {
        provider: provider.to_owned(),
    })
}
