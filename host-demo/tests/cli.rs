//! The program as a user starts it: faults of the configuration, exit codes, what is printed and what never is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const SECRET: &str = "a-secret-that-nobody-may-see";

const GOOD: &str = r#"
[server]
listen = "127.0.0.1:0"
[providers.main]
library = "no-such-plugin"
settings = { server_token = "a-secret-that-nobody-may-see" }
[[routes]]
name = "default"
pool = [{ provider = "main", weight = 1 }]
"#;

struct Folder(TempDir);

impl Folder {
    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("plugins")).expect("it is writable");
        fs::write(folder.path().join("host.toml"), config).expect("it is writable");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host-demo"));
        command.args(arguments).current_dir(self.0.path());
        command
            .env_remove("HOST_DEMO_CONFIG")
            .env_remove("NO_SUCH_VARIABLE");
        Run(command.output().expect("the program starts"))
    }
}

struct Run(Output);

impl Run {
    fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).expect("it writes UTF-8")
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).expect("it writes UTF-8")
    }

    fn ends_with(&self, code: i32, words: &[&str]) {
        let said = self.stderr();
        assert_eq!(self.code(), Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "expected {word} in: {said}");
        }
        assert!(
            !said.contains(SECRET) && !self.stdout().contains(SECRET),
            "{said}"
        );
    }
}

