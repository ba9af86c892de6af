//! Who answers at the configured address: a host, something else, or nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::SERVER;

use super::Failure;
use crate::web::SERVER_NAME;

/// A host that has not answered by then is none.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) enum Neighbour {
    /// A host.
    Host,
    /// Another program that speaks HTTP.
    Stranger,
    /// Nobody, or nobody who speaks HTTP.
    Nobody,
}

impl Neighbour {
    pub(super) async fn at(base_url: &str, client: &reqwest::Client) -> Self {
        let request = client.get(format!("{base_url}/healthz")).timeout(PATIENCE);
        let Ok(answer) = request.send().await else {
            return Self::Nobody;
        };
        let name = answer.headers().get(SERVER);
        match name.is_some_and(|name| name == SERVER_NAME) {
            true => Self::Host,
            false => Self::Stranger,
        }
    }
}

/// Talks to hosts, which are near: proxies of the environment are for the world outside, and are shown no token.
pub(super) fn client() -> Result<reqwest::Client, Failure> {
    let client = reqwest::Client::builder().no_proxy().build();
    client.map_err(|fault| Failure::failed(format!("no HTTP client can be had: {fault}")))
}

/// A host that listens everywhere is reached here.
pub(super) fn base_url(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}
