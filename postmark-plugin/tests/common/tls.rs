//! A proxy, and behind it a service with a certificate of its own authority.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::wire::read_head;

/// The name the service has a certificate for; nothing resolves it.
pub(crate) const HOST: &str = "postmark.test";

/// What a proxy does with a CONNECT.
pub(crate) enum Behaviour {
    /// Wants other credentials.
    Refuse,
    /// Never answers.
    Hang,
    /// Connects to a service that answers every request with this JSON.
    Tunnel(TlsAcceptor, &'static str),
}

/// A proxy at work. It ends with the test's runtime.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, behaviour) = (Arc::clone(&heads), Arc::new(behaviour));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&behaviour), Arc::clone(&kept)));
            }
        });
        Self { address, heads }
    }

    /// The heads of all requests: to the proxy, and to the service behind it.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// A certificate authority that nobody knows, and a service with a certificate from it for [`HOST`].
pub(crate) struct Authority {
    certificate: String,
    pub(crate) service: TlsAcceptor,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([HOST.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self {
            certificate: authority.pem(),
            service: TlsAcceptor::from(Arc::new(config)),
        }
    }

    /// Writes the authority's certificate where `ca_file` can find it.
    pub(crate) fn write_to(&self, directory: &Path) -> String {
        let path = directory.join("authority.pem");
        std::fs::write(&path, &self.certificate).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

async fn serve(mut stream: TcpStream, behaviour: Arc<Behaviour>, heads: Arc<Mutex<Vec<String>>>) {
    let (head, _) = read_head(&mut stream).await.unwrap();
    heads.lock().unwrap().push(head);
    match &*behaviour {
        Behaviour::Refuse => {
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Tunnel(service, json) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            // A client that does not trust the certificate hangs up.
            let Ok(mut stream) = service.accept(stream).await else {
                return;
            };
            let mut read = Vec::new();
            while !read.ends_with(b"}") {
                stream.read_buf(&mut read).await.unwrap();
            }
            heads.lock().unwrap().push(String::from_utf8(read).unwrap());
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}",
                json.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    }
}
