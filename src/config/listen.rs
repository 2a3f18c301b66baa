//! Where the server listens: a TCP address or a Unix socket.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An address to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`.
    Tcp(SocketAddr),
    /// `unix:/run/doorward.sock`.
    Unix(PathBuf),
}

impl Default for Listen {
    fn default() -> Self {
        Self::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// What `sockaddr_un` has room for, with its closing zero.
        const LONGEST: usize = 107;
        match text.strip_prefix("unix:") {
            Some("") => Err("names no path after unix:".to_owned()),
            Some(path) if path.len() > LONGEST => {
                Err(format!("is too long: a socket's path has at most {LONGEST} bytes"))
            }
            Some(path) if path.contains('\0') => Err("holds a NUL".to_owned()),
            Some(path) => Ok(Self::Unix(PathBuf::from(path))),
            None => socket_address(text).map(Self::Tcp),
        }
    }
}

/// Reads an address with a port; the refusal says which of the usual slips it was.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
        if text.parse::<Ipv4Addr>().is_ok() {
            "has no port"
        } else if host.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit()) {
            "has no address: 0.0.0.0 or [::] stands for all"
        } else if host.contains(':') && !host.starts_with('[') && !host.contains('/') {
            "is no address with a port: an IPv6 address stands in brackets, [::1]:8080"
        } else if host.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            "is a name, not an address: give the IP address to bind, 127.0.0.1 for localhost"
        } else {
            "is not an IP address with a port"
        }
        .to_owned()
    })
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn reads_and_writes_each_form() {
        for text in
            ["127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", "[::]:8080", "unix:/run/doorward.sock", "unix:data/x"]
        {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        assert_eq!(Listen::default().to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn names_the_slip() {
        for (text, reason) in [
            ("", "no address"),
            ("8080", "no address"),
            (":8080", "no address"),
            ("127.0.0.1", "no port"),
            ("::1", "brackets"),
            ("::1:8080", "brackets"),
            ("localhost:8080", "name, not an address"),
            ("http://0.0.0.0:80", "address"),
            ("127.0.0.1:99999", "not an IP address with a port"),
            ("unix:", "no path"),
            (&format!("unix:/{}", "x".repeat(120)), "too long"),
        ] {
            let refused = text.parse::<Listen>().unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
