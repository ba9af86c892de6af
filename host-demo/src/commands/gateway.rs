//! How a command reaches the service: the one that runs, or one of its own for as long as the command takes.
//!
//! Either way it speaks the service's HTTP API, so a command is held to the same rules as an application.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use plugin_api::TrackingId;
use plugin_host::MessageKey;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Failure;
use super::neighbour::{Neighbour, base_url, client};
use crate::config::{Config, Token};
use crate::service::{Service, listen};
use crate::terminal::{tell, warn};
use crate::web::account_of;

/// A connection to the service.
pub(crate) struct Gateway {
    base_url: String,
    token: Option<Token>,
    client: reqwest::Client,
    own: Option<Service>,
}

/// What the service answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

impl Gateway {
    /// Uses the host that serves the store, or becomes it until [`Gateway::close`].
    ///
    /// # Errors
    /// When no host can be started, none of its providers runs, or the one that holds the store does not answer.
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let free_port = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        match Service::start(config, free_port).await {
            Ok(service) => {
                let gateway = Self::new(config, service.base_url(), Some(service))?;
                gateway.refuse_if_nobody_runs().await
            }
            Err(fault) if fault.is_locked() => Self::to_running(config).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// Uses the host that serves the store.
    ///
    /// # Errors
    /// When it does not answer at the configured address.
    pub(crate) async fn to_running(config: &Config) -> Result<Self, Failure> {
        let gateway = Self::new(config, base_url(config.server.listen), None)?;
        gateway.probe().await
    }

    /// A token for every account serves commands better than one that is bound.
    fn new(config: &Config, base_url: String, own: Option<Service>) -> Result<Self, Failure> {
        let tokens = &config.server.tokens;
        let token = tokens
            .iter()
            .find(|token| token.account.is_none())
            .or(tokens.first());
        Ok(Self {
            base_url,
            token: token.cloned(),
            client: client()?,
            own,
        })
    }

    /// Sends a request; an answer of any status is an answer.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .timeout(Duration::from_secs(120));
        if let Some(token) = &self.token {
            request = request.header("X-Postmark-Server-Token", token.secret.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|fault| self.silent(&fault))?;
        let status = response.status();
        let json = response.json().await.map_err(|fault| self.silent(&fault))?;
        Ok(Answer { status, json })
    }

    /// The message of this id that is posted here: its account is the token's, or the one it names.
    pub(crate) fn message(&self, posted: &Value, tracking_id: TrackingId) -> MessageKey {
        let bound = self.token.as_ref().and_then(|token| token.account.clone());
        let account = bound.or_else(|| account_of(posted)).unwrap_or_default();
        MessageKey {
            account: Some(account),
            tracking_id,
        }
    }

    /// Stops the service if it is our own; what is left stays queued.
    pub(crate) async fn close(self) {
        if let Some(service) = self.own {
            service.stop().await;
        }
    }

    async fn refuse_if_nobody_runs(self) -> Result<Self, Failure> {
        let readiness = self.own.as_ref().map(|service| service.host.readiness());
        let Some(readiness) = readiness else {
            return Ok(self);
        };
        for refused in &readiness.refused {
            tell(format_args!(
                "{} provider {}: {}",
                warn("refused:"),
                refused.name,
                refused.reason
            ));
        }
        if readiness.ready {
            return Ok(self);
        }
        let routes = readiness.routes_without_provider.join(", ");
        self.close().await;
        Err(Failure::failed(format!(
            "nothing was sent: no provider runs for route {routes}"
        )))
    }

    async fn probe(self) -> Result<Self, Failure> {
        let who = match Neighbour::at(&self.base_url, &self.client).await {
            Neighbour::Host => return Ok(self),
            Neighbour::Stranger => "a program that is no host",
            Neighbour::Nobody => "nobody",
        };
        Err(Failure::failed(format!(
            "another process serves the store, but {who} answers at {}; use its configuration, or stop it",
            self.base_url
        )))
    }

    fn silent(&self, fault: &reqwest::Error) -> Failure {
        let what = if fault.is_timeout() {
            "did not answer in time"
        } else {
            "did not answer"
        };
        Failure::failed(format!("the host at {} {what}: {fault}", self.base_url))
    }
}

impl Answer {
    /// The refusal's words, when it is one.
    pub(crate) fn refusal(&self) -> Option<String> {
        if self.status.is_success() {
            return None;
        }
        let words = ["Message", "detail"]
            .iter()
            .find_map(|key| self.json[*key].as_str());
        let code = self.json["ErrorCode"].as_u64();
        let status = self.status.as_u16();
        let words = words.unwrap_or("no reason was given");
        Some(match code {
            Some(code) => format!("{status}/{code}: {words}"),
            None => format!("{status}: {words}"),
        })
    }
}
