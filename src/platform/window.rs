//! Counting per address in a fixed window of a minute: coarse, bounded, in memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

const WINDOW_MS: i64 = 60_000;

/// How often each address did something in its current minute, and all together.
#[derive(Debug)]
pub struct PerAddress {
    counts: Mutex<Counts>,
    ipv6_prefix: u8,
    most: usize,
}

#[derive(Debug, Default)]
struct Counts {
    by_address: HashMap<IpAddr, Window>,
    all: Window,
}

/// A minute that has begun, and what was counted in it.
#[derive(Debug, Default, Clone, Copy)]
struct Window {
    start: i64,
    count: u32,
}

impl Window {
    fn count_at(self, now_ms: i64) -> u32 {
        if self.is_over(now_ms) { 0 } else { self.count }
    }

    fn is_over(self, now_ms: i64) -> bool {
        now_ms - self.start >= WINDOW_MS || now_ms < self.start
    }

    fn add(&mut self, now_ms: i64) -> Self {
        if self.is_over(now_ms) {
            *self = Self { start: now_ms, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        *self
    }

    /// Only of the minute in which it was taken.
    fn take_back(&mut self, start: i64) {
        if self.start == start {
            self.count = self.count.saturating_sub(1);
        }
    }
}

/// One that was taken, by the minutes in which it counts.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Taken {
    one: i64,
    all: i64,
}

/// How much one address may do in a minute, and all together before each may do a tenth of that.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of one address; 0 for no limit.
    pub one: u32,
    /// Of all addresses; 0 for no limit.
    pub all: u32,
}

impl PerAddress {
    /// IPv6 addresses with the same first `ipv6_prefix` bits count as one; at most `most` addresses are remembered.
    #[must_use]
    pub fn new(ipv6_prefix: u8, most: usize) -> Self {
        Self { counts: Mutex::default(), ipv6_prefix: ipv6_prefix.clamp(1, 128), most }
    }

    /// Counts one; whether it is within the limit. 0 is no limit, and so is an address that is not known.
    pub fn allow(&self, address: Option<IpAddr>, limit: u32, now_ms: i64) -> bool {
        limit == 0 || self.note(address, now_ms) <= limit
    }

    /// Counts one; gives the count of this minute.
    pub fn note(&self, address: Option<IpAddr>, now_ms: i64) -> u32 {
        let Some(address) = address else { return 0 };
        self.counts().add(prefix(address, 32, self.ipv6_prefix), self.most, now_ms).count
    }

    /// Takes one before it is known how it ends, so that many at once do not overrun the limit. What ended well is given back
    /// ([`PerAddress::give_back`]); an address that is not known is not counted.
    ///
    /// # Errors
    /// How many seconds to wait, where none is left.
    pub fn reserve(&self, address: Option<IpAddr>, limits: Limits, now_ms: i64) -> Result<Option<Taken>, u64> {
        let Some(address) = address else { return Ok(None) };
        let key = prefix(address, 32, self.ipv6_prefix);
        let mut counts = self.counts();
        let is_flood = limits.all > 0 && counts.all.count_at(now_ms) >= limits.all;
        let limit = if is_flood { (limits.one / 10).max(1) } else { limits.one };
        if limits.one > 0
            && let Some(window) = counts.by_address.get(&key)
            && window.count_at(now_ms) >= limit
        {
            let left = window.start + WINDOW_MS - now_ms;
            return Err(u64::try_from((left + 999) / 1000).unwrap_or(1));
        }
        let one = counts.add(key, self.most, now_ms).start;
        counts.all.add(now_ms);
        Ok(Some(Taken { one, all: counts.all.start }))
    }

    /// Gives back what was taken.
    pub fn give_back(&self, address: Option<IpAddr>, taken: Option<Taken>) {
        let (Some(address), Some(taken)) = (address, taken) else { return };
        let mut counts = self.counts();
        if let Some(window) = counts.by_address.get_mut(&prefix(address, 32, self.ipv6_prefix)) {
            window.take_back(taken.one);
        }
        counts.all.take_back(taken.all);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, key: IpAddr, most: usize, now_ms: i64) -> Window {
        if self.by_address.len() >= most && !self.by_address.contains_key(&key) {
            self.by_address.retain(|_, window| !window.is_over(now_ms));
            // Whoever did little makes room for the next; those who do much are not forgotten for a crowd.
            let mut little = 1;
            // Room for many at once: to look at all of them is dear.
            while self.by_address.len() > most - most.div_ceil(8) {
                self.by_address.retain(|_, window| window.count > little);
                little = little.saturating_mul(2);
            }
        }
        self.by_address.entry(key).or_default().add(now_ms)
    }
}

