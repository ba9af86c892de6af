//! Trust: which cryptography, which certificate authorities.

use plugin_api::CreateError;
use reqwest::Certificate;

/// Makes ring the cryptography of this library. Each plugin has its own copy of rustls, so this concerns no other plugin; when
/// several instances of this one are made, the first has done it.
pub(crate) fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The certificates of a PEM file.
pub(crate) fn read_authorities(path: Option<&str>) -> Result<Vec<Certificate>, CreateError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let wrong = |problem: String| CreateError::setting("ca_file", format!("`{path}` {problem}"));
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let found = Certificate::from_pem_bundle(&pem)
        .map_err(|error| wrong(format!("is not a PEM file of certificates: {error}")))?;
    if found.is_empty() {
        return Err(wrong(
            "holds no certificate; expected PEM blocks `-----BEGIN CERTIFICATE-----`".to_owned(),
        ));
    }
    Ok(found)
}

/// Why no HTTPS client could be made, with the remedy for the usual reason.
pub(crate) fn no_client(error: &reqwest::Error) -> CreateError {
    let cause = crate::text::chain(error);
    CreateError::new(format!(
        "the HTTPS client could not be made ({cause}); if this machine has no certificate authorities, install its package of them \
         (Debian: ca-certificates) or name a PEM file in `ca_file`"
    ))
}
