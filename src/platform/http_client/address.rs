//! Which addresses an outgoing request may reach (IANA special-purpose registries, RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Reach;

/// Whether a client of this reach may connect to `ip`.
pub(super) fn may_reach(ip: IpAddr, reach: Reach, allow_networks: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    allow_networks.iter().any(|net| net.contains(&ip)) || (reach == Reach::PublicAndAllowed && is_public(ip))
}

/// A network of mapped addresses (`::ffff:10.0.0.0/104`) as the IPv4 network it means.
pub(super) fn canonical_net(net: &IpNet) -> IpNet {
    match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
            Some(v4) => Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(*net, IpNet::V4),
            None => *net,
        },
        _ => *net,
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u8); 16] = [
        ([0, 0, 0, 0], 8),        // this network
        ([10, 0, 0, 0], 8),       // private
        ([100, 64, 0, 0], 10),    // carrier-grade NAT
        ([127, 0, 0, 0], 8),      // loopback
        ([169, 254, 0, 0], 16),   // link-local, cloud metadata
        ([172, 16, 0, 0], 12),    // private
        ([192, 0, 0, 0], 24),     // protocol assignments
        ([192, 0, 2, 0], 24),     // documentation
        ([192, 88, 99, 0], 24),   // 6to4 relay, deprecated
        ([192, 168, 0, 0], 16),   // private
        ([198, 18, 0, 0], 15),    // benchmarking
        ([198, 51, 100, 0], 24),  // documentation
        ([203, 0, 113, 0], 24),   // documentation
        ([224, 0, 0, 0], 4),      // multicast
        ([240, 0, 0, 0], 4),      // reserved, broadcast
        ([168, 63, 129, 16], 32), // a cloud's metadata and agent service, on a public address
    ];
    !SPECIAL.iter().any(|(net, prefix)| Ipv4Net::new_assert(Ipv4Addr::from(*net), *prefix).contains(&ip))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
    const GLOBAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    const SPECIAL: [(u16, u16, u8); 4] = [
        (0x2001, 0, 23),     // protocol assignments: Teredo, ORCHID, benchmarking
        (0x2001, 0xdb8, 32), // documentation
        (0x2002, 0, 16),     // 6to4: wraps any IPv4 address
        (0x3fff, 0, 20),     // documentation
    ];
    if NAT64.contains(&ip) {
        // RFC 6052 §2.1: what counts is the IPv4 address in the last 32 bits.
        let [.., a, b, c, d] = ip.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Outside of 2000::/3 nothing is global unicast: loopback, ULA, link-local, site-local, multicast, local NAT64 …
    GLOBAL.contains(&ip)
        && !SPECIAL.iter().any(|(first, second, prefix)| {
            Ipv6Net::new_assert(Ipv6Addr::new(*first, *second, 0, 0, 0, 0, 0, 0), *prefix).contains(&ip)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(ip: &str, reach: Reach, allowed: &[&str]) -> bool {
        let nets: Vec<IpNet> = allowed.iter().map(|net| canonical_net(&net.parse().unwrap())).collect();
        may_reach(ip.parse().unwrap(), reach, &nets)
    }

    #[test]
    fn special_addresses_are_refused() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "4000::1",
        ] {
            assert!(!reaches(ip, Reach::PublicAndAllowed, &[]), "{ip}");
        }
    }

    #[test]
    fn public_addresses_pass_over_https_only() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "2003::1",
            "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
        ] {
            assert!(reaches(ip, Reach::PublicAndAllowed, &[]), "{ip}");
            assert!(!reaches(ip, Reach::AllowedOnly, &[]), "{ip}");
        }
    }

    #[test]
    fn allowed_networks_open_what_they_name_and_no_more() {
        for reach in [Reach::PublicAndAllowed, Reach::AllowedOnly] {
            assert!(reaches("10.1.2.3", reach, &["10.1.0.0/16"]));
            assert!(reaches("::ffff:10.1.2.3", reach, &["10.1.0.0/16"]));
            assert!(reaches("10.1.2.3", reach, &["::ffff:10.1.0.0/112"]));
            assert!(!reaches("10.2.2.3", reach, &["10.1.0.0/16"]));
            assert!(reaches("fd00::5", reach, &["fd00::/64"]));
            assert!(!reaches("fd01::5", reach, &["fd00::/64"]));
            assert!(!reaches("64:ff9b::10.1.2.3", reach, &["10.1.0.0/16"]));
        }
    }
}
