//! A service, and a host in front of it that can be killed and started again at the same address.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use system_tests::{host_demo_with_kill_points, plugin};
use tempfile::TempDir;

use crate::support::service::{HOOK, OPEN_TOKEN};
use crate::support::{PATIENCE, eventually};

/// A host and its files. Ends with the test.
pub(super) struct Stage {
    folder: TempDir,
    process: Option<Child>,
}

impl Stage {
    /// Writes the files; nothing runs yet. `providers`: name, the service's address, token.
    pub(super) fn new(
        address: SocketAddr,
        providers: &[(&str, String, &str)],
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

    /// Adds lines to a table of the configuration.
    pub(super) fn configure(&self, table: &str, lines: &str) {
        let path = self.folder.path().join("host.toml");
        let config = std::fs::read_to_string(&path).expect("it was written");
        let edited = config.replacen(table, &format!("{table}\n{lines}"), 1);
        assert_ne!(edited, config, "there is no {table}");
        std::fs::write(path, edited).expect("a file is written");
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
        let mut command = self.command(host_demo_with_kill_points().as_os_str(), &[]);
        if let Some(moment) = kill_at {
            command.env("HOST_DEMO_KILL_AT", moment);
        }
        let listens = self.run(command);
        assert!(
            listens || kill_at.is_some(),
            "it does not start:\n{}",
            self.log()
        );
    }

    /// Starts the host as it is. Whether it listens.
    pub(super) fn try_to_start(&mut self) -> bool {
        let command = self.command(host_demo_with_kill_points().as_os_str(), &[]);
        self.run(command)
    }

    /// Starts the host under strace with these options; what it traces goes into a file. Whether it listens.
    pub(super) fn start_under_strace(&mut self, options: &[&str]) -> bool {
        let trace = self.trace_file();
        let mut arguments: Vec<&OsStr> = ["-D", "-f", "-y", "-o"].map(OsStr::new).to_vec();
        arguments.push(trace.as_os_str());
        arguments.extend(options.iter().map(OsStr::new));
        let program = host_demo_with_kill_points();
        arguments.push(program.as_os_str());
        let command = self.command(OsStr::new("strace"), &arguments);
        self.run(command)
    }

    /// What strace has seen, once the host has ended.
    pub(super) fn trace(&self) -> String {
        let ended = || {
            let trace = std::fs::read_to_string(self.trace_file()).unwrap_or_default();
            let last = trace.lines().last().unwrap_or_default();
            last.contains("+++").then_some(trace)
        };
        eventually("strace has written everything", || ended().is_some());
        ended().unwrap_or_default()
    }

    fn trace_file(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// Whether it listens; otherwise it has ended.
    fn run(&mut self, mut command: Command) -> bool {
        let mut process = command.spawn().expect("the program starts");
        let output = process.stdout.take().expect("it is piped");
        self.process = Some(process);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.any(|line| line.starts_with("Listening on "))
    }

    fn command(&self, program: &OsStr, arguments: &[&OsStr]) -> Command {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["serve", "--config"])
            .arg(self.folder.path().join("host.toml"))
            .stdout(Stdio::piped())
            .stderr(log.expect("a writable folder"));
        command
    }

    /// How much memory the host takes, in bytes.
    pub(super) fn resident(&self) -> u64 {
        let process = self.process.as_ref().expect("it was started");
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
        let status = status.expect("Linux tells of its processes");
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kilobytes: u64 = kilobytes
            .and_then(|text| text.parse().ok())
            .expect("a number");
        kilobytes * 1024
    }

    /// Waits until the process has ended by itself.
    pub(super) fn wait_for_end(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it was started");
        let deadline = Instant::now() + PATIENCE * 3;
        loop {
            if let Some(status) = process.try_wait().expect("it can be waited for") {
                return status;
            }
            if Instant::now() > deadline {
                self.process = Some(process);
                panic!("it does not end:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks it to stop, as a supervisor would.
    pub(super) fn ask_to_stop(&self) {
        let process = self.process.as_ref().expect("it was started");
        let told = Command::new("kill").arg(process.id().to_string()).status();
        assert!(told.expect("kill runs").success(), "the process is there");
    }

    /// Asks it to stop and waits until it has.
    pub(super) fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.wait_for_end()
    }

    /// Waits until the process has killed itself.
    pub(super) fn wait_for_death(&mut self) {
        let status = self.wait_for_end();
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

fn config(address: SocketAddr, providers: &[(&str, String, &str)], settings: &str) -> String {
    let library = plugin("postmark");
    let directory = library
        .parent()
        .expect("a library is in a folder")
        .display();
    let (user, password) = HOOK;
    let tables: String = providers
        .iter()
        .map(|(name, base, token)| {
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
