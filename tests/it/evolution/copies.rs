//! Copies of the API with a plugin and a host built against them: frozen ones from the repository, and today's with changes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use system_tests::copy::{Edit, copy, library_name};
use system_tests::{Build, target_directory, workspace_root};

/// A plugin and a host that were built against the same version of the API.
#[derive(Clone)]
pub(super) struct Pair {
    /// The hostile plugin.
    pub(super) plugin: PathBuf,
    /// The exerciser.
    pub(super) host: PathBuf,
}

/// Today's API, as it is.
pub(super) fn today() -> Pair {
    built("today", "hostile_plugin", || workspace_root().to_owned())
}

/// Today's API with changes.
///
/// # Panics
/// When a line that a change refers to is not in its file exactly once.
pub(super) fn changed(name: &'static str, edits: &[Edit]) -> Pair {
    built(name, &library_name(name), || {
        let workspace = folder().join("sources").join(name);
        copy(&workspace, name, edits);
        workspace
    })
}

/// The frozen copies in the repository, by name. None of them is ever changed; `cargo run -p system-tests --bin freeze` makes a new one.
pub(super) fn frozen() -> BTreeMap<String, Pair> {
    let copies = fs::read_dir(workspace_root().join("tests/frozen")).expect("a folder");
    copies
        .map(|copy| {
            let path = copy.expect("an entry of it").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.expect("a name of plain letters").to_owned();
            let pair = built(&name, &library_name(&name), || path);
            (name, pair)
        })
        .collect()
}

/// Builds one of the workspaces, once. All of them share a directory, so that what they depend on is built once; what they make is put
/// aside.
pub(super) fn built(name: &str, library: &str, workspace: impl FnOnce() -> PathBuf) -> Pair {
    static BUILT: Mutex<BTreeMap<String, Pair>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pair) = built.get(name) {
        return pair.clone();
    }
    let folder = folder();
    let outside = File::create(folder.join("lock")).and_then(|lock| lock.lock().map(|()| lock));
    let _one_process_at_a_time = outside.expect("a file can be locked");
    let made = Build::of(&workspace())
        .package("hostile-plugin")
        .package("exerciser")
        .target_directory(&folder.join("build"))
        .run();
    let aside = folder.join("built").join(name);
    fs::create_dir_all(&aside).expect("a folder");
    let put = |from: PathBuf| {
        let to = aside.join(from.file_name().expect("a file has a name"));
        // A program that runs, or a library that is mapped, is replaced and not written to.
        let _ = fs::remove_file(&to);
        fs::copy(from, &to).expect("it is put aside");
        to
    };
    let pair = Pair {
        plugin: put(made.library(library)),
        host: put(made.program("exerciser")),
    };
    built.insert(name.to_owned(), pair.clone());
    pair
}

fn folder() -> PathBuf {
    let folder = target_directory().join("evolution");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}
