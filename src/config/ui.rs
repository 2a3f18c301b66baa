//! `[ui]`: what the pages say about their operator.

use url::Url;

use super::field::{Reader, Rule, quote, section};

section! {
    /// What the pages say about who runs them.
    pub Ui "ui" {
        /// The name on the pages and in mail.
        name: String = "Doorward".to_owned(), Rule::Text("1 to 60 characters", check_name), "\"Example Accounts\"";
        /// The language of those whose browser asks for none that we have.
        default_language: String = "en".to_owned(), Rule::Text("en, de or fr", check_language), "\"en\"";
        /// A link at the foot of the pages: how personal data is treated.
        privacy_url: Option<Url> = None, Rule::Any, "\"https://example.com/privacy\"";
        /// A link at the foot of the pages: where a person finds help.
        help_url: Option<Url> = None, Rule::Any, "\"https://example.com/help\"";
    }
}

/// The languages that the texts exist in.
pub const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

impl Ui {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        for (field, url) in [(&fields::privacy_url, &self.privacy_url), (&fields::help_url, &self.help_url)] {
            let is_safe = |url: &Url| matches!(url.scheme(), "https" | "http" | "mailto");
            let scheme = url.as_ref().map_or("", Url::scheme);
            reader.require(
                &[field],
                url.as_ref().is_none_or(is_safe),
                format_args!("{scheme}: is not a link that a page may show: https, http or mailto"),
            );
        }
    }
}

fn check_name(text: &str) -> Result<(), String> {
    match text.trim().chars().count() {
        0 => Err("the name is empty".to_owned()),
        1..=60 if !text.contains(char::is_control) => Ok(()),
        1..=60 => Err(format!("{} holds a control character", quote(text))),
        count => Err(format!("{} is too long: {count} characters of at most 60", quote(text))),
    }
}

fn check_language(text: &str) -> Result<(), String> {
    let is_known = LANGUAGES.contains(&text);
    if is_known { Ok(()) } else { Err(format!("{} is not one of {}", quote(text), LANGUAGES.join(", "))) }
}
