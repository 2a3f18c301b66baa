//! A stand-in for the network.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use doorward::platform::http_client::{Fetch, FetchError, Fetched, GuardedClient};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Documents by URL and servers by origin; anything else has no answer.
#[derive(Debug, Default)]
pub(crate) struct StubFetch {
    documents: Mutex<HashMap<String, Vec<u8>>>,
    servers: Mutex<HashMap<String, Router>>,
    real: Mutex<Option<GuardedClient>>,
    asked: AtomicUsize,
    is_stale_at_once: AtomicBool,
}

impl StubFetch {
    /// From now on `url` answers with `document`.
    pub(crate) fn put(&self, url: &str, document: &serde_json::Value) {
        self.documents.lock().unwrap().insert(url.to_owned(), document.to_string().into_bytes());
    }

    /// From now on `url` answers with this text.
    pub(crate) fn put_text(&self, url: &str, text: &str) {
        self.documents.lock().unwrap().insert(url.to_owned(), text.as_bytes().to_vec());
    }

    /// From now on requests to `origin` go to `server`.
    pub(crate) fn serve(&self, origin: &str, server: Router) {
        self.servers.lock().unwrap().insert(origin.to_owned(), server);
    }

    /// From now on everything else is asked of the network.
    pub(crate) fn be_real(&self, client: GuardedClient) {
        *self.real.lock().unwrap() = Some(client);
    }

    /// From now on documents come with `Cache-Control: no-cache`.
    pub(crate) fn be_stale_at_once(&self) {
        self.is_stale_at_once.store(true, Ordering::SeqCst);
    }

    /// How often anything was fetched.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Fetch for StubFetch {
    async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let document = self.documents.lock().unwrap().get(url).cloned();
        let max_age = self.is_stale_at_once.load(Ordering::SeqCst).then_some(0);
        document.map(|bytes| Fetched { bytes, max_age, ..Fetched::default() }).ok_or(FetchError::Status(404))
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let uri = request.uri();
        let origin =
            format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |a| a.as_str()));
        let server = self.servers.lock().unwrap().get(&origin).cloned();
        let real = self.real.lock().unwrap().clone();
        if let (None, Some(real)) = (&server, real) {
            return real.send(request).await;
        }
        let server = server.ok_or_else(|| FetchError::Connect("nobody listens".to_owned()))?;
        let Ok(response) = server.oneshot(request.map(Body::from)).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| FetchError::Broken("it broke off".to_owned()))?.to_bytes().to_vec();
        if body.len() > 65_536 {
            return Err(FetchError::TooLarge(65_536));
        }
        Ok(Response::from_parts(parts, body))
    }
}
