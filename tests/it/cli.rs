//! The command line over real libraries and services: sending, looking, explaining, the demonstration.

use std::path::{Path, PathBuf};

use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig};
use serde_json::Value;
use system_tests::{plugin, workspace_root};
use tempfile::TempDir;

use crate::support::service::{SERVICE_TOKEN, Service};
use crate::support::{HostRun, run_host};

/// A configuration over a simulator, and no host that runs.
struct Desk {
    simulator: RunningSimulator,
    folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let config = SimulatorConfig::postmark(PostmarkConfig::with_token(SERVICE_TOKEN));
        let simulator = Simulator::start(config).await.expect("a free port");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("plugins")).expect("a writable folder");
        std::fs::copy(
            plugin("postmark"),
            folder.path().join("plugins/libpostmark.so"),
        )
        .expect("the library is there");
        let desk = Self { simulator, folder };
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[providers.main]\nlibrary = \"postmark\"\n\
             settings = {{ server_token = \"{SERVICE_TOKEN}\", base_url = \"{}\" }}\n\
             [[routes]]\nname = \"default\"\npool = [{{ provider = \"main\", weight = 1 }}]\n",
            desk.simulator.base_url()
        );
        std::fs::write(desk.config(), config).expect("a writable folder");
        desk
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("host.toml")
    }

    /// Runs a command while the simulator answers on other threads.
    fn run(&self, arguments: &[&str]) -> HostRun {
        let with_config: Vec<&str> = arguments.iter().copied().chain(["--config"]).collect();
        tokio::task::block_in_place(|| run_host(&with_config, &self.config()))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&run.stdout)
            .unwrap_or_else(|fault| panic!("{fault}: {} {}", run.stdout, run.stderr))
    }
}

