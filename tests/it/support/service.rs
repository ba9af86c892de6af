//! `host-demo serve` as a process of its own, over simulated services.

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
/// A token that is bound to no account.
pub(crate) const OPEN_TOKEN: &str = "c4e1a2d7-1b60-4a3e-8a0f-64d1b7a2f9d8";
/// The account of [`TOKEN`].
pub(crate) const ACCOUNT: &str = "7b0c6f5e-0d1f-4f5d-9c61-3f6a6f0f4a01";
/// Who may post to ProcessUnsubscribe and the webhooks.
pub(crate) const HOOK: (&str, &str) = ("hook", "f1d0c2b3-secret-of-the-hook");

/// A running service with its files. Ends with the test.
pub(crate) struct Service {
    pub(crate) simulator: RunningSimulator,
    /// The account of the second provider, where there is one.
    pub(crate) second: Option<RunningSimulator>,
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    process: Child,
}

impl Service {
    /// Starts a simulator and the service in front of it; returns when it listens.
    pub(crate) async fn start(postmark: PostmarkConfig) -> Self {
        let simulator = simulate(postmark).await;
        Self::alone(simulator, |config| config).await
    }

    /// The same with this at the end of its configuration instead of a route: what belongs to `[unsubscribe]`, then routes, and what else.
    pub(crate) async fn with(end: &str) -> Self {
        Self::edited(|config| config.replace(OPEN_ROUTE, end)).await
    }

    /// The same with its configuration changed.
    pub(crate) async fn edited(edit: impl FnOnce(String) -> String) -> Self {
        let simulator = simulate(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
        Self::alone(simulator, edit).await
    }

    async fn alone(simulator: RunningSimulator, edit: impl FnOnce(String) -> String) -> Self {
        let provider = Provider::postmark("postmark-main", &simulator);
        Self::over(simulator, None, &[provider], edit).await
    }

    /// Starts two simulators, and the service with providers `postmark-main` and `postmark-second` and these routes.
    pub(crate) async fn pair(routes: &str) -> Self {
        Self::pair_edited(|config| config, routes).await
    }

    /// The same with the rest of its configuration changed.
    pub(crate) async fn pair_edited(edit: impl FnOnce(String) -> String, routes: &str) -> Self {
        let account = || PostmarkConfig::with_token(SERVICE_TOKEN);
        let (first, second) = (simulate(account()).await, simulate(account()).await);
        let providers = [
            Provider::postmark("postmark-main", &first),
            Provider::postmark("postmark-second", &second),
        ];
        Self::over(first, Some(second), &providers, |config| {
            edit(config.replace(OPEN_ROUTE, routes))
        })
        .await
    }

    /// Starts the service in front of simulators that run, with a configuration that is changed.
    pub(crate) async fn over(
        simulator: RunningSimulator,
        second: Option<RunningSimulator>,
        providers: &[Provider],
        edit: impl FnOnce(String) -> String,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("host.toml");
        std::fs::write(&config, edit(configuration(providers))).expect("a writable folder");
        let (process, base) = tokio::task::spawn_blocking(move || serve(&config))
            .await
            .expect("starting a process does not panic");
        Self {
            simulator,
            second,
            base,
            folder,
            process,
        }
    }

    /// Writes the address it listens on into its configuration, which says port 0: commands reach it from now on.
    pub(crate) fn within_reach(self) -> Self {
        let address = self.base.strip_prefix("http://").expect("plain HTTP");
        let config = std::fs::read_to_string(self.config()).expect("it was written");
        let config = config.replace("127.0.0.1:0", address);
        std::fs::write(self.config(), config).expect("a writable folder");
        self
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The configuration it runs with.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("host.toml")
    }

    /// Asks it to stop, as a supervisor would, and waits until it has; its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let told = Command::new("kill").arg(self.pid().to_string()).status();
        assert!(told.expect("kill runs").success(), "the process is there");
        self.process.wait().expect("it can be waited for").code()
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

/// A provider of the configuration.
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) library: &'static str,
    /// An inline table.
    pub(crate) settings: String,
}

impl Provider {
    pub(crate) fn postmark(name: &'static str, simulator: &RunningSimulator) -> Self {
        let service = simulator.base_url();
        Self {
            name,
            library: "postmark",
            settings: format!("{{ server_token = \"{SERVICE_TOKEN}\", base_url = \"{service}\" }}"),
        }
    }
}

/// Everything goes to the first provider.
pub(crate) const OPEN_ROUTE: &str =
    "[[routes]]\nname = \"default\"\npool = [{ provider = \"postmark-main\", weight = 1 }]";

async fn simulate(postmark: PostmarkConfig) -> RunningSimulator {
    Simulator::start(SimulatorConfig::postmark(postmark))
        .await
        .expect("a free port of 127.0.0.1 can be had")
}

fn configuration(providers: &[Provider]) -> String {
    let mut directory = String::new();
    let (user, password) = HOOK;
    let mut tables = String::new();
    for provider in providers {
        let Provider {
            name,
            library,
            settings,
        } = provider;
        let folder = plugin(library).parent().map(Path::to_owned);
        directory = folder
            .expect("a library is in a folder")
            .display()
            .to_string();
        tables += &format!(
            "[providers.{name}]\nlibrary = \"{library}\"\nsettings = {settings}\n\
             [webhooks.{name}]\nbasic_auth = [\"{user}:{password}\"]\n"
        );
    }
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
tokens = [{{ token = "{TOKEN}", account = "{ACCOUNT}" }}, "{OPEN_TOKEN}"]
[store]
url = "sqlite://host.db"
[plugins]
directories = ["{directory}"]
allow_unsigned = true
{tables}
[unsubscribe]
basic_auth = ["{user}:{password}"]
{OPEN_ROUTE}
"#
    )
}

fn serve(config: &Path) -> (Child, String) {
    let log = std::fs::File::create(config.with_file_name("log")).expect("a writable folder");
    // Under the most common umask, by which files are everybody's to read unless the program cares.
    let mut process = Command::new("sh")
        .args(["-c", "umask 022 && exec \"$0\" serve --config \"$1\""])
        .arg(host_demo())
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
