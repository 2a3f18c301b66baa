//! A stand-in for the network.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use doorward::platform::http_client::{Fetch, FetchError, Fetched};

/// Documents by URL; anything else has no answer.
#[derive(Debug, Default)]
pub(crate) struct StubFetch {
    documents: Mutex<HashMap<String, Vec<u8>>>,
    asked: AtomicUsize,
}

impl StubFetch {
    /// From now on `url` answers with `document`.
    pub(crate) fn put(&self, url: &str, document: &serde_json::Value) {
        self.documents.lock().unwrap().insert(url.to_owned(), document.to_string().into_bytes());
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
        document.map(|bytes| Fetched { bytes, ..Fetched::default() }).ok_or(FetchError::Status(404))
    }
}
