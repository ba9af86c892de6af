//! Where libraries are loaded from: a directory of our own, each file named by its content.
//!
//! The system's loader takes a path. Between verifying a file and loading it, its path may come to mean something else; and the loader
//! itself takes two libraries of one name for the same. A copy under its hash in a directory nobody else may enter settles both.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{ContentHash, PluginError, PluginFile};

/// The path to load a verified file from; written now, or found with the same content.
pub(super) fn place(file: &PluginFile, directory: &Path) -> Result<PathBuf, PluginError> {
    prepare(directory)?;
    let path = directory.join(format!("{}.so", file.hash()));
    if holds(&path, file.hash()) {
        return Ok(path);
    }
    write(&path, directory, file.bytes()).map_err(|error| PluginError::Copy {
        path: path.clone(),
        problem: format!(
            "cannot be written ({error}); is the disk full, or the directory read-only?"
        ),
    })?;
    Ok(path)
}

/// Makes the directory if need be, and refuses one that somebody else could write to.
fn prepare(directory: &Path) -> Result<(), PluginError> {
    let fault = |problem: String| PluginError::Copy {
        path: directory.to_owned(),
        problem,
    };
    let made = DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(directory);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(fault(format!("cannot be made ({error}); choose another")));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(directory)
        .map_err(|error| fault(format!("cannot be examined ({error})")))?;
    if !found.is_dir() {
        return Err(fault("is not a directory; choose another".to_owned()));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(fault("belongs to another user; choose another".to_owned()));
    }
    if found.mode() & 0o077 != 0 {
        return Err(fault(format!(
            "is open to other users (mode {:o}); `chmod 700` it, or choose another",
            found.mode() & 0o777
        )));
    }
    Ok(())
}

fn holds(path: &Path, hash: ContentHash) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file && fs::read(path).is_ok_and(|bytes| ContentHash::of(&bytes) == hash)
}

/// A reader sees the whole file under its final name or nothing.
fn write(path: &Path, directory: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file()
        .set_permissions(Permissions::from_mode(0o500))?;
    file.persist(path)?;
    Ok(())
}
