//! A service, and a host in front of it that can be killed and started again at the same address.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use plugin_testkit::simulator::RunningSimulator;
use system_tests::{host_demo_with_kill_points, plugin};
use tempfile::TempDir;

use crate::support::service::{HOOK, OPEN_TOKEN};

/// A host and its files. Ends with the test.
pub(super) struct Stage {
    folder: TempDir,
    process: Option<Child>,
}

/// An address of this machine that no other test and no outgoing connection uses, so that a host can come back to it.
pub(super) fn own_address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    let last = NEXT.fetch_add(1, Ordering::Relaxed);
    SocketAddr::from((Ipv4Addr::new(127, 128 | high, low, last), 8025))
}

impl Stage {
    /// Writes the files; nothing runs yet. `providers`: their names and the addresses of their services.
    pub(super) fn new(
        address: SocketAddr,
        providers: &[(&str, &RunningSimulator, &str)],
        settings: &str,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = config(address, providers, settings);
        std::fs::write(folder.path().join("host.toml"), config).expect("a file is written");
        Self {
            folder,
            process: None,
        }
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder.path().join("host.db")
    }

    /// Everything the processes have logged.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Starts the host, to be killed at a named moment or not; returns when it listens or has died.
    pub(super) fn start(&mut self, kill_at: Option<&str>) {
        let mut process = command(self.folder.path(), kill_at)
            .spawn()
            .expect("the program starts");
        let output = process.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let listens = lines.any(|line| line.starts_with("Listening on "));
        assert!(
            listens || kill_at.is_some(),
            "it does not start:\n{}",
            self.log()
        );
        self.process = Some(process);
    }

    /// Waits until the process has killed itself.
    pub(super) fn wait_for_death(&mut self) {
        let mut process = self.process.take().expect("it was started");
        let status = process.wait().expect("it can be waited for");
        assert_eq!(status.signal(), Some(9), "{status}:\n{}", self.log());
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(folder: &Path, kill_at: Option<&str>) -> Command {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"));
    let mut command = Command::new(host_demo_with_kill_points());
    command
        .args(["serve", "--config"])
        .arg(folder.join("host.toml"))
        .stdout(Stdio::piped())
        .stderr(log.expect("a writable folder"));
    if let Some(moment) = kill_at {
        command.env("HOST_DEMO_KILL_AT", moment);
    }
    command
}

fn config(
    address: SocketAddr,
    providers: &[(&str, &RunningSimulator, &str)],
    settings: &str,
) -> String {
    let library = plugin("postmark");
    let directory = library
        .parent()
        .expect("a library is in a folder")
        .display();
    let (user, password) = HOOK;
    let tables: String = providers
        .iter()
        .map(|(name, service, token)| {
            let base = service.base_url();
            format!(
                "[providers.{name}]\nlibrary = \"postmark\"\nsettings = {{ server_token = \"{token}\", base_url = \"{base}\" }}\n\
                 [webhooks.{name}]\nbasic_auth = [\"{user}:{password}\"]\n"
            )
        })
        .collect();
    format!(
        "[server]\nlisten = \"{address}\"\ntokens = [\"{OPEN_TOKEN}\"]\n[store]\nurl = \"sqlite://host.db\"\n\
         [plugins]\ndirectories = [\"{directory}\"]\nallow_unsigned = true\n{tables}\n{settings}\n"
    )
}
