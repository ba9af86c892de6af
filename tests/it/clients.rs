//! Clients we did not write send through the host, unchanged apart from the base address: the official one for Node, and postmarker.
//!
//! Without Node, Python or a package registry within reach a session is skipped, which is said on stderr; with `CI=true` that is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use plugin_testkit::simulator::{PostmarkConfig, ServerConfig, TemplateConfig};
use serde_json::json;
use system_tests::{target_directory, workspace_root};

use crate::support::service::{ACCOUNT, SERVICE_TOKEN, Service, TOKEN};

const STOPPED: &str = "stopped@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn the_official_node_client_sends_through_the_host() {
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
async fn postmarker_for_python_sends_through_the_host() {
    session("python", |folder| {
        copy(&["requirements.txt", "session.py"], folder);
        run(Command::new("python3")
            .args(["-m", "venv", "venv"])
            .current_dir(folder))?;
        let python = folder.join("venv/bin/python");
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

async fn session(name: &str, prepare: impl FnOnce(&Path) -> Result<Command, String>) {
    let folder = target_directory().join("host-clients").join(name);
    std::fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut command = match prepare(&folder) {
        Ok(command) => command,
        Err(why) => return skip(name, &why),
    };
    let template = TemplateConfig::new("welcome", "Hi {{name}}").text("Welcome, {{name}}.");
    let server = ServerConfig::new(SERVICE_TOKEN).template(template);
    let service = Service::start(PostmarkConfig::with_server(server)).await;
    flag(&service).await;
    command
        .args(["--profile", "host"])
        .env("MAIL_BASE_URL", &service.base)
        .env("MAIL_TOKEN", TOKEN)
        .env("MAIL_SUPPRESSED_TO", STOPPED)
        .env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("starting a process does not panic")
        .expect("the interpreter starts");
    let said = told(&output);
    assert!(
        output.status.success(),
        "the {name} session went wrong:\n{said}\n{}",
        service.log()
    );
    assert!(
        said.lines().filter(|line| line.starts_with("ok ")).count() >= 10,
        "steps are missing:\n{said}"
    );
    service.simulator.ledger().wait_for_accepted(5).await;
}

/// Somebody who must be refused with 406.
async fn flag(service: &Service) {
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client without TLS")
        .put(format!(
            "{}/api/DoNotContact/{ACCOUNT}/lead-who-left",
            service.base
        ))
        .header("X-Postmark-Server-Token", TOKEN)
        .json(&json!({ "address": STOPPED }))
        .send()
        .await
        .expect("the host answers");
    assert_eq!(
        answer.status(),
        200,
        "{}",
        answer.text().await.unwrap_or_default()
    );
}

fn copy(files: &[&str], folder: &Path) {
    let clients: PathBuf = workspace_root().join("tests/clients");
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
