//! The keys behind a client's `jwks_uri`: fetched through the guarded client, remembered for a while, and fetched again at once when a
//! key is unknown, but not more often than every few seconds, so that nobody can make us hammer somebody else's server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::App;
use crate::jose::ClientKeys;

/// A set is fetched again for an unknown key only after so many milliseconds.
const LEAST_BETWEEN_MS: i64 = 5_000;
/// More sets than this are not remembered.
const MOST: usize = 10_000;

#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<ClientKeys>,
    fetched_at: i64,
    good_until: i64,
}

/// What was fetched.
#[derive(Debug, Default)]
pub struct ClientJwks(Mutex<HashMap<String, Kept>>);

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

    /// Fetched anew because a key was unknown, unless that was done a moment ago.
    pub async fn get_newer(&self, app: &App, uri: &str) -> Option<Arc<ClientKeys>> {
        let now = app.clock.now_ms();
        if self.kept(uri).is_some_and(|k| now - k.fetched_at < LEAST_BETWEEN_MS) {
            return None;
        }
        self.fetch(app, uri).await.ok()
    }

    fn kept(&self, uri: &str) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()
    }

    async fn fetch(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let fetched = app.fetch.get(uri).await.map_err(|e| e.to_string())?;
        let keys = Arc::new(ClientKeys::parse(&fetched.bytes).map_err(|e| e.to_string())?);
        let now = app.clock.now_ms();
        let longest = app.config.oidc.client_jwks_ttl;
        let kept = Kept {
            keys: Arc::clone(&keys),
            fetched_at: now,
            good_until: now + app.ms(fetched.max_age.map_or(longest, |s| s.min(longest))),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(uri.to_owned(), kept);
        Ok(keys)
    }
}
