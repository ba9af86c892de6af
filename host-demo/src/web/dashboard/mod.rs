//! The dashboard: plain pages for people who run the service or answer for it. No script, nothing is changed from here.

mod finder;
mod layout;
mod message;
mod overview;
mod providers;
mod shares;

pub(crate) use message::message;
pub(crate) use overview::overview;
pub(crate) use shares::{Share, shares};

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use plugin_host::StoreError;

use super::Problem;

/// `GET /dashboard.css`
pub(crate) async fn style() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("dashboard.css"))
}

fn unreadable(error: StoreError) -> Problem {
    if let StoreError::Ambiguous { .. } = error {
        let words = format!("{error}: add `?account=…`, or find the id on the overview.");
        return Problem::new(StatusCode::CONFLICT, words);
    }
    tracing::error!(%error, "the record cannot be read");
    Problem::unavailable("The record cannot be read at the moment; reload the page later.")
}
