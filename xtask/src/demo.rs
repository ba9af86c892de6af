//! `cargo demo`: builds the plugin and the host, then runs the host's demo with the folder the plugin is in.
//!
//! A cargo alias is one cargo command, and `cargo run` builds no library that nobody links: hence this.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use super::say;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let folder = built_in()?;
    say("Building postmark-plugin (a shared library) and host-demo …");
    build(&folder)?;
    let host = folder.join(format!("host-demo{}", env::consts::EXE_SUFFIX));
    let status = Command::new(&host)
        .arg("demo")
        .arg("--plugins")
        .arg(&folder)
        .args(arguments)
        .status()
        .map_err(|fault| format!("cannot run {}: {fault}", host.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The folder this program was built into; what it builds goes there as well.
fn built_in() -> Result<PathBuf, String> {
    let program =
        env::current_exe().map_err(|fault| format!("cannot tell where xtask is: {fault}"))?;
    let folder = program.parent().map(PathBuf::from);
    folder.ok_or_else(|| "cannot tell which folder xtask is in".to_owned())
}

fn build(folder: &std::path::Path) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--quiet",
        "--package",
        "postmark-plugin",
        "--package",
        "host-demo",
    ]);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    if let Some(target) = folder.parent() {
        command.arg("--target-dir").arg(target);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the build failed; see above".to_owned()),
        Err(fault) => Err(format!("cannot run cargo: {fault}")),
    }
}
