//! `host-demo plugins inspect FILE`: the descriptor, read from the file; with `--load` the settings as well.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use plugin_host::{LoaderConfig, PluginFile, PluginLoader};
use serde_json::Value;

use super::list::{Pinned, as_json};
use crate::commands::{Failure, JsonArgument};
use crate::terminal::{good, heading, say, say_json};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The library.
    file: PathBuf,
    /// Load it as well, which runs its code, and show its settings.
    #[arg(long)]
    load: bool,
    #[command(flatten)]
    json: JsonArgument,
}

impl Inspect {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let file = PluginFile::read(&self.file).map_err(Failure::failed)?;
        let compatible = file.check_compatible();
        let schema = match (&compatible, self.load) {
            (Ok(()), true) => Some(settings(&file)?),
            _ => None,
        };
        let mut shown = as_json(&file, Pinned::No { allowed: true });
        if let Some(object) = shown.as_object_mut() {
            object.remove("trust");
            object.extend(schema.map(|schema| ("settings".to_owned(), schema)));
        }
        if self.json.json {
            say_json(&shown);
        } else {
            print(&shown);
        }
        compatible.map_err(Failure::failed)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The user has asked for this very file to be run, so nothing needs to vouch for it.
fn settings(file: &PluginFile) -> Result<Value, Failure> {
    let copies = tempfile::tempdir().map_err(Failure::failed)?;
    let mut config = LoaderConfig::new(copies.path().join("copies"));
    config.allow_unsigned = true;
    let plugin = PluginLoader::new(config)
        .load(file)
        .map_err(Failure::failed)?;
    plugin.settings_schema().map_err(Failure::failed)
}

fn print(shown: &Value) {
    let text = |key: &str| match &shown[key] {
        Value::String(text) => text.clone(),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    };
    for key in [
        "name",
        "version",
        "abi",
        "layout",
        "compiler",
        "target",
        "capabilities",
        "sha256",
        "size",
        "file",
    ] {
        say(format_args!(
            "{}{}",
            heading(&format!("{key:13}")),
            text(key)
        ));
    }
    if shown["refused"].is_null() {
        say(good("This host can load it."));
    }
    let Some(settings) = shown["settings"]["properties"].as_object() else {
        return;
    };
    say(format_args!("\n{}", heading("Settings")));
    let required = shown["settings"]["required"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for (name, schema) in settings {
        let needed = if required.contains(&Value::from(name.as_str())) {
            "required"
        } else {
            ""
        };
        let words = schema["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ");
        say(format_args!("  {name:22}{needed:10}{words}"));
    }
}
