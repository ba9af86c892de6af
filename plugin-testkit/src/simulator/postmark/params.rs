//! Query parameters, whose names match in any letter case, since clients spell them differently.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use jiff::Timestamp;

use super::answer::ApiError;

/// The query of a request, in order.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

/// A window of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) count: usize,
    pub(super) offset: usize,
}

impl Params {
    /// The first value that is not empty: clients send empty ones for "no filter".
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The first `metadata_<key>`: its key and value.
    pub(super) fn metadata(&self) -> Option<(&str, &str)> {
        self.0.iter().find_map(|(name, value)| {
            let (prefix, key) = name.split_at_checked("metadata_".len())?;
            prefix
                .eq_ignore_ascii_case("metadata_")
                .then_some((key, value.as_str()))
        })
    }

    /// A date parameter, read by `read`; `code` is the error of this list.
    pub(super) fn date(
        &self,
        name: &str,
        read: fn(&str) -> Option<Timestamp>,
        code: u32,
    ) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let wrong = || {
            ApiError::unprocessable(
                code,
                format!("The parameter '{name}' is not a date: '{text}'."),
            )
        };
        read(text).map(Some).ok_or_else(wrong)
    }

    /// `count` (1 to 500) and `offset`, both required, together at most 10,000.
    pub(super) fn page(&self, code: u32) -> Result<Page, ApiError> {
        let wrong = |what: &str| ApiError::unprocessable(code, what);
        let number = |name: &str| self.get(name).and_then(|text| text.parse::<usize>().ok());
        let count = number("count").filter(|count| (1..=500).contains(count));
        let count = count
            .ok_or_else(|| wrong("The parameter 'count' is required and must be from 1 to 500."))?;
        let offset = number("offset")
            .ok_or_else(|| wrong("The parameter 'offset' is required and must be 0 or more."))?;
        match count.saturating_add(offset) > 10_000 {
            true => Err(wrong(
                "The parameters 'count' and 'offset' together must not exceed 10000.",
            )),
            false => Ok(Page { count, offset }),
        }
    }
}

impl Page {
    pub(super) fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.offset).take(self.count)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A query that is not form-encoded has no parameters in it; the required ones are then reported missing.
        let query = Query::try_from_uri(&parts.uri);
        Ok(query.map(|Query(pairs)| Self(pairs)).unwrap_or_default())
    }
}
