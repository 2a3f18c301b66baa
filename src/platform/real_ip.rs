//! Who sent a request, when a reverse proxy stands between: the one place that reads forwarded headers.
//!
//! They count only when the peer itself is trusted, and then only back to the first hop that is not: everything left of
//! that hop was written by someone we do not know. Whatever cannot be read ends at the peer, never at what it claims.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::platform::server::PeerAddr;

/// More hops than this is no real chain.
const MAX_HOPS: usize = 32;

/// The address of the client: the rightmost hop that is not a trusted proxy. `None` only for a Unix peer that brings
/// no usable header.
///
/// `X-Forwarded-For` and `Forwarded` (RFC 7239) are both read; where both are present and disagree, one of them was
/// passed through from the client unseen, so neither counts.
#[must_use]
pub fn client_ip(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
    trust_unix_peer: bool,
) -> Option<IpAddr> {
    let peer = peer.map(|peer| peer.to_canonical());
    if !peer_is_trusted(peer, trusted, trust_unix_peer) {
        return peer;
    }
    let told = joined(headers, "x-forwarded-for").map(|line| rightmost_untrusted(line.split(',').map(hop), trusted));
    let standard = joined(headers, FORWARDED.as_str()).map(|line| {
        rightmost_untrusted(
            elements(&line).into_iter().map(|element| hop(parameter(element, "for")?.as_str())),
            trusted,
        )
    });
    match (told, standard) {
        (Some(told), Some(standard)) if told != standard => peer,
        (Some(found), _) | (None, Some(found)) => found.or(peer),
        (None, None) => peer,
    }
}

/// Whether a trusted proxy says that the client spoke https to it (`X-Forwarded-Proto`, else `proto` of `Forwarded`).
#[must_use]
pub fn is_https_forwarded(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet], trust_unix_peer: bool) -> bool {
    if !peer_is_trusted(peer.map(|peer| peer.to_canonical()), trusted, trust_unix_peer) {
        return false;
    }
    if let Some(line) = joined(headers, "x-forwarded-proto") {
        return line.split(',').all(|proto| proto.trim().eq_ignore_ascii_case("https"));
    }
    let Some(line) = joined(headers, FORWARDED.as_str()) else { return false };
    let proto = elements(&line).last().and_then(|element| parameter(element, "proto"));
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// The address of the client, as a handler asks for it: what the outermost layer found by [`client_ip`] and put into
/// the extensions; the bare peer where no layer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = || peer_ip(parts).map(|peer| peer.to_canonical());
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(peer())))
    }
}

/// The address at the other end of the connection; `None` for a Unix socket.
#[must_use]
pub fn peer_ip(parts: &Parts) -> Option<IpAddr> {
    Some(parts.extensions.get::<PeerAddr>()?.0?.ip())
}

fn peer_is_trusted(peer: Option<IpAddr>, trusted: &[IpNet], trust_unix_peer: bool) -> bool {
    peer.map_or(trust_unix_peer, |peer| is_trusted(peer, trusted))
}

fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// All lines of one header as one list (RFC 9110 §5.3); `None` where it is absent, unreadable text as an unreadable hop.
fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// Walks from the nearest hop outwards. The outermost hop counts where all are trusted; nothing where one is unreadable.
fn rightmost_untrusted(hops: impl DoubleEndedIterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut outermost = None;
    for hop in hops.rev().take(MAX_HOPS) {
        let ip = hop?;
        if !is_trusted(ip, trusted) {
            return Some(ip);
        }
        outermost = Some(ip);
    }
    outermost
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(ip.to_canonical())
}

/// The comma-separated elements of `Forwarded`; a comma inside quotes does not separate.
fn elements(line: &str) -> Vec<&str> {
    split_outside_quotes(line, b',')
}

/// One parameter of an element, unquoted; `None` where it is absent or stands there twice.
fn parameter(element: &str, name: &str) -> Option<String> {
    let mut found = split_outside_quotes(element, b';').into_iter().filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    });
    let value = found.next()?;
    if found.next().is_some() {
        return None;
    }
    match value.strip_prefix('"') {
        Some(rest) => Some(rest.strip_suffix('"')?.replace('\\', "")),
        None => Some(value.to_owned()),
    }
}

