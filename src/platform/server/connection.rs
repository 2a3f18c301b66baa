//! What each connection is doing, for how long, and who ends it.
//!
//! ```text
//!  accepted ─→ Head ──request──→ busy ──last answer──→ Idle
//!               ↑                  ↑ ↓ request_timeout   │ idle_timeout: asked to end
//!  header_timeout: cut             cut                   │
//!               └─────────────── first byte ─────────────┘
//! ```
//! An HTTP/2 connection has no single head to wait for: when it is not busy, it is idle; its requests come one over the other, so each has a
//! time of its own for its body. The time is the janitor's, which is as exact as its round: a quarter of the shortest limit, at most a second.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response, Version};
use axum::routing::future::RouteFuture;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::{Options, PeerAddr};

/// All connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    open: Mutex<Open>,
    clock: Arc<Clock>,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Open {
    states: HashMap<u64, Arc<State>>,
    next: u64,
    is_stopping: bool,
}

#[derive(Debug)]
struct Limits {
    header_ms: u64,
    request_ms: u64,
    idle_ms: u64,
}

/// The janitor's time, and whether the end has begun.
#[derive(Debug)]
struct Clock {
    begun: Instant,
    now_ms: AtomicU64,
    is_draining: AtomicBool,
}

/// What one connection is doing. Written by its own tasks, read by the janitor.
#[derive(Debug)]
pub(super) struct State {
    clock: Arc<Clock>,
    waker: Waker,
    order: AtomicU8,
    is_idle: AtomicBool,
    is_http2: AtomicBool,
    in_flight: AtomicU32,
    /// Requests whose body the client has still to send.
    awaited: AtomicU32,
    since_ms: AtomicU64,
}

/// What the connection is told.
const GO: u8 = 0;
/// Finish what you do, then end.
const STOP: u8 = 1;
/// End now.
const CUT: u8 = 2;

impl Connections {
    pub(super) fn new(options: &Options) -> Self {
        let ms = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        Self {
            open: Mutex::default(),
            clock: Arc::new(Clock {
                begun: Instant::now(),
                now_ms: AtomicU64::new(0),
                is_draining: AtomicBool::new(false),
            }),
            limits: Limits {
                header_ms: ms(options.header_timeout),
                request_ms: ms(options.request_timeout),
                idle_ms: ms(options.idle_timeout),
            },
        }
    }

    /// Counts the calling task in, until what it gets is dropped.
    pub(super) async fn join(this: &Arc<Self>) -> Watched {
        let waker = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
        let mut open = this.open();
        let state = Arc::new(State {
            order: AtomicU8::new(if open.is_stopping { STOP } else { GO }),
            waker,
            is_idle: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            in_flight: AtomicU32::new(0),
            awaited: AtomicU32::new(0),
            since_ms: AtomicU64::new(this.clock.now_ms.load(Relaxed)),
            clock: Arc::clone(&this.clock),
        });
        let id = open.next;
        open.next += 1;
        open.states.insert(id, Arc::clone(&state));
        drop(open);
        Watched { connections: Arc::clone(this), state, id }
    }

    pub(super) fn count(&self) -> usize {
        self.open().states.len()
    }

    /// From now on HTTP/1 answers ask the client to come back on a new connection.
    pub(super) fn drain(&self) {
        self.clock.is_draining.store(true, Relaxed);
    }

    /// Every connection ends after what it does now; those that come late, too.
    pub(super) fn stop(&self) {
        let mut open = self.open();
        open.is_stopping = true;
        open.states.values().for_each(|state| state.tell(STOP));
    }

    /// Every connection ends now.
    pub(super) fn cut(&self) {
        self.open().states.values().for_each(|state| state.tell(CUT));
    }

    /// Ends the connection that has been without a request that we work on for longest: one that only waits for its client to send more
    /// must not keep others out.
    pub(super) fn evict_idlest(&self) {
        let open = self.open();
        let waiting = open.states.values().filter(|state| state.is_waiting() && state.order.load(Relaxed) != CUT);
        if let Some(idlest) = waiting.min_by_key(|state| state.since_ms.load(Relaxed)) {
            idlest.tell(CUT);
        }
    }

