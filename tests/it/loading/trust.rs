//! What may be loaded: pinned content, from a copy that nobody else can write to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plugin_host::{ContentHash, PluginError, PluginFile, PluginLoader, PluginLock, Trust};

use super::{hostile_bytes, patched};
use crate::support::{Workshop, maps};

fn pinning(workshop: &Workshop, lock: PluginLock) -> PluginLoader {
    let mut config = workshop.config();
    config.allow_unsigned = false;
    config.lock = Some(lock);
    PluginLoader::new(config)
}

fn written(lock: &Path, files: &[&PluginFile]) -> PluginLock {
    let files = files.iter().copied();
    PluginLock::of(lock, files).write().expect("it is written");
    let read = PluginLock::read(lock).expect("it is understood");
    read.expect("it is there")
}

#[test]
fn what_the_lock_pins_is_loaded() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = PluginFile::read(&path).expect("a plugin");
    let loader = pinning(&workshop, written(&workshop.path("plugins.lock"), &[&file]));
    let loaded = loader.load(&file).expect("it is pinned");
    assert_eq!(loaded.trust(), Trust::Pinned);
    assert_eq!(loaded.hash(), file.hash());
    assert_eq!(loaded.path(), path);
}

#[test]
fn changed_content_is_refused_even_where_unsigned_plugins_are_allowed() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let accepted = PluginFile::read(&path).expect("a plugin");
    let lock_path = workshop.path("plugins.lock");
    let lock = written(&lock_path, &[&accepted]);
    workshop.put("a.so", &patched("version=0.1.0", "version=0.1.1"));
    let changed = PluginFile::read(&path).expect("still a plugin");
    let mut config = workshop.config();
    config.lock = Some(lock);
    let error = PluginLoader::new(config).load(&changed);
    assert_eq!(
        error.err().expect("it is refused").to_string(),
        format!(
            "plugin `hostile` (`{}`): its SHA-256 is {}, but `{}` pins {}; if the change is wanted, run `plugins lock`",
            path.display(),
            changed.hash(),
            lock_path.display(),
            accepted.hash()
        )
    );
    assert!(!maps().contains(&changed.hash().to_string()));
}

#[test]
fn what_nobody_vouches_for_is_refused_unless_allowed() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = PluginFile::read(&path).expect("a plugin");
    let empty = written(&workshop.path("plugins.lock"), &[]);
    let error = pinning(&workshop, empty).load(&file);
    assert_eq!(
        error.err().expect("it is refused").to_string(),
        format!(
            "plugin `hostile` (`{}`): neither pinned in `plugins.lock` nor signed; run `plugins lock`, \
             or set `plugins.allow_unsigned = true` for development",
            path.display()
        )
    );
    let loaded = workshop.loader().load(&file).expect("it is allowed");
    assert_eq!(loaded.trust(), Trust::Unsigned);
}

#[test]
fn two_builds_of_one_name_can_be_pinned_side_by_side() {
    let workshop = Workshop::new();
    let old = workshop.put("old.so", &hostile_bytes());
    let new = workshop.put("new.so", &patched("version=0.1.0", "version=0.1.1"));
    let (old, new) = (PluginFile::read(&old), PluginFile::read(&new));
    let (old, new) = (old.expect("a plugin"), new.expect("a plugin"));
    let loader = pinning(
        &workshop,
        written(&workshop.path("plugins.lock"), &[&old, &new]),
    );
    let old = loader.load(&old).expect("it is pinned");
    let new = loader.load(&new).expect("it is pinned");
    assert_ne!(old.hash(), new.hash());
    assert_eq!(new.descriptor().version, "0.1.1");
}

#[test]
fn a_lock_that_cannot_be_understood_is_refused_and_a_missing_one_is_none() {
    let workshop = Workshop::new();
    let path = workshop.path("plugins.lock");
    assert_eq!(PluginLock::read(&path).expect("no fault"), None);
    for (text, problem) in [
        (
            "format = 2",
            "expected format 1, found 2; update the host or run `plugins lock`",
        ),
        ("plugin = []", "missing field `format`; run `plugins lock`"),
        (
            "format = 1\n[[plugin]]\nname = \"a\"\nfile = \"a.so\"\nsha256 = \"12\"\nabi = \"0.9\"\nversion = \"1\"",
            "expected the 64 hexadecimal digits of a SHA-256; run `plugins lock`",
        ),
    ] {
        workshop.put("plugins.lock", text.as_bytes());
        let error = PluginLock::read(&path).expect_err("it is no lock");
        let path = path.display();
        assert_eq!(error.to_string(), format!("lock file `{path}`: {problem}"));
    }
}

#[test]
fn a_library_is_loaded_from_a_private_copy_of_the_bytes_that_were_verified() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = PluginFile::read(&path).expect("a plugin");
    // Whoever swaps the file between check and use is too late.
    workshop.put("a.so", b"something else entirely");
    workshop
        .loader()
        .load(&file)
        .expect("what was read is loaded");
    let copies = workshop.config().copies;
    let copy = copies.join(format!("{}.so", file.hash()));
    assert!(maps().contains(copy.to_str().expect("UTF-8")));
    assert_eq!(mode(&copies), 0o700);
    assert_eq!(mode(&copy), 0o500);
    assert_eq!(
        ContentHash::of(&fs::read(&copy).expect("the copy")),
        file.hash()
    );
}

#[test]
fn a_copy_that_has_been_tampered_with_is_written_anew() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = PluginFile::read(&path).expect("a plugin");
    let copies = workshop.config().copies;
    fs::create_dir(&copies).expect("a folder");
    fs::set_permissions(&copies, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let copy = copies.join(format!("{}.so", file.hash()));
    fs::write(&copy, b"not what its name says").expect("a file");
    workshop.loader().load(&file).expect("the copy is replaced");
    assert_eq!(
        ContentHash::of(&fs::read(&copy).expect("the copy")),
        file.hash()
    );
}

#[test]
fn a_folder_for_copies_that_others_may_enter_is_refused() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = PluginFile::read(&path).expect("a plugin");
    let copies = workshop.config().copies;
    fs::create_dir(&copies).expect("a folder");
    fs::set_permissions(&copies, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let error = workshop.loader().load(&file).err().expect("it is refused");
    assert!(matches!(error, PluginError::Copy { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "plugin directory for verified copies `{}`: is open to other users (mode 755); `chmod 700` it, or choose another",
            copies.display()
        )
    );
}

#[test]
fn the_same_content_is_opened_once_wherever_it_lies() {
    let workshop = Workshop::new();
    let loader = workshop.loader();
    let first = PluginFile::read(&workshop.put("a.so", &hostile_bytes())).expect("a plugin");
    let second = PluginFile::read(&workshop.put("b.so", &hostile_bytes())).expect("a plugin");
    let first = loader.load(&first).expect("it is loaded");
    fs::remove_dir_all(workshop.config().copies).expect("the copies are ours");
    let second = loader.load(&second).expect("it is loaded already");
    assert_eq!(first.hash(), second.hash());
    assert!(!workshop.config().copies.exists(), "a second copy was made");
}

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).expect("it exists");
    found.permissions().mode() & 0o777
}
