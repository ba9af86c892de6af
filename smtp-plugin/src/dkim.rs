//! Signing with DKIM (RFC 6376), where the operator has a key for it.

use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
    DkimSigningKey,
};
use lettre::message::header::HeaderName;
use plugin_api::{CreateError, Secret};

use crate::settings::Settings;

/// What is signed: what people see and what mail programs act on. RFC 8058 wants the two of one-click unsubscribing among
/// them. Content-Type is not: lettre keeps it with the body's parts, where it does not find it when it signs.
const SIGNED: [&str; 12] = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// How to sign, when the three settings are there; one without the others is a fault.
pub(crate) fn config(settings: &Settings) -> Result<Option<DkimConfig>, CreateError> {
    let text = |setting: &Option<String>| {
        let text = setting.as_deref().map(str::trim).unwrap_or_default();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let key = settings.dkim_key.as_ref().filter(|key| !key.is_empty());
    let (domain, selector) = (text(&settings.dkim_domain), text(&settings.dkim_selector));
    let missing = |setting| {
        let problem = "is missing; signing needs `dkim_domain`, `dkim_selector` and `dkim_key`";
        Err(CreateError::setting(setting, problem))
    };
    match (domain, selector, key) {
        (None, None, None) => Ok(None),
        (Some(domain), Some(selector), Some(key)) => Ok(Some(DkimConfig::new(
            dns_name("dkim_selector", selector)?,
            dns_name("dkim_domain", domain)?,
            signing_key(key)?,
            SIGNED.map(HeaderName::new_from_ascii_str).to_vec(),
            DkimCanonicalization {
                header: DkimCanonicalizationType::Relaxed,
                body: DkimCanonicalizationType::Relaxed,
            },
        ))),
        (None, ..) => missing("dkim_domain"),
        (_, None, _) => missing("dkim_selector"),
        (.., None) => missing("dkim_key"),
    }
}

/// Both names stand in a header between semicolons.
fn dns_name(setting: &str, name: String) -> Result<String, CreateError> {
    let is_good = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    match is_good {
        true => Ok(name),
        false => Err(CreateError::setting(
            setting,
            "is no name in DNS; expected letters, digits, dots, hyphens and underscores",
        )),
    }
}

fn signing_key(key: &Secret) -> Result<DkimSigningKey, CreateError> {
    let key = key.expose().trim();
    let algorithm = match key.starts_with("-----") {
        true => DkimSigningAlgorithm::Rsa,
        false => DkimSigningAlgorithm::Ed25519,
    };
    DkimSigningKey::new(key, algorithm).map_err(|error| {
        // What lies beneath may repeat pieces of the key.
        let problem = format!(
            "is no private key ({error}); expected PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` (`openssl rsa -traditional` \
             writes it), or the 32 bytes of an Ed25519 key in base64"
        );
        CreateError::setting("dkim_key", problem)
    })
}
