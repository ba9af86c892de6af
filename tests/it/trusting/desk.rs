//! An operator's folder, and the two programs that are run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use system_tests::{host_demo, plugin};
use tempfile::TempDir;

use crate::support::HostRun;

pub(super) const PASSWORD: &str = "correct horse, battery staple";

/// The configuration of an operator, with comments to be kept.
pub(super) const CONFIG: &str = r#"# Mail of the example company
[server]
listen = "127.0.0.1:0"
[plugins]
trusted_keys = [] # nobody yet
[providers.main]
library = "postmark"
settings = { server_token = "${NOT_SET_HERE}" }
[[routes]]
name = "default"
pool = [{ provider = "main", weight = 1 }]
"#;

/// A folder with a configuration and the Postmark plugin, in which commands are run.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir(desk.path("plugins")).expect("a writable folder");
        fs::copy(plugin("postmark"), desk.path("plugins/postmark.so")).expect("it is built");
        fs::write(desk.path("host.toml"), CONFIG).expect("a writable folder");
        desk
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("it is there, and UTF-8")
    }

    /// Runs `host-demo plugins …` without a terminal.
    pub(super) fn run(&self, arguments: &[&str], password: Option<&str>) -> HostRun {
        let mut command = Command::new("setsid");
        command
            .arg("--wait")
            .arg(host_demo())
            .arg("plugins")
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        for variable in [
            "HOST_DEMO_CONFIG",
            "HOST_DEMO_LOG",
            "HOST_DEMO_KEY_PASSWORD",
        ] {
            command.env_remove(variable);
        }
        if let Some(password) = password {
            command.env("HOST_DEMO_KEY_PASSWORD", password);
        }
        let run = HostRun::of(command);
        let told = run.stdout.clone() + &run.stderr;
        assert!(!told.contains(PASSWORD), "a password is told: {told}");
        run
    }

    pub(super) fn good(&self, arguments: &[&str], password: Option<&str>) -> String {
        let run = self.run(arguments, password);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
        run.stdout
    }

    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat(), None);
        serde_json::from_str(&run.stdout)
            .unwrap_or_else(|fault| panic!("{fault}: {} {}", run.stdout, run.stderr))
    }

    pub(super) fn refused(
        &self,
        arguments: &[&str],
        password: Option<&str>,
        code: i32,
        words: &str,
    ) {
        let run = self.run(arguments, password);
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
        let line = run.stderr.lines().last().unwrap_or_default();
        assert!(line.contains(words), "expected {words}\nfound {line}");
    }

    /// What `verify` says of the one provider, and its exit code.
    pub(super) fn standing(&self) -> (Option<i32>, Value) {
        let code = self.run(&["verify"], None).code;
        let verified = self.json(&["verify"])[0].clone();
        let listed = self.json(&["list"])[0].clone();
        let inspected = self.json(&["inspect", "plugins/postmark.so"]);
        for key in ["trust", "signature", "refused"] {
            assert_eq!(listed[key], verified[key], "list and verify on {key}");
            assert_eq!(inspected[key], verified[key], "inspect and verify on {key}");
        }
        (code, verified)
    }
}

/// Runs the minisign program with a path as its last argument, and a password to read.
pub(super) fn minisign(desk: &Desk, arguments: &[&str], path: &Path, password: &str) -> String {
    let input = desk.path("password");
    fs::write(&input, format!("{password}\n")).expect("a writable folder");
    let mut command = Command::new("minisign");
    command
        .args(arguments)
        .arg(path)
        .current_dir(desk.0.path())
        .stdin(fs::File::open(&input).expect("just written"));
    let run = HostRun::of(command);
    assert_eq!(
        run.code,
        Some(0),
        "{arguments:?}: {} {}",
        run.stdout,
        run.stderr
    );
    run.stdout
}
