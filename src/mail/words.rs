//! What others wrote (names of people, apps, passkeys, browsers) before it stands in a mail of ours: one short line that leads nowhere.
//!
//! A stranger may sign up as "Your account is blocked, see evil.example" with somebody else's address; mail programs make links of plain
//! text, and the mail would come from us.

/// The longest that is quoted.
const LONGEST: usize = 100;

/// The text in one line; empty where a mail program could make a link of it. An address is not one.
pub(super) fn harmless(text: &str) -> String {
    let is_bad = |c: char| c.is_control() || c.is_whitespace() || is_direction(c);
    let words: Vec<&str> = text.split(is_bad).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| is_like_a_link(word)) {
        return String::new();
    }
    words.join(" ").chars().take(LONGEST).collect()
}

/// Marks that turn the direction of writing, and with it what stands beside them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_like_a_link(word: &str) -> bool {
    let lower = word.to_lowercase();
    if lower.contains("://") || lower.contains("www.") || lower.starts_with("mailto:") {
        return true;
    }
    // `evil.example/path`, `evil.example`; not `J.R.`, `120.0`, `192.0.2.7` and not `alice@example.com`.
    let host = lower.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
    let Some((before, last)) = host.rsplit_once('.') else { return false };
    let is_name = before.ends_with(char::is_alphanumeric) && last.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    is_name && (!host.contains('@') || host.len() < lower.trim_matches(|c: char| !c.is_alphanumeric()).len())
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn names_stay_and_links_go() {
        for good in [
            "Alice Ames",
            "Dr. J.R. O’Neill",
            "alice@example.com",
            "Zoë (work)",
            "203.0.113.7, Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "YubiKey 5.4",
            "Name. Surname",
        ] {
            assert_eq!(harmless(good), good);
        }
        for evil in [
            "https://evil.example",
            "click evil.example",
            "evil.example/login",
            "(evil.example)",
            "go to WWW.evil",
            "EVIL.EXAMPLE!",
            "x@evil.example/path",
            "mailto:eve",
            "evil.example:8080",
        ] {
            assert_eq!(harmless(evil), "", "{evil}");
        }
        assert_eq!(harmless(" a\r\nBcc: b\u{202e}\u{0} c "), "a Bcc: b c");
        assert_eq!(harmless(&"é".repeat(500)).chars().count(), 100);
    }
}
