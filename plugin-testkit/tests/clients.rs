//! Clients that we did not write hold a session with a simulator: Postmark's official one for Node and postmarker for Python, and
//! SendGrid's official ones for Node.
//!
//! Without Node, Python or a package registry within reach the session is skipped, which is said on stderr; with `CI=true`
//! that is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use plugin_testkit::simulator::{
    ApiKeyConfig, DynamicTemplate, PostmarkConfig, RunningSimulator, Senders, SendgridConfig,
    Simulator, SimulatorConfig, UnsubscribeGroup,
};

const TOKEN: &str = "0c1f7b1e-9d52-4b7e-8f0a-2f4f1d0a9c11";
const KEY: &str = "SG.simulated.0123456789";
/// A key that may not send.
const READING_KEY: &str = "SG.reading.0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn the_official_node_client_holds_a_session() {
    let files = ["package.json", "package-lock.json", "session.mjs"];
    let said = session("node", postmark(), &POSTMARK, |folder| {
        node("", &files, folder)
    })
    .await;
    expect(&said, 14, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn postmarker_for_python_holds_a_session() {
    let said = session("python", postmark(), &POSTMARK, |folder| {
        copy("", &["requirements.txt", "session.py"], folder);
        let python = folder.join("venv/bin/python");
        run(Command::new("python3")
            .args(["-m", "venv", "venv"])
            .current_dir(folder))?;
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            "requirements.txt",
        ];
        run(Command::new(&python).args(install).current_dir(folder))?;
        let mut session = Command::new(python);
        session.arg(folder.join("session.py"));
        Ok(session)
    })
    .await;
    expect(&said, 14, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_node_clients_of_sendgrid_hold_a_session() {
    let files = [
        "package.json",
        "package-lock.json",
        "receiver.mjs",
        "session.mjs",
    ];
    let environment = [("MAIL_TOKEN", KEY), ("MAIL_READING_TOKEN", READING_KEY)];
    let prepare = |folder: &Path| node("sendgrid", &files, folder);
    let said = session("sendgrid", sendgrid(), &environment, prepare).await;
    expect(&said, 18, 15);
}

const POSTMARK: [(&str, &str); 1] = [("MAIL_TOKEN", TOKEN)];

/// What a session said and left behind; nothing when it was skipped.
type Held = Option<(String, RunningSimulator)>;

fn expect(held: &Held, steps: usize, accepted: usize) {
    let Some((said, simulator)) = held else {
        return;
    };
    assert!(
        said.lines().filter(|line| line.starts_with("ok ")).count() >= steps,
        "steps are missing:\n{said}"
    );
    assert!(
        simulator.ledger().accepted() >= accepted,
        "the session says more than the ledger:\n{said}"
    );
}

fn postmark() -> SimulatorConfig {
    SimulatorConfig::postmark(PostmarkConfig::with_token(TOKEN))
}

fn sendgrid() -> SimulatorConfig {
    let template =
        DynamicTemplate::new("d-welcome", "Hi {{name}}").html("<p>Welcome, {{name}}.</p>");
    let senders = Senders::Only {
        confirmed: vec!["example.com".into()],
        unconfirmed: Vec::new(),
    };
    let config = SendgridConfig::with_key(KEY)
        .key(ApiKeyConfig::new(READING_KEY).scopes(["suppression.read"]))
        .group(UnsubscribeGroup::new(4711, "News"))
        .template(template)
        .senders(senders)
        .email_activity(Duration::ZERO);
    SimulatorConfig::sendgrid(config)
}

/// Prepares a client in a folder of its own, lets it talk to a simulator, and expects exit code 0.
async fn session(
    name: &str,
    config: SimulatorConfig,
    environment: &[(&str, &str)],
    prepare: impl FnOnce(&Path) -> Result<Command, String>,
) -> Held {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("clients")
        .join(name);
    std::fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut command = match prepare(&folder) {
        Ok(command) => command,
        Err(why) => {
            skip(name, &why);
            return None;
        }
    };
    let simulator = Simulator::start(config)
        .await
        .expect("a free port of 127.0.0.1 can be had");
    command
        .args(["--profile", "simulator"])
        .env("MAIL_BASE_URL", simulator.base_url())
        .envs(environment.iter().copied())
        .env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("starting a process does not panic")
        .expect("the interpreter starts");
    let said = told(&output);
    assert!(
        output.status.success(),
        "the {name} session went wrong:\n{said}"
    );
    Some((said, simulator))
}

/// A session for Node, its packages installed.
fn node(clients: &str, files: &[&str], folder: &Path) -> Result<Command, String> {
    copy(clients, files, folder);
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder))?;
    let mut node = Command::new("node");
    node.arg(folder.join("session.mjs"));
    Ok(node)
}

fn copy(clients: &str, files: &[&str], folder: &Path) {
    let all = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/clients"));
    let clients = all.join(clients);
    for file in files {
        std::fs::copy(clients.join(file), folder.join(file))
            .expect("the client sessions are in tests/clients");
    }
}

/// Runs a preparation; its words when it cannot be started or fails.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(error) => Err(format!("{program} not found ({error})")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{program} failed:\n{}", told(&output))),
    }
}

fn told(output: &Output) -> String {
    [output.stdout.as_slice(), output.stderr.as_slice()]
        .map(String::from_utf8_lossy)
        .concat()
}

/// Says so on the real stderr, which the test harness does not capture.
fn skip(name: &str, why: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "the {name} session cannot be skipped in CI: {why}"
    );
    // Nobody may be listening to stderr; the test is skipped all the same.
    let _ = writeln!(std::io::stderr(), "skipped: {name} session: {why}");
}
