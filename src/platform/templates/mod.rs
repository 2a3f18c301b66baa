//! Pages in words: tera templates, Fluent messages in three languages, and the static files they point at.
//!
//! Everything is parsed once, a language when it is first read: a server that shows no page keeps none in memory. Rendering does no I/O in a
//! release build, where `templates/`, `locales/` and `static/` are inside the binary. A debug build reads them from the source tree.
//!
//! In a template:
//! - `t(key="login-title", app=app.name)` is the message in the page's language; `args=map` passes a whole map;
//! - `asset(path="app.css")` is `/static/app.css?v=…`, written after `{{ base }}`;
//! - `value | href` is the value, or `#` where its scheme would run script;
//! - `lang` and `dir` are set for every page.
//!
//! A new page is a template that names its variables in a comment at its top, and a sample of them in
//! `templates/samples/`, which a test renders in every language.

mod assets;
mod layout;
mod locale;
mod messages;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use rust_embed::RustEmbed;
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, Value};

pub use assets::{StaticFile, static_file};
pub use layout::{LanguageLink, Layout};
pub use locale::Lang;
pub use messages::MessageArg;

use messages::Messages;

/// The files of `templates/`.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct TemplateFiles;

/// Why templates or messages did not load, or a page did not render. These are our own faults, never a visitor's.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A template has a syntax error, or names a function, filter, block or template that is not there.
    #[error("templates do not parse: {0}")]
    Parse(#[source] Box<tera::Error>),
    /// A message file has a syntax error or the same key twice.
    #[error("locales/{file} does not parse: {reason}")]
    Messages {
        /// The file's name under `locales/`.
        file: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A page did not render: no such template, a missing variable, or (in debug builds) a missing message.
    #[error("template {name} does not render: {source}")]
    Render {
        /// The template asked for.
        name: String,
        /// What tera says, with the line.
        source: Box<tera::Error>,
    },
}

/// All templates and messages. A clone shares them.
#[derive(Clone)]
pub struct Templates {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    messages: Arc<Messages>,
    /// One engine per language, in the order of [`Lang::ALL`], made when it is first read: the language is fixed when `t` is registered,
    /// so that it reaches components, which see no page variables.
    engines: [OnceLock<Tera>; Lang::ALL.len()],
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

impl Templates {
    /// Nothing is parsed yet, but in a debug build, where a mistake is told at the start.
    ///
    /// # Errors
    /// In a debug build, of any message file, or of a template.
    pub fn load() -> Result<Self, TemplateError> {
        let templates = Self { inner: Arc::default() };
        if cfg!(debug_assertions) {
            for lang in Lang::ALL {
                templates.inner.messages.bundle(lang)?;
            }
            // What parses for one language parses for all.
            templates.engine(Lang::default())?;
        }
        Ok(templates)
    }

    fn engine(&self, lang: Lang) -> Result<&Tera, TemplateError> {
        let place = &self.inner.engines[lang.index()];
        if let Some(engine) = place.get() {
            return Ok(engine);
        }
        let made = engine(lang, &self.inner.messages, &template_sources())?;
        Ok(place.get_or_init(|| made))
    }

    /// Renders the template `name` (its path under `templates/`) with the variables in `context`, a struct or map.
    pub fn render(&self, name: &str, lang: Lang, context: &impl Serialize) -> Result<String, TemplateError> {
        let failed = |source| TemplateError::Render { name: name.to_owned(), source: Box::new(source) };
        let context = Context::from_serialize(context).map_err(failed)?;
        self.engine(lang)?.render(name, &context).map_err(failed)
    }

    /// The message `key` in `lang`, with its arguments; in English where the language lacks it, and the key itself
    /// where English does too. Not escaped: escape it where it meets HTML.
    pub fn message(&self, lang: Lang, key: &str, args: &[(&str, MessageArg<'_>)]) -> String {
        self.inner.messages.format(lang, key, args.iter().map(|(name, value)| (*name, value.clone()))).0
    }

    /// Whether English has a message `key`; the other languages have the same keys, as a test holds.
    pub fn has_message(&self, key: &str) -> bool {
        self.inner.messages.has(Lang::En, key)
    }
}

fn template_sources() -> Vec<(String, String)> {
    TemplateFiles::iter()
        .filter(|name| !name.starts_with("samples/"))
        .filter_map(|name| {
            let file = TemplateFiles::get(&name)?;
            Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

fn engine(lang: Lang, messages: &Arc<Messages>, sources: &[(String, String)]) -> Result<Tera, TemplateError> {
    let mut tera = Tera::new();
    let messages = Arc::clone(messages);
    tera.register_function("t", move |kwargs: Kwargs, _: &State| translate(&messages, lang, &kwargs));
    tera.register_function("asset", |kwargs: Kwargs, _: &State| {
        Ok::<_, tera::Error>(assets::versioned_path(kwargs.must_get::<&str>("path")?))
    });
    tera.register_filter("href", |value: &str, _: Kwargs, _: &State| harmless_href(value).to_owned());
    tera.global_context().insert("lang", lang.as_str());
    tera.global_context().insert("dir", lang.dir());
    tera.add_raw_templates(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(|error| TemplateError::Parse(Box::new(error)))?;
    Ok(tera)
}

/// `t(key="…", name=value…)`. A missing message or argument fails the page in a debug build, so that tests see it;
/// in release the page still comes, with what there is.
fn translate(messages: &Messages, lang: Lang, kwargs: &Kwargs) -> tera::TeraResult<String> {
    let key = kwargs.must_get::<&str>("key")?;
    let mut args = Vec::new();
    for (name, value) in kwargs.iter() {
        match (name.as_str(), value.as_map()) {
            (Some("args"), Some(map)) => {
                args.extend(map.iter().filter_map(|(name, value)| Some((name.as_str()?, argument(value)))));
            }
            (Some("key"), _) | (None, _) => {}
            (Some(name), _) => args.push((name, argument(value))),
        }
    }
    let (text, fault) = messages.format(lang, key, args.into_iter());
    match fault {
        Some(fault) if cfg!(debug_assertions) => Err(tera::Error::message(fault)),
        Some(fault) => {
            tracing::error!(key, lang = lang.as_str(), fault, "a message of a page is missing or incomplete");
            Ok(text)
        }
        None => Ok(text),
    }
}

fn argument(value: &Value) -> MessageArg<'_> {
    match (value.as_str(), value.as_i64()) {
        (Some(text), _) => MessageArg::from(text),
        (None, Some(number)) => MessageArg::from(number),
        (None, None) => MessageArg::from(value.to_string()),
    }
}

/// A link as it is, or `#` where following it would run script or open a document made up by its author. Links of
/// apps are checked at registration; this is the second lock.
fn harmless_href(value: &str) -> &str {
    // Browsers skip control characters and blanks when they read a scheme.
    let scheme: String =
        value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take_while(|c| *c != ':').take(16).collect();
    match scheme.to_ascii_lowercase().as_str() {
        "javascript" | "data" | "vbscript" | "blob" | "file" | "filesystem" | "about" | "view-source" => "#",
        _ => value,
    }
}
