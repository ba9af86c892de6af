//! What is wrong with a configuration file, collected instead of stopping at the first.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

/// One fault: where, and what to do about it. Never holds a configured value that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where, as one would write it: `routes[0].pool[1].weight`.
    pub(crate) key: String,
    /// The rest of the sentence.
    pub(crate) problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.problem)
    }
}

/// Collects faults; the first of a key stands for all of that key.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, key: impl Into<String>, problem: impl Into<String>) {
        let key = key.into();
        if !self.contains(&key) {
            let problem = problem.into();
            self.0.borrow_mut().push(Fault { key, problem });
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.0.borrow().iter().any(|fault| fault.key == key)
    }

    pub(crate) fn any_below(&self, path: &str) -> bool {
        let is_below = |fault: &Fault| {
            fault
                .key
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        self.0.borrow().iter().any(is_below)
    }

    pub(crate) fn into_inner(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("cannot read configuration {}: {source}; name it with --config FILE", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("{}:{line}:{column}: not valid TOML: {message}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
    /// It says things that cannot be.
    #[error("{}: {}", path.display(), listed(faults))]
    Faults { path: PathBuf, faults: Vec<Fault> },
}

fn listed(faults: &[Fault]) -> String {
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        more => format!("{more} faults"),
    };
    let lines: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    count + &lines
}
