//! `exerciser LIBRARY`: opens a plugin, makes a provider of it, calls everything, drops it, and prints the report as JSON.
//!
//! It stands for a host of any age: tests build it against other versions of the API, and run it under valgrind.

use std::env;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use exerciser::exercise;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use plugin_api::Host;
use plugin_api::abi::{AbiHeaderRef, ForeignModule, HEADER_SYMBOL, HostLog, LogLevel};
use serde_json::json;

/// Takes every record and keeps none.
struct Deaf;

impl HostLog for Deaf {
    fn log(&self, _level: LogLevel, _target: &str, _message: &str) {}
}

fn main() {
    let path = env::args_os().nth(1).expect("usage: exerciser LIBRARY");
    let module = open(&path);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let report = runtime.block_on(run(module));
    writeln!(std::io::stdout(), "{report}").expect("somebody reads it");
}

async fn run(module: ForeignModule) -> serde_json::Value {
    let create = |settings: serde_json::Value| {
        let host = Host::new("main", "exerciser");
        module.create(
            &settings.to_string(),
            &host,
            LogLevel::Trace,
            Arc::new(Deaf),
        )
    };
    let panicked = create(json!({ "token": "t", "create": "bomb" }));
    let refused = create(json!({ "token": "" }));
    let settings = json!({ "token": "t", "drop": "panic", "shutdown": "panic" });
    let provider = create(settings).expect("a provider");
    let mut report = exercise(&provider).await;
    report["create"] = [panicked, refused]
        .map(|made| made.err().expect("it is refused").to_string())
        .to_vec()
        .into();
    // What only a grown host can ask goes here.
    provider.shutdown(Duration::from_secs(10)).await;
    report
}

fn open(path: &std::ffi::OsStr) -> ForeignModule {
    // SAFETY: the library was built by the test that names it.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    let library = library.expect("the library can be opened");
    // SAFETY: `export_plugin!` puts a `LibHeader` there, which begins with an `AbiHeader`.
    let header = unsafe {
        library
            .get::<AbiHeaderRef>(HEADER_SYMBOL)
            .map(|symbol| *symbol)
    };
    let header = header.expect("it is a plugin");
    let _for_good = library.into_raw();
    ForeignModule::open(header).expect("its layout is compatible")
}
