//! Why a command failed, and the exit code that says so to programs.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::service::ServiceError;

/// 1: something was tried and failed.
const FAILED: u8 = 1;
/// 2: wrong usage or configuration; nothing was tried.
const USAGE: u8 = 2;
/// 3: accepted and not settled yet. Do not send it again: the host goes on with it.
const UNSETTLED: u8 = 3;

/// What to tell the user, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// Something was tried and failed.
    pub(crate) fn failed(message: impl ToString) -> Self {
        Self {
            message: message.to_string(),
            code: FAILED,
        }
    }

    /// Wrong usage or configuration.
    pub(crate) fn usage(message: impl ToString) -> Self {
        Self {
            message: message.to_string(),
            code: USAGE,
        }
    }

    /// Accepted, and not settled yet.
    pub(crate) fn unsettled(message: impl ToString) -> Self {
        Self {
            message: message.to_string(),
            code: UNSETTLED,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.code.into()
    }
}

impl From<ConfigError> for Failure {
    fn from(fault: ConfigError) -> Self {
        Self::usage(fault)
    }
}

impl From<ServiceError> for Failure {
    fn from(fault: ServiceError) -> Self {
        match fault {
            ServiceError::Config(fault) => fault.into(),
            other => Self::failed(other),
        }
    }
}
