//! The providers of a host by name, and the ones that were refused with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PluginError, PluginLoader, ProviderInstance};

/// A provider as configured.
#[derive(Debug, Clone)]
pub struct ProviderSpec {
    /// Its name.
    pub name: String,
    /// The plugin's name, or a path.
    pub library: String,
    /// Its settings, a JSON object. Holds secrets; nothing here prints it.
    pub settings: serde_json::Value,
}

/// A provider that could not be had.
#[derive(Debug)]
pub struct Refused {
    /// Its configured name.
    pub provider: String,
    /// Its configured library.
    pub library: String,
    /// Why.
    pub error: PluginError,
}

/// The providers by name. One that is refused stops no other.
#[derive(Debug, Default)]
pub struct Registry {
    providers: BTreeMap<String, Arc<ProviderInstance>>,
    refused: Vec<Refused>,
}

impl Registry {
    /// Loads what is configured, in this order; of two providers of one name the first stays. Needs a tokio runtime with timers.
    pub async fn load(loader: &PluginLoader, specs: &[ProviderSpec]) -> Self {
        let mut registry = Self::default();
        for spec in specs {
            let made = make(loader, spec).await;
            if let Err(error) = made.and_then(|instance| registry.add(instance)) {
                registry.refuse(spec, error);
            }
        }
        registry
    }

    /// Adds a provider under its name.
    ///
    /// # Errors
    /// [`PluginError::NameTaken`] when there is one of that name.
    pub fn add(&mut self, instance: ProviderInstance) -> Result<(), PluginError> {
        if let Some(first) = self.providers.get(instance.name()) {
            return Err(PluginError::NameTaken {
                provider: instance.name().to_owned(),
                first: first.plugin().descriptor.name.clone(),
                second: instance.plugin().descriptor.name.clone(),
            });
        }
        self.providers
            .insert(instance.name().to_owned(), Arc::new(instance));
        Ok(())
    }

    fn refuse(&mut self, spec: &ProviderSpec, error: PluginError) {
        self.refused.push(Refused {
            provider: spec.name.clone(),
            library: spec.library.clone(),
            error,
        });
    }

    /// The provider of that name, unless it was refused.
    pub fn get(&self, name: &str) -> Option<&Arc<ProviderInstance>> {
        self.providers.get(name)
    }

    /// All providers, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ProviderInstance>> {
        self.providers.values()
    }

    /// The refused ones, in the order of configuration.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }
}

async fn make(loader: &PluginLoader, spec: &ProviderSpec) -> Result<ProviderInstance, PluginError> {
    let file = loader.find(&spec.library)?;
    let plugin = loader.load(&file)?;
    plugin.create(&spec.name, &spec.settings).await
}
