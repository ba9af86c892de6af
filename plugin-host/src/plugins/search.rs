//! Finding a plugin by the name in its note. File names are the packager's business and say nothing.

use std::collections::BTreeMap;
use std::env::consts::DLL_EXTENSION;
use std::fs;
use std::path::{Path, PathBuf};

use super::file::is_plugin_name;
use super::{FileFault, PluginError, PluginFile};

/// The one plugin that `library` means: by name in the directories, or by path.
pub(super) fn find(library: &str, directories: &[PathBuf]) -> Result<PluginFile, PluginError> {
    if !is_plugin_name(library) {
        return PluginFile::read(Path::new(library));
    }
    let (plugins, mut unreadable) = scan(directories)?;
    // Libraries that were never meant to be plugins are nobody's mistake.
    unreadable.retain(|fault| {
        !matches!(
            fault,
            PluginError::File {
                fault: FileFault::NotAPlugin,
                ..
            }
        )
    });
    let mut named = plugins
        .into_iter()
        .filter(|file| file.descriptor().name == library);
    match (named.next(), named.next()) {
        (Some(file), None) => Ok(file),
        (Some(first), Some(second)) => Err(PluginError::Ambiguous {
            name: library.to_owned(),
            first: first.path().to_owned(),
            second: second.path().to_owned(),
        }),
        (None, _) => Err(PluginError::Unknown {
            name: library.to_owned(),
            directories: directories.to_owned(),
            unreadable,
        }),
    }
}

/// Every plugin in the directories, by path, and the reasons why other libraries there are none.
pub(super) fn scan(
    directories: &[PathBuf],
) -> Result<(Vec<PluginFile>, Vec<PluginError>), PluginError> {
    // A directory may be named twice, or a file be linked from another.
    let mut paths = BTreeMap::new();
    for directory in directories {
        for path in libraries(directory)? {
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            paths.entry(real).or_insert(path);
        }
    }
    let (mut plugins, mut faults) = (Vec::new(), Vec::new());
    for path in paths.into_values() {
        match PluginFile::read(&path) {
            Ok(file) => plugins.push(file),
            Err(fault) => faults.push(fault),
        }
    }
    Ok((plugins, faults))
}

fn libraries(directory: &Path) -> Result<Vec<PathBuf>, PluginError> {
    let fault = |source| PluginError::Directory {
        path: directory.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == DLL_EXTENSION)
        {
            found.push(path);
        }
    }
    Ok(found)
}
