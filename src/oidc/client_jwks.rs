//! The keys behind a client's `jwks_uri`: fetched through the guarded client, remembered for a while, and fetched again at once when a
//! key is unknown. An assertion that nobody signed makes us ask too, so it is asked once for all who wait, and only so often: nobody can make
//! us hammer somebody else's server, and whoever tries makes us notice a new key all the sooner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::App;
use crate::jose::ClientKeys;

/// So often in a minute is a set fetched again at once because a key was unknown.
const REFETCHES: u32 = 10;
/// Beyond that, once in so many milliseconds.
const REFETCH_MS: i64 = 3_000;
/// A set is good for so many seconds at least, whatever its server says: a key that is not in it is asked for anyway.
const SHORTEST_S: u64 = 10;
/// A URI that failed is left alone for so many milliseconds.
const FAILED_MS: i64 = 3_000;
/// More sets than this are not remembered.
const MOST: usize = 10_000;

/// What was fetched.
#[derive(Debug, Default)]
pub struct ClientJwks(Mutex<HashMap<String, Arc<Source>>>);

/// One URI.
#[derive(Debug, Default)]
struct Source {
    /// Whoever fetches holds it; the others wait for what comes.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<Arc<ClientKeys>>,
    good_until: i64,
    failed_until: i64,
    refetched_at: i64,
    /// The beginning of the current minute, and how often it was fetched again in it.
    minute: (i64, u32),
}

impl ClientJwks {
    /// The keys at `uri`, from memory where they are fresh enough.
    ///
    /// # Errors
    /// In words, where they cannot be fetched or read.
    pub async fn get(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let source = self.source(uri);
        if let Some(keys) = source.fresh(app) {
            return Ok(keys);
        }
        let _turn = source.turn.lock().await;
        match source.fresh(app) {
            Some(keys) => Ok(keys),
            None => source.fetch(app, uri).await,
        }
    }

    /// Others than `known`, because a key was not among those: what was fetched meanwhile, or is fetched now, unless that was done too often.
    pub async fn get_newer(&self, app: &App, uri: &str, known: &Arc<ClientKeys>) -> Option<Arc<ClientKeys>> {
        let source = self.source(uri);
        let _turn = source.turn.lock().await;
        if let Some(keys) = source.state().keys.as_ref().filter(|keys| !Arc::ptr_eq(keys, known)) {
            return Some(Arc::clone(keys));
        }
        if !source.state().may_refetch(app.clock.now_ms()) {
            return None;
        }
        source.fetch(app, uri).await.ok()
    }

    fn source(&self, uri: &str) -> Arc<Source> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = all.get(uri) {
            return Arc::clone(source);
        }
        if all.len() >= MOST {
            all.clear();
        }
        Arc::clone(all.entry(uri.to_owned()).or_default())
    }
}

impl Source {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, app: &App) -> Option<Arc<ClientKeys>> {
        let state = self.state();
        state.keys.clone().filter(|_| state.good_until > app.clock.now_ms())
    }

    async fn fetch(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        if self.state().failed_until > app.clock.now_ms() {
            return Err("it failed a moment ago".to_owned());
        }
        let outcome = fetch(app, uri).await;
        let now = app.clock.now_ms();
        let mut state = self.state();
        match outcome {
            Ok((keys, seconds)) => {
                state.keys = Some(Arc::clone(&keys));
                state.good_until = now + app.ms(seconds);
                Ok(keys)
            }
            Err(cause) => {
                state.failed_until = now + FAILED_MS;
                Err(cause)
            }
        }
    }
}

impl State {
    fn may_refetch(&mut self, now: i64) -> bool {
        if now - self.minute.0 >= 60_000 {
            self.minute = (now, 0);
        }
        if self.minute.1 >= REFETCHES && now - self.refetched_at < REFETCH_MS {
            return false;
        }
        self.minute.1 = self.minute.1.saturating_add(1);
        self.refetched_at = now;
        true
    }
}

/// The set, and for how many seconds it is good.
async fn fetch(app: &App, uri: &str) -> Result<(Arc<ClientKeys>, u64), String> {
    let fetched = app.fetch.get(uri).await.map_err(|e| e.to_string())?;
    let keys = Arc::new(ClientKeys::parse(&fetched.bytes).map_err(|e| e.to_string())?);
    let longest = app.config.oidc.client_jwks_ttl;
    Ok((keys, fetched.max_age.map_or(longest, |s| s.max(SHORTEST_S).min(longest))))
}
