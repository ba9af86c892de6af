//! A custom header in Postmark's JSON.

use plugin_api::KeyValue;
use serde::Serialize;

/// One header, as given.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a str,
    value: &'a str,
}

impl<'a> Header<'a> {
    pub(super) fn of((name, value): KeyValue<'a>) -> Self {
        Self { name, value }
    }
}
