//! `host-demo`: a mail-sending service over provider plugins, and its command line.

mod commands;
mod config;
mod letter;
mod service;
mod terminal;
mod web;

use std::process::ExitCode;

use clap::Parser as _;
use commands::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    use_ring();
    match Arguments::parse().run().await {
        Ok(code) => code,
        Err(failure) => {
            terminal::tell(format_args!(
                "{} {}",
                terminal::bad("host-demo:"),
                failure.message()
            ));
            failure.exit_code()
        }
    }
}

/// Our own HTTP clients use this implementation of TLS. Plugins bring theirs.
fn use_ring() {
    // Only a second installation fails, and this is the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
