//! What leads a person through the steps, and ends them when one did not show what it claims.

use crate::commands::Failure;
use crate::terminal::{dim, good, heading, say};

/// Counts the steps.
#[derive(Default)]
pub(super) struct Guide {
    steps: u32,
}

impl Guide {
    /// Introduces a step by one sentence.
    pub(super) fn step(&mut self, sentence: &str) {
        self.steps += 1;
        say(format_args!(
            "\n{} {}",
            heading(&format!("{}.", self.steps)),
            heading(sentence)
        ));
    }

    /// A line of second rank.
    pub(super) fn note(&self, line: &str) {
        say(dim(line));
    }

    /// Shows a claim as kept.
    ///
    /// # Errors
    /// When it was not.
    pub(super) fn check(&self, claim: &str, kept: bool) -> Result<(), Failure> {
        if !kept {
            return Err(Failure::failed(format!(
                "the demonstration failed: {claim}: not so"
            )));
        }
        say(format_args!("  {} {claim}", good("✓")));
        Ok(())
    }
}
