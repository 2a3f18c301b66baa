//! What every page needs besides its own variables: flatten it into the page's context.

use serde::Serialize;
use url::form_urlencoded;

use super::Lang;

/// The variables of `layout.html`: `#[serde(flatten)] layout: Layout` in each page's context.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Layout {
    /// The path of the issuer, without a slash at its end: `""` or `/auth`. Every link of ours begins with it.
    pub base: String,
    /// The same page in each language; empty where the page cannot be asked for again.
    pub language_links: Vec<LanguageLink>,
    /// Where people find help, if the operator says so.
    pub help_uri: Option<String>,
    /// The operator's privacy notice, if there is one.
    pub privacy_uri: Option<String>,
}

/// A link to the same page in another language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageLink {
    /// Its BCP 47 tag.
    pub tag: &'static str,
    /// Its name in its own words.
    pub name: &'static str,
    /// The page's address with `ui_locales` set to it.
    pub href: String,
    /// Whether the page is in this language now.
    pub current: bool,
}

impl Layout {
    /// A layout without language links, help or privacy notice.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), ..Self::default() }
    }

    /// Adds a link per language to the page at `path` (below `base`) with the query it was asked for with. Only
    /// for pages that a GET shows again.
    #[must_use]
    pub fn with_languages(mut self, current: Lang, path: &str, query: Option<&str>) -> Self {
        self.language_links = Lang::ALL
            .into_iter()
            .map(|lang| LanguageLink {
                tag: lang.as_str(),
                name: lang.name(),
                href: format!("{}{path}?{}", self.base, in_language(lang, query.unwrap_or_default())),
                current: lang == current,
            })
            .collect();
        self
    }
}

/// The query with `ui_locales` set to one language and everything else as it was.
fn in_language(lang: Lang, query: &str) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "ui_locales") {
        out.append_pair(&name, &value);
    }
    out.append_pair("ui_locales", lang.as_str()).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_links_keep_the_rest_of_the_query() {
        let layout = Layout::new("/auth").with_languages(Lang::De, "/login", Some("flow=a%26b&ui_locales=fr+en"));
        assert_eq!(layout.language_links[2].href, "/auth/login?flow=a%26b&ui_locales=fr");
        assert!(layout.language_links[1].current);
    }
}
