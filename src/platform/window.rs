//! Counting per address in a fixed window of a minute: coarse, bounded, in memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

const WINDOW_MS: i64 = 60_000;

/// How often each address did something in its current minute.
#[derive(Debug)]
pub struct PerAddress {
    counts: Mutex<HashMap<IpAddr, (i64, u32)>>,
    ipv6_prefix: u8,
    most: usize,
}

impl PerAddress {
    /// IPv6 addresses with the same first `ipv6_prefix` bits count as one; at most `most` addresses are remembered.
    #[must_use]
    pub fn new(ipv6_prefix: u8, most: usize) -> Self {
        Self { counts: Mutex::default(), ipv6_prefix: ipv6_prefix.clamp(1, 128), most }
    }

    fn key(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => IpAddr::V4(v4),
                None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - self.ipv6_prefix)))),
            },
        }
    }

    /// Counts one; whether it is within the limit. 0 is no limit, and so is an address that is not known.
    pub fn allow(&self, address: Option<IpAddr>, limit: u32, now_ms: i64) -> bool {
        limit == 0 || self.note(address, now_ms) <= limit
    }

    /// Counts one; gives the count of this minute.
    pub fn note(&self, address: Option<IpAddr>, now_ms: i64) -> u32 {
        let Some(address) = address else { return 0 };
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= self.most {
            all.retain(|_, (start, _)| now_ms - *start < WINDOW_MS);
            if all.len() >= self.most {
                all.clear();
            }
        }
        let (start, count) = all.entry(self.key(address)).or_insert((now_ms, 0));
        if now_ms - *start >= WINDOW_MS || now_ms < *start {
            (*start, *count) = (now_ms, 0);
        }
        *count += 1;
        *count
    }

    /// Without counting: how many seconds to wait where the limit is reached.
    pub fn wait_s(&self, address: Option<IpAddr>, limit: u32, now_ms: i64) -> Option<u64> {
        let address = address.filter(|_| limit > 0)?;
        let all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, count) = all.get(&self.key(address))?;
        let left = start + WINDOW_MS - now_ms;
        (*count >= limit && left > 0).then(|| u64::try_from((left + 999) / 1000).unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::PerAddress;

    #[test]
    fn a_minute_passes_and_the_count_begins_anew() {
        let counts = PerAddress::new(64, 100);
        let address = Some("2001:db8::1".parse().unwrap());
        let neighbour = Some("2001:db8::2".parse().unwrap());
        assert!(counts.allow(address, 2, 0));
        assert!(counts.allow(neighbour, 2, 1));
        assert!(!counts.allow(address, 2, 2));
        assert_eq!(counts.wait_s(address, 2, 10_000), Some(50));
        assert!(counts.allow(address, 2, 60_000));
    }
}
