//! One request: counted, read, given to the service, and answered, or not, as the fault rules will have it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::cut::{HalfBody, NoAnswer};
use super::faults::{Decision, Fault, Faults};
use super::ledger::Ledger;
use super::link::Link;
use super::service::{RequestContext, Service};

/// The longest body that is kept; longer ones are read to their end, thrown away and answered as too large.
const LONGEST_BODY: usize = 50 * 1024 * 1024;
/// Where reading on becomes pointless and the connection is closed.
const LONGEST_READ: usize = 256 * 1024 * 1024;

/// A request seen before it was read.
pub(super) struct Arrival {
    pub(super) request: u64,
    pub(super) reset: bool,
}

/// Everything needed to answer requests.
pub(super) struct Exchange {
    pub(super) service: Arc<dyn Service>,
    pub(super) api: Router,
    pub(super) control: Router,
    pub(super) faults: Arc<Faults>,
    pub(super) ledger: Arc<Ledger>,
}

impl Exchange {
    /// Counts a request whose first line is waiting in the socket; nothing for the paths only tests use.
    pub(super) fn arrive(&self, path: &str) -> Option<Arrival> {
        if is_control(path) {
            return None;
        }
        let request = self.ledger.count_request();
        Some(Arrival {
            request,
            reset: self
                .faults
                .resets_before_reading(&self.service.canonical_path(path)),
        })
    }

    /// Answers a request.
    pub(super) async fn answer(
        &self,
        link: &Link,
        request: Request<Incoming>,
    ) -> Result<Response, NoAnswer> {
        if is_control(request.uri().path()) {
            return Ok(call(&self.control, request.map(Body::new)).await);
        }
        let arrival = link.take_arrival();
        let number = arrival.unwrap_or_else(|| self.ledger.count_request());
        let (mut parts, incoming) = request.into_parts();
        let path = self.service.canonical_path(parts.uri.path());
        parts.uri = with_path(parts.uri, &path);
        let Some(body) = read(incoming).await? else {
            return Ok(self.service.too_large());
        };

        let decision = self.decide(&path, &body, arrival.is_some());
        if decision.delay > Duration::ZERO {
            tokio::time::sleep(decision.delay).await;
        }
        let fault = decision.fault;
        parts.extensions.insert(RequestContext {
            request: number,
            connection: link.id,
            fault: fault.clone(),
        });
        let request = Request::from_parts(parts, Body::from(body));
        match fault {
            None => Ok(call(&self.api, request).await),
            Some(fault) => self.misbehave(link, &fault, request).await,
        }
    }

    fn decide(&self, path: &str, body: &[u8], early_done: bool) -> Decision {
        let messages = if self.faults.look_into_messages() {
            self.service.facts(body)
        } else {
            Vec::new()
        };
        self.faults.decide(path, &messages, early_done)
    }

    async fn misbehave(
        &self,
        link: &Link,
        fault: &Fault,
        request: Request<Body>,
    ) -> Result<Response, NoAnswer> {
        let answer = match fault {
            // The service acts these out itself: they depend on what is in the request.
            Fault::Inactive { .. } | Fault::Delayed {} | Fault::Latency { .. } => {
                return Ok(call(&self.api, request).await);
            }
            fault if fault.accepts() => Some(call(&self.api, request).await),
            _ => None,
        };
        match (fault, answer) {
            (Fault::Hang { .. }, _) => std::future::pending().await,
            (Fault::Reset { .. }, _) => {
                link.end_with_reset();
                Err(NoAnswer)
            }
            (Fault::DropAfterAccept {}, _) => Err(NoAnswer),
            (Fault::ProxyHtml { status, .. }, _) => Ok(proxy_page(*status)),
            (Fault::WrongJson {}, _) => Ok(json(Bytes::from_static(
                br#"{"Status":"processed","Items":[1,2,3]}"#,
            ))),
            (Fault::TruncatedJson {}, Some(answer)) => {
                let whole = bytes_of(answer).await;
                Ok(json(whole.slice(..whole.len() / 2)))
            }
            (Fault::CutBody {}, Some(answer)) => Ok(cut(answer).await),
            (fault, _) => Ok(self.service.refusal(fault)),
        }
    }
}

async fn call(router: &Router, request: Request<Body>) -> Response {
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The whole body, or nothing when it is too long.
async fn read(mut incoming: Incoming) -> Result<Option<Bytes>, NoAnswer> {
    let mut kept = Vec::with_capacity(announced_length(&incoming));
    let mut seen = 0;
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(|_| NoAnswer)?.into_data() else {
            continue;
        };
        seen += data.len();
        if seen <= LONGEST_BODY {
            kept.extend_from_slice(&data);
        } else if seen <= LONGEST_READ {
            kept = Vec::new();
        } else {
            return Ok(None);
        }
    }
    Ok((seen <= LONGEST_BODY).then(|| Bytes::from(kept)))
}

fn announced_length(incoming: &Incoming) -> usize {
    let announced = hyper::body::Body::size_hint(incoming).exact().unwrap_or(0);
    usize::try_from(announced).map_or(0, |length| length.min(LONGEST_BODY))
}

async fn bytes_of(answer: Response) -> Bytes {
    let collected = answer.into_body().collect().await;
    collected
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default()
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn proxy_page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body><center><h1>{status}</h1></center>\n\
         <hr><center>gateway</center></body></html>\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// Announces the whole body, sends half of it, and then breaks off; before an empty body's end as well.
async fn cut(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let whole = bytes_of(Response::new(body)).await;
    let announced = HeaderValue::from(whole.len().max(1));
    head.headers.insert(header::CONTENT_LENGTH, announced);
    let half = HalfBody::Half(whole.slice(..whole.len() / 2));
    Response::from_parts(head, Body::new(half))
}

fn is_control(path: &str) -> bool {
    let own = ["/ledger", "/_control", "/mailbox", "/unsubscribe"];
    own.iter().any(|own| {
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The same address with another path.
fn with_path(uri: Uri, path: &str) -> Uri {
    let target = uri
        .query()
        .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    target.parse().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_path_keeps_the_query() {
        let moved = |uri: &str| with_path(uri.parse().unwrap(), "/b").to_string();
        assert_eq!(moved("/a/?count=1"), "/b?count=1");
        assert_eq!(moved("/a"), "/b");
    }

    #[test]
    fn only_whole_path_segments_are_the_tests_own() {
        assert!(is_control("/ledger") && is_control("/mailbox/ann@example.com"));
        assert!(!is_control("/ledgers") && !is_control("/email"));
    }
}
