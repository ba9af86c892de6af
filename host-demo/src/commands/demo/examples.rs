//! The files the demonstration reads, carried in the program so that it runs from anywhere, and laid out as real files first.

use std::fs;
use std::path::Path;

use crate::commands::Failure;

/// Leads, a template with what it refers to, and the mail files of the failover.
const FILES: [(&str, &[u8]); 9] = [
    ("leads.csv", include_bytes!("../../../examples/leads.csv")),
    (
        "welcome.json",
        include_bytes!("../../../examples/welcome.json"),
    ),
    (
        "welcome.html",
        include_bytes!("../../../examples/welcome.html"),
    ),
    (
        "welcome.txt",
        include_bytes!("../../../examples/welcome.txt"),
    ),
    ("logo.png", include_bytes!("../../../examples/logo.png")),
    (
        "brochure.pdf",
        include_bytes!("../../../examples/brochure.pdf"),
    ),
    (
        MAIL_FILES[0],
        include_bytes!("../../../examples/appointment.eml"),
    ),
    (
        MAIL_FILES[1],
        include_bytes!("../../../examples/follow-up.eml"),
    ),
    (
        MAIL_FILES[2],
        include_bytes!("../../../examples/password-reset.eml"),
    ),
];

/// The mail files by name.
pub(super) const MAIL_FILES: [&str; 3] = ["appointment.eml", "follow-up.eml", "password-reset.eml"];

/// Writes the files into a folder.
pub(super) fn lay_out(folder: &Path) -> Result<(), Failure> {
    fs::create_dir(folder).map_err(Failure::failed)?;
    for (name, content) in FILES {
        fs::write(folder.join(name), content).map_err(Failure::failed)?;
    }
    Ok(())
}
