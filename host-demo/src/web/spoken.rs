//! Extractors whose refusals speak the language of their path.

use std::fmt::Display;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{App, PostmarkError, Problem};

/// On a path of this host's own: refused with a problem document.
pub(crate) struct Own<E>(pub(crate) E);

/// On a path of Postmark's: refused with its envelope.
pub(crate) struct Postmark<E>(pub(crate) E);

impl<E> FromRequestParts<App> for Own<E>
where
    E: FromRequestParts<App>,
    E::Rejection: Display,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let read = E::from_request_parts(parts, app).await;
        read.map(Self)
            .map_err(|fault| Problem::bad_request(format!("{fault}.")))
    }
}

impl<E: FromRequestParts<App>> FromRequestParts<App> for Postmark<E> {
    type Rejection = PostmarkError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PostmarkError> {
        let read = E::from_request_parts(parts, app).await;
        read.map(Self).map_err(|_| PostmarkError::not_found())
    }
}