fn split_outside_quotes(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in lines.iter().map(pair) {
            map.append(name, value);
        }
        map
    }

    fn seen(peer: &str, lines: &[(&str, &str)]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        client_ip(Some(peer.parse().unwrap()), &headers(lines), &trusted, false).unwrap().to_string()
    }

    #[test]
    fn a_stranger_says_nothing_about_itself() {
        assert_eq!(seen("203.0.113.9", &[("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")]), "203.0.113.9");
    }

    #[test]
    fn the_rightmost_untrusted_hop_counts() {
        for (line, expected) in [
            ("198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, 198.51.100.7,10.2.2.2", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("garbage, 198.51.100.7", "198.51.100.7"),
            ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", line)]), expected, "{line}");
            assert_eq!(seen("::ffff:10.0.0.1", &[("x-forwarded-for", line)]), expected, "{line}");
        }
    }

    #[test]
    fn lines_are_one_list() {
        assert_eq!(
            seen("10.0.0.1", &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.7")]),
            "198.51.100.7"
        );
        assert_eq!(
            seen("10.0.0.1", &[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "10.9.9.9")]),
            "198.51.100.7"
        );
    }

    #[test]
    fn what_cannot_be_read_ends_at_the_peer() {
        for line in
            ["", "unknown", "198.51.100.7, nonsense", "198.51.100.7, ", "999.1.1.1", "1.1.1.1 2.2.2.2", "\u{e9}"]
        {
            assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", line)]), "10.0.0.1", "{line}");
        }
        let long = ["10.1.1.1"; 100].join(",");
        assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", &format!("1.1.1.1,{long}"))]), "10.1.1.1");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        for (line, expected) in [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1", "2001:db8::7"),
            ("for=1.1.1.1, for=198.51.100.7;host=\"a,b;for=2.2.2.2\", for=10.3.3.3", "198.51.100.7"),
            ("for=_hidden", "10.0.0.1"),
            ("for=unknown", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("for=1.1.1.1;for=198.51.100.7", "10.0.0.1"),
            ("for=\"198.51.100.7", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[("forwarded", line)]), expected, "{line}");
        }
    }

    #[test]
    fn two_headers_that_disagree_count_for_nothing() {
        let both = |standard| seen("10.0.0.1", &[("x-forwarded-for", "198.51.100.7"), ("forwarded", standard)]);
        assert_eq!(both("for=198.51.100.7"), "198.51.100.7");
        assert_eq!(both("for=1.1.1.1"), "10.0.0.1");
        assert_eq!(both("for=_x"), "10.0.0.1");
    }

    #[test]
    fn a_unix_peer_is_trusted_only_when_told() {
        let headers = headers(&[("x-forwarded-for", "198.51.100.7")]);
        assert_eq!(client_ip(None, &headers, &[], true).unwrap().to_string(), "198.51.100.7");
        assert_eq!(client_ip(None, &headers, &[], false), None);
        assert_eq!(client_ip(None, &HeaderMap::new(), &[], true), None);
    }

    #[tokio::test]
    async fn a_handler_gets_what_the_layer_found_else_the_peer() {
        let (mut parts, ()) = axum::http::Request::new(()).into_parts();
        assert_eq!(ClientAddress::from_request_parts(&mut parts, &()).await, Ok(ClientAddress(None)));
        parts.extensions.insert(PeerAddr(Some("[::ffff:192.0.2.1]:80".parse().unwrap())));
        let peer = ClientAddress(Some("192.0.2.1".parse().unwrap()));
        assert_eq!(ClientAddress::from_request_parts(&mut parts, &()).await, Ok(peer));
        let found = ClientAddress(Some("198.51.100.7".parse().unwrap()));
        parts.extensions.insert(found);
        assert_eq!(ClientAddress::from_request_parts(&mut parts, &()).await, Ok(found));
    }

    #[test]
    fn https_counts_from_a_trusted_proxy_only() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let says = |peer: &str, lines: &[(&str, &str)]| {
            is_https_forwarded(Some(peer.parse().unwrap()), &headers(lines), &trusted, false)
        };
        assert!(says("10.0.0.1", &[("x-forwarded-proto", "HTTPS")]));
        assert!(says("10.0.0.1", &[("forwarded", "for=1.1.1.1;proto=https")]));
        assert!(!says("10.0.0.1", &[("x-forwarded-proto", "http")]));
        assert!(!says("10.0.0.1", &[("x-forwarded-proto", "https, http")]));
        assert!(!says("10.0.0.1", &[("x-forwarded-proto", "http"), ("forwarded", "proto=https")]));
        assert!(!says("10.0.0.1", &[]));
        assert!(!says("203.0.113.9", &[("x-forwarded-proto", "https")]));
    }
}
