//! `host-demo serve` as a process of its own, over a simulated Postmark.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig};
use system_tests::{host_demo, plugin};
use tempfile::TempDir;

/// The token of the simulated service.
pub(crate) const SERVICE_TOKEN: &str = "0c1f7b1e-9d52-4b7e-8f0a-2f4f1d0a9c11";
/// The token callers of the host present; it is bound to [`ACCOUNT`].
pub(crate) const TOKEN: &str = "5a4b1c1e-6f0d-4b0e-9a55-0d8f6a2c7b10";
/// The account of that token.
pub(crate) const ACCOUNT: &str = "7b0c6f5e-0d1f-4f5d-9c61-3f6a6f0f4a01";
/// Who may post to ProcessUnsubscribe and the webhooks.
pub(crate) const HOOK: (&str, &str) = ("hook", "f1d0c2b3-secret-of-the-hook");

/// A running service with its files. Ends with the test.
pub(crate) struct Service {
    pub(crate) simulator: RunningSimulator,
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    process: Child,
}

impl Service {
    /// Starts a simulator and the service in front of it; returns when it listens.
    pub(crate) async fn start(postmark: PostmarkConfig) -> Self {
        let simulator = Simulator::start(SimulatorConfig::postmark(postmark))
            .await
            .expect("a free port of 127.0.0.1 can be had");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = write_config(folder.path(), &simulator.base_url());
        let (process, base) = tokio::task::spawn_blocking(move || serve(&config))
            .await
            .expect("starting a process does not panic");
        Self {
            simulator,
            base,
            folder,
            process,
        }
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What the process has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_config(folder: &Path, service: &str) -> PathBuf {
    let plugins = plugin("postmark");
    let directory = plugins
        .parent()
        .expect("a library is in a folder")
        .display();
    let (user, password) = HOOK;
    let text = format!(
        r#"
[server]
listen = "127.0.0.1:0"
tokens = [{{ token = "{TOKEN}", account = "{ACCOUNT}" }}]
[store]
url = "sqlite://host.db"
[plugins]
directories = ["{directory}"]
allow_unsigned = true
[providers.postmark-main]
library = "postmark"
settings = {{ server_token = "{SERVICE_TOKEN}", base_url = "{service}" }}
[[routes]]
name = "default"
pool = [{{ provider = "postmark-main", weight = 1 }}]
[unsubscribe]
basic_auth = ["{user}:{password}"]
[webhooks.postmark-main]
basic_auth = ["{user}:{password}"]
"#
    );
    let path = folder.join("host.toml");
    std::fs::write(&path, text).expect("a temporary folder is writable");
    path
}

fn serve(config: &Path) -> (Child, String) {
    let log = std::fs::File::create(config.with_file_name("log")).expect("a writable folder");
    let mut process = Command::new(host_demo())
        .args(["serve", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the program starts");
    let output = process.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let base = lines.find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned));
    let log = || std::fs::read_to_string(config.with_file_name("log")).unwrap_or_default();
    let base = base.unwrap_or_else(|| panic!("the service did not start:\n{}", log()));
    (process, base)
}
