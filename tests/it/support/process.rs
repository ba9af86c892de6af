//! What this process looks like from outside, and tests that need one of their own.

use std::io::Write;
use std::process::Command;
use std::{env, fs};

const MARK: &str = "SYSTEM_TEST_ALONE";

/// How many threads the process has.
pub(crate) fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    tasks.count()
}

/// Which files are mapped into the process.
pub(crate) fn maps() -> String {
    fs::read_to_string("/proc/self/maps").expect("Linux lists a process's mappings")
}

/// For tests that count what belongs to the whole process: true in a process that runs this test alone. False in the one that runs all
/// of them, when the other has succeeded; the test ends then.
///
/// # Panics
/// When the test fails in its own process, with everything it printed.
pub(crate) fn alone(test: &str) -> bool {
    if env::var_os(MARK).is_some() {
        return true;
    }
    run(Command::new(this_program()), test);
    false
}

/// Runs one test by a command that starts this program, or something in which it runs.
pub(crate) fn run(mut command: Command, test: &str) {
    command
        .args([test, "--exact", "--test-threads=1", "--nocapture"])
        .env(MARK, "1");
    let output = command.output().expect("the test program can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "no test is named {test}: {said}");
}

pub(crate) fn this_program() -> std::path::PathBuf {
    env::current_exe().expect("a running program has a path")
}

/// Says that a test could not be run here and why; in CI that is a failure.
///
/// # Panics
/// In CI.
pub(crate) fn skip(why: &str) {
    assert!(env::var_os("CI").is_none(), "{why}");
    tell(&format!("skipped: {why}"));
}

/// Says something although the test succeeds: the test runner keeps to itself what is merely printed.
pub(crate) fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// Whether there is a valgrind to run things in; says so when there is none.
///
/// # Panics
/// In CI, when there is none.
pub(crate) fn has_valgrind() -> bool {
    has("valgrind", "--version")
}

/// The same of strace, and whether it may trace.
///
/// # Panics
/// In CI, when there is none.
pub(crate) fn has_strace() -> bool {
    if !has("strace", "-V") {
        return false;
    }
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status();
    let may_trace = traced.is_ok_and(|status| status.success());
    if !may_trace {
        skip("strace may not trace here");
    }
    may_trace
}

/// The same of the minisign program.
///
/// # Panics
/// In CI, when there is none.
pub(crate) fn has_minisign() -> bool {
    has("minisign", "-v")
}

fn has(program: &str, question: &str) -> bool {
    let there = Command::new(program).arg(question).output().is_ok();
    if !there {
        skip(&format!("{program} is not installed"));
    }
    there
}
