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

#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<ClientKeys>,
    good_until: i64,
}

/// How often a set was fetched again.
#[derive(Debug, Clone, Copy)]
struct Refetched {
    minute: i64,
    in_minute: u32,
    last: i64,
}

/// What was fetched.
#[derive(Debug, Default)]
pub struct ClientJwks {
    kept: Mutex<HashMap<String, Kept>>,
    refetched: Mutex<HashMap<String, Refetched>>,
    /// Until when a URI that failed is not asked again.
    failed: Mutex<HashMap<String, i64>>,
    /// Who asks for a set now; the others wait for the answer.
    asking: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl ClientJwks {
    /// The keys at `uri`, from memory where they are fresh enough.
    ///
    /// # Errors
    /// In words, where they cannot be fetched or read.
    pub async fn get(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        if let Some(kept) = self.fresh(app, uri) {
            return Ok(kept);
        }
        let turn = self.turn(uri);
        let _turn = turn.lock().await;
        match self.fresh(app, uri) {
            Some(kept) => Ok(kept),
            None => self.fetch(app, uri).await,
        }
    }

    /// Others than `known`, because a key was not among those: what was fetched meanwhile, or is fetched now, unless that was done too often.
    pub async fn get_newer(&self, app: &App, uri: &str, known: &Arc<ClientKeys>) -> Option<Arc<ClientKeys>> {
        let turn = self.turn(uri);
        let _turn = turn.lock().await;
        if let Some(kept) = self.kept(uri).filter(|kept| !Arc::ptr_eq(&kept.keys, known)) {
            return Some(kept.keys);
        }
        if !self.may_refetch(uri, app.clock.now_ms()) {
            return None;
        }
        self.fetch(app, uri).await.ok()
    }

    fn may_refetch(&self, uri: &str, now: i64) -> bool {
        let mut all = locked(&self.refetched);
        make_room(&mut all);
        let before = all.entry(uri.to_owned()).or_insert(Refetched { minute: now, in_minute: 0, last: i64::MIN });
        if now - before.minute >= 60_000 {
            (before.minute, before.in_minute) = (now, 0);
        }
        if before.in_minute >= REFETCHES && now - before.last < REFETCH_MS {
            return false;
        }
        (before.in_minute, before.last) = (before.in_minute.saturating_add(1), now);
        true
    }

    fn turn(&self, uri: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = locked(&self.asking);
        if all.len() >= MOST {
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(all.entry(uri.to_owned()).or_default())
    }

    fn fresh(&self, app: &App, uri: &str) -> Option<Arc<ClientKeys>> {
        self.kept(uri).filter(|kept| kept.good_until > app.clock.now_ms()).map(|kept| kept.keys)
    }

    fn kept(&self, uri: &str) -> Option<Kept> {
        locked(&self.kept).get(uri).cloned()
    }

    async fn fetch(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let now = app.clock.now_ms();
        if locked(&self.failed).get(uri).is_some_and(|until| *until > now) {
            return Err("it failed a moment ago".to_owned());
        }
        let outcome = self.fetch_now(app, uri).await;
        let mut failed = locked(&self.failed);
        if outcome.is_ok() {
            failed.remove(uri);
        } else {
            make_room(&mut failed);
            failed.insert(uri.to_owned(), now + FAILED_MS);
        }
        outcome
    }

    async fn fetch_now(&self, app: &App, uri: &str) -> Result<Arc<ClientKeys>, String> {
        let fetched = app.fetch.get(uri).await.map_err(|e| e.to_string())?;
        let keys = Arc::new(ClientKeys::parse(&fetched.bytes).map_err(|e| e.to_string())?);
        let now = app.clock.now_ms();
        let longest = app.config.oidc.client_jwks_ttl;
        let seconds = fetched.max_age.map_or(longest, |s| s.max(SHORTEST_S).min(longest));
        let mut all = locked(&self.kept);
        make_room(&mut all);
        all.insert(uri.to_owned(), Kept { keys: Arc::clone(&keys), good_until: now + app.ms(seconds) });
        Ok(keys)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_room<V>(all: &mut HashMap<String, V>) {
    if all.len() >= MOST {
        all.clear();
    }
}
