//! `cargo run -p system-tests --bin freeze -- abi-0.9`: keeps today's API, with a plugin and a host built against it, for good.
//!
//! To be run when an ABI is released. From then on tests load that plugin into today's host, and today's plugin into that host.

use std::process::ExitCode;

use system_tests::copy::copy;
use system_tests::{Build, target_directory, workspace_root};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), None) = (arguments.next(), arguments.next()) else {
        return refuse("expected one name, such as `abi-0.9`");
    };
    let folder = workspace_root().join("tests/frozen").join(&name);
    if folder.exists() {
        return refuse(
            "there is a copy of this name, and no copy is ever changed; choose another name",
        );
    }
    copy(&folder, &name, &[]);
    // Leaves of the lock file what this copy needs, so that no later build writes to it.
    Build::of(&folder)
        .target_directory(&target_directory().join("evolution/build"))
        .run();
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "a program for a terminal")]
fn refuse(why: &str) -> ExitCode {
    eprintln!("freeze: {why}");
    ExitCode::from(2)
}
