//! Messages in files: what `send` reads.
//!
//! Whatever the file's form, the result is one JSON object in the form of the sending API, so that a file goes through the same
//! checks as a request.

mod eml;
mod file;
mod merge;
#[cfg(test)]
mod tests;

pub(crate) use file::Letter;
pub(crate) use merge::Merger;
