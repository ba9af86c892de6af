//! What the doctor found, told as it is found.

use std::process::ExitCode;

use serde::Serialize;

use crate::commands::Failure;
use crate::config::ConfigError;
use crate::terminal::{bad, good, say, say_json, warn};

#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    grade: Grade,
    words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Grade {
    Good,
    Warning,
    Fault,
}

/// Everything found so far; told line by line unless it is wanted as JSON.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    as_json: bool,
}

impl Findings {
    pub(super) fn new(as_json: bool) -> Self {
        Self {
            as_json,
            ..Self::default()
        }
    }

    pub(super) fn good(&mut self, what: &str, words: impl ToString) {
        self.add(what, Grade::Good, words);
    }

    pub(super) fn warning(&mut self, what: &str, words: impl ToString) {
        self.add(what, Grade::Warning, words);
    }

    pub(super) fn fault(&mut self, what: &str, words: impl ToString) {
        self.add(what, Grade::Fault, words);
    }

    pub(super) fn configuration(&mut self, fault: &ConfigError) {
        match fault {
            ConfigError::Faults { faults, .. } => {
                for fault in faults {
                    self.fault("configuration", fault);
                }
            }
            other => self.fault("configuration", other),
        }
    }

    fn add(&mut self, what: &str, grade: Grade, words: impl ToString) {
        let finding = Finding {
            what: what.to_owned(),
            grade,
            words: words.to_string(),
        };
        if !self.as_json {
            let mark = match grade {
                Grade::Good => good("good   "),
                Grade::Warning => warn("warning"),
                Grade::Fault => bad("fault  "),
            };
            say(format_args!("{mark}  {}: {}", finding.what, finding.words));
        }
        self.list.push(finding);
    }

    /// The exit code.
    pub(super) fn conclude(self, is_configuration: bool) -> Result<ExitCode, Failure> {
        let faults = self
            .list
            .iter()
            .filter(|finding| finding.grade == Grade::Fault)
            .count();
        if self.as_json {
            say_json(&self.list);
        }
        match faults {
            0 => Ok(ExitCode::SUCCESS),
            _ if is_configuration => Err(Failure::usage(format!(
                "{faults} to mend in the configuration"
            ))),
            _ => Err(Failure::failed(format!("{faults} to mend"))),
        }
    }
}
