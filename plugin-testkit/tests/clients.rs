//! Clients that we did not write hold a session with the simulator: the official one for Node, and postmarker for Python.
//!
//! Without Node, Python or a package registry within reach the session is skipped, which is said on stderr; with `CI=true`
//! that is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig};

const TOKEN: &str = "0c1f7b1e-9d52-4b7e-8f0a-2f4f1d0a9c11";

#[tokio::test(flavor = "multi_thread")]
async fn the_official_node_client_holds_a_session() {
    session("node", |folder| {
        copy(
            &["package.json", "package-lock.json", "session.mjs"],
            folder,
        );
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder))?;
        let mut node = Command::new("node");
        node.arg(folder.join("session.mjs"));
        Ok(node)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postmarker_for_python_holds_a_session() {
    session("python", |folder| {
        copy(&["requirements.txt", "session.py"], folder);
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
}

/// Prepares a client in a folder of its own, lets it talk to a simulator, and expects exit code 0 and no wrong step.
async fn session(name: &str, prepare: impl FnOnce(&Path) -> Result<Command, String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("clients")
        .join(name);
    std::fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut command = match prepare(&folder) {
        Ok(command) => command,
        Err(why) => return skip(name, &why),
    };
    let simulator = start().await;
    command
        .args(["--profile", "simulator"])
        .env("MAIL_BASE_URL", simulator.base_url())
        .env("MAIL_TOKEN", TOKEN)
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
    assert!(
        said.lines().filter(|line| line.starts_with("ok ")).count() >= 14,
        "steps are missing:\n{said}"
    );
    assert!(
        simulator.ledger().accepted() >= 9,
        "the session says more than the ledger:\n{said}"
    );
}

async fn start() -> RunningSimulator {
    let config = SimulatorConfig::postmark(PostmarkConfig::with_token(TOKEN));
    Simulator::start(config)
        .await
        .expect("a free port of 127.0.0.1 can be had")
}

fn copy(files: &[&str], folder: &Path) {
    let clients = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/clients"));
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
