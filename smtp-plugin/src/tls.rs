//! Trust: which certificate authorities.

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use plugin_api::CreateError;

/// What a TLS handshake with this server needs: the system's authorities, and those of the file.
pub(crate) fn parameters(host: &str, ca_file: Option<&str>) -> Result<TlsParameters, CreateError> {
    let builder = TlsParameters::builder(host.to_owned());
    let builder = match ca_file {
        Some(path) => builder.add_root_certificate(read_authorities(path)?),
        None => builder,
    };
    builder.build().map_err(|error| {
        CreateError::setting(
            "ca_file",
            format!(
                "TLS cannot be set up ({error}); expected certificates of authorities in PEM form"
            ),
        )
    })
}

fn read_authorities(path: &str) -> Result<Certificate, CreateError> {
    let wrong = |problem: String| CreateError::setting("ca_file", format!("`{path}` {problem}"));
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // lettre takes a file without any certificate for an empty list.
    if !pem.windows(MARK.len()).any(|window| window == MARK) {
        return Err(wrong(
            "holds no certificate; expected PEM blocks `-----BEGIN CERTIFICATE-----`".to_owned(),
        ));
    }
    Certificate::from_pem(&pem)
        .map_err(|error| wrong(format!("is not a PEM file of certificates: {error}")))
}

const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";
