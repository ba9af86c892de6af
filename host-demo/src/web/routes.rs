//! Every route of the service on one page.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::{
    App, PostmarkError, Problem, contacts, dashboard, email, feed, messages, metrics, pauses,
    probes, resolve, unsubscribe, webhooks,
};

/// The service. Slashes at the end of a path are to be trimmed before.
pub(crate) fn routes(app: App) -> Router {
    let postmark = Router::new()
        .route("/email", post(email::email))
        .route("/email/batch", post(email::batch))
        .route("/email/withTemplate", post(email::email_with_template))
        .route(
            "/email/batchWithTemplates",
            post(email::batch_with_templates),
        )
        .route("/messages/outbound", get(messages::search))
        .route(
            "/messages/outbound/{id}",
            axum::routing::delete(messages::cancel),
        )
        .route("/messages/outbound/{id}/details", get(messages::details))
        .route("/messages/outbound/{id}/dump", get(messages::dump));
    let own = Router::new()
        .route(
            "/api/DoNotContact/ProcessUnsubscribe",
            post(unsubscribe::process),
        )
        .route(
            "/api/DoNotContact/{account}/{lead}",
            get(contacts::show)
                .put(contacts::flag)
                .delete(contacts::lift),
        )
        .route("/api/events", get(feed::events))
        .route("/api/messages/{id}/resolve", post(resolve::resolve))
        .route("/api/pauses", get(pauses::list))
        .route(
            "/api/pauses/{subject}/{name}",
            axum::routing::put(pauses::pause).delete(pauses::resume),
        )
        .route("/webhooks/{provider}", post(webhooks::webhook))
        .route("/healthz", get(probes::alive))
        .route("/readyz", get(probes::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/", get(dashboard::overview))
        .route("/message/{id}", get(dashboard::message))
        .route("/dashboard.css", get(dashboard::style));
    postmark
        .merge(own)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(app)
}

/// Paths of our own answer with problem documents, everything else as Postmark would.
fn is_own(uri: &Uri) -> bool {
    let path = uri.path();
    ["/api/", "/webhooks/", "/message/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
        || ["/", "/healthz", "/readyz", "/metrics", "/dashboard.css"].contains(&path)
}

async fn no_such_path(request: Request) -> Response {
    if is_own(request.uri()) {
        return Problem::not_found("There is nothing at this path.").into_response();
    }
    PostmarkError::not_found().into_response()
}

async fn no_such_method(request: Request) -> Response {
    if is_own(request.uri()) {
        return Problem::method_not_allowed().into_response();
    }
    PostmarkError::method_not_allowed().into_response()
}
