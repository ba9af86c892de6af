//! Copies of the API, and of a plugin and a host built against it, as workspaces of their own: frozen ones, and changed ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace_root;

/// A change to a source file: something put behind a line of it, or in place of it.
pub struct Edit {
    /// The file, from the root of the workspace.
    pub file: &'static str,
    /// What stands there exactly once.
    pub anchor: &'static str,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a place in a file.
pub enum Change {
    /// It is followed by this.
    After(&'static str),
    /// It gives way to this.
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

/// The name of the plugin's library in a copy.
pub fn library_name(copy: &str) -> String {
    format!("hostile_plugin_{}", copy.replace(['.', '-'], "_"))
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
pub fn copy(to: &Path, name: &str, edits: &[Edit]) {
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
