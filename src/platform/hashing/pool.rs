//! Who computes a hash, and when.
//!
//! One permit per core but one, and an arena of memory per permit, handed on while others wait (a third of the cost of a hash is fresh
//! memory) and given back when nobody does: it is the largest piece of memory there is. The permit travels into the blocking closure: a request that gives up does not free its place early. Who
//! would wait longer than `wait` is refused at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::{Argon2, Block};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::argon::Ceilings;
use super::{HashError, PasswordHasher};
use crate::platform::random::Random;

/// Nobody waits longer, however slow the hashes of others are.
const LONGEST_LEVEL: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Pool {
    pub(super) argon2: Argon2<'static>,
    pub(super) ceilings: Ceilings,
    pub(super) dummy: String,
    pub(super) random: Random,
    pub(super) permits: usize,
    pub(super) wait: Duration,
    pub(super) places: Arc<Semaphore>,
    pub(super) arenas: Arenas,
    pub(super) waiting: AtomicUsize,
    /// A running mean of what one hash takes.
    pub(super) mean_us: AtomicU64,
    /// What the slowest hash of others takes.
    pub(super) slowest_us: AtomicU64,
    /// Hashes begun, for tests.
    #[cfg(test)]
    pub(super) begun: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct Arenas(pub(super) Mutex<Vec<Vec<Block>>>);

impl PasswordHasher {
    pub(super) async fn on_the_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = self.place().await?;
        let pool = Arc::clone(&self.0);
        #[cfg(test)]
        pool.begun.fetch_add(1, Ordering::Relaxed);
        let job = tokio::task::spawn_blocking(move || {
            let mut arena = pool.arenas.lock().pop().unwrap_or_default();
            let begun = now();
            let result = work(&mut arena);
            pool.learn(begun.elapsed());
            pool.arenas.take_back(arena, &pool);
            drop(permit);
            result
        });
        job.await.map_err(|_| HashError::Failed)?
    }

    /// A place in the pool, or [`HashError::Busy`]: at once where the queue is longer than `wait`, else after it.
    async fn place(&self) -> Result<OwnedSemaphorePermit, HashError> {
        let pool = &*self.0;
        if let Ok(permit) = Arc::clone(&pool.places).try_acquire_owned() {
            return Ok(permit);
        }
        let mut queue = Queued::join(pool);
        let expected_us = pool.mean_us.load(Ordering::Relaxed).saturating_mul(queue.ahead as u64) / pool.permits as u64;
        if u128::from(expected_us) > pool.wait.as_micros() {
            return Err(HashError::Busy);
        }
        let acquired = tokio::time::timeout(pool.wait, Arc::clone(&pool.places).acquire_owned()).await;
        let permit = acquired.map_err(|_| HashError::Busy)?.map_err(|_| HashError::Failed)?;
        queue.has_place = true;
        Ok(permit)
    }
}

impl Pool {
    /// A running mean over about eight hashes.
    fn learn(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX / 16);
        let mean = self.mean_us.load(Ordering::Relaxed);
        let next = if mean == 0 { took } else { (mean.saturating_mul(7).saturating_add(took)) / 8 };
        self.mean_us.store(next, Ordering::Relaxed);
    }

    /// At once where it is slower than before, else little by little.
    pub(super) fn learn_slowest(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX / 16);
        let before = self.slowest_us.load(Ordering::Relaxed);
        self.slowest_us.store(took.max((before.saturating_mul(7).saturating_add(took)) / 8), Ordering::Relaxed);
    }

    /// How long a wrong password takes at least: a quarter more than the slowest, so that its own ups and downs are hidden too.
    pub(super) fn level(&self) -> Duration {
        let slowest = Duration::from_micros(self.slowest_us.load(Ordering::Relaxed));
        (slowest + slowest / 4).min(LONGEST_LEVEL)
    }
}

impl Arenas {
    /// Keeps an arena for who waits; where nobody does, none is kept.
    fn take_back(&self, arena: Vec<Block>, pool: &Pool) {
        let mut kept = self.lock();
        if pool.waiting.load(Ordering::Relaxed) == 0 {
            let all = std::mem::take(&mut *kept);
            drop(kept);
            drop((all, arena));
        } else if arena.len() <= pool.argon2.params().block_count() {
            // What an imported hash of other parameters needed beyond ours is not kept.
            kept.push(arena);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits; leaves the count however the wait ends.
struct Queued<'a> {
    pool: &'a Pool,
    ahead: usize,
    has_place: bool,
}

impl<'a> Queued<'a> {
    fn join(pool: &'a Pool) -> Self {
        Self { pool, ahead: pool.waiting.fetch_add(1, Ordering::Relaxed), has_place: false }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let is_last = self.pool.waiting.fetch_sub(1, Ordering::Relaxed) == 1;
        // What was kept for who went away is kept for nobody.
        if is_last && !self.has_place {
            let kept = std::mem::take(&mut *self.pool.arenas.lock());
            drop(kept);
        }
    }
}

pub(super) fn now() -> std::time::Instant {
    std::time::Instant::now()
}
