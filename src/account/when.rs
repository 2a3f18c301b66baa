//! A moment in the reader's words: "3 hours ago", with the exact time beside it. No time zone is needed for the words; the script of the page
//! writes the exact time in the reader's own.

use serde::Serialize;

use crate::platform::clock::rfc3339;

/// A moment for the component `when`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct When {
    /// RFC 3339 in UTC.
    iso: String,
    /// The same to the minute, to read.
    exact: String,
    /// Whether it is still to come.
    is_ahead: bool,
    /// The message `time-KEY-ago` or `time-in-KEY`.
    key: &'static str,
    /// How many of it.
    n: i64,
}

impl When {
    /// The moment `at` as seen at `now`, both epoch milliseconds.
    #[must_use]
    pub fn of(now: i64, at: i64) -> Self {
        let iso = rfc3339(at);
        let exact = iso.get(..16).map_or_else(|| iso.clone(), |text| format!("{} UTC", text.replace('T', " ")));
        let seconds = (now - at).abs() / 1000;
        let (key, n) = match seconds {
            0..60 => ("now", 0),
            60..3600 => ("minutes", seconds / 60),
            3600..86_400 => ("hours", seconds / 3600),
            86_400..5_184_000 => ("days", seconds / 86_400),
            5_184_000..63_072_000 => ("months", seconds / 2_592_000),
            _ => ("years", seconds / 31_536_000),
        };
        Self { iso, exact, is_ahead: at > now, key, n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_words() {
        let now = 1_800_000_000_000;
        for (ago_s, key, n) in [
            (0, "now", 0),
            (59, "now", 0),
            (60, "minutes", 1),
            (7199, "hours", 1),
            (86_400 * 3, "days", 3),
            (86_400 * 70, "months", 2),
            (86_400 * 800, "years", 2),
        ] {
            let when = When::of(now, now - ago_s * 1000);
            assert_eq!((when.key, when.n, when.is_ahead), (key, n, false), "{ago_s}");
            assert_eq!(When::of(now, now + ago_s * 1000).key, key);
        }
        let when = When::of(now, now);
        assert_eq!((when.iso.as_str(), when.exact.as_str()), ("2027-01-15T08:00:00Z", "2027-01-15 08:00 UTC"));
    }
}
