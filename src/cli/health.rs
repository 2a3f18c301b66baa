//! `doorward health`: asks the running server of this configuration, for the health check of a container. Light on purpose:
//! no database is opened.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::{Failure, output};
use crate::config::{Config, Listen};
use crate::urls;

/// A health check that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs it: exit code 0 where the server is well.
///
/// # Errors
/// Where nobody answers, or the server is not well.
pub async fn run(config: &Config, is_json: bool) -> Result<(), Failure> {
    let place = &config.listen;
    let answer = match tokio::time::timeout(PATIENCE, ask(config)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(cause)) => return Err(Failure::Failed(format!("no healthy server at {place}: {cause}"))),
        Err(_) => return Err(Failure::Failed(format!("the server at {place} does not answer within {PATIENCE:?}"))),
    };
    let status = answer["status"].as_str().unwrap_or("unknown").to_owned();
    let version = answer["version"].as_str().unwrap_or("unknown").to_owned();
    output::show(is_json, &json!({ "status": status, "version": version }), &format!("{status} (version {version})"));
    if status == "ok" { Ok(()) } else { Err(Failure::Silent) }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn ask(config: &Config) -> Result<Value, AnyError> {
    let host = config.issuer.host();
    match &config.listen {
        Listen::Unix(path) => get(UnixStream::connect(path).await?, host).await,
        Listen::Tcp(address) if address.port() == 0 => {
            Err("listen names port 0, which is another at each start; name a port".into())
        }
        Listen::Tcp(address) => {
            let stream = TcpStream::connect(reachable(*address)).await?;
            if config.server.tls_certificate.is_none() {
                return get(stream, host).await;
            }
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
            get(TlsConnector::from(Arc::new(tls()?)).connect(name, stream).await?, host).await
        }
    }
}

/// Where a server that listens everywhere is found on this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

async fn get<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, host: &str) -> Result<Value, AnyError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = hyper::Request::get(urls::HEALTH).header(hyper::header::HOST, host).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), 65_536).collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("it answers {status}").into());
    }
    serde_json::from_slice(&body).map_err(|_| "what answers there is no Doorward".into())
}

fn tls() -> Result<ClientConfig, AnyError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(OwnServer(Arc::clone(&provider)));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(config.with_no_client_auth())
}

/// Accepts any certificate. The address is our own and on this machine, nothing secret is sent, and of the answer only the
/// state is believed; a certificate that strangers cannot verify (an own authority, another name) says nothing of health.
#[derive(Debug)]
struct OwnServer(Arc<CryptoProvider>);

impl ServerCertVerifier for OwnServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.1.2.3:80", "10.1.2.3:80"),
            ("127.0.0.1:80", "127.0.0.1:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
