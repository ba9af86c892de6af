//! The plugin is a package of its own, as every plugin is; Cargo builds it when a benchmark starts.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Builds the plugin with these features, in the profile of the running program, and says where its library is.
pub(super) fn noop_plugin(features: &str) -> PathBuf {
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--package", "noop-plugin", "--locked"])
        .args(["--profile", profile, "--features", features])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "the plugin cannot be built");
    library(&String::from_utf8_lossy(&output.stdout))
        .expect("a build that succeeds names its files")
}

/// The file that Cargo's messages name.
fn library(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "noop_plugin")
        .find_map(|message| message["filenames"][0].as_str().map(PathBuf::from))
}
