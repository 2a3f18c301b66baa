//! The languages of the pages, and how one is chosen.

use serde::{Deserialize, Serialize};

/// How many language ranges of one request are read; a person's list is shorter.
const MAX_RANGES: usize = 16;

/// A language the pages speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English, the reference for all keys.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

impl Lang {
    /// Every language, in the order shown to people.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// The BCP 47 tag, as for `<html lang>` and `ui_locales`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
        }
    }

    /// The direction of writing, as for `<html dir>`.
    pub fn dir(self) -> &'static str {
        "ltr"
    }

    /// The language of one BCP 47 range by lookup (RFC 4647 §3.4): `de-CH-1996` falls back to `de`. An underscore
    /// is taken for a hyphen, as some apps write it.
    pub fn lookup(range: &str) -> Option<Self> {
        let primary = range.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|lang| lang.as_str().eq_ignore_ascii_case(primary))
    }

    /// Chooses from what the app asks for (`ui_locales`, OpenID Connect Core §3.1.2.1: by preference, separated by
    /// blanks), then from what the browser asks for (`Accept-Language`), else `default`.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>, default: Self) -> Self {
        let asked = ui_locales.and_then(|list| list.split_whitespace().take(MAX_RANGES).find_map(Self::lookup));
        asked.or_else(|| accept_language.and_then(Self::from_accept_language)).unwrap_or(default)
    }

    /// The best of an `Accept-Language` header (RFC 9110 §12.5.4); of equal weights the first.
    fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for item in header.split(',').take(MAX_RANGES) {
            let (range, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight(parameters);
            if let Some(lang) = Self::lookup(range)
                && weight > best.map_or(0, |(_, best)| best)
            {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `q=0.8` in thousandths; 1000 where there is none, 0 where it is not a weight (RFC 9110 §12.4.2).
fn weight(parameters: &str) -> u16 {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return 1000;
    }
    let Some(value) = parameters.strip_prefix("q=").or_else(|| parameters.strip_prefix("Q=")) else { return 0 };
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" if fraction.bytes().all(|byte| byte == b'0') => 1000,
        "0" => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn browser(header: &str) -> Lang {
        Lang::negotiate(None, Some(header), Lang::En)
    }

    #[test]
    fn the_app_is_heard_before_the_browser() {
        assert_eq!(Lang::negotiate(Some("fr-CA fr en"), Some("de"), Lang::En), Lang::Fr);
        assert_eq!(Lang::negotiate(Some("pt_BR de_AT"), Some("fr"), Lang::En), Lang::De);
        assert_eq!(Lang::negotiate(Some("ja"), Some("fr"), Lang::En), Lang::Fr);
        assert_eq!(Lang::negotiate(Some(""), None, Lang::De), Lang::De);
    }

    #[test]
    fn the_browser_is_heard_by_weight() {
        assert_eq!(browser("de-CH-1996, en;q=0.5"), Lang::De);
        assert_eq!(browser("en;q=0.5, FR ;q=0.75, de;q=0.7"), Lang::Fr);
        assert_eq!(browser("ja, de;q=0.1"), Lang::De);
        assert_eq!(browser("fr, de"), Lang::Fr);
        assert_eq!(browser("de;q=0, fr;q=0.000"), Lang::En);
        assert_eq!(browser("*, de;q=x, fr;q=1.1, de;level=1"), Lang::En);
        assert_eq!(browser("fr;q=1.000"), Lang::Fr);
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(browser(&format!("{}de", "ja,".repeat(MAX_RANGES))), Lang::En);
    }

    proptest! {
        #[test]
        fn no_input_panics(ui in ".*", accept in ".*", listed in "((de|fr|x-y|é)(;q=[0-9.é]{0,5})?,){0,20}") {
            Lang::negotiate(Some(&ui), Some(&accept), Lang::En);
            Lang::negotiate(None, Some(&listed), Lang::En);
        }
    }
}
