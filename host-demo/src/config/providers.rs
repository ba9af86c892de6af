//! `[providers.NAME]`: a plugin library with settings, under a name of the user's choice.

use std::path::Path;

use plugin_host::ProviderConfig;

use super::{Faults, Section};

pub(super) fn read(
    sections: Vec<(String, Section<'_>)>,
    base: &Path,
    faults: &Faults,
) -> Vec<ProviderConfig> {
    let mut providers: Vec<ProviderConfig> = Vec::with_capacity(sections.len());
    for (name, mut section) in sections {
        check_name(&name, &providers, faults);
        let library = section.required(
            "library",
            "name the plugin, such as \"postmark\", or the path of its library",
        );
        let provider = ProviderConfig {
            library: resolved(library.unwrap_or_default(), base),
            settings: settings(&mut section),
            rate_limit: rate_limit(&mut section),
            max_in_flight: section.integer("max_in_flight", 8, 1..=1024),
            max_batch: section.integer("max_batch", 50, 1..=500),
            name,
        };
        section.finish();
        providers.push(provider);
    }
    providers
}

/// A provider's name stands in addresses (`/webhooks/NAME`), logs and tables.
fn check_name(name: &str, earlier: &[ProviderConfig], faults: &Faults) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let key = format!("providers.{name}");
    if name.is_empty() || !name.chars().all(is_plain) {
        faults.add(key, "must be named with letters, digits, `-`, `_` and `.` alone: the name is part of its webhook address");
    } else if let Some(other) = earlier.iter().find(|it| it.name.eq_ignore_ascii_case(name)) {
        let other = &other.name;
        faults.add(
            key,
            format!("differs from providers.{other} in upper and lower case alone; rename one"),
        );
    }
}

/// A plugin's name stays one; anything else is a path, relative to the file.
fn resolved(library: String, base: &Path) -> String {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if library.chars().all(is_name) {
        return library;
    }
    base.join(library).to_string_lossy().into_owned()
}

fn settings(section: &mut Section<'_>) -> serde_json::Value {
    let table = section.section("settings").into_table();
    match serde_json::to_value(table) {
        Ok(settings) => settings,
        Err(_) => {
            section.fault(
                "settings",
                "must hold strings, numbers, booleans, lists and tables alone",
            );
            serde_json::Value::Null
        }
    }
}

fn rate_limit(section: &mut Section<'_>) -> f64 {
    let limit = section.number("rate_limit").unwrap_or(0.0);
    if limit.is_finite() && limit >= 0.0 {
        return limit;
    }
    section.fault(
        "rate_limit",
        format!("must be 0 (no limit) or more messages per second (got {limit})"),
    );
    0.0
}
