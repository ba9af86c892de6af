//! `/messages/outbound`: what became of messages, in Postmark's form.

mod details;
mod form;
mod mime;
mod parameters;
mod search;
#[cfg(test)]
mod tests;

pub(crate) use details::{cancel, details, dump};
pub(crate) use search::search;
