//! Extractors: who a request comes from, refused in the language of its path.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{App, Caller, PostmarkError, Problem};

/// A caller of the sending API.
pub(crate) struct Sender(pub(crate) Caller);

/// A caller of this host's own paths: a program with a token, or a person at a browser.
pub(crate) struct Reader(pub(crate) Caller);

impl FromRequestParts<App> for Sender {
    type Rejection = PostmarkError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PostmarkError> {
        let caller = app.tokens.caller(&parts.headers);
        caller.map(Self).ok_or_else(PostmarkError::unauthorized)
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = app.tokens.person(&parts.headers);
        caller.map(Self).ok_or_else(|| {
            Problem::unauthorized(
                "Present one of the host's tokens: in the header X-Postmark-Server-Token, or as the password of basic authentication.",
            )
        })
    }
}
