//! `POST /email` and its three neighbours.

mod addresses;
mod answer;
mod crm_ids;
mod draft;
mod fields;
mod limits;
mod post;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use answer::seven_digits;
pub(crate) use crm_ids::account_of;
pub(crate) use draft::Draft;
use limits::{LARGEST_BATCH, LARGEST_MESSAGE, MOST_MESSAGES};
pub(crate) use post::{batch, batch_with_templates, email, email_with_template};

/// Which of the sending paths a message came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It brings its own bodies.
    Plain,
    /// It names a template kept at the provider.
    Templated,
}
