//! A small bounded map for hot paths: what was worked out once is remembered until it expires or is crowded out.
//!
//! Two generations per shard: entries are written to the young one; when that is full it becomes the old one and the
//! former old one is forgotten. What is read from the old one moves to the young one, so what is in use stays.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A key: a hash of length-prefixed fields, never the fields themselves.
pub type Key = [u8; 32];

const SHARDS: usize = 16;

/// Remembers at most `capacity` values; cheap to read from many threads at once.
#[derive(Debug)]
pub struct Cache<V> {
    shards: [Mutex<Shard<V>>; SHARDS],
    per_generation: usize,
    seeds: [u64; 2],
}

#[derive(Debug)]
struct Shard<V> {
    young: Generation<V>,
    old: Generation<V>,
}

/// The map is keyed by a seeded 64-bit fold of the key; the whole key is compared on reading.
type Generation<V> = HashMap<u64, Entry<V>, BuildHasherDefault<Folded>>;

#[derive(Debug, Clone)]
struct Entry<V> {
    key: Key,
    expires_ms: i64,
    value: V,
}

impl<V: Clone> Cache<V> {
    /// An empty cache that never holds more than `capacity` values (rounded up to at least two a shard).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let seed = RandomState::new();
        let empty = || Mutex::new(Shard { young: HashMap::default(), old: HashMap::default() });
        Self {
            shards: std::array::from_fn(|_| empty()),
            per_generation: (capacity / SHARDS / 2).max(1),
            seeds: [seed.hash_one(1_u8), seed.hash_one(2_u8) | 1],
        }
    }

    /// The value under `key`, unless it has expired at `now_ms`.
    #[must_use]
    pub fn get(&self, key: &Key, now_ms: i64) -> Option<V> {
        let (mut shard, hash) = self.shard(key);
        if let Some(entry) = shard.young.get(&hash) {
            return (entry.key == *key && now_ms < entry.expires_ms).then(|| entry.value.clone());
        }
        let entry = shard.old.remove(&hash)?;
        if entry.key != *key || now_ms >= entry.expires_ms {
            return None;
        }
        let value = entry.value.clone();
        self.put(&mut shard, hash, entry);
        Some(value)
    }

    /// Remembers `value` under `key` until `expires_ms` (`i64::MAX`: until it is crowded out).
    pub fn insert(&self, key: Key, value: V, expires_ms: i64) {
        let (mut shard, hash) = self.shard(&key);
        shard.old.remove(&hash);
        self.put(&mut shard, hash, Entry { key, expires_ms, value });
    }

    /// Forgets what stands under `key`.
    pub fn remove(&self, key: &Key) {
        let (mut shard, hash) = self.shard(key);
        shard.young.remove(&hash);
        shard.old.remove(&hash);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.young.clear();
            shard.old.clear();
        }
    }

    fn put(&self, shard: &mut Shard<V>, hash: u64, entry: Entry<V>) {
        if shard.young.len() >= self.per_generation && !shard.young.contains_key(&hash) {
            std::mem::swap(&mut shard.young, &mut shard.old);
            shard.young.clear();
        }
        shard.young.insert(hash, entry);
    }

    /// The shard of a key and its place in it. Seeded, so that nobody outside can aim keys at one place.
    fn shard(&self, key: &Key) -> (MutexGuard<'_, Shard<V>>, u64) {
        let mut hash = self.seeds[0];
        for word in key.as_chunks::<8>().0 {
            let word = hash ^ u64::from_le_bytes(*word);
            let product = u128::from(word) * u128::from(self.seeds[1]);
            hash = (product >> 64) as u64 ^ word.wrapping_mul(self.seeds[1]);
        }
        (lock(&self.shards[(hash >> 32) as usize % SHARDS]), hash)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes the folded key through: it is a hash already.
#[derive(Debug, Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::random::sha256;

    fn key(n: usize) -> Key {
        sha256(&n.to_le_bytes())
    }

    #[test]
    fn remembers_until_the_expiry() {
        let cache = Cache::new(100);
        cache.insert(key(1), "one", 1000);
        assert_eq!(cache.get(&key(1), 999), Some("one"));
        assert_eq!(cache.get(&key(1), 1000), None);
        assert_eq!(cache.get(&key(2), 0), None);
        cache.insert(key(1), "uno", i64::MAX);
        assert_eq!(cache.get(&key(1), i64::MAX - 1), Some("uno"));
        cache.remove(&key(1));
        assert_eq!(cache.get(&key(1), 0), None);
    }

    #[test]
    fn never_holds_more_than_its_capacity() {
        let cache = Cache::new(320);
        for n in 0..10_000 {
            cache.insert(key(n), n, i64::MAX);
        }
        let held = (0..10_000).filter(|n| cache.get(&key(*n), 0).is_some()).count();
        assert!((16..=320).contains(&held), "held {held}");
    }

    #[test]
    fn what_is_in_use_stays() {
        let cache = Cache::new(320);
        cache.insert(key(0), 0, i64::MAX);
        for n in 1..10_000 {
            cache.insert(key(n), n, i64::MAX);
            assert_eq!(cache.get(&key(0), 0), Some(0), "after {n}");
        }
        cache.clear();
        assert_eq!(cache.get(&key(0), 0), None);
    }

    #[test]
    fn a_new_value_replaces_one_of_the_old_generation() {
        let cache = Cache::new(0);
        cache.insert(key(1), 1, i64::MAX);
        for n in 2..200 {
            cache.insert(key(1), n, i64::MAX);
            cache.insert(key(n), n, i64::MAX);
            assert_ne!(cache.get(&key(1), 0), Some(n - 1));
        }
    }

    #[test]
    fn serves_many_threads() {
        let cache = Cache::new(1000);
        std::thread::scope(|scope| {
            for t in 0..4 {
                let cache = &cache;
                scope.spawn(move || {
                    for n in 0..2000 {
                        cache.insert(key(n), n, i64::MAX);
                        if let Some(found) = cache.get(&key(n * t), 0) {
                            assert_eq!(found, n * t);
                        }
                    }
                });
            }
        });
    }
}
