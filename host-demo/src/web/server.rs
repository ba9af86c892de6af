//! Listening, serving, and stopping without cutting anybody off.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, ServiceExt as _};
use tower_http::normalize_path::NormalizePathLayer;

use super::lingering::Lingering;

/// A client that does not even send its headers is not waited for longer.
const HEADERS: Duration = Duration::from_secs(15);

/// Serves until `stop` is ready, then finishes the requests at hand, for at most `grace`. A request may take `patience`, and its headers
/// no longer than that either.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    patience: Duration,
    grace: Duration,
) {
    let mut connections = Builder::new();
    connections
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS.min(patience));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => answer(stream, peer, router.clone(), &connections, &graceful),
                Err(error) => {
                    // Out of file descriptors, most likely: others must close first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still open after the grace and are cut off");
    }
}

/// HTTP/1.1 alone, whose timer runs from the first moment: waiting to see which version a caller speaks has no end.
fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    connections: &Builder,
    graceful: &GracefulShutdown,
) {
    let service = NormalizePathLayer::trim_trailing_slash().layer(router);
    let service = service.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (head, body) = request.into_parts();
        let body = Lingering::new(&head.headers, body);
        Request::from_parts(head, axum::body::Body::new(body))
    });
    let connection =
        connections.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}
