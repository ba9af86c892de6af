//! Why a plugin is refused: each variant one sentence that names the file, what was expected, what was found, and what to do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use plugin_api::CreateError;
use plugin_api::abi::OpenError;

use super::{FileFault, LibraryFault};

/// Why a plugin, or a provider made by it, is refused. The text is for an operator, and one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// The file is not a plugin for this machine.
    #[error("plugin file `{}`: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// No directory holds a plugin of that name.
    #[error(
        "no plugin named `{name}` in {}{}; build it, copy it there, or give its path as `library`",
        list(directories),
        aside(unreadable)
    )]
    Unknown {
        /// The name that was looked for: the one in the file's note.
        name: String,
        /// Where.
        directories: Vec<PathBuf>,
        /// Files there that could not be read as plugins, with the reason.
        unreadable: Vec<PluginError>,
    },
    /// A directory of plugins cannot be read.
    #[error("plugin directory `{}` cannot be read ({source}); correct `plugins.directories`", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Two files carry the same plugin name.
    #[error("two plugins are named `{name}`: `{}` and `{}`; remove one, or give a path as `library`", first.display(), second.display())]
    Ambiguous {
        /// The name.
        name: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The library is a plugin, but not one for this host.
    #[error("plugin `{plugin}` (`{}`): {fault}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// The plugin's name.
        plugin: String,
        /// What is wrong with it.
        fault: Box<LibraryFault>,
    },
    /// The lock file cannot be read, understood or written.
    #[error("lock file `{}`: {problem}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The verified bytes cannot be put where they are loaded from.
    #[error("plugin directory for verified copies `{}`: {problem}", path.display())]
    Copy {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A name that cannot stand where a provider's name stands.
    #[error("provider `{}`: a name is made of 1 to 64 letters, digits, `-`, `_` and `.`; it is part of addresses and logs", provider.escape_debug())]
    Name {
        /// The name.
        provider: String,
    },
    /// The plugin refused its settings, or its constructor panicked.
    #[error("provider `{provider}` (plugin `{plugin}`): {fault}")]
    Create {
        /// The provider's configured name.
        provider: String,
        /// The plugin's name.
        plugin: String,
        /// The plugin's words.
        fault: CreateError,
    },
    /// The plugin's constructor did not return.
    #[error("provider `{provider}` (plugin `{plugin}`): its constructor did not return within {} s; it must not talk to the service (`check` does), ask its author", after.as_secs_f32())]
    CreateTimeout {
        /// The provider's configured name.
        provider: String,
        /// The plugin's name.
        plugin: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The system gave no thread to run the constructor on.
    #[error(
        "provider `{provider}`: no thread for its constructor ({source}); raise the limit of threads"
    )]
    Thread {
        /// The provider's configured name.
        provider: String,
        /// The system's words.
        source: io::Error,
    },
    /// A second provider of the same name.
    #[error(
        "provider `{provider}` is defined twice (plugins `{first}` and `{second}`); give one of them another name"
    )]
    NameTaken {
        /// The name.
        provider: String,
        /// The plugin of the one that stays.
        first: String,
        /// The plugin of the one that is refused.
        second: String,
    },
}

impl PluginError {
    /// The complete comparison of interfaces, tens of kilobytes, when that is why the plugin is refused: for a file, not for a log.
    pub fn report(&self) -> Option<&str> {
        let Self::Library { fault, .. } = self else {
            return None;
        };
        match &**fault {
            LibraryFault::Open(OpenError::Layout { report, .. }) => Some(report.as_str()),
            _ => None,
        }
    }
}

fn list(directories: &[PathBuf]) -> String {
    if directories.is_empty() {
        return "`plugins.directories` (it is empty)".to_owned();
    }
    let quoted: Vec<String> = directories
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    quoted.join(", ")
}

fn aside(unreadable: &[PluginError]) -> String {
    let Some(first) = unreadable.first() else {
        return String::new();
    };
    match unreadable.len() {
        1 => format!(" (one file there is not readable: {first})"),
        count => format!(" ({count} files there are not readable, the first: {first})"),
    }
}
