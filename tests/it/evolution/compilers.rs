//! A plugin that another compiler built, as authors elsewhere do.

use std::path::{Path, PathBuf};
use std::process::Command;

use plugin_api::abi::descriptor::COMPILER;
use plugin_host::PluginFile;
use system_tests::{Build, target_directory, workspace_root};

use super::copies::today;
use super::pairs::{agrees, in_host, in_host_under_valgrind, in_todays_host};
use crate::support::{has_valgrind, skip};

/// The system's own compiler, when it is another than the host's.
fn other_compiler() -> Option<PathBuf> {
    let path = Path::new("/usr/bin/rustc");
    let output = Command::new(path).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    (version.trim() != COMPILER).then(|| path.to_owned())
}

fn built_by(compiler: &Path) -> PathBuf {
    Build::of(workspace_root())
        .package("hostile-plugin")
        .target_directory(&target_directory().join("evolution/other-compiler"))
        .env("RUSTC", compiler)
        .run()
        .library("hostile_plugin")
}

#[tokio::test]
async fn a_plugin_built_by_another_compiler_works_in_todays_host() {
    let Some(compiler) = other_compiler() else {
        skip("no other compiler than this one is installed (Debian's package `rustc-web`)");
        return;
    };
    let library = built_by(&compiler);
    let file = PluginFile::read(&library).expect("a plugin");
    assert_ne!(file.descriptor().compiler, COMPILER);
    let today = today();
    let report = in_todays_host(&library).await;
    agrees(&report, &in_todays_host(&today.plugin).await);
    if has_valgrind() {
        let report = in_host_under_valgrind(&today.host, &library);
        agrees(&report, &in_host(&today.host, &today.plugin));
    }
}
