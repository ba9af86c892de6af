//! `host-demo plugins sign FILE… --key KEY`: whoever has the key says that these bytes are theirs.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use plugin_host::{LoaderConfig, PluginFile, PluginLoader, PluginSignature};
use serde_json::{Value, json};

use super::signing_key::SigningKey;
use crate::commands::{Failure, JsonArgument};
use crate::terminal::{good, say, say_json};

#[derive(Debug, Args)]
#[command(
    after_help = "A key's password is asked for at the terminal, or read from HOST_DEMO_KEY_PASSWORD. The signature goes beside the library, \
                  as FILE.minisig; it replaces an earlier one, and the minisign program reads it as well."
)]
pub(crate) struct Sign {
    /// The libraries.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The secret key's file, from `plugins new-key` or `minisign -G`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    json: JsonArgument,
}

impl Sign {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let read = |path: &PathBuf| PluginFile::read(path).map_err(Failure::failed);
        let files: Vec<PluginFile> = self.files.iter().map(read).collect::<Result<_, _>>()?;
        let key = SigningKey::read(&self.key)?;
        for file in &files {
            sign(file, &key)?;
            if !self.json.json {
                say(format_args!("{} {}", good("signed:"), told(file, &key)));
            }
        }
        if self.json.json {
            let signed = files.iter().map(|file| as_json(file, &key));
            say_json(&signed.collect::<Vec<_>>());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn sign(file: &PluginFile, key: &SigningKey) -> Result<(), Failure> {
    let signature = key.sign(file.bytes(), &comment(file, Timestamp::now()))?;
    let path = PluginSignature::path_for(file.path());
    write(&path, &signature).map_err(|error| {
        Failure::failed(format!("`{}` cannot be written ({error})", path.display()))
    })?;
    check(file.path(), key)
}

/// What minisign would write of the file, and which plugin it is: a build that is found wanting later is known by it.
fn comment(file: &PluginFile, now: Timestamp) -> String {
    let name = file.path().file_name().unwrap_or_default();
    let name = name.to_string_lossy().replace(char::is_control, "_");
    let descriptor = file.descriptor();
    format!(
        "timestamp:{}\tfile:{name}\thashed\tplugin:{}\tversion:{}",
        now.as_second(),
        descriptor.name,
        descriptor.version
    )
}

/// Whole, or as it was before.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| *parent != Path::new(""));
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// As a host will see it.
fn check(path: &Path, key: &SigningKey) -> Result<(), Failure> {
    let mut config = LoaderConfig::new(PathBuf::new());
    config.trusted_keys.push(key.public().clone());
    let file = PluginFile::read(path).map_err(Failure::failed)?;
    let trust = PluginLoader::new(config).trust(&file);
    trust.map(|_signed| ()).map_err(Failure::failed)
}

fn told(file: &PluginFile, key: &SigningKey) -> String {
    let descriptor = file.descriptor();
    format!(
        "{} {} with the key {}, in {}",
        descriptor.name,
        descriptor.version,
        key.public().id(),
        PluginSignature::path_for(file.path()).display()
    )
}

fn as_json(file: &PluginFile, key: &SigningKey) -> Value {
    json!({
        "name": file.descriptor().name,
        "version": file.descriptor().version,
        "sha256": file.hash().to_string(),
        "key": key.public().id().to_string(),
        "public_key": key.public().to_string(),
        "file": file.path().display().to_string(),
        "signature": PluginSignature::path_for(file.path()).display().to_string(),
    })
}
