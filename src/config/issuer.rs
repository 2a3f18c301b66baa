//! The issuer: the one address under which every client knows this server.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use url::{Host, Url};

/// A checked issuer identifier (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), kept byte for byte as it was configured.
///
/// Clients compare it as a text, so only the one canonical spelling is accepted: a lower-case host, no default port, no
/// trailing slash, no query, no fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: String,
    host: String,
    /// Where the path begins in `text`.
    origin_end: usize,
    is_https: bool,
}

impl Issuer {
    /// `http://localhost:PORT`, for a machine that nothing else is configured on.
    #[must_use]
    pub fn local(port: u16) -> Self {
        let text = if port == 80 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") };
        Self { host: "localhost".to_owned(), origin_end: text.len(), is_https: false, text }
    }

    /// The identifier exactly as configured: the value of `iss`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, as a browser writes them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..self.origin_end]
    }

    /// What stands before every path of this server: empty, or like `/auth`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[self.origin_end..]
    }

    /// Whether browsers reach this server over TLS, which decides `Secure` cookies and HSTS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host without a port; an IPv6 address stands in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self::local(8080)
    }
}

impl FromStr for Issuer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("is not a web address: {error}"))?;
        let is_https = match url.scheme() {
            "https" => true,
            "http" if is_this_machine(&url) => false,
            "http" => return Err("is not https: plain http is only for localhost, 127.0.0.1 and [::1]".to_owned()),
            _ => return Err("is not https".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("names a user: an issuer is public".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment: an issuer ends with its path".to_owned());
        }
        if text.ends_with('/') {
            return Err("ends with a slash: clients compare the issuer letter by letter, so leave it out".to_owned());
        }
        let canonical = url.as_str().trim_end_matches('/');
        if text != canonical {
            return Err(format!("is not in its canonical spelling, which is {canonical}"));
        }
        let origin = url.origin().ascii_serialization();
        let path = text.strip_prefix(&origin).ok_or_else(|| format!("does not begin with its origin, {origin}"))?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if path.contains("//") || !path.bytes().all(is_plain) {
            return Err("has a path of more than letters, digits, and - . _ ~ between single slashes".to_owned());
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { text: text.to_owned(), host, origin_end: origin.len(), is_https })
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Issuer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Issuer;

    #[test]
    fn takes_an_issuer_apart_without_changing_a_byte() {
        for (text, origin, path, host, is_https) in [
            ("https://id.example.com", "https://id.example.com", "", "id.example.com", true),
            ("https://example.com/auth", "https://example.com", "/auth", "example.com", true),
            ("https://example.com:8443/a/b", "https://example.com:8443", "/a/b", "example.com", true),
            ("http://localhost:8080", "http://localhost:8080", "", "localhost", false),
            ("http://127.0.0.1:1", "http://127.0.0.1:1", "", "127.0.0.1", false),
            ("http://[::1]:8080/x", "http://[::1]:8080", "/x", "[::1]", false),
            ("https://[2001:db8::1]", "https://[2001:db8::1]", "", "[2001:db8::1]", true),
        ] {
            let issuer: Issuer = text.parse().unwrap();
            assert_eq!(issuer.as_str(), text);
            assert_eq!((issuer.origin(), issuer.path(), issuer.host()), (origin, path, host));
            assert_eq!(issuer.is_https(), is_https);
        }
        assert_eq!(Issuer::default(), "http://localhost:8080".parse().unwrap());
        assert_eq!(Issuer::local(80), "http://localhost".parse().unwrap());
    }

    #[test]
    fn refuses_every_other_spelling_with_its_reason() {
        for (text, reason) in [
            ("", "not a web address"),
            ("id.example.com", "not a web address"),
            ("http://id.example.com", "not https"),
            ("http://localhost.example.com", "not https"),
            ("http://192.168.1.2:8080", "not https"),
            ("ftp://id.example.com", "not https"),
            ("https://id.example.com/", "slash"),
            ("https://id.example.com/auth/", "slash"),
            ("https://id.example.com?a=b", "query"),
            ("https://id.example.com#top", "fragment"),
            ("https://id.example.com?", "query"),
            ("https://me:pw@id.example.com", "names a user"),
            ("https://ID.example.com", "https://id.example.com"),
            ("https://id.example.com:443", "https://id.example.com"),
            ("HTTPS://id.example.com", "canonical"),
            (" https://id.example.com", "canonical"),
            ("https://id.example.com/a/../b", "canonical"),
            ("https:id.example.com", "canonical"),
            ("https://id.example.com//auth", "single slashes"),
            ("https://id.example.com/a%20b", "letters"),
            ("https://id.example.com/a;b", "letters"),
            ("https://bücher.example", "xn--"),
            ("http://127.1:8080", "canonical"),
        ] {
            let refused = text.parse::<Issuer>().unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