fn example(name: &str) -> String {
    let path = workspace_root().join("host-demo/examples").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_is_refused_until_it_is_pinned() {
    let desk = Desk::new().await;
    let refused = desk.run(&["send", &example("appointment.eml")]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("plugins lock"),
        "the remedy is named: {}",
        refused.stderr
    );
    // Nobody has asked for this one.
    let unused = desk.folder.path().join("plugins/libhostile.so");
    std::fs::copy(plugin("hostile"), unused).expect("the library is there");
    let trust = || {
        let list = desk.json(&["plugins", "list"]);
        ["hostile", "postmark"].map(|name| {
            let mut plugins = list.as_array().expect("a list").iter();
            let found = plugins.find(|plugin| plugin["name"] == name);
            found.expect("it is listed")["trust"].clone()
        })
    };
    assert_eq!(trust(), ["neither", "neither"]);
    assert_eq!(desk.json(&["plugins", "lock"])[0]["was"], "not pinned");
    assert_eq!(desk.json(&["plugins", "lock"])[0]["was"], "the same");
    assert_eq!(trust(), ["neither", "pinned"]);
    let sent = desk.run(&["send", &example("appointment.eml")]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_eq!(desk.simulator.ledger().accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_a_trusted_key_has_signed_is_loaded_and_sends() {
    let desk = Desk::new().await;
    let key = desk.folder.path().join("acme.key");
    let made = run_host(&["plugins", "new-key", "--no-password"], &key);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let library = desk.folder.path().join("plugins/libpostmark.so");
    let library = library.to_str().expect("UTF-8");
    let signed = run_host(&["plugins", "sign", library, "--key"], &key);
    assert_eq!(signed.code, Some(0), "{}", signed.stderr);
    let send = ["send", &example("appointment.eml")];
    let refused = desk.run(&send);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("plugins trust"),
        "the remedy is named: {}",
        refused.stderr
    );
    let public = key.with_extension("pub");
    desk.run(&["plugins", "trust", public.to_str().expect("UTF-8")]);
    let sent = desk.run(&send);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_eq!(desk.simulator.ledger().accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_file_is_sent_and_its_story_is_shown() {
    let desk = Desk::new().await;
    desk.run(&["plugins", "lock"]);
    let sent = desk.json(&["send", &example("follow-up.eml")]);
    assert_eq!(
        (&sent["state"], &sent["provider"]),
        (&"sent".into(), &"main".into())
    );
    let copy = &desk.simulator.mailbox("ines.garcia@customers.example.com")[0];
    assert_eq!(copy.subject, "Re: Angebot – Wärmepumpe");
    let id = sent["tracking_id"].as_str().expect("an id");
    let listed = desk.json(&["messages", "list", "--tag", "follow-up"]);
    assert_eq!(
        (&listed["total"], &listed["messages"][0]["tracking_id"]),
        (&1.into(), &id.into())
    );
    let shown = desk.json(&["messages", "show", id]);
    assert_eq!(shown["attempts"][0]["outcome"], "sent");
    let told = desk.run(&["messages", "show", id]);
    for words in [id, "Angebot – Wärmepumpe", "sent", "postmark"] {
        assert!(
            told.stdout.contains(words),
            "{words} is not in {}",
            told.stdout
        );
    }
    assert!(!told.stdout.contains('\u{1b}'), "colours are for terminals");
    let told = desk.run(&["send", &example("appointment.eml")]).stdout;
    let story = told
        .lines()
        .find_map(|line| line.strip_prefix("Its story: "));
    let story = story.expect("where to look").split(' ');
    let story: Vec<&str> = story.skip_while(|word| *word != "messages").collect();
    let (config, command) = story.split_last().expect("the configuration is named");
    assert_eq!(run_host(command, Path::new(config)).code, Some(0));
    let explained = desk.run(&["explain", id]);
    assert_eq!(explained.code, Some(0));
    assert!(
        explained.stdout.contains("chosen: main")
            && explained.stdout.contains("comes out the same"),
        "{}",
        explained.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_that_is_started_twice_mails_every_row_once() {
    let desk = Desk::new().await;
    desk.run(&["plugins", "lock"]);
    let (letter, rows) = (example("welcome.json"), example("leads.csv"));
    let command = ["send", letter.as_str(), "--each", rows.as_str()];
    let first = desk.json(&command);
    let first = first.as_array().expect("a list");
    assert_eq!(first.len(), 100);
    assert!(
        first
            .iter()
            .all(|row| row["state"] == "sent" && row["repeat"] == false)
    );
    let again = desk.json(&command);
    assert!(
        again
            .as_array()
            .expect("a list")
            .iter()
            .all(|row| row["state"] == "sent" && row["repeat"] == true)
    );
    assert_eq!(
        (
            desk.simulator.ledger().accepted(),
            desk.simulator.ledger().duplicates().len()
        ),
        (100, 0)
    );
    let other = desk.json(&[&command[..], &["--run", "spring"]].concat());
    assert!(
        other
            .as_array()
            .expect("a list")
            .iter()
            .all(|row| row["repeat"] == false)
    );
    assert_eq!(desk.simulator.ledger().accepted(), 200);
    let copy = &desk.simulator.mailbox("bob.silva@customers.example.com")[0];
    assert_eq!(copy.attachments.len(), 2);
    assert!(copy.unsubscribe_url.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_and_not_settled_ends_with_exit_code_3_and_goes_out_later() {
    let desk = Desk::new().await;
    desk.run(&["plugins", "lock"]);
    desk.simulator.switch_off().await;
    let waiting = desk.run(&["send", &example("appointment.eml"), "--wait", "0s"]);
    assert_eq!(waiting.code, Some(3), "{}", waiting.stderr);
    assert!(
        waiting.stderr.contains("do not send it again") && waiting.stderr.contains("accepted and "),
        "{}",
        waiting.stderr
    );
    desk.simulator
        .switch_on()
        .await
        .expect("the port is still free");
    let next = desk.run(&["send", &example("password-reset.eml")]);
    assert_eq!(next.code, Some(0), "{}", next.stderr);
    desk.simulator.ledger().wait_for_accepted(1).await;
    let sent = desk.json(&["messages", "list", "--state", "sent"]);
    assert!(sent["total"].as_u64() >= Some(1), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_ends_with_exit_code_1() {
    let desk = Desk::new().await;
    desk.run(&["plugins", "lock"]);
    let path = desk.folder.path().join("mail.json");
    std::fs::write(
        &path,
        r#"{"From": "a@example.com", "To": "nobody@localhost", "TextBody": "hello"}"#,
    )
    .expect("a writable folder");
    let refused = desk.run(&["send", path.to_str().expect("UTF-8")]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("422/300: Invalid 'To' address"),
        "{}",
        refused.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_store_is_served_by_one_host() {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    let second = run_host(&["serve", "--config"], &service.config());
    assert_eq!(second.code, Some(1));
    assert!(
        second.stderr.contains("another process serves it"),
        "{}",
        second.stderr
    );
}
