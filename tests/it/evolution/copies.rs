//! Copies of the API with a plugin and a host built against them: frozen ones from the repository, and today's with changes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use system_tests::{Build, target_directory, workspace_root};

/// A plugin and a host that were built against the same version of the API.
#[derive(Clone)]
pub(super) struct Pair {
    /// The hostile plugin.
    pub(super) plugin: PathBuf,
    /// The exerciser.
    pub(super) host: PathBuf,
}

/// A change to a source file: something put behind a line of it, or in place of it.
pub(super) struct Edit {
    pub(super) file: &'static str,
    pub(super) anchor: &'static str,
    pub(super) change: Change,
}

pub(super) enum Change {
    After(&'static str),
    Instead(&'static str),
}

/// The parts of the repository that a plugin and a minimal host are built from.
const PARTS: [&str; 5] = [
    "Cargo.toml",
    "Cargo.lock",
    "plugin-api",
    "tests/exerciser",
    "tests/hostile-plugin",
];

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

pub(super) fn library_name(copy: &str) -> String {
    format!("hostile_plugin_{}", copy.replace('.', "_"))
}

/// To Cargo, the same package in two workspaces is the same package. So that copies can be built in one directory, their versions carry
/// a mark, which changes nothing else; and since files of shared libraries bear no version, the plugin's has a name of its own.
fn mark(path: &Path, manifest: &mut String, copy: &str) {
    let version = manifest
        .lines()
        .find(|line| line.starts_with("version = \""))
        .expect("a package has a version")
        .to_owned();
    let marked = format!(
        "{}+{}\"",
        version.trim_end_matches('"'),
        copy.replace('.', "-")
    );
    *manifest = manifest.replacen(&version, &marked, 1);
    if path.starts_with("tests/hostile-plugin") {
        let named = format!("[lib]\nname = \"{}\"", library_name(copy));
        *manifest = manifest.replace("[lib]", &named);
    }
}

/// Copies the parts of today's repository that make a workspace of their own, with changes. Files that stay the same are not written
/// again, so that nothing is built again for them.
///
/// # Panics
/// When a line that a change refers to is not in its file exactly once.
pub(super) fn copy(to: &Path, name: &str, edits: &[Edit]) {
    let mut files = BTreeMap::new();
    for part in PARTS {
        collect(&workspace_root().join(part), &mut files);
    }
    let mut sources: BTreeMap<PathBuf, String> = files
        .into_iter()
        .map(|(path, text)| (relative(&path), text))
        .collect();
    let manifest = sources.get_mut(Path::new("Cargo.toml"));
    let manifest = manifest.expect("the workspace has a manifest");
    *manifest = with_members(manifest);
    for (path, text) in &mut sources {
        if path.ends_with("Cargo.toml") && path != Path::new("Cargo.toml") {
            mark(path, text, name);
        }
    }
    for edit in edits {
        let text = sources.get_mut(Path::new(edit.file));
        edit.apply(text.expect("the file to change is there"));
    }
    for (path, text) in sources {
        write_if_different(&to.join(path), &text);
    }
}

impl Edit {
    fn apply(&self, text: &mut String) {
        let Self { file, anchor, .. } = self;
        let places = text.matches(anchor).count();
        assert_eq!(
            places, 1,
            "{file} holds this {places} times, not once: {anchor}"
        );
        *text = match self.change {
            Change::After(added) => text.replacen(anchor, &format!("{anchor}\n{added}"), 1),
            Change::Instead(other) => text.replacen(anchor, other, 1),
        };
    }
}

fn collect(path: &Path, files: &mut BTreeMap<PathBuf, String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of sources") {
            collect(&entry.expect("an entry of it").path(), files);
        }
    } else {
        let text = fs::read_to_string(path).expect("a source file is text");
        files.insert(path.to_owned(), text);
    }
}

fn relative(path: &Path) -> PathBuf {
    let inside = path.strip_prefix(workspace_root());
    inside.expect("it is part of the workspace").to_owned()
}

fn with_members(manifest: &str) -> String {
    let (before, rest) = manifest.split_once("members = [").expect("it has members");
    let (_, after) = rest.split_once(']').expect("the list has an end");
    let members = r#""plugin-api", "plugin-api/macros", "tests/exerciser", "tests/hostile-plugin""#;
    format!("{before}members = [{members}]{after}")
}

fn write_if_different(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("a folder");
    fs::write(path, text).expect("a file");
}
