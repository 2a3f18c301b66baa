//! The guarded client against real listeners on the loopback.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::platform::server::{self, tests::Pki};

/// Answers every connection with the same bytes, in pieces; counts connections and keeps the last request.
struct Host {
    port: u16,
    connections: Arc<AtomicUsize>,
    request: Arc<std::sync::Mutex<String>>,
}

impl Host {
    async fn new(pieces: &[&str], pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let pieces: Vec<String> = pieces.iter().map(|&piece| piece.to_owned()).collect();
        let request = Arc::new(std::sync::Mutex::new(String::new()));
        let (count, seen) = (Arc::clone(&connections), Arc::clone(&request));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (pieces, seen) = (pieces.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let mut asked = vec![0; 4096];
                    let length = stream.read(&mut asked).await.unwrap();
                    *seen.lock().unwrap() = String::from_utf8_lossy(&asked[..length]).to_lowercase();
                    for piece in pieces {
                        if stream.write_all(piece.as_bytes()).await.is_err() {
                            return;
                        }
                        tokio::time::sleep(pause).await;
                    }
                });
            }
        });
        Self { port, connections, request }
    }

    async fn saying(text: &str) -> Self {
        Self::new(&[text], Duration::ZERO).await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/jwks?x=1", self.port)
    }
}

fn loopback() -> Options {
    Options {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        allow_http_to_allowed_networks: true,
        timeout: Duration::from_millis(500),
        max_body: 1000,
        ..Options::default()
    }
}

async fn fetch(options: &Options, url: &str) -> Result<Fetched, FetchError> {
    GuardedClient::new(options.clone()).unwrap().get(url).await
}

#[tokio::test]
async fn fetches_a_document_with_its_cache_headers() {
    let host = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 11\r\netag: \"v1\"\r\ncache-control: public, max-age=300\r\n\r\n{\"keys\":[]}").await;
    let fetched = fetch(&loopback(), &host.url()).await.unwrap();
    assert_eq!(
        fetched,
        Fetched { bytes: b"{\"keys\":[]}".to_vec(), etag: Some("\"v1\"".to_owned()), max_age: Some(300) }
    );
    assert!(fetched.json::<serde_json::Value>().unwrap()["keys"].is_array());
    assert!(matches!(fetched.json::<Vec<String>>(), Err(FetchError::NotJson(_))));
    let request = host.request.lock().unwrap().clone();
    assert!(
        request.starts_with("get /jwks?x=1 http/1.1\r\n") && request.contains("user-agent: doorward/"),
        "{request}"
    );
    for unwanted in ["cookie", "referer", "accept-encoding", "authorization"] {
        assert!(!request.contains(unwanted), "{request}");
    }
}

