//! The server over real sockets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::extract::{Extension, Request};
use axum::routing::{get, post};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Running {
    async fn start(options: Options, router: Router) -> Self {
        let bound = bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = bound.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(bound, router, options, async { drop(stopped.await) }));
        Self { address, stop: Some(stop), served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn stop(&mut self) {
        drop(self.stop.take());
    }

    async fn stopped(self) {
        tokio::time::timeout(Duration::from_secs(5), self.served).await.unwrap().unwrap();
    }
}

fn quick() -> Options {
    let ms = Duration::from_millis;
    Options {
        header_timeout: ms(200),
        request_timeout: ms(400),
        idle_timeout: ms(300),
        grace: ms(1000),
        ..Options::default()
    }
}

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/peer", get(|Extension(PeerAddr(peer)): Extension<PeerAddr>| async move { format!("{peer:?}") }))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(250)).await;
                "slow"
            }),
        )
        .route("/never", get(std::future::pending::<&'static str>))
        .route(
            "/panic",
            get(|| async {
                assert!(false_at_run_time(), "boom");
                "never"
            }),
        )
        .route("/body", post(|body: String| async move { body.len().to_string() }))
}

/// A body of which nothing comes.
struct NeverEnding;

impl axum::body::HttpBody for NeverEnding {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

fn false_at_run_time() -> bool {
    std::env::args().count() == 0
}

async fn ask<T: AsyncRead + AsyncWrite + Unpin>(stream: &mut T, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    answer(stream).await
}

/// Head and body of one answer that has a content-length; what came so far where the connection ended.
async fn answer<T: AsyncRead + Unpin>(stream: &mut T) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return String::from_utf8(text).unwrap();
        }
        text.push(byte[0]);
    }
    let head = String::from_utf8(text).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// How long until the other side ends the connection.
async fn ends_after<T: AsyncRead + Unpin>(stream: &mut T) -> Duration {
    let begun = Instant::now();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest));
    drop(read.await.unwrap());
    begun.elapsed()
}

fn about(took: Duration, ms: u64) {
    assert!(took > Duration::from_millis(ms * 6 / 10), "ended after {took:?}, expected {ms} ms");
    assert!(took < Duration::from_millis(ms * 3 + 500), "ended after {took:?}, expected {ms} ms");
}

