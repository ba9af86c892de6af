//! `POST /email` and its three neighbours.

mod addresses;
mod crm_ids;
mod draft;
mod fields;
mod limits;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use draft::Draft;
pub(crate) use limits::{LARGEST_BATCH, LARGEST_MESSAGE, MOST_MESSAGES};

/// Which of the sending paths a message came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It brings its own bodies.
    Plain,
    /// It names a template kept at the provider.
    Templated,
}
