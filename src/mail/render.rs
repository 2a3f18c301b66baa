//! Subject, text and HTML of a message, in the reader's language. It is done when the mail is posted, so that a template that fails takes
//! the change back with it instead of failing at night in a job.

use serde_json::{Map, Value};

use super::{Message, words};
use crate::config::Config;
use crate::domain::{Error, Result};
use crate::platform::templates::{Lang, Templates};

/// A message in words.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Renders a message.
///
/// # Errors
/// Where a template fails, or gives a subject that is not one line.
pub(super) fn render<M: Message>(templates: &Templates, config: &Config, lang: Lang, message: &M) -> Result<Rendered> {
    let Value::Object(message) = serde_json::to_value(message).map_err(Error::internal)? else {
        return Err(Error::internal("a message is no struct"));
    };
    let part = |name: &str, context: &Map<String, Value>| {
        templates.render(&format!("mail/{}/{name}", M::KIND), lang, context).map_err(Error::internal)
    };
    let mut context: Map<String, Value> = message
        .into_iter()
        .map(|(name, value)| {
            let value = safe(&name, value);
            (name, value)
        })
        .collect();
    context.insert("product".to_owned(), config.ui.name.trim().into());
    context.insert("host".to_owned(), config.issuer.host().into());
    context.insert("help".to_owned(), config.ui.help_url.as_ref().map(ToString::to_string).into());
    let subject = part("subject.txt", &context)?.trim().to_owned();
    if subject.is_empty() || subject.contains(char::is_control) {
        return Err(Error::internal(format!("the subject of {} is not one line", M::KIND)));
    }
    context.insert("subject".to_owned(), subject.as_str().into());
    let text = format!("{}\n", part("body.txt", &context)?.trim());
    let html = part("body.html", &context)?;
    Ok(Rendered { subject, text, html })
}

/// Links are ours; every other text may have been written by anybody.
fn safe(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) if !name.ends_with("link") => words::harmless(&text).into(),
        other => other,
    }
}
