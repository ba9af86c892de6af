//! The host program and others, run to their end.

use std::path::Path;
use std::process::Command;

use system_tests::host_demo;

/// What a run of the program left.
pub(crate) struct HostRun {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl HostRun {
    /// Runs any program to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Runs the program with these arguments and a path as the last.
pub(crate) fn run_host(arguments: &[&str], path: &Path) -> HostRun {
    let mut command = Command::new(host_demo());
    command
        .args(arguments)
        .arg(path)
        .env_remove("HOST_DEMO_CONFIG")
        .env_remove("HOST_DEMO_LOG");
    HostRun::of(command)
}
