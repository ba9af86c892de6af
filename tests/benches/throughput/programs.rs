//! The host and the simulated service, each a process of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use system_tests::{host_demo, plugin};

use crate::processors;

/// What every client presents, to the host and to the service alike.
pub(crate) const TOKEN: &str = "0c1f7b1e-9d52-4b7e-8f0a-2f4f1d0a9c11";

/// A running server. Ends when it is dropped.
pub(crate) struct Program {
    process: Child,
    base: String,
    /// Kept open: it may have more to say.
    _said: BufReader<ChildStdout>,
}

impl Program {
    /// A Postmark that accepts everything, after this long.
    pub(crate) fn simulator(folder: &Path, latency: Duration) -> Self {
        let mut command = Command::new(host_demo());
        command.args(["simulate", "postmark", "--listen", "127.0.0.1:0"]);
        command.env("POSTMARK_SERVER_TOKEN", TOKEN);
        if !latency.is_zero() {
            let script = folder.join("faults.toml");
            fs::write(&script, faults(latency)).expect("the folder is writable");
            command.arg("--faults").arg(script);
        }
        Self::start(command, "Postmark is simulated at ")
    }

    /// The host in front of it, with so many connections at the most, its store and its log in this folder.
    pub(crate) fn host(folder: &Path, simulator: &Self, connections: usize) -> Self {
        let config = folder.join("host.toml");
        let settings = settings(simulator.base(), connections);
        fs::write(&config, settings).expect("the folder is writable");
        let mut command = Command::new(host_demo());
        command.args(["serve", "--config"]).arg(config);
        command.stderr(File::create(folder.join("log")).expect("the folder is writable"));
        Self::start(command, "Listening on ")
    }

    /// Starts it; it listens where the line that begins so says.
    fn start(mut command: Command, listening: &str) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut lines = said.by_ref().lines().map_while(Result::ok);
        let line = lines.find_map(|line| line.strip_prefix(listening).map(str::to_owned));
        let line = line.expect("it says where it listens");
        Self {
            process,
            base: line.split(' ').next().unwrap_or_default().to_owned(),
            _said: said,
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What all its threads have used so far.
    pub(crate) fn processor_time(&self) -> Duration {
        processors::used_by(self.process.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn faults(latency: Duration) -> String {
    let milliseconds = latency.as_millis();
    format!("[[rule]]\nfault = {{ kind = \"latency\", ms = {milliseconds} }}\n")
}

fn settings(service: &str, connections: usize) -> String {
    let library = plugin("postmark");
    let library = library.display();
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
tokens = ["{TOKEN}"]
[store]
url = "sqlite://host.db"
[plugins]
allow_unsigned = true
[providers.postmark-main]
library = "{library}"
settings = {{ server_token = "{TOKEN}", base_url = "{service}" }}
max_in_flight = {connections}
[[routes]]
name = "default"
pool = [{{ provider = "postmark-main", weight = 1 }}]
"#
    )
}
