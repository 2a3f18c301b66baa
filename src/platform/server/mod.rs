//! The HTTP server: accepts connections on TCP or a Unix socket, speaks HTTP/1.1 and HTTP/2, with TLS where configured.
//!
//! `listen.rs` binds, `tls.rs` keeps the certificate, `connection.rs` watches over what every connection does and for how long.
//! One task per connection. No timer runs per request: a janitor looks at all connections a few times a second and ends those
//! that stay in one state for too long (RFC 9112 §9.5), which costs a request two atomic writes.
//!
//! Stopping: `shutdown` fires (the caller lets readiness fall with it) → still accepting for `drain` → no more are accepted,
//! idle connections end, requests finish → after `grace` what remains is cut.

mod connection;
mod listen;
#[cfg(test)]
pub(crate) mod tests;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

pub use self::listen::{BindError, Bound, Listen, bind};
pub use self::tls::{Tls, TlsError};

use self::connection::{Connections, Service, Stream, Watched};
use self::listen::Listener;

/// Who is at the other end of the connection; `None` for a Unix socket. In the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub Option<SocketAddr>);

/// The limits of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// TLS for TCP connections; a Unix socket never has it.
    pub tls: Option<Tls>,
    /// The longest from connecting (TLS handshake included), or from the first byte of a request, to the end of its head.
    pub header_timeout: Duration,
    /// The longest from the head of a request to the head of its answer: bounds slow bodies, too.
    pub request_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// Connections at once. At the limit the one that was idle for longest makes room.
    pub max_connections: u32,
    /// The largest head of a request in bytes; at least 8192.
    pub max_head: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_streams: u32,
    /// How long connections are still accepted after the shutdown began, so that a proxy sees readiness fall first.
    pub drain: Duration,
    /// How long requests may take to finish after that.
    pub grace: Duration,
    /// How often certificate files are looked at.
    pub certificate_check: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            max_connections: 8192,
            max_head: 32 * 1024,
            max_streams: 128,
            drain: Duration::ZERO,
            grace: Duration::from_secs(10),
            certificate_check: Duration::from_secs(60),
        }
    }
}

/// What all connections of one server share.
#[derive(Debug)]
struct Shared {
    http: Builder<TokioExecutor>,
    connections: Arc<Connections>,
    tls: Option<Tls>,
    router: Router,
}

/// Serves `router` on `bound` until `shutdown` fires and all requests are answered or out of time. Dropping the
/// future cuts every connection.
pub async fn serve(bound: Bound, router: Router, options: Options, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(options.max_connections.max(1) as usize));
    let connections = Arc::new(Connections::new(&options));
    let _cut_at_the_end = CutAtTheEnd(Arc::clone(&connections));
    let _janitor = Background::start(Arc::clone(&connections).watch());
    let _reloader = options.tls.clone().map(|tls| Background::start(tls.reload_every(options.certificate_check)));
    let shared = Arc::new(Shared {
        http: http(&options),
        connections: Arc::clone(&connections),
        tls: options.tls.clone(),
        router,
    });

    {
        let accepting = accept_all(&bound, &shared, &places);
        let ending = async {
            shutdown.await;
            tracing::info!(listener = %bound, "stopping: requests in progress will be finished");
            connections.drain();
            tokio::time::sleep(options.drain).await;
        };
        tokio::select! {
            () = accepting => {}
            () = ending => {}
        }
    }
    drop(bound);
    connections.stop();
    if tokio::time::timeout(options.grace, places.acquire_many(options.max_connections.max(1))).await.is_err() {
        tracing::warn!(
            connections = connections.count(),
            "requests were cut: they took longer than the grace at shutdown"
        );
    }
}

fn http(options: &Options) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().writev(false).half_close(false).max_buf_size(options.max_head.max(8192));
    http.http2()
        .max_concurrent_streams(options.max_streams)
        .max_header_list_size(u32::try_from(options.max_head).unwrap_or(u32::MAX))
        .max_send_buf_size(64 * 1024);
    http
}

async fn accept_all(bound: &Bound, shared: &Arc<Shared>, places: &Arc<Semaphore>) {
    loop {
        let permit = place(shared, places).await;
        match &bound.listener {
            Listener::Tcp(listener) => match listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole: waiting for more to send would only delay them.
                    drop(stream.set_nodelay(true));
                    match shared.tls.clone() {
                        Some(tls) => drop(tokio::spawn(serve_tls(tls, stream, peer, Arc::clone(shared), permit))),
                        None => {
                            drop(tokio::spawn(serve_plain(Box::new(stream), Some(peer), Arc::clone(shared), permit)));
                        }
                    }
                }
                Err(error) => rest_after(&error, shared).await,
            },
            Listener::Unix(listener) => match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve_plain(Box::new(stream), None, Arc::clone(shared), permit))),
                Err(error) => rest_after(&error, shared).await,
            },
        }
    }
}

/// A place for one more connection. At the limit, those that were idle for longest are asked to leave until one does.
async fn place(shared: &Shared, places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    loop {
        if let Ok(permit) = Arc::clone(places).try_acquire_owned() {
            return permit;
        }
        shared.connections.evict_idlest();
        if let Ok(Ok(permit)) =
            tokio::time::timeout(Duration::from_millis(50), Arc::clone(places).acquire_owned()).await
        {
            return permit;
        }
    }
}

/// The peer's fault (it left before we looked) needs no rest; ours (no file descriptors left) does.
async fn rest_after(error: &io::Error, shared: &Shared) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::warn!(%error, "a connection could not be accepted; is the limit of open files too low?");
        shared.connections.evict_idlest();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn serve_plain(
    stream: Box<dyn Stream>,
    peer: Option<SocketAddr>,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
) {
    let watched = Connections::join(&shared.connections).await;
    serve_one(stream, peer, &shared, watched).await;
}

async fn serve_tls(tls: Tls, stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, _permit: OwnedSemaphorePermit) {
    let watched = Connections::join(&shared.connections).await;
    match watched.unless_told_to_end(tls.accept(stream)).await {
        Some(Ok(stream)) => serve_one(Box::new(stream), Some(peer), &shared, watched).await,
        Some(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        None => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

async fn serve_one(stream: Box<dyn Stream>, peer: Option<SocketAddr>, shared: &Shared, watched: Watched) {
    let service = Service::new(shared.router.clone(), PeerAddr(peer), &watched);
    let connection = shared.http.serve_connection(watched.io(stream), service);
    if let Err(error) = watched.run(connection).await {
        tracing::debug!(?peer, error, "connection ended");
    }
}

/// A task that ends with its owner.
struct Background(AbortHandle);

impl Background {
    fn start(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task).abort_handle())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct CutAtTheEnd(Arc<Connections>);

impl Drop for CutAtTheEnd {
    fn drop(&mut self) {
        self.0.cut();
    }
}