#[tokio::test]
async fn local_addresses_are_refused_without_a_connection() {
    let host = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let strict = Options { allow_networks: vec!["10.0.0.0/8".parse().unwrap()], ..loopback() };
    for name in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        for scheme in ["http", "https"] {
            let result = fetch(&strict, &format!("{scheme}://{name}:{}/", host.port)).await;
            assert!(matches!(result, Err(FetchError::Address(_))), "{scheme}://{name}: {result:?}");
        }
    }
    assert_eq!(host.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_allowed_name_is_reached() {
    let host = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(fetch(&loopback(), &format!("http://localhost:{}/", host.port)).await.unwrap().bytes, b"{}");
}

#[tokio::test]
async fn urls_that_cannot_be_meant_are_refused() {
    let host = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let port = host.port;
    for url in [
        String::new(),
        "/jwks".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("ftp://127.0.0.1:{port}/"),
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://:pass@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/#fragment"),
        "https://".to_owned(),
        "data:application/json,{}".to_owned(),
    ] {
        assert!(matches!(fetch(&loopback(), &url).await, Err(FetchError::Url(_))), "{url}");
    }
    let no_http = Options { allow_http_to_allowed_networks: false, ..loopback() };
    assert!(matches!(fetch(&no_http, &host.url()).await, Err(FetchError::Url(_))));
    assert_eq!(host.connections.load(Ordering::SeqCst), 0);
    // Plain http never leaves the allowed networks, even to a public address.
    assert!(matches!(fetch(&loopback(), "http://1.1.1.1/").await, Err(FetchError::Address(_))));
}

#[tokio::test]
async fn redirects_and_errors_are_not_followed() {
    let target = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    for status in [301, 302, 303, 307, 308, 204, 404, 500] {
        let host =
            Host::saying(&format!("HTTP/1.1 {status} X\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url()))
                .await;
        assert_eq!(fetch(&loopback(), &host.url()).await, Err(FetchError::Status(status)));
    }
    assert_eq!(target.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn large_documents_are_left_unread() {
    let announced = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n").await;
    assert_eq!(fetch(&loopback(), &announced.url()).await, Err(FetchError::TooLarge(1000)));
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    let streamed = Host::new(
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk, &chunk, &chunk],
        Duration::from_millis(1),
    )
    .await;
    assert_eq!(fetch(&loopback(), &streamed.url()).await, Err(FetchError::TooLarge(1000)));
    let fitting = Host::new(
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk, &chunk, "0\r\n\r\n"],
        Duration::from_millis(1),
    )
    .await;
    assert_eq!(fetch(&loopback(), &fitting.url()).await.unwrap().bytes.len(), 1000);
}

#[tokio::test]
async fn slow_and_broken_hosts_are_given_up() {
    let silent = Host::new(&[], Duration::ZERO).await;
    let closed = fetch(&loopback(), &silent.url()).await;
    assert!(matches!(closed, Err(FetchError::Broken(_))), "{closed:?}");
    let dripping = Host::new(
        &["HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", "a", "b", "c", "d", "e", "f"],
        Duration::from_millis(150),
    )
    .await;
    assert_eq!(fetch(&loopback(), &dripping.url()).await, Err(FetchError::Timeout));
    let hanging = Host::new(&["", ""], Duration::from_secs(5)).await;
    assert_eq!(fetch(&loopback(), &hanging.url()).await, Err(FetchError::Timeout));
    let other = Host::saying("SSH-2.0-OpenSSH\r\n").await;
    assert!(matches!(fetch(&loopback(), &other.url()).await, Err(FetchError::Broken(_))));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = fetch(&loopback(), &format!("http://{nobody}/")).await.unwrap_err();
    assert!(matches!(refused, FetchError::Connect(_)), "{refused:?}");
    assert!(!refused.public().contains("127.0.0.1"));
}

#[tokio::test]
async fn tls_needs_a_trusted_certificate_of_the_name() {
    let pki = Pki::new();
    let bound = server::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = bound.local_addr().unwrap().port();
    let options = server::Options { tls: Some(pki.tls()), ..server::Options::default() };
    let router = Router::new().route("/", get(|| async { "{}" }));
    tokio::spawn(server::serve(bound, router, options, std::future::pending()));

    let trusting = Options { ca_certificates: vec![pki.ca_pem.clone().into_bytes()], ..loopback() };
    assert_eq!(fetch(&trusting, &format!("https://localhost:{port}/")).await.unwrap().bytes, b"{}");
    let wrong_name = fetch(&trusting, &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(wrong_name, Err(FetchError::Connect(_))), "{wrong_name:?}");
    let untrusted = fetch(&loopback(), &format!("https://localhost:{port}/")).await;
    assert!(matches!(untrusted, Err(FetchError::Connect(_))), "{untrusted:?}");
}

#[test]
fn extra_certificates_must_be_certificates() {
    for bundle in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let options = Options { ca_certificates: vec![bundle.into()], ..Options::default() };
        assert!(GuardedClient::new(options).is_err(), "{bundle}");
    }
}

#[test]
fn cache_control_is_read() {
    for (line, expected) in [
        ("max-age=300", Some(300)),
        ("public, Max-Age = \"60\" ", Some(60)),
        ("no-store, max-age=300", Some(0)),
        ("max-age=300, no-cache", Some(0)),
        ("max-age=-1", None),
        ("private", None),
    ] {
        assert_eq!(max_age(line), expected, "{line}");
    }
}
