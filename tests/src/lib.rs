//! What whole-system tests stand on: the real libraries and programs, built once and found by name.
//!
//! `cargo test` builds neither shared libraries nor the programs of other packages, so the first test that asks builds them, with the
//! profile and into the directory of the test itself. Cargo's own lock keeps test processes that ask at the same time apart.

mod build;
pub mod copy;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub use build::{Build, Built, target_directory, workspace_root};

/// The shared library of a plugin of this workspace, by its name: `postmark`.
///
/// # Panics
/// When it cannot be built, with Cargo's words.
pub fn plugin(name: &str) -> PathBuf {
    let package = format!("{name}-plugin");
    built_once(&package, None, |built| {
        built.library(&package.replace('-', "_"))
    })
}

/// The host program.
///
/// # Panics
/// When it cannot be built, with Cargo's words.
pub fn host_demo() -> PathBuf {
    built_once("host-demo", None, |built| built.program("host-demo"))
}

/// The host program as a build that dies where `HOST_DEMO_KILL_AT` says.
///
/// # Panics
/// When it cannot be built, with Cargo's words.
pub fn host_demo_with_kill_points() -> PathBuf {
    built_once("host-demo", Some("kill-points"), |built| {
        built.program("host-demo")
    })
}

/// Packages are built one by one, as their authors would: so nothing compiles only thanks to another package's features, and a test
/// needs no more than it names.
fn built_once(
    package: &str,
    feature: Option<&'static str>,
    find: impl FnOnce(&Built) -> PathBuf,
) -> PathBuf {
    static BUILT: Mutex<BTreeMap<(String, Option<&str>), PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let build = || {
        let build = Build::workspace().package(package);
        let build = match feature {
            Some(feature) => build.feature(feature),
            None => build,
        };
        find(&build.run())
    };
    built
        .entry((package.to_owned(), feature))
        .or_insert_with(build)
        .clone()
}
