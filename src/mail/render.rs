//! Subject, text and HTML of a message, in the reader's language.

use serde_json::Value;

use super::Message;
use crate::app::App;
use crate::domain::{Error, Result};
use crate::platform::templates::Lang;

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
/// Where a template fails.
pub(super) fn render<M: Message>(_app: &App, _lang: Lang, message: &M) -> Result<Rendered> {
    let context = serde_json::to_value(message).map_err(Error::internal)?;
    let values = context.as_object().into_iter().flatten();
    let text = values.map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap_or(&Value::to_string(value))));
    let text: String = text.collect();
    Ok(Rendered { subject: M::KIND.to_owned(), html: String::new(), text })
}
