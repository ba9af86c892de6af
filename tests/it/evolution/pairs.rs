//! Bringing a host and a plugin together, and comparing what comes of it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Workshop, hostile_of};

/// What today's host gets from a plugin, through its own loader.
pub(super) async fn in_todays_host(plugin: &Path) -> Value {
    let plugin = Workshop::new().load(plugin);
    let settings = json!({ "token": "t", "drop": "panic", "shutdown": "panic" });
    let provider = hostile_of(&plugin, "main", settings).await;
    let report = exerciser::exercise(&provider).await;
    provider.shutdown(std::time::Duration::from_secs(10)).await;
    report
}

/// What another host gets from a plugin.
///
/// # Panics
/// When the host does not come to a good end.
pub(super) fn in_host(host: &Path, plugin: &Path) -> Value {
    ended_well(Command::new(host).arg(plugin))
}

/// The same under valgrind: a wrong access on either side is no good end.
pub(super) fn in_host_under_valgrind(host: &Path, plugin: &Path) -> Value {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--error-exitcode=99", "--leak-check=no", "--quiet"])
        .arg(host)
        .arg(plugin);
    ended_well(&mut valgrind)
}

fn ended_well(command: &mut Command) -> Value {
    let output = command.output().expect("the host can be started");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {words}", output.status);
    serde_json::from_slice(&output.stdout).expect("a report")
}

/// Whether one report says everything that another says; it may say more, as newer hosts do.
pub(super) fn agrees(report: &Value, with: &Value) {
    let (Value::Object(report), Value::Object(with)) = (report, with) else {
        assert_eq!(report, with);
        return;
    };
    for (key, expected) in with {
        let Some(found) = report.get(key) else {
            panic!("nothing is said of {key}");
        };
        agrees(found, expected);
    }
}