/// The first bits of an address: of IPv4 `v4_bits`, of IPv6 `v6_bits`. An IPv4 address in the form of IPv6 is one of IPv4.
#[must_use]
pub fn prefix(address: IpAddr, v4_bits: u8, v6_bits: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(v4_bits.min(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(v6_bits.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, PerAddress, prefix};
    use std::net::IpAddr;

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_minute_passes_and_the_count_begins_anew() {
        let counts = PerAddress::new(64, 100);
        let address = Some("2001:db8::1".parse().unwrap());
        let neighbour = Some("2001:db8::2".parse().unwrap());
        assert!(counts.allow(address, 2, 0));
        assert!(counts.allow(neighbour, 2, 1));
        assert!(!counts.allow(address, 2, 2));
        assert!(counts.allow(address, 2, 60_000));
    }

    fn is_free(counts: &PerAddress, address: Option<IpAddr>, limits: Limits, now_ms: i64) -> bool {
        counts.reserve(address, limits, now_ms).is_ok()
    }

    #[test]
    fn what_is_reserved_counts_until_it_is_given_back() {
        let counts = PerAddress::new(64, 100);
        let (limits, here) = (Limits { one: 2, all: 0 }, at("192.0.2.1"));
        let taken = counts.reserve(here, limits, 0).unwrap();
        assert!(is_free(&counts, here, limits, 1));
        assert_eq!(counts.reserve(here, limits, 10_000).unwrap_err(), 50);
        assert!(is_free(&counts, at("192.0.2.2"), limits, 10_000), "a neighbour");
        counts.give_back(here, taken);
        assert!(is_free(&counts, here, limits, 10_002));
        assert_eq!(counts.reserve(here, limits, 10_003).unwrap_err(), 50);
        assert!(is_free(&counts, here, limits, 60_000), "another minute");
        // What was taken in the minute before is nothing of this one.
        counts.give_back(here, taken);
        assert!(is_free(&counts, here, limits, 60_001));
        assert!(!is_free(&counts, here, limits, 60_002));
        assert!(counts.reserve(None, limits, 0).unwrap().is_none());
    }

    #[test]
    fn under_a_flood_each_may_do_a_tenth_and_nobody_nothing() {
        let counts = PerAddress::new(64, 1000);
        let limits = Limits { one: 20, all: 50 };
        for n in 0..50 {
            assert!(is_free(&counts, at(&format!("198.51.100.{n}")), limits, 0));
        }
        let owner = at("192.0.2.1");
        assert!(is_free(&counts, owner, limits, 1) && is_free(&counts, owner, limits, 2));
        assert_eq!(counts.reserve(owner, limits, 3).unwrap_err(), 60);
        assert!(is_free(&counts, at("192.0.2.9"), limits, 4));
        // Where addresses say nothing (all come from one proxy), they are not limited in a flood either.
        assert!((0..100).all(|_| is_free(&counts, owner, Limits { one: 0, all: 50 }, 5)));
    }

    #[test]
    fn a_crowd_does_not_make_it_forget_who_does_much() {
        let counts = PerAddress::new(64, 100);
        let (limits, busy) = (Limits { one: 5, all: 0 }, at("192.0.2.1"));
        assert!((0..5).all(|_| is_free(&counts, busy, limits, 0)));
        for n in 0..5000_u32 {
            counts.note(at(&format!("2001:db8:{n:x}::1")), 1);
        }
        assert!(!is_free(&counts, busy, limits, 2));
        assert!(counts.counts().by_address.len() <= 100);
    }

    #[test]
    fn prefixes() {
        for (address, v4, v6, expected) in [
            ("192.0.2.77", 24, 64, "192.0.2.0"),
            ("192.0.2.77", 32, 64, "192.0.2.77"),
            ("::ffff:192.0.2.77", 24, 64, "192.0.2.0"),
            ("2001:db8:1:2:3::4", 24, 64, "2001:db8:1:2::"),
            ("2001:db8:1:2:3::4", 24, 128, "2001:db8:1:2:3::4"),
        ] {
            assert_eq!(prefix(address.parse().unwrap(), v4, v6), expected.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
