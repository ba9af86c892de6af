//! A real server, in Python. Without Python or a package registry within reach its tests are skipped, which is said on stderr; with `CI=true`
//! that is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plugin_api::serde_json::{Value, from_str};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::sync::Mutex;

use super::in_time;

/// The server, which ends with its test.
pub(crate) struct PythonServer {
    pub(crate) port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl PythonServer {
    /// Starts it with these arguments; nothing, when it cannot be had here.
    pub(crate) async fn start(arguments: &[&str]) -> Option<Self> {
        let python = match interpreter().await {
            Ok(python) => python,
            Err(why) => {
                skip(&why);
                return None;
            }
        };
        let mut process = tokio::process::Command::new(python)
            .arg(folder().join("server.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self {
            port: 0,
            lines,
            _process: process,
        };
        let said = server.line().await;
        server.port = said.strip_prefix("LISTENING ").unwrap().parse().unwrap();
        Some(server)
    }

    /// The next message that it accepts.
    pub(crate) async fn accepted(&mut self) -> Value {
        from_str(&self.line().await).unwrap()
    }

    async fn line(&mut self) -> String {
        let line = in_time("a line of the server", self.lines.next_line()).await;
        line.unwrap()
            .expect("the server says something before it ends")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server")
}

/// A Python that has the packages; installed once for all tests.
async fn interpreter() -> Result<PathBuf, String> {
    static INSTALLED: Mutex<Option<Result<PathBuf, String>>> = Mutex::const_new(None);
    let mut installed = INSTALLED.lock().await;
    if installed.is_none() {
        let installing = tokio::task::spawn_blocking(install);
        *installed = Some(installing.await.unwrap());
    }
    installed.clone().unwrap()
}

fn install() -> Result<PathBuf, String> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smtp-server");
    let python = environment.join("bin/python");
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(&environment))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ];
    run(Command::new(&python)
        .args(install)
        .arg(folder().join("requirements.txt")))?;
    Ok(python)
}

/// Runs a preparation; its words when it cannot be started or fails.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(error) => Err(format!("{program} not found ({error})")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// Says so on the real stderr, which the test harness does not capture.
fn skip(why: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "the server in Python cannot be skipped in CI: {why}"
    );
    // Nobody may be listening to stderr; the test is skipped all the same.
    let _ = writeln!(std::io::stderr(), "skipped: the server in Python: {why}");
}
