//! A certificate authority that nobody knows, and a server with a certificate from it.

use std::path::Path;
use std::sync::Arc;

use plugin_testkit::smtp::SmtpStandIn;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::OFFERS;

/// The authority, and the key and certificate of a server named `localhost`.
pub(crate) struct Authority {
    authority: String,
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        Self {
            authority: authority.pem(),
            certificate,
            key,
        }
    }

    /// Writes the authority's certificate where `ca_file` can find it.
    pub(crate) fn write_to(&self, directory: &Path) -> String {
        let path = directory.join("authority.pem");
        std::fs::write(&path, &self.authority).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// How a server comes to encryption.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, after which it, or somebody before it, says this in the clear.
    StartTls(&'static str),
}

/// A server that encrypts.
pub(crate) async fn tls_server(authority: &Authority, start: Start) -> SmtpStandIn {
    let acceptor = acceptor(authority);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = SmtpStandIn::at(listener.local_addr().unwrap(), &OFFERS);
    let this = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(this.clone(), acceptor.clone(), stream, start));
        }
    });
    server
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(authority.key.serialize_der()));
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![authority.certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A client that does not trust the certificate hangs up, and so ends its conversation.
async fn serve(server: SmtpStandIn, acceptor: TlsAcceptor, stream: TcpStream, start: Start) {
    match start {
        Start::Implicit => {
            if let Ok(stream) = acceptor.accept(stream).await {
                server.converse(stream).await;
            }
        }
        Start::StartTls(more) => {
            let mut stream = BufReader::new(stream);
            let go = format!("220 go ahead\r\n{more}");
            for answer in ["220 tls.test\r\n", "250-tls.test\r\n250 STARTTLS\r\n", &go] {
                if !answer.starts_with("220 tls") {
                    let mut command = String::new();
                    stream.read_line(&mut command).await.unwrap();
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            if let Ok(stream) = acceptor.accept(stream).await {
                server.converse_after_starttls(stream).await;
            }
        }
    }
}
