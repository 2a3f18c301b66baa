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

    fn add(&mut self, now_ms: i64) -> u32 {
        if self.is_over(now_ms) {
            *self = Self { start: now_ms, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count
    }

    fn take_back(&mut self, now_ms: i64) {
        if !self.is_over(now_ms) {
            self.count = self.count.saturating_sub(1);
        }
    }
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
        self.counts().add(prefix(address, 32, self.ipv6_prefix), self.most, now_ms)
    }

    /// Takes one before it is known how it ends, so that many at once do not overrun the limit; gives how many seconds to wait where
    /// none is left. What ended well is given back ([`PerAddress::give_back`]).
    pub fn reserve(&self, address: Option<IpAddr>, limits: Limits, now_ms: i64) -> Option<u64> {
        let key = prefix(address?, 32, self.ipv6_prefix);
        let mut counts = self.counts();
        let is_flood = limits.all > 0 && counts.all.count_at(now_ms) >= limits.all;
        let limit = if is_flood { (limits.one / 10).max(1) } else { limits.one };
        if limits.one > 0
            && let Some(window) = counts.by_address.get(&key)
            && window.count_at(now_ms) >= limit
        {
            let left = window.start + WINDOW_MS - now_ms;
            return Some(u64::try_from((left + 999) / 1000).unwrap_or(1));
        }
        counts.add(key, self.most, now_ms);
        counts.all.add(now_ms);
        None
    }

    /// Gives back what was taken.
    pub fn give_back(&self, address: Option<IpAddr>, now_ms: i64) {
        let Some(address) = address else { return };
        let mut counts = self.counts();
        if let Some(window) = counts.by_address.get_mut(&prefix(address, 32, self.ipv6_prefix)) {
            window.take_back(now_ms);
        }
        counts.all.take_back(now_ms);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, key: IpAddr, most: usize, now_ms: i64) -> u32 {
        if self.by_address.len() >= most && !self.by_address.contains_key(&key) {
            self.by_address.retain(|_, window| !window.is_over(now_ms));
            // Whoever did little makes room for the next; those who do much are not forgotten for a crowd.
            let mut little = 1;
            while self.by_address.len() >= most {
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

    #[test]
    fn what_is_reserved_counts_until_it_is_given_back() {
        let counts = PerAddress::new(64, 100);
        let (limits, here) = (Limits { one: 2, all: 0 }, at("192.0.2.1"));
        assert_eq!(counts.reserve(here, limits, 0), None);
        assert_eq!(counts.reserve(here, limits, 1), None);
        assert_eq!(counts.reserve(here, limits, 10_000), Some(50));
        assert_eq!(counts.reserve(at("192.0.2.2"), limits, 10_000), None, "a neighbour");
        counts.give_back(here, 10_001);
        assert_eq!(counts.reserve(here, limits, 10_002), None);
        assert_eq!(counts.reserve(here, limits, 10_003), Some(50));
        assert_eq!(counts.reserve(here, limits, 60_000), None, "another minute");
        assert_eq!(counts.reserve(None, limits, 0), None);
    }

    #[test]
    fn under_a_flood_each_may_do_a_tenth_and_nobody_nothing() {
        let counts = PerAddress::new(64, 1000);
        let limits = Limits { one: 20, all: 50 };
        for n in 0..50 {
            assert_eq!(counts.reserve(at(&format!("198.51.100.{n}")), limits, 0), None);
        }
        let owner = at("192.0.2.1");
        assert_eq!(counts.reserve(owner, limits, 1), None);
        assert_eq!(counts.reserve(owner, limits, 2), None);
        assert_eq!(counts.reserve(owner, limits, 3), Some(60));
        assert_eq!(counts.reserve(at("192.0.2.9"), limits, 4), None);
    }

    #[test]
    fn a_crowd_does_not_make_it_forget_who_does_much() {
        let counts = PerAddress::new(64, 100);
        let (limits, busy) = (Limits { one: 5, all: 0 }, at("192.0.2.1"));
        for _ in 0..5 {
            assert_eq!(counts.reserve(busy, limits, 0), None);
        }
        for n in 0..5000_u32 {
            counts.note(at(&format!("2001:db8:{n:x}::1")), 1);
        }
        assert!(counts.reserve(busy, limits, 2).is_some());
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
