//! `host-demo doctor`: everything a host needs, looked at once; one line each, with the remedy.

mod findings;

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use plugin_api::{CallContext, EmailProvider as _};
use plugin_host::{ProviderInstance, Record};

use self::findings::Findings;
use super::neighbour::{Neighbour, base_url, client};
use super::opener::Opener;
use super::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::service::listen;

/// A service that answers slower than this is worth a line.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
#[command(
    after_help = "Loads the plugins and asks the services; sends no mail and changes nothing."
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Doctor {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let mut findings = Findings::new(self.json.json);
        let config = match Config::load(&self.config.config) {
            Ok(config) => {
                findings.good(
                    "configuration",
                    format!("{} has no faults", self.config.config.display()),
                );
                Some(config)
            }
            Err(fault) => {
                findings.configuration(&fault);
                None
            }
        };
        if let Some(config) = &config {
            store(config, &mut findings);
            providers(config, &mut findings).await;
            callbacks(config, &mut findings);
            listening(config, &mut findings).await;
        }
        findings.conclude(config.is_none())
    }
}

fn store(config: &Config, findings: &mut Findings) {
    let path = &config.store;
    if !path.exists() {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // A file that is gone again when this is over.
        return match tempfile::tempfile_in(folder) {
            Ok(_) => findings.good(
                "store",
                format!("{} will be made at the first start", path.display()),
            ),
            Err(fault) => findings.fault(
                "store",
                format!(
                    "{} cannot be made: {fault}; {}",
                    path.display(),
                    remedy(&fault)
                ),
            ),
        };
    }
    let writable = OpenOptions::new().append(true).open(path);
    match (Record::open(path), writable) {
        (Ok(_), Ok(_)) if is_open_to_others(path) => findings.warning(
            "store",
            format!(
                "{0} holds addresses and mails and can be read by other users: chmod 600 {0}*",
                path.display()
            ),
        ),
        (Ok(_), Ok(_)) => findings.good(
            "store",
            format!("{} can be read and written", path.display()),
        ),
        (Ok(_), Err(fault)) => findings.fault(
            "store",
            format!(
                "{} cannot be written: {fault}; {}",
                path.display(),
                remedy(&fault)
            ),
        ),
        (Err(fault), _) => findings.fault("store", fault),
    }
}

fn remedy(fault: &Error) -> &'static str {
    match fault.kind() {
        ErrorKind::NotFound => "make its folder, or name another file in `store.url`",
        ErrorKind::PermissionDenied => "let this user read and write the file and its folder",
        ErrorKind::ReadOnlyFilesystem => "mount its disk for writing",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on its disk",
        _ => "name another file in `store.url`",
    }
}

fn is_open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
}

async fn providers(config: &Config, findings: &mut Findings) {
    let opener = match Opener::new(config) {
        Ok(opener) => opener,
        Err(fault) => return findings.fault("plugins", fault.message()),
    };
    for provider in opener.providers() {
        let what = format!("provider {}", provider.name);
        match opener.open(&provider.name).await {
            Ok(instance) => credentials(&what, &instance, findings).await,
            Err(fault) => findings.fault(&what, fault),
        }
    }
}

async fn credentials(what: &str, instance: &ProviderInstance, findings: &mut Findings) {
    let plugin = instance.plugin();
    let build = format!(
        "{} {}, {}",
        plugin.descriptor.name, plugin.descriptor.version, plugin.trust
    );
    match instance.check(&CallContext::new(PATIENCE, PATIENCE)).await {
        Ok(report) => {
            findings.good(
                what,
                format!(
                    "{build}; the service accepts the credentials ({})",
                    report.account
                ),
            );
            for warning in report.warnings {
                findings.warning(what, warning);
            }
        }
        Err(fault) => findings.fault(what, format!("{build}; {fault}")),
    }
}

fn callbacks(config: &Config, findings: &mut Findings) {
    let base = format!("http://{}", config.server.listen);
    if config.unsubscribe.callers.is_empty() {
        findings.warning(
            "unsubscribe",
            "nobody may report one: add [unsubscribe] with basic_auth, or opt-outs at the service do not reach this host",
        );
    } else {
        findings.good(
            "unsubscribe",
            format!("reported at {base}/api/DoNotContact/ProcessUnsubscribe, with credentials"),
        );
    }
    for provider in &config.providers {
        let (what, name) = (format!("webhooks of {}", provider.name), &provider.name);
        match config.webhooks.contains_key(name) {
            true => findings.good(&what, format!("taken at {base}/webhooks/{name}")),
            false => findings.warning(
                &what,
                format!(
                    "none are taken: add [webhooks.{name}], or deliveries and bounces stay unknown"
                ),
            ),
        }
    }
    if config.server.listen.ip().is_loopback() && !config.webhooks.is_empty() {
        findings.warning(
            "reachability",
            format!("{base} is reached from this machine alone: a mail service needs a reverse proxy or tunnel with a public https address"),
        );
    }
}

/// Whether a host answers at the address, or it is free to be taken.
async fn listening(config: &Config, findings: &mut Findings) {
    let address = config.server.listen;
    let client = match client() {
        Ok(client) => client,
        Err(fault) => return findings.fault("server", fault.message()),
    };
    match Neighbour::at(&base_url(address), &client).await {
        Neighbour::Host => findings.good("server", format!("a host answers at {address}")),
        Neighbour::Stranger => findings.fault(
            "server",
            format!(
                "something else answers at {address}, no host; stop it, or choose another `server.listen`"
            ),
        ),
        Neighbour::Nobody => match listen(address).await {
            Ok(_) => findings.good("server", format!("{address} is free to listen on")),
            Err(fault) => findings.fault("server", fault),
        },
    }
}
