//! `host-demo demo`: it shows what it claims, and takes away what it has put there, however it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use system_tests::{host_demo, plugin};
use tempfile::TempDir;

/// A demonstration that runs, with a folder of its own for temporary files.
struct Demo {
    process: Child,
    said: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [library, _] = ["postmark", "sendgrid"].map(plugin);
        let mut process = Command::new(host_demo())
            .args(["demo", "--messages", "20", "--plugins"])
            .arg(library.parent().expect("a library is in a folder"))
            .args(arguments)
            .env("TMPDIR", folder.path())
            .env_remove("HOST_DEMO_LOG")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let said = BufReader::new(process.stdout.take().expect("it is piped"));
        Self {
            process,
            said,
            folder,
        }
    }

    /// Reads on until a line that holds these words.
    fn says(&mut self, words: &str) {
        let mut said = String::new();
        for line in self.said.by_ref().lines().map_while(Result::ok) {
            if line.contains(words) {
                return;
            }
            said += &line;
            said.push('\n');
        }
        panic!("never said: {words}\n{said}");
    }

    fn interrupt(&self) {
        let told = Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status();
        assert!(told.expect("kill runs").success(), "the process is there");
    }

    /// Its exit code, and the rest of what it says.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        let read = self.said.read_to_string(&mut rest);
        read.expect("it writes UTF-8");
        (self.process.wait().expect("it ends").code(), rest)
    }

    fn leaves_nothing(&self) {
        let left: Vec<_> = entries(self.folder.path());
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// The times of day in each message's part of the table of timelines; a service may tell whole seconds.
fn timelines(said: &str) -> Vec<Vec<&str>> {
    let is_time = |word: &&str| matches!(word.len(), 8 | 12) && word.matches(':').count() == 2;
    let mut timelines: Vec<Vec<&str>> = Vec::new();
    for line in said.lines() {
        let Some(time) = line.split_whitespace().find(is_time) else {
            continue;
        };
        if line.contains("accepted by the host") {
            timelines.push(Vec::new());
        }
        if let Some(last) = timelines.last_mut() {
            last.push(time);
        }
    }
    timelines
}

#[test]
fn it_shows_what_it_claims_and_leaves_nothing() {
    let mut demo = Demo::start(&["--exit"]);
    let (code, said) = demo.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Everything shown was checked on the way."),
        "{said}"
    );
    let timelines = timelines(&said);
    assert_eq!(timelines.len(), 5, "{said}");
    for timeline in timelines {
        assert!(timeline.len() >= 3, "{timeline:?}");
        let seconds = timeline.iter().map(|time| &time[..8]);
        assert!(seconds.is_sorted(), "{timeline:?}\n{said}");
        let exact = timeline.iter().filter(|time| time.len() == 12);
        assert!(exact.is_sorted(), "{timeline:?}\n{said}");
    }
    assert!(
        said.contains("was not reached: Connection refused"),
        "{said}"
    );
    assert!(!said.contains("error sending request"), "{said}");
    demo.leaves_nothing();
}

#[test]
fn until_it_is_ended_it_stays_up_and_then_leaves_nothing() {
    let mut demo = Demo::start(&[]);
    demo.says("The service stays up until Ctrl-C");
    demo.interrupt();
    let (code, said) = demo.end();
    assert_eq!(code, Some(0), "{said}");
    demo.leaves_nothing();
}

#[test]
fn in_the_middle_of_a_step_it_can_be_ended_and_leaves_nothing() {
    let mut demo = Demo::start(&["--exit"]);
    demo.says("Leads from a CSV file");
    demo.interrupt();
    let (code, said) = demo.end();
    assert_eq!(code, Some(1), "{said}");
    demo.leaves_nothing();
}
