//! TLS 1.3, and 1.2 with ECDHE and AES-GCM only; the certificate follows its files without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{self, cipher_suite};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedCipherSuite};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

/// RFC 9325 §4.2: in TLS 1.2 forward secrecy and authenticated encryption only.
const CIPHER_SUITES: [SupportedCipherSuite; 7] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{}: no {expected} in PEM found", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// The two do not belong together, or the library refuses them.
    #[error("certificate and key cannot be used: {0}")]
    Rejected(#[from] rustls::Error),
}

/// TLS with the certificate of two files. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

/// The certificate in use, and the files it came from.
#[derive(Debug)]
struct Current {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    loaded: RwLock<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    certified: Arc<CertifiedKey>,
    /// Tells whether the files have changed.
    hash: [u8; 32],
}

impl Tls {
    /// Loads the certificate chain and private key (PEM) that the server will show.
    ///
    /// # Errors
    /// Where a file cannot be read or used.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(CryptoProvider { cipher_suites: CIPHER_SUITES.to_vec(), ..ring::default_provider() });
        let loaded = RwLock::new(read(certificate, key)?.certify(&provider)?);
        let current = Current {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider: Arc::clone(&provider),
            loaded,
        };
        let current = Arc::new(current);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new()?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), current })
    }

    pub(super) fn accept<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: T,
    ) -> impl Future<Output = std::io::Result<TlsStream<T>>> + use<T> {
        self.acceptor.accept(stream)
    }

    /// Looks at the files now and then. New connections see the new certificate; where it cannot be used the old one
    /// stays, with a warning at each look.
    pub(super) async fn reload_every(self, period: Duration) {
        loop {
            tokio::time::sleep(period).await;
            let current = Arc::clone(&self.current);
            match tokio::task::spawn_blocking(move || current.reload()).await {
                Ok(Ok(true)) => {
                    tracing::info!(certificate = %self.current.certificate.display(), "a new certificate is in use");
                }
                Ok(Err(error)) => tracing::warn!(%error, "the new certificate cannot be used; the old one stays"),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.current.certificate).finish_non_exhaustive()
    }
}

impl Current {
    /// Whether there was something new.
    fn reload(&self) -> Result<bool, TlsError> {
        let files = read(&self.certificate, &self.key)?;
        if files.hash == self.loaded.read().unwrap_or_else(PoisonError::into_inner).hash {
            return Ok(false);
        }
        let loaded = files.certify(&self.provider)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner).certified))
    }
}

struct Files {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    hash: [u8; 32],
}

fn read(certificate: &Path, key: &Path) -> Result<Files, TlsError> {
    let contents = |path: &Path| std::fs::read(path).map_err(|source| TlsError::Io { path: path.to_owned(), source });
    let (chain_pem, key_pem) = (contents(certificate)?, Zeroizing::new(contents(key)?));
    let none = |path: &Path, expected| TlsError::Pem { path: path.to_owned(), expected };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain_pem)
        .collect::<Result<_, _>>()
        .map_err(|_| none(certificate, "certificate"))?;
    if chain.is_empty() {
        return Err(none(certificate, "certificate"));
    }
    let private = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| none(key, "private key"))?;
    let mut context = ::ring::digest::Context::new(&::ring::digest::SHA256);
    context.update(&(chain_pem.len() as u64).to_be_bytes());
    context.update(&chain_pem);
    context.update(&key_pem);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok(Files { chain, key: private, hash })
}

impl Files {
    fn certify(self, provider: &CryptoProvider) -> Result<Loaded, TlsError> {
        let certified = CertifiedKey::from_der(self.chain, self.key, provider)?;
        Ok(Loaded { certified: Arc::new(certified), hash: self.hash })
    }
}
