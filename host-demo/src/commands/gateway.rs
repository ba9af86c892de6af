//! How a command reaches the service: the one that runs, or one of its own for as long as the command takes.
//!
//! Either way it speaks the service's HTTP API, so a command is held to the same rules as an application.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::Failure;
use crate::config::Config;
use crate::service::{Service, listen};
use crate::terminal::{tell, warn};

/// A connection to the service.
pub(crate) struct Gateway {
    base_url: String,
    token: Option<SecretString>,
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
                let gateway = Self::new(config, service.base_url(), Some(service));
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
        let gateway = Self::new(config, base_url(config.server.listen), None);
        gateway.probe().await
    }

    /// A token for every account serves commands better than one that is bound.
    fn new(config: &Config, base_url: String, own: Option<Service>) -> Self {
        let tokens = &config.server.tokens;
        let token = tokens
            .iter()
            .find(|token| token.account.is_none())
            .or(tokens.first());
        Self {
            base_url,
            token: token.map(|token| token.secret.clone()),
            client: reqwest::Client::new(),
            own,
        }
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
            request = request.header("X-Postmark-Server-Token", token.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|fault| self.silent(&fault))?;
        let status = response.status();
        let json = response.json().await.map_err(|fault| self.silent(&fault))?;
        Ok(Answer { status, json })
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
        let answer = self
            .client
            .get(format!("{}/healthz", self.base_url))
            .send()
            .await;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(self),
            _ => Err(Failure::failed(format!(
                "another process serves the store, but no host answers at {}; use its configuration, or stop it",
                self.base_url
            ))),
        }
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

/// A host that listens everywhere is reached here.
fn base_url(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}
