//! Records the compiler and the target, which a plugin's descriptor names, and keeps the ABI's version apart from the crate's.

use std::env;
use std::process::Command;

/// Must agree with `AbiVersion::CURRENT`; a test compares them.
const ABI: &str = "0.9.0";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=PLUGIN_API_COMPILER={}", version.trim());
    let target = env::var("TARGET").unwrap_or_else(|_| "unknown".to_owned());
    println!("cargo::rustc-env=PLUGIN_API_TARGET={target}");
    // abi_stable writes the version of the defining crate into every type and refuses another one. What must agree is the ABI: this crate may
    // be released as often as it likes.
    println!("cargo::rustc-env=CARGO_PKG_VERSION={ABI}");
}
