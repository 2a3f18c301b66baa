//! What is remembered of providers between requests: their metadata and keys, and that they failed a moment ago. All of it can be lost.
//!
//! After [`FAILURES`] in a row a provider rests: for some seconds whoever asks for it is answered at once, so that a provider that is down
//! costs nobody five seconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::apple;
use super::oidc::Discovered;
use crate::config::{Config, Upstream};
use crate::jose::Signer;

/// So many failures in a row and a provider rests.
const FAILURES: u32 = 3;
/// For so many milliseconds.
const REST_MS: i64 = 15_000;
/// For so many milliseconds metadata and keys are good.
const GOOD_MS: i64 = 3_600_000;
/// For so many they serve where newer ones cannot be had.
const STALE_MS: i64 = 86_400_000;
/// Newer ones that could not be had are asked for again after so many.
const AGAIN_MS: i64 = 60_000;
/// Keys are fetched again for an unknown one at most this often.
const REFETCH_MS: i64 = 60_000;

/// What is remembered of every provider of the configuration.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<String, Slot>);

#[derive(Debug, Default)]
struct Slot {
    kept: Mutex<Kept>,
    /// What signs our client secret, where a key does.
    signer: Option<Signer>,
}

#[derive(Debug, Default)]
struct Kept {
    found: Option<(Arc<Discovered>, i64)>,
    /// Until when no newer is asked for.
    serves_until: i64,
    refetched_at: i64,
    failures: u32,
    rests_until: i64,
}

impl Memory {
    /// Nothing yet, but for the keys that the configuration names.
    ///
    /// # Errors
    /// In words, where a key file cannot be read.
    pub fn new(config: &Config) -> Result<Self, String> {
        let slot = |(name, rules): (&String, &Upstream)| {
            let signer = apple::signer(rules).map_err(|cause| format!("upstream.{name}.client_key_file: {cause}"))?;
            Ok((name.clone(), Slot { signer, ..Slot::default() }))
        };
        config.upstream.iter().map(slot).collect::<Result<_, String>>().map(Self)
    }

    /// What signs our client secret at a provider.
    pub(super) fn signer(&self, name: &str) -> Option<&Signer> {
        self.0.get(name)?.signer.as_ref()
    }

    /// Whether a provider failed so often that it is left alone now.
    pub(super) fn is_resting(&self, name: &str, now: i64) -> bool {
        self.kept(name).is_some_and(|kept| kept.rests_until > now)
    }

    /// Counts a failure.
    pub(super) fn failed(&self, name: &str, now: i64) {
        if let Some(mut kept) = self.kept(name) {
            kept.failures += 1;
            if kept.failures >= FAILURES {
                kept.rests_until = now + REST_MS;
                // One more failure after the rest is enough for the next.
                kept.failures = FAILURES - 1;
            }
        }
    }

    /// Forgets the failures.
    pub(super) fn answered(&self, name: &str) {
        if let Some(mut kept) = self.kept(name) {
            kept.failures = 0;
            kept.rests_until = 0;
        }
    }

    /// What was discovered, while it is good, or while newer could not be had a moment ago.
    pub(super) fn fresh(&self, name: &str, now: i64) -> Option<Arc<Discovered>> {
        let kept = self.kept(name)?;
        let (found, at) = kept.found.as_ref()?;
        (now - at < GOOD_MS || now < kept.serves_until).then(|| Arc::clone(found))
    }

    /// What was discovered within a day, for want of newer.
    pub(super) fn stale(&self, name: &str, now: i64) -> Option<Arc<Discovered>> {
        let kept = self.kept(name)?;
        kept.found.as_ref().filter(|(_, at)| now - at < STALE_MS).map(|(found, _)| Arc::clone(found))
    }

    /// Newer could not be had: what there is serves on for a minute.
    pub(super) fn serve_on(&self, name: &str, now: i64) {
        if let Some(mut kept) = self.kept(name) {
            kept.serves_until = now + AGAIN_MS;
        }
    }

    /// Remembers what was discovered.
    pub(super) fn keep(&self, name: &str, found: &Arc<Discovered>, now: i64) {
        if let Some(mut kept) = self.kept(name) {
            kept.found = Some((Arc::clone(found), now));
        }
    }

    /// Whether the keys may be fetched again because one was unknown; true once a minute.
    pub(super) fn may_refetch(&self, name: &str, now: i64) -> bool {
        let Some(mut kept) = self.kept(name) else { return false };
        let may = now - kept.refetched_at >= REFETCH_MS;
        if may {
            kept.refetched_at = now;
        }
        may
    }

    fn kept(&self, name: &str) -> Option<MutexGuard<'_, Kept>> {
        Some(self.0.get(name)?.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
