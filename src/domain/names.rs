//! The forms of user names, addresses and full names: how they are compared, and which may be given to somebody.

use unicode_normalization::UnicodeNormalization;
use unicode_security::GeneralSecurityProfile;
use unicode_security::restriction_level::{RestrictionLevel, RestrictionLevelDetection};
use uuid::Uuid;

use super::Error;

/// A field of a person that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `username`, `email` or `name`.
    pub field: &'static str,
    /// Why, as a code that does not change.
    pub code: &'static str,
    /// Why, and what would do, in words.
    pub reason: String,
}

impl Fault {
    pub(super) fn new(field: &'static str, code: &'static str, reason: impl Into<String>) -> Self {
        Self { field, code, reason: reason.into() }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault.field, fault.reason)
    }
}

/// The form in which names are compared: NFKC, case folded.
#[must_use]
pub fn canonical(name: &str) -> String {
    // Through upper case, as ß and ss are one, and so are ς and σ.
    let folded = |c: char| c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let name: String = name.nfkc().flat_map(folded).nfkc().collect();
    name.trim().to_owned()
}

/// The canonical form of a user name that may be given to somebody.
///
/// # Errors
/// Why it may not.
pub fn checked_username(name: &str) -> std::result::Result<String, Fault> {
    let key = canonical(name);
    let count = key.chars().count();
    if !(1..=100).contains(&count) || key.len() > 191 {
        return Err(Fault::new("username", "length", "1 to 100 characters, for example \"alice\""));
    }
    if !key.chars().all(is_name_char) {
        let reason = "letters, digits and . _ - + @ only, for example \"alice.b\"";
        return Err(Fault::new("username", "characters", reason));
    }
    if !is_of_one_script(&key) {
        return Err(Fault::new("username", "scripts", "letters of one script only: some look alike in several"));
    }
    if key.parse::<Uuid>().is_ok() {
        return Err(Fault::new("username", "id", "must not look like an id"));
    }
    Ok(key)
}

/// The canonical form of an address that may be given to somebody.
///
/// # Errors
/// Why it may not.
pub fn checked_email(address: &str) -> std::result::Result<String, Fault> {
    let bad =
        || Fault::new("email", "form", format!("{address:?} is not an e-mail address like \"alice@example.com\""));
    let address = address.trim();
    let key = canonical(address);
    let (local, domain) = key.split_once('@').ok_or_else(bad)?;
    let plain =
        |text: &str| text.chars().all(|c| is_name_char(c) && c != '@' && c != '(' && c != ')' && c != '[' && c != ']');
    let is_domain = domain.split('.').all(|label| {
        let ends = [label.chars().next(), label.chars().next_back()];
        ends.iter().all(|c| c.is_some_and(char::is_alphanumeric))
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    let is_local = !local.is_empty() && local.len() <= 64 && plain(local) && !format!(".{local}.").contains("..");
    // Mail goes to the address as it is written: it must not be another one than the name that it is known by.
    let is_itself = address.nfkc().eq(address.chars()) && address.to_lowercase() == key;
    let is_mailable = crate::mail::is_address(address);
    if !is_local || !is_domain || key.len() > 191 || !is_itself || !is_of_one_script(local) || !is_mailable {
        return Err(bad());
    }
    Ok(key)
}

/// The domain of an address in canonical form: what stands after its only `@`.
#[must_use]
pub fn domain_of(email_key: &str) -> &str {
    email_key.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether a name of a person or an app can stand in a page, a mail and a terminal without changing what stands beside it: no control
/// characters, no marks that turn the direction of writing.
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Whether a text can be the name of an app or an API.
pub(super) fn is_title(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 100 && is_plain(text)
}

pub(super) fn checked_name(name: &str) -> std::result::Result<(), Fault> {
    if name.chars().count() > 200 || !is_plain(name) {
        return Err(Fault::new("name", "form", "at most 200 characters, no control characters"));
    }
    Ok(())
}

/// What a user name may hold: of ASCII what addresses are made of, of the rest what UTS 39 allows in identifiers, so nothing that is not
/// seen.
fn is_name_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | ',' | ';' | ':');
    }
    c.identifier_allowed()
}

/// UTS 39 §5.2, "highly restrictive": letters of one script, or of those that are written together in Chinese, Japanese and Korean. So a
/// Cyrillic letter does not pass for the Latin one that looks like it.
fn is_of_one_script(key: &str) -> bool {
    let letters: String = key.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric()).collect();
    letters.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name_are_one() {
        for (one, other) in
            [("Alice", " ALICE "), ("\u{ff21}lice", "alice"), ("Strauß", "STRAUSS"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
        {
            assert_eq!(canonical(one), canonical(other));
        }
        for name in ["ŉ", "İ", "ﬁ", "ΐ", "ẞ", "K", "ǰ", "ᾳ", "Ω", "ﷺ"] {
            assert_eq!(canonical(&canonical(name)), canonical(name), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_name_stays_as_it_is(name in "\\PC{0,12}") {
            proptest::prop_assert_eq!(canonical(&canonical(&name)), canonical(&name));
        }
    }

    #[test]
    fn names_that_look_like_others_are_refused() {
        for good in [
            "alice",
            "Zoë",
            "алиса",
            "αλίκη",
            "山田taro",
            "김철수",
            "a.b-c_d+e",
            "alice@example.com",
            "alíce",
            "user#1",
        ] {
            assert!(checked_username(good).is_ok(), "{good}");
        }
        let code = |name: &str| checked_username(name).map_err(|f| f.code);
        for mixed in ["\u{430}lice", "ali\u{441}e", "\u{3b1}lice", "al\u{131}ce\u{430}", "ра\u{443}pal"] {
            assert_eq!(code(mixed), Err("scripts"), "{mixed}");
        }
        for unseen in [
            "al\u{200b}ice",
            "al\u{ad}ice",
            "\u{202e}ecila",
            "al\u{fe0f}ice",
            "a\u{0}",
            "a b",
            "a\u{2028}b",
            "a<b>",
            "a;b",
        ] {
            assert_eq!(code(unseen), Err("characters"), "{unseen:?}");
        }
        assert_eq!(code(" "), Err("length"));
        assert_eq!(code(&"x".repeat(101)), Err("length"));
        assert_eq!(code("01234567-89ab-7def-8123-456789abcdef"), Err("id"));
    }

    #[test]
    fn an_address_is_what_it_looks_like() {
        for good in [
            "alice@example.com",
            " Alice@Example.COM ",
            "a.b+c@sub.example.co",
            "anna@müller.example",
            "root@localhost",
        ] {
            assert!(checked_email(good).is_ok(), "{good}");
        }
        for bad in [
            "alice",
            "@example.com",
            "alice@",
            "a@b@c.example",
            "a@evil.example@good.example",
            "a@good.example\r\nBcc: x@y.example",
            "a b@c.example",
            "a@c..example",
            "a@.example",
            "a@example.",
            "a@-c.example",
            "\"a\"@c.example",
            "<a@c.example>",
            "a,b@c.example",
            "a@[127.0.0.1]",
            "a@c.example>",
            "m\u{131}ke@example.com",
            "mi\u{212a}e@example.com",
            "\u{ff21}lice@example.com",
            ".a@c.example",
            "a..b@c.example",
            "\u{430}lice@example.com",
            "a@c.example\u{200b}",
            "a@c_d.example",
            "a@c/d.example",
        ] {
            assert!(checked_email(bad).is_err(), "{bad:?}");
        }
        assert!(checked_email(&format!("{}@c.example", "x".repeat(65))).is_err());
        assert_eq!(domain_of("alice@example.com"), "example.com");
    }
}
