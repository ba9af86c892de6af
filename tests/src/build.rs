//! Running Cargo from a test, and finding what it built by its own messages.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A build to run: this workspace, or a package elsewhere.
pub struct Build {
    command: Command,
}

/// What a build made.
pub struct Built {
    libraries: BTreeMap<String, PathBuf>,
    programs: BTreeMap<String, PathBuf>,
}

impl Build {
    /// Of this workspace, as the running test was built: same profile, same directory.
    pub fn workspace() -> Self {
        let mut build = Self::of(&workspace_root().join("Cargo.toml"));
        let profile_directory = profile_directory();
        let profile = match profile_directory.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        build.command.args(["--profile", profile]);
        build.target_directory(&target_directory())
    }

    /// Of the package with this manifest, in the default profile; name a target directory next.
    pub fn of(manifest: &Path) -> Self {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args([
                "build",
                "--message-format=json-render-diagnostics",
                "--manifest-path",
            ])
            .arg(manifest);
        // What the test runner's Cargo set for the test is not meant for another build.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG_") {
                command.env_remove(name);
            }
        }
        command.env_remove("CARGO_MANIFEST_DIR");
        Self { command }
    }

    /// Only these packages.
    pub fn packages(mut self, names: &[&str]) -> Self {
        for name in names {
            self.command.args(["--package", name]);
        }
        self
    }

    /// Into this directory.
    pub fn target_directory(mut self, directory: &Path) -> Self {
        self.command.arg("--target-dir").arg(directory);
        self
    }

    /// With this variable in Cargo's environment.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Builds.
    ///
    /// # Panics
    /// When the build fails; with Cargo's words.
    pub fn run(self) -> Built {
        let output = self.try_run();
        assert!(
            output.status.success(),
            "cargo build failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Built::from_messages(&String::from_utf8_lossy(&output.stdout))
    }

    /// Builds, and says how that went.
    ///
    /// # Panics
    /// When Cargo cannot be started.
    pub fn try_run(mut self) -> Output {
        let output = self.command.stdin(Stdio::null()).output();
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
            let name = artifact["target"]["name"].as_str().unwrap_or_default();
            let name = name.replace('_', "-");
            if let Some(program) = artifact["executable"].as_str() {
                programs.insert(name.clone(), PathBuf::from(program));
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

    /// The shared library of a package.
    ///
    /// # Panics
    /// When the build made none of that name.
    pub fn library(&self, package: &str) -> PathBuf {
        let found = self.libraries.get(package).cloned();
        found.unwrap_or_else(|| panic!("the build made no library named {package}"))
    }

    /// The program of a package.
    ///
    /// # Panics
    /// When the build made none of that name.
    pub fn program(&self, package: &str) -> PathBuf {
        let found = self.programs.get(package).cloned();
        found.unwrap_or_else(|| panic!("the build made no program named {package}"))
    }
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
    // Cargo marks its target directories so that backups leave them out.
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").exists();
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