#[tokio::test]
async fn answers_and_names_the_peer() {
    let server = Running::start(quick(), router()).await;
    let mut stream = server.connect().await;
    assert!(ask(&mut stream, "/").await.ends_with("hello"));
    let peer = stream.local_addr().unwrap();
    assert!(ask(&mut stream, "/peer").await.ends_with(&format!("Some({peer})")));
    assert!(ask(&mut stream, "/no").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(quick(), router()).await;
    let mut stream = server.connect().await;
    stream
        .write_all("GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n".as_bytes())
        .await
        .unwrap();
    assert!(answer(&mut stream).await.ends_with("slow"));
    assert!(answer(&mut stream).await.ends_with("hello"));
}

#[tokio::test]
async fn listens_on_ipv6() {
    let Ok(bound) = bind(&"[::1]:0".parse().unwrap()).await else { return };
    let address = bound.local_addr().unwrap();
    let served = tokio::spawn(serve(bound, router(), quick(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut stream, "/peer").await.contains("[::1]"));
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
    about(ends_after(&mut stream).await + Duration::from_millis(10), 10);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let bound = bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
    let error = bind(&Listen::Tcp(bound.local_addr().unwrap())).await.unwrap_err().to_string();
    assert!(error.contains(&bound.to_string()) && error.contains("DOORWARD_LISTEN"), "{error}");
    let error = bind(&"192.0.2.1:0".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, BindError::NotOurs(_)), "{error}");
    for text in ["", "8080", "localhost", "unix:relative", "http://127.0.0.1:80"] {
        assert!(text.parse::<Listen>().unwrap_err().to_string().contains("unix:/run/doorward.sock"), "{text}");
    }
}

#[tokio::test]
async fn a_unix_socket_has_its_mode_and_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listen = Listen::Unix { path: path.clone(), mode: 0o640 };
    let bound = bind(&listen).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve(bound, router(), quick(), async { drop(stopped.await) }));
    let mut stream = UnixStream::connect(&path).await.unwrap();
    assert!(ask(&mut stream, "/peer").await.ends_with("None"));
    assert!(matches!(bind(&listen).await, Err(BindError::InUse(_))));
    assert!(ask(&mut stream, "/").await.ends_with("hello"));
    drop(stop);
    served.await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listen = Listen::Unix { path: path.clone(), mode: 0o600 };
    // A process that died leaves its file: std's listener removes nothing.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let first = bind(&listen).await.unwrap();
    // Another process takes over the path: the first must leave its file alone.
    fs::remove_file(&path).unwrap();
    let second = bind(&listen).await.unwrap();
    drop(first);
    assert!(path.exists());
    drop(second);
    assert!(!path.exists());
    fs::write(&path, "precious").unwrap();
    assert!(matches!(bind(&listen).await, Err(BindError::NotASocket(_))));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    let listen = Listen::Unix { path: folder.path().join("no/s"), mode: 0o600 };
    assert!(bind(&listen).await.unwrap_err().to_string().contains("no/s"));
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let server = Running::start(quick(), router()).await;
    let silent = async { about(ends_after(&mut server.connect().await).await, 200) };
    let half_a_head = async {
        let mut stream = server.connect().await;
        assert!(ask(&mut stream, "/").await.ends_with("hello"));
        stream.write_all(b"GET / HT").await.unwrap();
        about(ends_after(&mut stream).await, 200);
    };
    let drop_by_drop = async {
        let mut stream = server.connect().await;
        let (mut read, mut write) = stream.split();
        let drip = async {
            for byte in
                b"GET / HTTP/1.1\r\nhost: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".iter().cycle()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if write.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! { took = ends_after(&mut read) => about(took, 200), () = drip => {} }
    };
    let half_a_body = async {
        let mut stream = server.connect().await;
        stream.write_all(b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345").await.unwrap();
        about(ends_after(&mut stream).await, 400);
    };
    let stuck = async {
        let mut stream = server.connect().await;
        stream.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        about(ends_after(&mut stream).await, 400);
    };
    let idle = async {
        let mut stream = server.connect().await;
        assert!(ask(&mut stream, "/").await.ends_with("hello"));
        about(ends_after(&mut stream).await, 300);
    };
    let busy = async {
        let mut stream = server.connect().await;
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(ask(&mut stream, "/").await.ends_with("hello"));
        }
        assert!(ask(&mut stream, "/slow").await.ends_with("slow"));
    };
    tokio::join!(silent, half_a_head, drop_by_drop, half_a_body, stuck, idle, busy);
}

