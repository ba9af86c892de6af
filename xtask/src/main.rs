//! Workspace chores.
//!
//! `cargo demo` exists because a cargo alias is one cargo command: the demonstration needs a program and a shared library built first, and
//! nothing of the host links the library.

use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask demo [arguments of `host-demo demo`]";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let outcome = match arguments.next() {
        Some(chore) if chore == "demo" => demo(arguments),
        _ => Err(USAGE.to_owned()),
    };
    let Err(message) = outcome;
    tell(&format!("xtask: {message}"));
    ExitCode::from(2)
}

/// Becomes the demonstration, so that whoever ends this process ends that one.
fn demo(arguments: impl Iterator<Item = OsString>) -> Result<Infallible, String> {
    let built = built_beside()?;
    tell(
        "Building the host and its plugins (the first time with everything they use, which takes minutes); then the demonstration begins.",
    );
    cargo_build(&["host-demo", "postmark-plugin", "sendgrid-plugin"])?;
    let error = Command::new(built.join("host-demo"))
        .arg("demo")
        .arg("--plugins")
        .arg(&built)
        .args(arguments)
        .exec();
    Err(format!("host-demo did not start: {error}"))
}

/// The directory cargo builds into with this profile: where this program is.
fn built_beside() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let folder = program.parent().map(Path::to_owned);
    folder.ok_or_else(|| "this program is in no directory".to_owned())
}

/// Together, so that what both use is compiled once, with the features that either asks for.
fn cargo_build(packages: &[&str]) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--locked"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .status()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} could not be built", packages.join(" and ")))
    }
}

#[expect(clippy::print_stderr, reason = "a chore talks to a person")]
fn tell(line: &str) {
    eprintln!("{line}");
}
