//! The official client: installed as published, run by `tests/clients/throughput.mjs`.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use system_tests::workspace_root;

use crate::Effort;
use crate::programs::TOKEN;

pub(crate) struct Client {
    script: PathBuf,
}

/// A client that waits for its cue.
pub(crate) struct Warm {
    process: Child,
    said: BufReader<ChildStdout>,
}

/// What it took to have everything answered.
pub(crate) struct Took {
    pub(crate) wall: Duration,
    pub(crate) processors: Duration,
}

impl Client {
    /// Installs the client. Without Node or a package registry within reach there is none, which is said; with `CI=true` that is a failure.
    pub(crate) fn install() -> Option<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("throughput-client");
        std::fs::create_dir_all(&folder).expect("the target directory is writable");
        for file in ["package.json", "package-lock.json", "throughput.mjs"] {
            let from = workspace_root().join("tests/clients").join(file);
            std::fs::copy(from, folder.join(file)).expect("it is in tests/clients");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        if let Err(why) = run(&mut npm) {
            skip(&why);
            return None;
        }
        Some(Self {
            script: folder.join("throughput.mjs"),
        })
    }

    /// Starts it against a server; returns when its first messages have been answered.
    pub(crate) fn warm_up(&self, base: &str, in_flight: usize, effort: Effort) -> Warm {
        let mut process = Command::new("node")
            .arg(&self.script)
            .env("MAIL_BASE_URL", base)
            .env("MAIL_TOKEN", TOKEN)
            .env("IN_FLIGHT", in_flight.to_string())
            .env("MESSAGES", effort.messages.to_string())
            .env("WARM_UP", effort.warm_up.to_string())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("npm was there, so is Node");
        let said = process.stdout.take().expect("it is piped");
        let mut warm = Warm {
            process,
            said: BufReader::new(said),
        };
        assert_eq!(warm.line(), "warm\n", "the client did not come so far");
        warm
    }
}

impl Warm {
    /// Lets it send the rest.
    pub(crate) fn send(mut self) -> Took {
        let mut cue = self.process.stdin.take().expect("it is piped");
        cue.write_all(b"\n").expect("it listens");
        let told: Value = serde_json::from_str(&self.line()).expect("its last line is JSON");
        let seconds = |name: &str| {
            let seconds = told[name].as_f64().expect("a number");
            Duration::from_secs_f64(seconds)
        };
        let took = Took {
            wall: seconds("seconds"),
            processors: seconds("cpu_seconds"),
        };
        self.process.wait().expect("it can be waited for");
        took
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it writes text");
        line
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(error) => Err(format!("{program} not found ({error})")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[expect(clippy::print_stderr, reason = "a benchmark talks to a person")]
fn skip(why: &str) {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "cannot be skipped in CI: {why}"
    );
    eprintln!("skipped: the official client cannot be installed: {why}");
}
