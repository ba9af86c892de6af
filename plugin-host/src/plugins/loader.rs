//! From a path to a library whose interface has been checked. The only file of this crate that runs foreign code unchecked.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use plugin_api::abi::{AbiHeaderRef, ForeignModule, HEADER_SYMBOL};

use super::{
    ContentHash, HostProfile, LibraryFault, LoadedPlugin, PluginError, PluginFile, PluginLock,
    Trust, TrustedKey, private_copy, search, trust,
};

/// What a loader works with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoaderConfig {
    /// Where plugins are looked for by name.
    pub directories: Vec<PathBuf>,
    /// The accepted builds. None: nothing is pinned.
    pub lock: Option<PluginLock>,
    /// Keys whose signatures are accepted, whatever plugin they are for.
    pub trusted_keys: Vec<TrustedKey>,
    /// Whether to load what is neither pinned nor signed; for development.
    pub allow_unsigned: bool,
    /// A directory for verified copies, made if missing; nobody else may have access. Copies stay, one for each build ever loaded;
    /// it may be emptied while no host is starting.
    pub copies: PathBuf,
    /// What plugins are told about their host.
    pub host: HostProfile,
}

impl LoaderConfig {
    /// No directories, nothing pinned, no key trusted, nothing unsigned allowed.
    pub fn new(copies: impl Into<PathBuf>) -> Self {
        Self {
            directories: Vec::new(),
            lock: None,
            trusted_keys: Vec::new(),
            allow_unsigned: false,
            copies: copies.into(),
            host: HostProfile::default(),
        }
    }
}

/// Finds, verifies and opens plugin libraries.
///
/// A library once opened stays in the process to its end, whatever becomes of the loader: threads and destructors of its code may be
/// anywhere. Each content is opened once.
pub struct PluginLoader {
    config: LoaderConfig,
    opened: Mutex<HashMap<ContentHash, ForeignModule>>,
}

impl PluginLoader {
    /// A loader; touches nothing yet.
    pub fn new(config: LoaderConfig) -> Self {
        Self {
            config,
            opened: Mutex::default(),
        }
    }

    /// The file that `library` means: a plugin's name, looked for in the directories, or a path (anything that is not lower-case
    /// letters, digits and hyphens).
    ///
    /// # Errors
    /// When there is none, or more than one of that name, or the path leads to no plugin.
    pub fn find(&self, library: &str) -> Result<PluginFile, PluginError> {
        search::find(library, &self.config.directories)
    }

    /// Every plugin in the directories, in order of their paths, and why other libraries there are none.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub fn scan(&self) -> Result<(Vec<PluginFile>, Vec<PluginError>), PluginError> {
        search::scan(&self.config.directories)
    }

    /// Why this file would be trusted; runs none of its code.
    ///
    /// # Errors
    /// When it would be refused for want of trust: [`LibraryFault::Changed`], [`LibraryFault::Signature`], [`LibraryFault::UnknownKey`]
    /// or [`LibraryFault::Untrusted`].
    pub fn trust(&self, file: &PluginFile) -> Result<Trust, PluginError> {
        trust::judge(file, &self.config)
    }

    /// Verifies a file and opens it. Blocks while the system loads the library (milliseconds).
    ///
    /// The order: ABI version, layout hash and target from the note; then trust (pin, signature, `allow_unsigned`); then a private copy
    /// of the bytes that were verified; then the system's loader; then abi_stable's comparison of the interfaces. Only from the system's
    /// loader on does code of the library run.
    ///
    /// # Errors
    /// The first of these that fails.
    pub fn load(&self, file: &PluginFile) -> Result<LoadedPlugin, PluginError> {
        file.check_compatible()?;
        let trust = self.trust(file)?;
        let module = self.open_once(file)?;
        Ok(LoadedPlugin::new(
            file,
            trust,
            module,
            self.config.host.clone(),
        ))
    }

    fn open_once(&self, file: &PluginFile) -> Result<ForeignModule, PluginError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = opened.get(&file.hash()) {
            return Ok(*module);
        }
        let copy = private_copy::place(file, &self.config.copies)?;
        let module = open_library(&copy, file)?;
        opened.insert(file.hash(), module);
        Ok(module)
    }
}

fn open_library(copy: &Path, file: &PluginFile) -> Result<ForeignModule, PluginError> {
    let refused = |reason: String| file.refused(LibraryFault::Load { reason });
    // SAFETY: this runs the library's initialisers. Its bytes are those an operator accepted (`trust::judge`), complete and for this
    // machine (`elf`); what its initialisers do is as trusted as the host itself.
    let library = unsafe { Library::open(Some(copy), RTLD_NOW | RTLD_LOCAL) };
    let library = library.map_err(|error| refused(loader_words(&error, copy)))?;
    // SAFETY: under this name every library made by `export_plugin!` has a static `LibHeader`, which begins with an `AbiHeader`; the
    // symbol's address is the reference. A library that lies in its note is foreign code that was accepted all the same.
    let header = unsafe {
        library
            .get::<AbiHeaderRef>(HEADER_SYMBOL)
            .map(|symbol| *symbol)
    };
    // Stays for good: its threads, thread-local destructors and the objects it makes outlive any scope known here.
    let _handle = library.into_raw();
    let header = header.map_err(|_| refused(format!("it exports no `{HEADER_SYMBOL}`")))?;
    ForeignModule::open(header).map_err(|fault| file.refused(LibraryFault::Open(fault)))
}

/// The loader's own words are in the error's source, and begin with the path of the copy, which tells nobody anything.
fn loader_words(error: &libloading::Error, copy: &Path) -> String {
    let words = error.source().unwrap_or(error).to_string();
    let prefix = format!("{}: ", copy.display());
    words.strip_prefix(&prefix).unwrap_or(&words).to_owned()
}
