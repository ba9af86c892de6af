//! The host program, run to its end.

use std::path::Path;
use std::process::Command;

use system_tests::host_demo;

/// What a run of the program left.
pub(crate) struct HostRun {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program with these arguments and a path as the last.
pub(crate) fn run_host(arguments: &[&str], path: &Path) -> HostRun {
    let output = Command::new(host_demo())
        .args(arguments)
        .arg(path)
        .env_remove("HOST_DEMO_CONFIG")
        .env_remove("HOST_DEMO_LOG")
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    HostRun {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
