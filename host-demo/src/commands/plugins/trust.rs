//! `host-demo plugins trust KEY.pub`: from now on, what this key signs is loaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use plugin_host::TrustedKey;
use serde_json::json;

use super::config_edit;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::config::Config;
use crate::terminal::{dim, good, say, say_json};

#[derive(Debug, Args)]
#[command(
    after_help = "Writes the key into plugins.trusted_keys of the configuration and leaves everything else there as it is. A host that \
                  runs learns of it at its next start."
)]
pub(crate) struct Trust {
    /// The public key's file, from `plugins new-key` or `minisign -G`. Make sure that it is whose you think it is.
    key: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Trust {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let key = public_key(&self.key)?;
        let path = &self.config.config;
        let known = Config::for_plugins(path)?.plugins.trusted_keys;
        let is_new = !known.contains(&key);
        if is_new {
            config_edit::add_trusted_key(path, &key)?;
        }
        if self.json.json {
            say_json(&json!({
                "key": key.id().to_string(),
                "public_key": key.to_string(),
                "config": path,
                "added": is_new,
            }));
        } else if is_new {
            let words = format!("the key {}, in {}", key.id(), path.display());
            say(format_args!("{} {words}", good("trusted:")));
            say(dim(
                "Every library that it signs may be loaded, and has all rights of the host.",
            ));
        } else {
            say(format_args!("{} is trusted already", key.id()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn public_key(path: &Path) -> Result<TrustedKey, Failure> {
    let fault = |problem: &dyn std::fmt::Display| {
        Failure::failed(format!("`{}` {problem}", path.display()))
    };
    let text = fs::read_to_string(path)
        .map_err(|error| fault(&format!("cannot be read ({error}); name a `.pub` file")))?;
    text.parse()
        .map_err(|problem: plugin_host::TrustedKeyError| fault(&problem))
}
