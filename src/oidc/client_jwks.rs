//! The keys behind a client's `jwks_uri`: fetched through the guarded client, remembered for a while, and fetched again at once when a
//! key is unknown, but only so often in a minute, so that nobody can make us hammer somebody else's server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::App;
use crate::jose::ClientKeys;

/// So often in a minute is a set fetched again because a key was unknown.
const REFETCHES: u32 = 10;
/// A URI that failed is left alone for so many milliseconds.
const FAILED_MS: i64 = 3_000;
/// More sets than this are not remembered.
const MOST: usize = 10_000;

#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<ClientKeys>,
    good_until: i64,
    /// The beginning of the current minute, and how often it was fetched again in it.
    refetched: (i64, u32),
}

/// What was fetched.
#[derive(Debug, Default)]
pub struct ClientJwks {
    kept: Mutex<HashMap<String, Kept>>,
    /// Until when a URI that failed is not asked again.
    failed: Mutex<HashMap<String, i64>>,
}

impl ClientJwks {
    /// The keys at `uri`, from memory where they are fresh enough.
    ///
    /// # Errors
    /// In words, where they cannot be fetched or read.
    pub async fn get(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let now = app.clock.now_ms();
        match self.kept(uri) {
            Some(kept) if kept.good_until > now => Ok(kept.keys),
            _ => self.fetch(app, uri).await,
        }
    }

    /// Fetched anew because a key was unknown, unless that was done too often in this minute.
    pub async fn get_newer(&self, app: &App, uri: &str) -> Option<Arc<ClientKeys>> {
        if !self.may_refetch(uri, app.clock.now_ms()) {
            return None;
        }
        self.fetch(app, uri).await.ok()
    }

    fn may_refetch(&self, uri: &str, now: i64) -> bool {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = all.get_mut(uri) else { return true };
        if now - kept.refetched.0 >= 60_000 {
            kept.refetched = (now, 0);
        }
        kept.refetched.1 += 1;
        kept.refetched.1 <= REFETCHES
    }

    fn kept(&self, uri: &str) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()
    }

    async fn fetch(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let now = app.clock.now_ms();
        if self.failed.lock().unwrap_or_else(PoisonError::into_inner).get(uri).is_some_and(|until| *until > now) {
            return Err("it failed a moment ago".to_owned());
        }
        let outcome = self.fetch_now(app, uri).await;
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.is_ok() {
            failed.remove(uri);
        } else {
            if failed.len() >= MOST {
                failed.clear();
            }
            failed.insert(uri.to_owned(), now + FAILED_MS);
        }
        outcome
    }

    async fn fetch_now(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let fetched = app.fetch.get(uri).await.map_err(|e| e.to_string())?;
        let keys = Arc::new(ClientKeys::parse(&fetched.bytes).map_err(|e| e.to_string())?);
        let now = app.clock.now_ms();
        let longest = app.config.oidc.client_jwks_ttl;
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Kept {
            keys: Arc::clone(&keys),
            good_until: now + app.ms(fetched.max_age.map_or(longest, |s| s.min(longest))),
            refetched: all.get(uri).map_or((now, 0), |before| before.refetched),
        };
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(uri.to_owned(), kept);
        Ok(keys)
    }
}