    /// The janitor: looks at every connection, again and again.
    pub(super) async fn watch(self: Arc<Self>) {
        let shortest = self.limits.header_ms.min(self.limits.request_ms).min(self.limits.idle_ms);
        let round = Duration::from_millis((shortest / 4).clamp(5, 1000));
        loop {
            tokio::time::sleep(round).await;
            let now_ms = u64::try_from(self.clock.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.clock.now_ms.store(now_ms, Relaxed);
            self.open().states.values().for_each(|state| state.look(now_ms, &self.limits));
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&self, order: u8) {
        if self.order.fetch_max(order, Relaxed) < order {
            self.waker.wake_by_ref();
        }
    }

    fn look(&self, now_ms: u64, limits: &Limits) {
        let is_busy = self.in_flight.load(Relaxed) > 0;
        let is_idle = self.is_idle.load(Relaxed) || self.is_http2.load(Relaxed);
        let limit = match (is_busy, is_idle) {
            (true, _) => limits.request_ms,
            (false, false) => limits.header_ms,
            (false, true) => limits.idle_ms,
        };
        if now_ms.saturating_sub(self.since_ms.load(Relaxed)) < limit {
            return;
        }
        // An idle connection is asked first (an HTTP/2 client hears of it), and cut when it stays.
        if is_busy || !is_idle || self.order.load(Relaxed) == STOP {
            self.tell(CUT);
        } else {
            self.touch();
            self.tell(STOP);
        }
    }

    /// Whether nothing is to be done until the client sends more.
    fn is_waiting(&self) -> bool {
        self.in_flight.load(Relaxed) <= self.awaited.load(Relaxed)
    }

    fn touch(&self) {
        self.since_ms.store(self.clock.now_ms.load(Relaxed), Relaxed);
    }

    fn received(&self) {
        if self.is_idle.load(Relaxed) && self.in_flight.load(Relaxed) == 0 {
            self.is_idle.store(false, Relaxed);
            if !self.is_http2.load(Relaxed) {
                self.touch();
            }
        }
    }

    fn request_begins(&self, version: Version) {
        if version == Version::HTTP_2 {
            self.is_http2.store(true, Relaxed);
            self.touch();
        }
        self.in_flight.fetch_add(1, Relaxed);
    }

    fn request_ends(&self) {
        if self.in_flight.fetch_sub(1, Relaxed) == 1 {
            self.touch();
            self.is_idle.store(true, Relaxed);
        }
    }
}

/// One connection, counted in.
pub(super) struct Watched {
    connections: Arc<Connections>,
    state: Arc<State>,
    id: u64,
}

impl Watched {
    pub(super) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }

    pub(super) fn io(&self, stream: Box<dyn Stream>) -> TokioIo<WatchedIo> {
        TokioIo::new(WatchedIo { stream, state: self.state() })
    }

    /// What comes of `work` (a handshake), or nothing once the connection is told to end.
    pub(super) async fn unless_told_to_end<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| match self.state.order.load(Relaxed) {
            GO => work.as_mut().poll(context).map(Some),
            _ => Poll::Ready(None),
        })
        .await
    }

    /// Drives the connection to its end, or to the order to end. Must be called by the task that joined.
    pub(super) async fn run<C: GracefulConnection>(&self, connection: C) -> Result<(), C::Error> {
        let mut connection = pin!(connection);
        let mut is_asked = false;
        poll_fn(|context| {
            match self.state.order.load(Relaxed) {
                GO => {}
                CUT => return Poll::Ready(Ok(())),
                _ if is_asked => {}
                _ => {
                    is_asked = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
            connection.as_mut().poll(context)
        })
        .await
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.connections.open().states.remove(&self.id);
    }
}

/// TCP, TLS over it, or a Unix socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A stream that notes when bytes arrive. One type for all of them: the whole of HTTP would be compiled for each.
pub(super) struct WatchedIo {
    stream: Box<dyn Stream>,
    state: Arc<State>,
}

impl AsyncRead for WatchedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.state.received();
        }
        read
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The router as one connection sees it: each request learns its peer and is counted while it is being answered.
pub(super) struct Service {
    router: Router,
    peer: PeerAddr,
    state: Arc<State>,
    body_limit: Duration,
}

impl Service {
    pub(super) fn new(router: Router, peer: PeerAddr, watched: &Watched) -> Self {
        let body_limit = Duration::from_millis(watched.connections.limits.request_ms);
        Self { router, peer, state: watched.state(), body_limit }
    }
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<Incoming>) -> Answer {
        request.extensions_mut().insert(self.peer);
        let is_http1 = request.version() < Version::HTTP_2;
        self.state.request_begins(request.version());
        let counted = Counted(Arc::clone(&self.state));
        let limit = self.body_limit;
        let request = request
            .map(|body| Body::new(Arriving { body, limit, late: None, awaited: None, state: counted.0.clone() }));
        Answer { route: tower::Service::call(&mut self.router.clone(), request), counted, is_http1 }
    }
}

/// The body of a request: it comes within a time, however many requests the connection has, and while it does not, the connection counts
/// as waiting for its client. One that came with its head costs nothing of this.
struct Arriving {
    body: Incoming,
    limit: Duration,
    late: Option<Pin<Box<Sleep>>>,
    awaited: Option<Awaited>,
    state: Arc<State>,
}

struct Awaited(Arc<State>);

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.awaited.fetch_sub(1, Relaxed);
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.awaited = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if this.awaited.is_none() {
            this.state.awaited.fetch_add(1, Relaxed);
            this.awaited = Some(Awaited(Arc::clone(&this.state)));
        }
        let late = this.late.get_or_insert_with(|| Box::pin(tokio::time::sleep(this.limit)));
        ready!(late.as_mut().poll(context));
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, "the body took too long to come").into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request being answered.
pub(super) struct Answer {
    route: RouteFuture<std::convert::Infallible>,
    counted: Counted,
    is_http1: bool,
}

struct Counted(Arc<State>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}

impl Future for Answer {
    type Output = Result<Response<Body>, std::convert::Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answered = Pin::new(&mut self.route).poll(context);
        if let Poll::Ready(Ok(response)) = &mut answered
            && self.is_http1
            && self.counted.0.clock.is_draining.load(Relaxed)
        {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answered
    }
}
