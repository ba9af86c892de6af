//! `host-demo plugins inspect FILE`: the descriptor, read from the file; with `--load` the settings as well.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use plugin_host::{LoaderConfig, PluginFile, PluginLoader};
use serde_json::Value;

use super::list::{as_json, loader};
use super::standing::Standing;
use crate::commands::{Failure, JsonArgument};
use crate::config::Config;
use crate::terminal::{bad, good, heading, say, say_json};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The library.
    file: PathBuf,
    /// Load it as well, which runs its code, and show its settings.
    #[arg(long)]
    load: bool,
    /// Judge it by the pins and trusted keys of this configuration; without it by those of host.toml, if there is one.
    #[arg(long, value_name = "FILE", env = "HOST_DEMO_CONFIG")]
    config: Option<PathBuf>,
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
        let judge = self.judge()?;
        let standing = judge.as_ref().map(|loader| Standing::of(&file, loader));
        if self.json.json {
            let mut shown = as_json(&file, standing.as_ref());
            if let Some(schema) = schema {
                shown["settings"] = schema;
            }
            say_json(&shown);
        } else {
            print(&file, standing.as_ref());
            if compatible.is_ok() {
                say(verdict(standing.as_ref()));
            }
            if let Some(schema) = schema {
                print_settings(&schema);
            }
        }
        compatible.map_err(Failure::failed)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Whoever has a configuration learns what becomes of the file there.
    fn judge(&self) -> Result<Option<PluginLoader>, Failure> {
        let usual = PathBuf::from("host.toml");
        let usual = usual.exists().then_some(usual);
        let Some(path) = self.config.clone().or(usual) else {
            return Ok(None);
        };
        loader(&Config::for_plugins(&path)?.plugins).map(Some)
    }
}

/// In words: who has signed it, or who says so.
fn signature(file: &PluginFile, standing: Option<&Standing<'_>>) -> String {
    match (file.signature(), standing.and_then(Standing::signed)) {
        (None, _) => "none".to_owned(),
        (Some(Err(fault)), _) => fault.to_string(),
        (Some(Ok(signature)), Some(words)) => format!("by {}, {words}", signature.key()),
        (Some(Ok(signature)), None) => format!("names the key {}; not verified", signature.key()),
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

fn print(file: &PluginFile, standing: Option<&Standing<'_>>) {
    let descriptor = file.descriptor();
    let mut lines = vec![
        ("name", descriptor.name.clone()),
        ("version", descriptor.version.clone()),
        ("abi", descriptor.abi.to_string()),
        ("layout", format!("{:016x}", descriptor.layout)),
        ("compiler", descriptor.compiler.clone()),
        ("target", descriptor.target.clone()),
        ("capabilities", descriptor.capabilities.join(" ")),
        ("sha256", file.hash().to_string()),
        ("size", file.bytes().len().to_string()),
        ("file", file.path().display().to_string()),
        ("signature", signature(file, standing)),
    ];
    lines.extend(standing.map(|standing| ("trust", standing.in_colour())));
    for (key, value) in lines {
        say(format_args!("{}{value}", heading(&format!("{key:13}"))));
    }
}

/// Of a library whose interface is this host's.
fn verdict(standing: Option<&Standing<'_>>) -> String {
    match standing.map(Standing::refusal) {
        None => good("This host can load it, if its configuration trusts it."),
        Some(None) => good("This host loads it."),
        Some(Some(refusal)) => bad(&refusal),
    }
}

fn print_settings(schema: &Value) {
    let Some(settings) = schema["properties"].as_object() else {
        return;
    };
    say(format_args!("\n{}", heading("Settings")));
    let required = schema["required"].as_array().cloned().unwrap_or_default();
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
