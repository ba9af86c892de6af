//! Running Cargo from a test, and finding what it built by its own messages.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A build to run: this workspace, or one elsewhere.
pub struct Build {
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    compiler_arguments: Vec<String>,
}

/// What a build made.
pub struct Built {
    libraries: BTreeMap<String, PathBuf>,
    programs: BTreeMap<String, PathBuf>,
}

impl Build {
    /// Of this workspace, as the running test was built: same profile, same directory.
    pub fn workspace() -> Self {
        let folder = profile_directory();
        let profile = match folder.file_name().and_then(OsStr::to_str) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        Self::of(workspace_root())
            .argument("--profile", profile)
            .target_directory(&target_directory())
    }

    /// Of the workspace or package in this folder, in the default profile; name a target directory next.
    pub fn of(folder: &Path) -> Self {
        let build = Self {
            arguments: vec!["--message-format=json-render-diagnostics".into()],
            environment: Vec::new(),
            compiler_arguments: Vec::new(),
        };
        build.argument("--manifest-path", folder.join("Cargo.toml"))
    }

    fn argument(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.arguments.extend([name.into(), value.into()]);
        self
    }

    /// Only this package, and others so named.
    pub fn package(self, name: &str) -> Self {
        self.argument("--package", name)
    }

    /// With this feature of the package.
    pub fn feature(self, name: &str) -> Self {
        self.argument("--features", name)
    }

    /// Into this directory.
    pub fn target_directory(self, directory: &Path) -> Self {
        self.argument("--target-dir", directory)
    }

    /// With this variable in Cargo's environment.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// With this argument to the compiler, for the one package that is named and none of its dependencies.
    pub fn compiler_argument(mut self, argument: &str) -> Self {
        self.compiler_arguments.push(argument.to_owned());
        self
    }

    /// Builds.
    ///
    /// # Panics
    /// When the build fails, with Cargo's words.
    pub fn run(self) -> Built {
        let output = self.try_run();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo failed:\n{words}");
        Built::from_messages(&String::from_utf8_lossy(&output.stdout))
    }

    /// Builds, and says how that went.
    ///
    /// # Panics
    /// When Cargo cannot be started.
    pub fn try_run(self) -> Output {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let alone = !self.compiler_arguments.is_empty();
        command
            .arg(if alone { "rustc" } else { "build" })
            .args(self.arguments)
            .envs(self.environment);
        if alone {
            command.arg("--").args(self.compiler_arguments);
        }
        // What Cargo set for the running test is not meant for another build.
        let meant_for_the_test =
            |name: &str| name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR";
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(meant_for_the_test) {
                command.env_remove(name);
            }
        }
        let output = command.stdin(Stdio::null()).output();
        output.expect("cargo can be started")
    }
}

impl Built {
    fn from_messages(messages: &str) -> Self {
        let (mut libraries, mut programs) = (BTreeMap::new(), BTreeMap::new());
        let artifacts = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["reason"] == "compiler-artifact");
        for artifact in artifacts {
            let name = artifact["target"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if let Some(program) = artifact["executable"].as_str() {
                programs.insert(name.clone(), lasting(Path::new(program)));
            }
            let files = artifact["filenames"].as_array().into_iter().flatten();
            let library = files
                .filter_map(Value::as_str)
                .find(|file| file.ends_with(env::consts::DLL_SUFFIX));
            if let Some(library) = library {
                libraries.insert(name, PathBuf::from(library));
            }
        }
        Self {
            libraries,
            programs,
        }
    }

    /// The shared library of this name, without prefix and suffix.
    ///
    /// # Panics
    /// When the build made none of that name.
    pub fn library(&self, name: &str) -> PathBuf {
        let found = self.libraries.get(name).cloned();
        found.unwrap_or_else(|| panic!("the build made no library named {name}"))
    }

    /// The program of this name.
    ///
    /// # Panics
    /// When the build made none of that name.
    pub fn program(&self, name: &str) -> PathBuf {
        let found = self.programs.get(name).cloned();
        found.unwrap_or_else(|| panic!("the build made no program named {name}"))
    }
}

/// Cargo links what it built under a plain name, which the next build of the same program with other features takes over. The name
/// with the hash beside it stays.
fn lasting(program: &Path) -> PathBuf {
    use std::os::unix::fs::MetadataExt as _;
    let same_file = |path: &Path| path.metadata().map(|file| (file.dev(), file.ino())).ok();
    let wanted = same_file(program);
    let beside = program.with_file_name("deps").read_dir();
    let hashed = beside
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| same_file(path) == wanted);
    hashed.unwrap_or_else(|| program.to_owned())
}

/// The repository's root.
pub fn workspace_root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the package is a folder of the workspace")
}

/// Where the running test's build put everything: `target`.
pub fn target_directory() -> PathBuf {
    // Cargo keeps in each what it knows of the compiler; the tag for backups is there only where Cargo made the directory itself.
    let marked = |folder: &&Path| folder.join(".rustc_info.json").exists();
    let test = running_test();
    let folder = test.ancestors().find(marked);
    folder
        .expect("a test is built in a target directory")
        .to_owned()
}

/// `target/debug`, or the folder of another profile: the running test is in its `deps`.
fn profile_directory() -> PathBuf {
    let test = running_test();
    let folder = test.ancestors().nth(2);
    folder.expect("a test is two folders below").to_owned()
}

fn running_test() -> PathBuf {
    env::current_exe().expect("a running test has a path")
}
