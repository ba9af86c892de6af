//! Builds that must not come together.

use plugin_host::{LibraryFault, PluginError};
use system_tests::{Build, target_directory, workspace_root};

use super::copies::changed;
use crate::support::Workshop;
use system_tests::copy::{Change, Edit};

/// A number of a frozen struct becomes signed: every size and offset stays as it was.
#[test]
fn a_change_that_the_layout_hash_does_not_see_is_refused_when_the_library_is_opened() {
    let edit = Edit {
        file: "plugin-api/src/abi/record.rs",
        anchor: "    pub(crate) outcome: u32,\n    pub(crate) detail",
        change: Change::Instead("    pub(crate) outcome: i32,\n    pub(crate) detail"),
    };
    let library = changed("signed", &[edit]).plugin;
    let workshop = Workshop::new();
    let loader = workshop.loader();
    let file = loader.find(library.to_str().expect("UTF-8"));
    let error = loader.load(&file.expect("its note is as ever"));
    let error = error.err().expect("it is refused");
    let PluginError::Library { fault, .. } = &error else {
        panic!("{error}");
    };
    assert!(matches!(**fault, LibraryFault::Open(_)));
    let sentence = error.to_string();
    assert!(sentence.starts_with("plugin `hostile` ("), "{sentence}");
    assert!(sentence.contains("its layout differs: "), "{sentence}");
    assert!(
        sentence.ends_with("; rebuild it against this host's plugin-api (ABI 0.9)"),
        "{sentence}"
    );
    assert!(
        !sentence.contains('\n') && sentence.len() < 1000,
        "{sentence}"
    );
    let report = error.report().expect("the whole comparison");
    assert!(report.len() > sentence.len() && report.contains("RecipientRecord"));
}

#[test]
fn a_plugin_that_would_abort_on_panic_does_not_compile() {
    let output = Build::of(workspace_root())
        .package("hostile-plugin")
        .target_directory(&target_directory().join("evolution/build"))
        .compiler_argument("-Cpanic=abort")
        .try_run();
    assert!(!output.status.success(), "it compiles");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("a plugin must be built with `panic = \"unwind\"` (the default)"),
        "{words}"
    );
}
