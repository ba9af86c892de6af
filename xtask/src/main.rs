//! Workspace chores.
//!
//! `cargo demo` exists because a cargo alias is one cargo command: the demonstration needs a program and a shared library built first, and
//! nothing of the host links the library.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask demo [arguments of `host-demo demo`]";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let outcome = match arguments.next() {
        Some(chore) if chore == "demo" => demo(arguments.collect()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(code) => code,
        Err(message) => {
            #[expect(clippy::print_stderr, reason = "a chore talks to a person")]
            {
                eprintln!("xtask: {message}");
            }
            ExitCode::from(2)
        }
    }
}

fn demo(arguments: Vec<std::ffi::OsString>) -> Result<ExitCode, String> {
    let built = built_beside()?;
    // One after the other, so that neither is built with features that only the other asks for.
    cargo_build("postmark-plugin")?;
    cargo_build("host-demo")?;
    let status = Command::new(built.join("host-demo"))
        .arg("demo")
        .arg("--plugins")
        .arg(&built)
        .args(arguments)
        .status()
        .map_err(|error| format!("host-demo did not start: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The directory cargo builds into with this profile: where this program is.
fn built_beside() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let folder = program.parent().map(Path::to_owned);
    folder.ok_or_else(|| "this program is in no directory".to_owned())
}

fn cargo_build(package: &str) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--package", package, "--locked"])
        .status()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{package} could not be built"))
    }
}
