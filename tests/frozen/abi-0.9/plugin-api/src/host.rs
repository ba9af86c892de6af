//! What a plugin may know about its host.

/// The host, as a plugin sees it while it is created.
///
/// Log with the `tracing` crate's macros: records flow to the host's log under the provider's name, at the host's level.
#[derive(Debug, Clone)]
pub struct Host {
    provider: String,
    version: String,
}

impl Host {
    /// A host that calls this provider instance by this name.
    pub fn new(provider: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            version: version.into(),
        }
    }

    /// The name of this provider instance in the host's configuration.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The host program and its version, such as `host-demo 0.1.0`: for a User-Agent header.
    pub fn version(&self) -> &str {
        &self.version
    }
}
