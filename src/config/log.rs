//! `[log]`: what is written while the server runs.

use figment::value::Value;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use super::field::{Rule, Setting, Shape, not, parsed, quote, section};

section! {
    /// What is written to standard error while the server runs.
    pub Log "log" {
        /// `text` for people, `json` for programs: one object a line.
        format: LogFormat = LogFormat::Text, Rule::Any, "\"json\"";
        /// What is worth a line: `error`, `warn`, `info`, `debug` or `trace`, and where wanted `module=level`, after commas.
        level: String = "info".to_owned(), Rule::Text("a level, or levels by module", check_level), "\"info,doorward::oidc=debug\"";
        /// Whether each request is a line of its own.
        access: bool = false, Rule::Any, "true";
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

parsed! {
    LogFormat, "text or json", |text| match text {
        "text" => Ok(Self::Text),
        "json" => Ok(Self::Json),
        _ => Err("is not text or json".to_owned()),
    };
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

fn check_level(text: &str) -> Result<(), String> {
    // The filter takes a bare unknown word for a module at its most talkative, so `inof` would be accepted.
    let is_level = |part: &str| part.contains(['=', '[']) || LEVELS.contains(&part.trim());
    if text.split(',').all(is_level) && EnvFilter::builder().parse(text).is_ok() {
        Ok(())
    } else {
        Err(format!("{} is not a level ({}) nor a list of module=level", quote(text), LEVELS.join(", ")))
    }
}
