//! What was found live a moment ago, in memory (`docs/decisions/live-grants.md`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::grants::Grant;
use super::sessions;
use crate::platform::cache::Cache;

/// What was found live a moment ago. A revocation in this process empties it at once; one elsewhere raises the version, which
/// every replica looks at; and nothing is believed for longer than four seconds.
#[derive(Debug)]
pub struct Live {
    grants: Cache<Option<Arc<Grant>>>,
    tokens: Cache<bool>,
    sessions: Cache<sessions::Session>,
    epoch: AtomicU64,
}

/// How long a finding is believed.
const LIVE_MS: i64 = 4_000;

impl Default for Live {
    fn default() -> Self {
        Self {
            // What is believed for seconds need not be many: a grant with its person is up to 2 KiB.
            grants: Cache::new(4_096),
            tokens: Cache::new(16_384),
            sessions: Cache::new(4_096),
            epoch: AtomicU64::new(0),
        }
    }
}

impl Live {
    /// Forgets everything; to be called after each commit that revokes.
    pub fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.grants.clear();
        self.tokens.clear();
        self.sessions.clear();
    }

    /// To be read before the database is: a finding from before a revocation is not remembered after it.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn grant(&self, id: Uuid, now: i64) -> Option<Option<Arc<Grant>>> {
        self.grants.get(&key_of(id), now)
    }

    pub(super) fn remember_grant(&self, epoch: u64, id: Uuid, found: Option<Arc<Grant>>, now: i64) {
        self.grants.insert(key_of(id), found, now + LIVE_MS);
        if self.epoch() != epoch {
            self.grants.remove(&key_of(id));
        }
    }

    /// A browser session that was found good.
    #[must_use]
    pub fn session(&self, id: Uuid, now: i64) -> Option<sessions::Session> {
        self.sessions.get(&key_of(id), now)
    }

    /// Remembers a browser session that was found good.
    pub fn remember_session(&self, epoch: u64, session: sessions::Session, now: i64) {
        let key = key_of(session.id);
        self.sessions.insert(key, session, now + LIVE_MS);
        if self.epoch() != epoch {
            self.sessions.remove(&key);
        }
    }

    /// Whether a single token was found revoked.
    #[must_use]
    pub fn token(&self, hash: &[u8; 32], now: i64) -> Option<bool> {
        self.tokens.get(hash, now)
    }

    /// Remembers whether a single token was found revoked.
    pub fn remember_token(&self, epoch: u64, hash: [u8; 32], is_revoked: bool, now: i64) {
        self.tokens.insert(hash, is_revoked, now + LIVE_MS);
        if self.epoch() != epoch {
            self.tokens.remove(&hash);
        }
    }
}

fn key_of(id: Uuid) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(id.as_bytes());
    key
}
