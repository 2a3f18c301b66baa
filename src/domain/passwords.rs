//! Which passwords are good enough: length and guessability count, no rule asks for digits or signs (NIST SP 800-63B §3.1.1.2).
//!
//! Asked where people choose one, before anything is used up by it. Commands of the operator check the length only.

use std::collections::BTreeMap;
use std::path::Path;

use ring::digest;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::credentials::PASSWORD_MAX_BYTES;
use super::users::Person;
use super::{Error, Result};
use crate::app::App;
use crate::platform::http_client::FetchError;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than so many characters.
    Short(u32),
    /// More than so many bytes.
    Long(usize),
    /// One of the most used ones, or nearly.
    Common,
    /// Little more than the name of the person or of this service.
    Personal,
    /// Easy to guess.
    Guessable,
    /// It stands in a list of passwords that were stolen elsewhere.
    Breached,
}

impl Weak {
    /// The message that says what to do.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Short(_) => "password-weak-short",
            Self::Long(_) => "password-weak-long",
            Self::Common => "password-weak-common",
            Self::Personal => "password-weak-personal",
            Self::Guessable => "password-weak-guessable",
            Self::Breached => "password-weak-breached",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn args(self) -> BTreeMap<&'static str, u64> {
        match self {
            Self::Short(min) => BTreeMap::from([("min", u64::from(min))]),
            Self::Long(max) => BTreeMap::from([("max", max as u64)]),
            _ => BTreeMap::new(),
        }
    }
}

/// The fewest characters of a password, for the forms.
#[must_use]
pub fn min_length(app: &App) -> u32 {
    app.config.password.min_length
}

/// The words that a person's password should not be made of.
#[must_use]
pub fn hints_of(person: &Person) -> Vec<&str> {
    let address = person.email.as_ref().map(|(address, _)| address.as_str());
    [Some(person.username.as_str()), person.name.as_deref(), address].into_iter().flatten().collect()
}

/// Whether a password may be chosen. `hints` are the names and addresses of the person, as they stand.
///
/// # Errors
/// [`Error::Busy`] where too many are being judged.
pub async fn check_new(
    app: &App,
    password: &Zeroizing<String>,
    hints: &[&str],
) -> Result<std::result::Result<(), Weak>> {
    let rules = &app.config.password;
    if password.len() > PASSWORD_MAX_BYTES {
        return Ok(Err(Weak::Long(PASSWORD_MAX_BYTES)));
    }
    if password.chars().count() < rules.min_length as usize {
        return Ok(Err(Weak::Short(rules.min_length)));
    }
    let words = words(app, hints);
    if is_made_of(password, &words) {
        return Ok(Err(Weak::Personal));
    }
    let estimate = app.strength.judge(password, &words).await.map_err(|_| Error::Busy(2))?;
    if estimate.is_common {
        return Ok(Err(Weak::Common));
    }
    if estimate.score < rules.min_strength {
        return Ok(Err(Weak::Guessable));
    }
    if is_breached(app, password).await {
        return Ok(Err(Weak::Breached));
    }
    Ok(Ok(()))
}

/// The words of the hints and the names of this service, in lower case, the longest first.
fn words(app: &App, hints: &[&str]) -> Vec<String> {
    let issuer = app.config.issuer.origin();
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    let mut all: Vec<String> = hints
        .iter()
        .copied()
        .chain([env!("CARGO_PKG_NAME"), host])
        .flat_map(|text| {
            let text = text.to_lowercase();
            let mut words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            words.push(text);
            words
        })
        .filter(|word| word.chars().count() >= 3)
        .collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    all.dedup();
    all
}

/// Whether fewer than four letters are left when the words are taken away: `Doorward2026!` is no password for a Doorward.
fn is_made_of(password: &str, words: &[String]) -> bool {
    let lower = Zeroizing::new(password.to_lowercase());
    let rest = words.iter().fold(lower.clone(), |rest, word| Zeroizing::new(rest.replace(word.as_str(), "")));
    rest.len() < lower.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < 4 && rest.chars().count() < 12
}

/// Whether the configured lists know it. A list that does not answer is counted, and the password taken: somebody else's outage must
/// not keep people from a new password.
async fn is_breached(app: &App, password: &Zeroizing<String>) -> bool {
    let rules = &app.config.password;
    if rules.breached_ranges.is_none() && rules.breached_service.is_none() {
        return false;
    }
    // What the lists are keyed by; nothing is protected by it.
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let hex = Zeroizing::new(hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<String>());
    // Only the first five of forty digits leave the house, a bucket that thousands of passwords share.
    let Some((range, rest)) = hex.split_at_checked(5) else { return false };
    let mut lists = Vec::new();
    if let Some(folder) = &rules.breached_ranges {
        lists.push(("file", from_file(folder, range).await));
    }
    if let Some(service) = &rules.breached_service {
        let fetched = app.fetch.get(&format!("{service}{range}")).await;
        lists.push(("service", fetched.map(|f| f.bytes).map_err(|e: FetchError| e.to_string())));
    }
    let mut is_found = false;
    for (list, answer) in lists {
        match answer {
            Ok(bytes) => is_found |= holds(&bytes, rest),
            Err(cause) => {
                metrics::counter!("doorward_breached_list_failures_total", "list" => list).increment(1);
                tracing::warn!(list, cause, "a list of breached passwords did not answer; the password was taken");
            }
        }
    }
    is_found
}

/// The largest range file that is read, in bytes; real ones have about 60,000.
const RANGE_MAX: u64 = 4 * 1024 * 1024;

async fn from_file(folder: &Path, range: &str) -> std::result::Result<Vec<u8>, String> {
    let read = async {
        let file = tokio::fs::File::open(folder.join(format!("{range}.txt"))).await?;
        let mut bytes = Vec::new();
        file.take(RANGE_MAX).read_to_end(&mut bytes).await?;
        Ok::<_, std::io::Error>(bytes)
    };
    read.await.map_err(|e| e.to_string())
}

/// Lines of `35 HEX DIGITS:COUNT`; a count of 0 is padding.
fn holds(bytes: &[u8], rest: &str) -> bool {
    String::from_utf8_lossy(bytes).lines().any(|line| {
        let (suffix, count) = line.trim().split_once(':').unwrap_or((line.trim(), "1"));
        suffix.eq_ignore_ascii_case(rest) && count.trim() != "0"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_beside_the_names_counts() {
        let words: Vec<String> = ["alice@example.com", "example", "doorward", "alice"].map(str::to_owned).into();
        for personal in ["alice1234", "Doorward2026!", "alice@example.com", "ALICE.Doorward", "xx-doorward-1"] {
            assert!(is_made_of(personal, &words), "{personal}");
        }
        for own in ["alice likes trombones", "correct horse", "doorward kestrel", "12345678"] {
            assert!(!is_made_of(own, &words), "{own}");
        }
    }

    #[test]
    fn a_range_is_read_line_by_line_and_padding_is_nothing() {
        let rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        assert!(holds(
            b"0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:9659365\r\n",
            rest
        ));
        assert!(holds(b"1e4c9b93f3f0682250b6cf8331b7ee68fd8", rest));
        assert!(!holds(b"1E4C9B93F3F0682250B6CF8331B7EE68FD8:0\n", rest));
        assert!(!holds(b"1E4C9B93F3F0682250B6CF8331B7EE68FD:3\nnonsense\n\xff\xfe", rest));
    }
}
