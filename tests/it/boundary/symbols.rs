//! A plugin library exports one symbol: nothing of it can clash with another's.

use std::process::Command;

use plugin_api::abi::HEADER_SYMBOL;

#[test]
fn a_plugin_exports_its_header_and_nothing_else() {
    let listed = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(system_tests::plugin("hostile"))
        .output()
        .expect("nm comes with the linker that built the plugin");
    let listed = String::from_utf8(listed.stdout).expect("text");
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(names, [HEADER_SYMBOL]);
}
