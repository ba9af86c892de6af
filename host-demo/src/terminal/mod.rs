//! What people see: lines, tables, and JSON for programs. Colours appear on a terminal only, and never with `NO_COLOR`.

mod table;
mod text;

pub(crate) use table::table;
pub(crate) use text::{bad, clock, dim, good, heading, percent, time, warn};

use std::env;
use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::process;

use serde::Serialize;

/// Writes a line to the standard output. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn say(line: impl Display) {
    let written = writeln!(anstream::stdout(), "{line}");
    if let Err(fault) = written {
        process::exit(i32::from(fault.kind() != ErrorKind::BrokenPipe));
    }
}

/// Writes a line to the standard error stream: for faults and hints beside the data.
pub(crate) fn tell(line: impl Display) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// This program as the person has called it, for commands to be copied.
pub(crate) fn program() -> String {
    env::args().next().unwrap_or_else(|| "host-demo".to_owned())
}

/// Writes data as one JSON document.
pub(crate) fn say_json(data: &impl Serialize) {
    match serde_json::to_string_pretty(data) {
        Ok(text) => say(text),
        Err(fault) => tell(format_args!(
            "the answer cannot be written as JSON: {fault}"
        )),
    }
}
