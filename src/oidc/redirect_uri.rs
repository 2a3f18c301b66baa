//! Matching of redirect URIs: byte by byte. Nothing is parsed, decoded or folded before the comparison; the one exception is the
//! port of a registered loopback URI, which a native app cannot know in advance (RFC 8252 §7.3).

/// Whether `sent` is one of the `registered` ones; `is_port_free` for native apps.
#[must_use]
pub fn is_registered<'a>(registered: impl IntoIterator<Item = &'a String>, sent: &str, is_port_free: bool) -> bool {
    registered.into_iter().any(|r| r == sent || (is_port_free && is_same_but_port(r, sent)))
}

/// Equal but for the port, for `http://127.0.0.1` and `http://[::1]`; a name could be anybody's (RFC 8252 §8.3).
fn is_same_but_port(registered: &str, sent: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].iter().any(|host| {
        match (registered.strip_prefix(host), sent.strip_prefix(host)) {
            (Some(a), Some(b)) => matches!((without_port(a), without_port(b)), (Some(a), Some(b)) if a == b),
            _ => false,
        }
    })
}

/// What follows the port; nothing where what follows the host is neither a port nor the end of the authority.
fn without_port(rest: &str) -> Option<&str> {
    let path = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (port, path) = after.split_at(digits);
            port.parse::<u16>().ok()?;
            path
        }
        None => rest,
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::is_registered;

    fn fits(registered: &str, sent: &str) -> bool {
        is_registered(&[registered.to_owned()], sent, true)
    }

    #[test]
    fn only_the_loopback_port_may_differ() {
        assert!(fits("https://app.example/cb", "https://app.example/cb"));
        assert!(fits("https://app.example", "https://app.example"));
        assert!(fits("http://127.0.0.1/cb", "http://127.0.0.1:50123/cb"));
        assert!(fits("http://127.0.0.1:1/cb", "http://127.0.0.1:50123/cb"));
        assert!(fits("http://[::1]/cb?x=1", "http://[::1]:9/cb?x=1"));
        assert!(!is_registered(&["http://127.0.0.1/cb".to_owned()], "http://127.0.0.1:50123/cb", false));
        for (registered, sent) in [
            ("https://app.example/cb", "https://app.example/cb/"),
            ("https://app.example/cb", "https://app.example/cb?x"),
            ("https://app.example/cb", "https://APP.example/cb"),
            ("https://app.example/cb", "https://app.example:443/cb"),
            ("https://app.example/cb", "https://app.example/x/../cb"),
            ("https://app.example/cb", "https://app.example/%63b"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:70000/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
            ("http://localhost/cb", "http://localhost:80\\@evil.example/cb"),
            ("http://localhost/cb", "http://127.0.0.1/cb"),
            ("http://localhost:3000/cb", "http://localhost:3001/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb#x"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/CB"),
        ] {
            assert!(!fits(registered, sent), "{sent} must not match {registered}");
        }
    }
}
