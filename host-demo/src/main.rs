//! `host-demo`: a mail-sending service over provider plugins, and its command line.

mod commands;
mod config;
mod letter;
mod service;
mod terminal;
mod web;

use std::process::ExitCode;

use clap::Parser as _;
use commands::{Arguments, Failure};

fn main() -> ExitCode {
    use_ring();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return refuse(&Failure::failed(format!("no threads can be had: {error}")));
        }
    };
    let code = runtime.block_on(run());
    // What was worth waiting for has ended; a plugin that blocks a thread keeps nobody.
    runtime.shutdown_background();
    code
}

async fn run() -> ExitCode {
    match Arguments::parse().run().await {
        Ok(code) => code,
        Err(failure) => refuse(&failure),
    }
}

fn refuse(failure: &Failure) -> ExitCode {
    terminal::tell(format_args!(
        "{} {}",
        terminal::bad("host-demo:"),
        failure.message()
    ));
    failure.exit_code()
}

/// Our own HTTP clients use this implementation of TLS. Plugins bring theirs.
fn use_ring() {
    // Only a second installation fails, and this is the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
