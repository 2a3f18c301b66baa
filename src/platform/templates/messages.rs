//! The words of the pages: a folder per language in `locales/`, a Fluent file per subject in it; English is the reference.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;

use super::{Lang, TemplateError};

/// An argument of a message: text or a number, by `.into()`.
pub type MessageArg<'a> = FluentValue<'a>;

/// The files of `locales/`.
#[derive(RustEmbed)]
#[folder = "locales/"]
struct LocaleFiles;

type Bundle = FluentBundle<FluentResource>;

/// All messages of all languages, each parsed when it is first read.
#[derive(Default)]
pub(super) struct Messages {
    /// In the order of [`Lang::ALL`].
    bundles: [OnceLock<Bundle>; Lang::ALL.len()],
}

impl Messages {
    pub(super) fn bundle(&self, lang: Lang) -> Result<&Bundle, TemplateError> {
        let place = &self.bundles[lang.index()];
        if let Some(bundle) = place.get() {
            return Ok(bundle);
        }
        let made = bundle(lang)?;
        Ok(place.get_or_init(|| made))
    }

    pub(super) fn has(&self, lang: Lang, key: &str) -> bool {
        self.bundle(lang).is_ok_and(|bundle| bundle.has_message(key))
    }

    /// The text, and what is wrong with it, if anything: no such message, or an argument it needs is missing.
    pub(super) fn format<'a>(
        &self,
        lang: Lang,
        key: &str,
        args: impl Iterator<Item = (&'a str, MessageArg<'a>)>,
    ) -> (String, Option<String>) {
        let args: FluentArgs<'_> = args.collect();
        for lang in [lang, Lang::En] {
            let bundle = match self.bundle(lang) {
                Ok(bundle) => bundle,
                Err(error) => return (key.to_owned(), Some(error.to_string())),
            };
            if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                let mut errors = Vec::new();
                let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
                let fault = errors.first().map(|error| format!("message {key} ({lang}): {error}"));
                return (text, fault);
            }
        }
        (key.to_owned(), Some(format!("there is no message {key}")))
    }
}

fn bundle(lang: Lang) -> Result<Bundle, TemplateError> {
    let failed = |file: &str, reason: String| TemplateError::Messages { file: file.to_owned(), reason };
    let tag = lang.as_str().parse().map_err(|error| failed(lang.as_str(), format!("{error:?}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks are for mixed directions; inside titles and attributes they show up as stray characters.
    bundle.set_use_isolating(false);
    for (file, source) in files(lang) {
        let source = String::from_utf8(source).map_err(|error| failed(&file, error.to_string()))?;
        let resource = FluentResource::try_new(source).map_err(|(_, errors)| failed(&file, format!("{errors:?}")))?;
        bundle.add_resource(resource).map_err(|errors| failed(&file, format!("{errors:?}")))?;
    }
    Ok(bundle)
}

/// The files of a language, by name.
fn files(lang: Lang) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{lang}/");
    let mut names: Vec<_> = LocaleFiles::iter().filter(|name| name.starts_with(&folder)).collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| LocaleFiles::get(&name).map(|file| (name.into_owned(), file.data.into_owned())))
        .collect()
}

#[cfg(test)]
pub(super) fn sources() -> [(Lang, String); 3] {
    Lang::ALL.map(|lang| {
        let all: Vec<String> = files(lang).into_iter().map(|(_, source)| String::from_utf8(source).unwrap()).collect();
        (lang, all.join("\n"))
    })
}
