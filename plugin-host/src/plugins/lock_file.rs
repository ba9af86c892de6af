//! `plugins.lock`: which builds of which plugins an operator has accepted.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ContentHash, PluginError, PluginFile};

const HEADING: &str = "# The accepted plugin libraries, by SHA-256. Written by `plugins lock`; of a listed plugin no other build is loaded.\n";
const FORMAT: u32 = 1;

/// The lock: accepted builds. A name may stand several times, for builds side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginLock {
    path: PathBuf,
    entries: Vec<LockEntry>,
}

/// One accepted build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockEntry {
    /// The plugin's name.
    pub name: String,
    /// The file's name when it was accepted; for people.
    pub file: String,
    /// The hash of the accepted content.
    #[serde(with = "hexadecimal")]
    pub sha256: ContentHash,
    /// The ABI it was built for; for people.
    pub abi: String,
    /// The plugin's version; for people.
    pub version: String,
}

/// What the lock says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    /// This content is accepted.
    Accepted,
    /// Other content is accepted under this name; this is the first hash of it.
    Other(ContentHash),
    /// The name is not listed.
    Unlisted,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    format: u32,
    #[serde(default)]
    plugin: Vec<LockEntry>,
}

impl PluginLock {
    /// A lock that accepts exactly these files, to be written to `path`.
    pub fn of<'a>(path: &Path, files: impl IntoIterator<Item = &'a PluginFile>) -> Self {
        let mut entries: Vec<LockEntry> = files.into_iter().map(LockEntry::of).collect();
        entries.sort_by(|a, b| (&a.name, &a.file, a.sha256).cmp(&(&b.name, &b.file, b.sha256)));
        entries.dedup();
        Self {
            path: path.to_owned(),
            entries,
        }
    }

    /// Reads a lock file; `None` when there is none.
    ///
    /// # Errors
    /// [`PluginError::Lock`] when it cannot be read or understood: a lock that is there is obeyed or nothing loads.
    pub fn read(path: &Path) -> Result<Option<Self>, PluginError> {
        let fault = |problem: String| PluginError::Lock {
            path: path.to_owned(),
            problem,
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(format!("cannot be read ({error})"))),
        };
        let format: Format = toml::from_str(&text)
            .map_err(|error| fault(format!("{}; run `plugins lock`", one_line(&error))))?;
        if format.format != FORMAT {
            return Err(fault(format!(
                "expected format {FORMAT}, found {}; update the host or run `plugins lock`",
                format.format
            )));
        }
        Ok(Some(Self {
            path: path.to_owned(),
            entries: format.plugin,
        }))
    }

    /// Writes the file, replacing an earlier one as a whole.
    ///
    /// # Errors
    /// [`PluginError::Lock`] with the system's words.
    pub fn write(&self) -> Result<(), PluginError> {
        let fault = |error: &dyn std::fmt::Display| PluginError::Lock {
            path: self.path.clone(),
            problem: format!("cannot be written ({error})"),
        };
        let format = Format {
            format: FORMAT,
            plugin: self.entries.clone(),
        };
        let text = toml::to_string(&format).map_err(|error| fault(&error))?;
        let beside = self.path.with_extension("lock.new");
        fs::write(&beside, format!("{HEADING}{text}")).map_err(|error| fault(&error))?;
        fs::rename(&beside, &self.path).map_err(|error| fault(&error))
    }

    /// The file it was read from, or will be written to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The accepted builds.
    pub fn entries(&self) -> &[LockEntry] {
        &self.entries
    }

    pub(super) fn pin(&self, name: &str, hash: ContentHash) -> Pin {
        let mut listed = self.entries.iter().filter(|entry| entry.name == name);
        let Some(first) = listed.clone().next() else {
            return Pin::Unlisted;
        };
        if listed.any(|entry| entry.sha256 == hash) {
            Pin::Accepted
        } else {
            Pin::Other(first.sha256)
        }
    }
}

impl LockEntry {
    fn of(file: &PluginFile) -> Self {
        let name = file.path().file_name().unwrap_or_default();
        Self {
            name: file.descriptor().name.clone(),
            file: name.to_string_lossy().into_owned(),
            sha256: file.hash(),
            abi: file.descriptor().abi.to_string(),
            version: file.descriptor().version.clone(),
        }
    }
}

/// The parser draws the place over several lines.
fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::ContentHash;

    pub(super) fn serialize<S: Serializer>(hash: &ContentHash, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(hash)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ContentHash, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
