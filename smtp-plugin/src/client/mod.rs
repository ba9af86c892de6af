//! Connections to one server: opened when needed, kept for a while, at most so many at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::extension::ClientId;
use plugin_api::{CallContext, CreateError, SendError};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};

use crate::settings::{Encryption, Login, Settings};
use crate::{refusal, tls};

mod idle;
mod offers;
mod open;
mod reply;
mod session;

use idle::IdleSessions;
pub(crate) use offers::Offers;
pub(crate) use open::NotOpen;
pub(crate) use reply::Reply;
pub(crate) use session::{Failure, Session};

/// Ends a call a little before the host would, so that what is known about it is still told.
const BEFORE_DEADLINE: Duration = Duration::from_millis(50);

/// Where the server is and how it is spoken to.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    /// There, unless nothing is encrypted.
    pub(crate) tls: Option<TlsParameters>,
    pub(crate) hello: ClientId,
    pub(crate) login: Option<Login>,
}

/// A client of one server.
pub(crate) struct Client {
    pub(crate) server: Server,
    slots: Semaphore,
    idle: Arc<IdleSessions>,
    connect_timeout: Duration,
}

/// A connection for the length of one message, and its place among those allowed.
pub(crate) struct Lease<'a> {
    pub(crate) session: Session,
    /// Whether it waited for this; the server may have hung up meanwhile.
    pub(crate) is_used: bool,
    _slot: SemaphorePermit<'a>,
}

impl Client {
    pub(crate) fn new(settings: &Settings) -> Result<Self, CreateError> {
        let host = settings.host()?.to_owned();
        let encryption = settings.tls;
        let tls = match encryption {
            Encryption::None => None,
            _ => Some(tls::parameters(&host, settings.ca_file.as_deref())?),
        };
        Ok(Self {
            server: Server {
                port: settings.port(),
                encryption,
                tls,
                hello: settings.hello()?,
                login: settings.login()?,
                host,
            },
            slots: Semaphore::new(settings.connections()?),
            idle: IdleSessions::new(Duration::from_millis(settings.idle_timeout_ms)),
            connect_timeout: settings.connect_timeout()?,
        })
    }

    /// When a call must have told what it knows.
    pub(crate) fn deadline(context: &CallContext) -> Instant {
        Instant::now() + context.hard_remaining().saturating_sub(BEFORE_DEADLINE)
    }

    /// A connection that waited, or a new one.
    ///
    /// # Errors
    /// When there is none in time, or the server does not want one: nothing was sent.
    pub(crate) async fn take(&self, until: Instant) -> Result<Lease<'_>, SendError> {
        let slot = self.slot(until).await?;
        match self.idle.take() {
            Some(session) => Ok(Lease {
                session,
                is_used: true,
                _slot: slot,
            }),
            None => self.open(slot, until).await,
        }
    }

    /// A new one: what the server says of the login today.
    ///
    /// # Errors
    /// As [`Client::take`].
    pub(crate) async fn connect(&self, until: Instant) -> Result<Lease<'_>, SendError> {
        let slot = self.slot(until).await?;
        self.open(slot, until).await
    }

    async fn slot(&self, until: Instant) -> Result<SemaphorePermit<'_>, SendError> {
        match timeout_at(until, self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(SendError::unavailable(format!(
                "smtp: no connection to {} became free before the call's deadline; raise `max_connections` if the server allows more",
                self.server.name()
            ))),
        }
    }

    async fn open<'a>(
        &'a self,
        slot: SemaphorePermit<'a>,
        until: Instant,
    ) -> Result<Lease<'a>, SendError> {
        let until = until.min(Instant::now() + self.connect_timeout);
        let opened = Session::open(&self.server, until).await;
        let session = opened.map_err(|not_open| refusal::not_open(&self.server, &not_open))?;
        Ok(Lease {
            session,
            is_used: false,
            _slot: slot,
        })
    }

    /// Keeps a connection for the next message.
    pub(crate) fn keep(&self, lease: Lease<'_>) {
        self.idle.keep(lease.session);
    }

    /// Says goodbye on every connection that waits.
    pub(crate) async fn close(&self, grace: Duration) {
        let goodbyes = self.idle.take_all().into_iter().map(Session::quit);
        // Servers do without.
        let _ = timeout(grace, join_all(goodbyes)).await;
    }
}

impl Server {
    /// Host and port, for people.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
