//! The whole service in this process: the engine, its HTTP side, and how both stop.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use plugin_host::{Host, StoreError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::{Config, ConfigError, Fault};
use crate::web::{self, App};

/// A running service. Stop it with [`Service::stop`]; a process that ends without loses nothing, but leaves doubts behind.
pub(crate) struct Service {
    pub(crate) host: Host,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    grace: Duration,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// The configuration turned out to be wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] plugin_host::StartError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; {}", listening_remedy(source))]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
}

impl ServiceError {
    /// Whether another process serves the store.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(
            self,
            Self::Engine(plugin_host::StartError::Store(StoreError::Locked { .. }))
        )
    }
}

/// What helps when an address cannot be listened on.
pub(crate) fn listening_remedy(fault: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match fault.kind() {
        ErrorKind::AddrInUse => "stop the other program, or choose another `server.listen`",
        ErrorKind::PermissionDenied => "choose a port above 1023 in `server.listen`",
        ErrorKind::AddrNotAvailable => "name an address of this machine in `server.listen`",
        _ => "choose another `server.listen`",
    }
}

/// Opens the port.
///
/// # Errors
/// When the address is taken or not this machine's.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, ServiceError> {
    let listen = |source| ServiceError::Listen { address, source };
    TcpListener::bind(address).await.map_err(listen)
}

impl Service {
    /// Starts the engine and serves on `listener`.
    ///
    /// # Errors
    /// When the engine does not start, or a `[webhooks]` table would let everybody in.
    pub(crate) async fn start(
        config: &Config,
        listener: TcpListener,
    ) -> Result<Self, ServiceError> {
        let address = listener
            .local_addr()
            .map_err(|source| ServiceError::Listen {
                address: config.server.listen,
                source,
            })?;
        web::metrics::start();
        let host = start_engine(config).await?;
        let router = web::routes(App::new(host.clone(), config));
        let (stop, stopped) = oneshot::channel::<()>();
        let patience = config.server.request_timeout;
        let grace = config.server.shutdown_grace;
        let until = async {
            // A dropped sender stops the service as well.
            let _ = stopped.await;
        };
        let serving = tokio::spawn(web::serve(listener, router, until, patience, grace));
        Ok(Self {
            host,
            address,
            stop,
            serving,
            grace,
        })
    }

    /// Where clients send to.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Claims nothing and takes no requests any more; finishes the requests at hand and the calls in flight, for at most the grace. How many
    /// calls were cut off. What is left stays durable.
    pub(crate) async fn stop(self) -> usize {
        let deadline = Instant::now() + self.grace;
        self.host.stop_claiming();
        // Nobody listens any more when serving has ended by itself.
        let _ = self.stop.send(());
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the HTTP side ended early");
        }
        let left = deadline.saturating_duration_since(Instant::now());
        self.host.shutdown(left).await
    }
}

/// The engine alone, with the checks that only loaded plugins allow.
///
/// # Errors
/// As [`Service::start`].
pub(crate) async fn start_engine(config: &Config) -> Result<Host, ServiceError> {
    let host = Host::start(config.engine()?).await?;
    let faults = open_webhooks(config, &host);
    if faults.is_empty() {
        return Ok(host);
    }
    host.shutdown(config.server.shutdown_grace).await;
    let path = config.path.clone();
    Err(ConfigError::Faults { path, faults }.into())
}

/// A webhook address without credentials is open to everybody, unless the plugin verifies signatures.
fn open_webhooks(config: &Config, host: &Host) -> Vec<Fault> {
    let signing: Vec<String> = host
        .providers()
        .into_iter()
        .filter(|provider| provider.capabilities.contains_key("webhook_signatures"))
        .map(|provider| provider.name)
        .collect();
    let open = config
        .webhooks
        .iter()
        .filter(|(name, callers)| callers.is_empty() && !signing.contains(name));
    open.map(|(name, _)| Fault {
        key: format!("webhooks.{name}"),
        problem: "must name who may call: set basic_auth = [\"hook:${HOOK_PASSWORD}\"] or header = [\"Name: ${HOOK_TOKEN}\"], \
                  since this provider's plugin verifies no signatures"
            .to_owned(),
    })
    .collect()
}
