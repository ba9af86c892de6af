//! `host-demo plugins verify`: whether every configured provider's library would be loaded, and on whose word. Runs none of their code.

use std::process::ExitCode;

use clap::Args;
use plugin_host::{PluginFile, PluginLoader, ProviderConfig};
use serde_json::{Value, json};

use super::list::{as_json, loader};
use super::standing::Standing;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::config::Config;
use crate::terminal::{bad, say, say_json, table, tell, warn};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

/// What becomes of one provider's library.
struct Checked {
    row: [String; 6],
    json: Value,
    refusal: Option<String>,
}

impl Verify {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = Config::for_plugins(&self.config.config)?;
        let loader = loader(&config.plugins)?;
        let providers = config.providers.iter();
        let checked: Vec<Checked> = providers.map(|one| check(one, &loader)).collect();
        if self.json.json {
            say_json(&checked.iter().map(|one| &one.json).collect::<Vec<_>>());
        } else {
            let headings = ["PROVIDER", "PLUGIN", "VERSION", "TRUST", "SIGNED", "FILE"];
            say(table(headings, checked.iter().map(|one| one.row.clone())));
        }
        conclude(&checked)
    }
}

fn check(provider: &ProviderConfig, loader: &PluginLoader) -> Checked {
    match loader.find(&provider.library) {
        Ok(file) => judge(provider, &file, &Standing::of(&file, loader)),
        Err(fault) => {
            let (name, library) = (&provider.name, &provider.library);
            let refusal = fault.to_string();
            let none = String::new;
            Checked {
                row: [
                    name.clone(),
                    library.clone(),
                    none(),
                    bad(fault.kind()),
                    none(),
                    none(),
                ],
                json: json!({ "provider": name, "library": library, "refused": refusal }),
                refusal: Some(format!("{name}: {refusal}")),
            }
        }
    }
}

fn judge(provider: &ProviderConfig, file: &PluginFile, standing: &Standing<'_>) -> Checked {
    let mut json = as_json(file, Some(standing));
    json["provider"] = provider.name.as_str().into();
    json["library"] = provider.library.as_str().into();
    Checked {
        row: [
            provider.name.clone(),
            file.descriptor().name.clone(),
            file.descriptor().version.clone(),
            standing.in_colour(),
            standing.signed().unwrap_or_default(),
            file.path().display().to_string(),
        ],
        json,
        refusal: standing
            .refusal()
            .map(|refusal| format!("{}: {refusal}", provider.name)),
    }
}

fn conclude(checked: &[Checked]) -> Result<ExitCode, Failure> {
    if checked.is_empty() {
        tell(warn(
            "no provider is configured, so there is no library to verify",
        ));
    }
    let refusals: Vec<&String> = checked
        .iter()
        .filter_map(|one| one.refusal.as_ref())
        .collect();
    for refusal in &refusals {
        tell(format_args!("{} {refusal}", bad("refused:")));
    }
    match refusals.len() {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Failure::failed(format!(
            "{count} of {} providers would be refused",
            checked.len()
        ))),
    }
}
