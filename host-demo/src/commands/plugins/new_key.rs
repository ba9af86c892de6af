//! `host-demo plugins new-key FILE`: a pair of keys to sign with.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{password, signing_key};
use crate::commands::{Failure, JsonArgument};
use crate::terminal::{dim, say, say_json};

#[derive(Debug, Args)]
#[command(
    after_help = "The password is asked for at the terminal, or read from HOST_DEMO_KEY_PASSWORD. The files are the minisign program's \
                  own: either makes and uses what the other has made."
)]
pub(crate) struct NewKey {
    /// The secret key's file, for instance acme.key; the public one goes beside it, here as acme.pub.
    file: PathBuf,
    /// Protect the secret key by no password, for machines that sign: whoever reads the file can sign.
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    json: JsonArgument,
}

impl NewKey {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let public_file = signing_key::free_place_beside(&self.file)?;
        let password = match self.no_password {
            true => None,
            false => Some(password::new()?),
        };
        let key = signing_key::create(&self.file, &public_file, password)?;
        if self.json.json {
            say_json(&json!({
                "key": key.id().to_string(),
                "public_key": key.to_string(),
                "secret_file": self.file,
                "public_file": public_file,
            }));
        } else {
            say(format_args!("Key {}", key.id()));
            say(format_args!("secret: {}", self.file.display()));
            say(format_args!("public: {}", public_file.display()));
            say(dim(&format!(
                "A host that lists {key} in plugins.trusted_keys loads what this key signs."
            )));
        }
        Ok(ExitCode::SUCCESS)
    }
}