#[tokio::test]
async fn half_open_connections_harm_nobody() {
    let server = Running::start(Options { header_timeout: Duration::from_millis(1500), ..quick() }, router()).await;
    let mut half_open = Vec::new();
    for _ in 0..400 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        half_open.push(stream);
    }
    let begun = Instant::now();
    assert!(ask(&mut server.connect().await, "/").await.ends_with("hello"));
    assert!(begun.elapsed() < Duration::from_millis(500));
    for stream in &mut half_open {
        ends_after(stream).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn at_the_limit_the_idlest_makes_room() {
    let long = Duration::from_secs(60);
    let server =
        Running::start(Options { max_connections: 3, idle_timeout: long, header_timeout: long, ..quick() }, router())
            .await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert!(ask(&mut first, "/").await.ends_with("hello"));
    second.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut many = Vec::new();
    for _ in 0..5 {
        let mut next = server.connect().await;
        assert!(ask(&mut next, "/").await.ends_with("hello"));
        many.push(next);
    }
    assert!(answer(&mut second).await.ends_with("slow"), "a request in progress was cut");
    assert!(ends_after(&mut first).await < Duration::from_millis(100));
}

#[tokio::test]
async fn stopping_finishes_requests_and_accepts_no_more() {
    let mut server = Running::start(
        Options { drain: Duration::from_millis(100), request_timeout: Duration::from_secs(5), ..quick() },
        router(),
    )
    .await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(!ask(&mut idle, "/").await.contains("connection: close"));
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    server.stop();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let draining = ask(&mut server.connect().await, "/").await;
    assert!(draining.contains("connection: close") && draining.ends_with("hello"), "{draining}");
    let (address, begun) = (server.address, Instant::now());
    let (busy_answer, ()) = tokio::join!(answer(&mut busy), async {
        ends_after(&mut idle).await;
        assert!(begun.elapsed() < Duration::from_millis(200), "an idle connection was kept");
    });
    assert!(busy_answer.ends_with("slow"), "{busy_answer}");
    server.stopped().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_cuts_what_outlives_the_grace() {
    let options = Options { grace: Duration::from_millis(200), request_timeout: Duration::from_secs(60), ..quick() };
    let mut server = Running::start(options, router()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    server.stop();
    about(ends_after(&mut stream).await, 200);
    server.stopped().await;
}

#[tokio::test]
async fn restarts_under_load_lose_no_request() {
    let answered = Arc::new(AtomicUsize::new(0));
    for _ in 0..5 {
        let mut server = Running::start(Options { drain: Duration::from_millis(50), ..quick() }, router()).await;
        let address = server.address;
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let answered = Arc::clone(&answered);
                tokio::spawn(async move {
                    // A client that heeds `connection: close`, as proxies do, until nobody accepts.
                    while let Ok(mut stream) = TcpStream::connect(address).await {
                        loop {
                            let said = ask(&mut stream, "/").await;
                            if said.is_empty() {
                                break; // not accepted before the end
                            }
                            assert!(said.ends_with("hello"), "{said}");
                            answered.fetch_add(1, Ordering::Relaxed);
                            if said.contains("connection: close") {
                                break;
                            }
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.stop();
        server.stopped().await;
        for client in clients {
            client.await.unwrap();
        }
    }
    assert!(answered.load(Ordering::Relaxed) > 100);
}

#[tokio::test]
async fn a_panic_ends_one_connection_only() {
    let server = Running::start(quick(), router()).await;
    let mut other = server.connect().await;
    assert!(ask(&mut other, "/").await.ends_with("hello"));
    assert_eq!(ask(&mut server.connect().await, "/panic").await, "");
    assert!(ask(&mut other, "/").await.ends_with("hello"));
}

#[tokio::test]
async fn a_huge_head_is_refused() {
    let server = Running::start(quick(), router()).await;
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(64 * 1024));
    drop(stream.write_all(head.as_bytes()).await);
    let said = answer(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 431") || said.is_empty(), "{said}");
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(16 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.ends_with("hello"));
}

#[tokio::test]
async fn speaks_http2_and_keeps_time_there_too() {
    let server = Running::start(quick(), router()).await;
    let io = hyper_util::rt::TokioIo::new(server.connect().await);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = |path: &str| Request::get(format!("http://x{path}")).body(axum::body::Body::empty()).unwrap();
    for _ in 0..5 {
        let both = tokio::join!(sender.clone().send_request(request("/slow")), sender.send_request(request("/")));
        assert_eq!((both.0.unwrap().status().as_u16(), both.1.unwrap().status().as_u16()), (200, 200));
    }
    let begun = Instant::now();
    drop(tokio::time::timeout(Duration::from_secs(5), connection).await.unwrap());
    about(begun.elapsed(), 300);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_whatever_else_the_connection_asks() {
    let server = Running::start(quick(), router()).await;
    let io = hyper_util::rt::TokioIo::new(server.connect().await);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let _connection = Background::start(async { drop(connection.await) });
    let get = || Request::get("http://x/").body(axum::body::Body::empty()).unwrap();
    let never = axum::body::Body::new(NeverEnding);
    let unfinished = sender.send_request(Request::post("http://x/body").body(never).unwrap());
    let begun = Instant::now();
    let mut others = sender.clone();
    let asking = async {
        loop {
            assert_eq!(others.send_request(get()).await.unwrap().status(), 200);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let refused = tokio::select! { refused = unfinished => refused.unwrap(), () = asking => unreachable!() };
    assert_eq!(refused.status(), 400);
    about(begun.elapsed(), 400);
    assert_eq!(sender.send_request(get()).await.unwrap().status(), 200, "the others on the connection were cut");
}

#[tokio::test]
async fn who_does_not_send_a_body_makes_room_too() {
    let long = Duration::from_secs(60);
    let limits =
        Options { max_connections: 3, request_timeout: long, idle_timeout: long, header_timeout: long, ..quick() };
    let server = Running::start(limits, router()).await;
    let mut unfinished = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        stream.write_all(b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n1").await.unwrap();
        unfinished.push(stream);
    }
    let said = tokio::time::timeout(Duration::from_secs(5), async { ask(&mut server.connect().await, "/").await });
    assert!(said.await.unwrap().ends_with("hello"));
    let [a, b, c] = &mut unfinished[..] else { unreachable!() };
    tokio::select! { _ = ends_after(a) => {}, _ = ends_after(b) => {}, _ = ends_after(c) => {} }
}

/// A certificate authority, and files with a certificate of it for `localhost`.
pub(crate) struct Pki {
    pub(crate) ca_pem: String,
    ca: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
    folder: tempfile::TempDir,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
        let pki = Self { ca_pem: ca.pem(), ca, folder: tempfile::tempdir().unwrap() };
        pki.issue();
        pki
    }

    /// A new certificate in the files.
    pub(crate) fn issue(&self) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        fs::write(self.certificate(), params.signed_by(&key, &self.ca).unwrap().pem()).unwrap();
    }

    pub(crate) fn certificate(&self) -> std::path::PathBuf {
        self.folder.path().join("tls.crt")
    }

    pub(crate) fn key(&self) -> std::path::PathBuf {
        self.folder.path().join("tls.key")
    }

    pub(crate) fn tls(&self) -> Tls {
        Tls::load(&self.certificate(), &self.key()).unwrap()
    }

    /// What a client of these versions and cipher suites gets: its session with the answer to `GET /`, or nothing.
    async fn ask(
        &self,
        address: SocketAddr,
        suites: Vec<rustls::SupportedCipherSuite>,
        alpn: &[&str],
    ) -> Option<(rustls::ClientConnection, String)> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(rustls::pki_types::CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap()).unwrap();
        let provider =
            rustls::crypto::CryptoProvider { cipher_suites: suites, ..rustls::crypto::ring::default_provider() };
        let builder = rustls::ClientConfig::builder_with_provider(Arc::new(provider));
        let versions: Vec<_> = rustls::ALL_VERSIONS
            .iter()
            .copied()
            .filter(|version| builder.crypto_provider().cipher_suites.iter().any(|suite| suite.version() == *version))
            .collect();
        let mut config =
            builder.with_protocol_versions(&versions).unwrap().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(address).await.unwrap();
        let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.ok()?;
        let said = if alpn.contains(&"h2") { String::new() } else { ask(&mut stream, "/").await };
        Some((stream.into_inner().1, said))
    }
}

#[tokio::test]
async fn speaks_tls_of_today_only() {
    use rustls::crypto::ring::cipher_suite::*;
    let pki = Pki::new();
    let server = Running::start(Options { tls: Some(pki.tls()), ..quick() }, router()).await;
    let all = rustls::crypto::ring::ALL_CIPHER_SUITES.to_vec();
    let (session, said) = pki.ask(server.address, all.clone(), &[]).await.unwrap();
    assert_eq!(session.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    assert!(said.ends_with("hello"));
    let (session, said) =
        pki.ask(server.address, vec![TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], &["http/1.1"]).await.unwrap();
    assert_eq!(session.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
    assert!(said.ends_with("hello"));
    assert!(pki.ask(server.address, vec![TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256], &[]).await.is_none());
    let (session, _) = pki.ask(server.address, all, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(session.alpn_protocol(), Some(b"h2".as_slice()));
    // A client that never shakes hands is cut like one that never asks.
    about(ends_after(&mut server.connect().await).await, 200);
}

#[tokio::test]
async fn a_new_certificate_is_shown_and_a_bad_one_is_not() {
    let pki = Pki::new();
    let options = Options { tls: Some(pki.tls()), certificate_check: Duration::from_millis(30), ..quick() };
    let server = Running::start(options, router()).await;
    let suites = rustls::crypto::ring::ALL_CIPHER_SUITES;
    let shown = async || {
        let (session, said) = pki.ask(server.address, suites.to_vec(), &[]).await.unwrap();
        assert!(said.ends_with("hello"));
        session.peer_certificates().unwrap()[0].to_vec()
    };
    let first = shown().await;
    fs::write(pki.key(), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(shown().await, first, "a key that does not fit was taken");
    pki.issue();
    for _ in 0..100 {
        if shown().await != first {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(shown().await, first, "the new certificate is not shown");
}

#[test]
fn tls_files_that_cannot_be_used_are_named() {
    let pki = Pki::new();
    let failed = |certificate: &Path, key: &Path| Tls::load(certificate, key).unwrap_err().to_string();
    assert!(failed(Path::new("/nowhere.crt"), &pki.key()).contains("/nowhere.crt"));
    assert!(failed(&pki.key(), &pki.key()).contains("no certificate"));
    assert!(failed(&pki.certificate(), &pki.certificate()).contains("no private key"));
    fs::write(pki.key(), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(failed(&pki.certificate(), &pki.key()).contains("cannot be used"));
}