#[test]
fn every_fault_of_a_configuration_is_reported_at_once() {
    let faulty = GOOD
        .replace("weight = 1", "weight = -1")
        .replace("127.0.0.1:0", "0.0.0.0:8025")
        .replace(SECRET, "${NO_SUCH_VARIABLE}")
        .replace(
            "name = \"default\"",
            "name = \"default\"\nstratgy = \"exact\"",
        );
    let folder = Folder::with(&faulty);
    for command in [vec!["serve"], vec!["doctor"], vec!["send", "mail.json"]] {
        let run = folder.run(&command);
        assert_eq!(run.code(), Some(2), "{command:?}: {}", run.stderr());
        let said = run.stdout() + &run.stderr();
        for fault in [
            "routes[0].pool[0].weight must be above 0 (got -1)",
            "server.tokens must name at least one token",
            "providers.main.settings.server_token reads the environment variable NO_SUCH_VARIABLE, which is not set",
            "routes[0].stratgy is not a known key; did you mean `strategy`?",
        ] {
            assert!(
                said.contains(fault),
                "{command:?}: expected {fault} in: {said}"
            );
        }
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let folder = Folder::with(GOOD);
    let run = folder.run(&["serve", "--config", "other.toml"]);
    run.ends_with(
        2,
        &["cannot read configuration other.toml", "--config FILE"],
    );
}

#[test]
fn a_syntax_error_names_the_place_and_never_repeats_the_line() {
    let folder = Folder::with(&GOOD.replace("server_token = ", "server_token == "));
    folder
        .run(&["serve"])
        .ends_with(2, &["host.toml:6:", "not valid TOML"]);
}

#[test]
fn wrong_usage_ends_with_exit_code_2() {
    let folder = Folder::with(GOOD);
    for arguments in [
        vec!["sned"],
        vec!["send"],
        vec!["messages", "show"],
        vec!["messages", "list", "--state", "lost"],
    ] {
        assert_eq!(folder.run(&arguments).code(), Some(2), "{arguments:?}");
    }
    folder
        .run(&["messages", "show", "17"])
        .ends_with(2, &["message id `17`", "UUID"]);
}

#[test]
fn the_log_of_a_store_that_is_not_there_is_refused_in_a_sentence() {
    let folder = Folder::with(GOOD);
    folder
        .run(&["messages", "list"])
        .ends_with(1, &["host.db", "there is no such file"]);
    assert!(!folder.path("host.db").exists(), "looking makes no store");
}

#[test]
fn reading_the_log_needs_none_of_the_configured_secrets() {
    let folder = Folder::with(&GOOD.replace(SECRET, "${NO_SUCH_VARIABLE}"));
    let added = folder.run(&["dnc", "add", "account", "lead", "--note", "by phone"]);
    assert_eq!(added.code(), Some(0), "{}", added.stderr());
    let listed = folder.run(&["messages", "list", "--json"]);
    assert_eq!(listed.code(), Some(0), "{}", listed.stderr());
    let listed: Value = serde_json::from_str(&listed.stdout()).unwrap();
    assert_eq!(listed["total"], 0);
}

#[test]
fn do_not_contact_is_set_and_lifted_without_a_running_host() {
    let folder = Folder::with(GOOD);
    assert_eq!(
        folder
            .run(&["dnc", "add", "account", "lead", "--reason", "complaint"])
            .code(),
        Some(0)
    );
    assert_eq!(
        folder
            .run(&["dnc", "add", "account", "lead", "--reason", "complaint"])
            .code(),
        Some(0)
    );
    let flags = |arguments: &[&str]| -> Vec<Value> {
        serde_json::from_str(
            &folder
                .run(&[&["dnc", "list", "--json"], arguments].concat())
                .stdout(),
        )
        .unwrap()
    };
    let standing = flags(&[]);
    assert_eq!(standing.len(), 1);
    assert_eq!(
        (&standing[0]["lead"], &standing[0]["reason"]),
        (&"lead".into(), &"complaint".into())
    );
    assert_eq!(
        folder.run(&["dnc", "remove", "account", "lead"]).code(),
        Some(0)
    );
    assert!(flags(&[]).is_empty());
    assert_eq!(
        flags(&["--history"]).len(),
        3,
        "what was said stays on record"
    );
}

#[test]
fn a_flag_is_lifted_for_no_reason_of_its_kind() {
    let folder = Folder::with(GOOD);
    let lift = ["dnc", "remove", "account", "lead", "--reason", "complaint"];
    folder.run(&lift).ends_with(2, &["unexpected argument"]);
}

#[test]
fn sending_without_a_provider_that_runs_sends_and_accepts_nothing() {
    let folder = Folder::with(GOOD);
    let mail = r#"{"From": "a@example.com", "To": "b@example.com", "TextBody": "hello"}"#;
    fs::write(folder.path("mail.json"), mail).unwrap();
    folder
        .run(&["send", "mail.json"])
        .ends_with(1, &["no plugin named `no-such-plugin`", "nothing was sent"]);
    let told = folder.run(&["send", "mail.json"]).stderr();
    assert!(!told.contains('\u{1b}'), "colours in a file: {told:?}");
    let listed: Value =
        serde_json::from_str(&folder.run(&["messages", "list", "--json"]).stdout()).unwrap();
    assert_eq!(listed["total"], 0);
}

#[test]
fn a_message_file_that_cannot_be_read_is_wrong_usage() {
    let folder = Folder::with(GOOD);
    fs::write(folder.path("list.json"), "[]").unwrap();
    fs::write(folder.path("broken.json"), "{").unwrap();
    fs::write(folder.path("no-mail.eml"), "nothing").unwrap();
    fs::write(folder.path("template.json"), r#"{"To": "{{Email}}"}"#).unwrap();
    fs::write(folder.path("leads.csv"), "Mail\na@example.com\n").unwrap();
    folder
        .run(&["send", "none.json"])
        .ends_with(2, &["cannot read none.json"]);
    folder
        .run(&["send", "list.json"])
        .ends_with(2, &["list.json: expected one JSON object"]);
    folder
        .run(&["send", "broken.json"])
        .ends_with(2, &["broken.json: is not valid JSON"]);
    folder
        .run(&["send", "no-mail.eml"])
        .ends_with(2, &["no-mail.eml: is no mail message"]);
    folder
        .run(&["send", "template.json", "--each", "leads.csv"])
        .ends_with(
            2,
            &["{{Email}} is no column of leads.csv; its columns: Mail"],
        );
}

#[test]
fn doctor_has_a_line_and_a_remedy_for_each_thing() {
    let folder = Folder::with(&GOOD.replace("127.0.0.1:0", "127.0.0.1:1"));
    let run = folder.run(&["doctor", "--json"]);
    assert_eq!(run.code(), Some(1), "{}", run.stderr());
    let findings: Vec<Value> = serde_json::from_str(&run.stdout()).unwrap();
    let grade = |what: &str| {
        let finding = findings.iter().find(|finding| finding["what"] == what);
        finding.map(|finding| finding["grade"].as_str().unwrap().to_owned())
    };
    assert_eq!(grade("configuration").as_deref(), Some("good"));
    assert_eq!(grade("store").as_deref(), Some("good"));
    assert_eq!(grade("provider main").as_deref(), Some("fault"));
    assert_eq!(grade("unsubscribe").as_deref(), Some("warning"));
    assert_eq!(grade("webhooks of main").as_deref(), Some("warning"));
    assert!(!folder.path("host.db").exists(), "it changes nothing");
    assert!(!run.stdout().contains(SECRET));
}

#[test]
fn doctor_takes_no_other_program_for_a_host() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for caller in stranger.incoming() {
            let mut caller = caller.unwrap();
            let _ = caller.read(&mut [0; 4096]).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
            caller.write_all(answer).unwrap();
        }
    });
    let folder = Folder::with(&GOOD.replace("127.0.0.1:0", &address));
    let run = folder.run(&["doctor"]);
    assert_eq!(run.code(), Some(1), "{}", run.stderr());
    let said = run.stdout();
    let expected = format!("server: something else answers at {address}, no host");
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn no_argument_of_the_simulator_takes_a_secret() {
    let folder = Folder::with(GOOD);
    for (service, variable) in [
        ("postmark", "POSTMARK_SERVER_TOKEN"),
        ("sendgrid", "SENDGRID_API_KEY"),
    ] {
        let simulate = |more: &[&str]| folder.run(&[&["simulate", service], more].concat());
        simulate(&["--token", SECRET]).ends_with(2, &["unexpected argument '--token'"]);
        let url = format!("http://hook:{SECRET}@127.0.0.1:1/");
        simulate(&["--webhook", &url]).ends_with(2, &["SIMULATED_WEBHOOK_AUTH=user:password"]);
        let url = format!("hook:{SECRET}@127.0.0.1:1/");
        simulate(&["--webhook", &url]).ends_with(2, &["--webhook must be an address"]);
        let help = simulate(&["--help"]).stdout();
        assert!(help.contains(variable), "{help}");
    }
}

#[test]
fn a_library_that_is_no_plugin_is_refused_in_a_sentence() {
    let folder = Folder::with(GOOD);
    fs::write(folder.path("plugins/text.so"), "just text").unwrap();
    let inspected = folder.run(&["plugins", "inspect", "plugins/text.so"]);
    inspected.ends_with(1, &["plugins/text.so"]);
    assert_eq!(
        inspected.stderr().lines().count(),
        1,
        "{}",
        inspected.stderr()
    );
    let listed = folder.run(&["plugins", "list"]);
    listed.ends_with(0, &["text.so"]);
    folder
        .run(&["plugins", "lock"])
        .ends_with(1, &["no plugin named `no-such-plugin`"]);
}
