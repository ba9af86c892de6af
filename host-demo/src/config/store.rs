//! `[store]` and `[retention]`: where the record is, and how long it stays.

use std::path::{Path, PathBuf};

use super::Section;

const DEFAULT: &str = "sqlite://host.db";

pub(super) fn read(mut section: Section<'_>, base: &Path) -> PathBuf {
    let url = section.string("url").unwrap_or_else(|| DEFAULT.to_owned());
    let path = url.strip_prefix("sqlite://").unwrap_or_default();
    if path.is_empty() && !section.is_faulty("url") {
        section.fault(
            "url",
            format!("must be sqlite:// and the path of a file, such as \"{DEFAULT}\""),
        );
    }
    section.finish();
    base.join(path)
}

/// Nothing expires yet, and a table that promised it would be believed.
pub(super) fn read_retention(mut section: Section<'_>) {
    for key in ["bodies", "events"] {
        if section.take(key).is_some() {
            section.fault(key, "must be left out: this version keeps everything");
        }
    }
    section.finish();
}
