//! Workspace chores that take more than one cargo command: `cargo demo`, `cargo xtask …`.

mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let chore = arguments.next();
    let result = match chore.as_deref() {
        Some("demo") => demo::run(&arguments.collect::<Vec<_>>()),
        _ => Err("usage: cargo xtask demo [--messages N] [--exit] (or: cargo demo …)".to_owned()),
    };
    result.unwrap_or_else(|fault| {
        say(&fault);
        ExitCode::FAILURE
    })
}

/// Progress and faults go to the standard error stream, beside cargo's own.
#[expect(
    clippy::print_stderr,
    reason = "a chore talks to the person who started it"
)]
fn say(line: &str) {
    eprintln!("{line}");
}
