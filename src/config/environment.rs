//! The environment: `DOORWARD_` and the key in capitals, a section and its key joined by two underscores.

use figment::value::{Dict, Value};

use super::error::{ConfigError, Problem};
use super::field::{Field, Shape};
use super::upstream::check_section_name;
use super::{SECTIONS, all_fields, insert, nearest};

const PREFIX: &str = "DOORWARD_";

/// The variable that names the configuration file.
pub(super) const CONFIG: &str = "DOORWARD_CONFIG";

/// Our variables of this process, in a stable order.
pub(super) fn of_this_process() -> Result<Vec<(String, String)>, ConfigError> {
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with(PREFIX) {
            let value = value.into_string().map_err(|_| {
                ConfigError::one(&name, "the value is not UTF-8", format!("{PREFIX}ISSUER=https://id.example.com"))
            })?;
            found.push((name, value));
        }
    }
    found.sort();
    Ok(found)
}

/// The values that the environment sets, and the variables that mean nothing.
pub(super) fn layer(env: Vec<(String, String)>) -> (Dict, Vec<Problem>) {
    let (mut values, mut problems) = (Dict::new(), Vec::new());
    for (name, text) in env {
        if !name.starts_with(PREFIX) || is_no_field(&name, &text) {
            continue;
        }
        match field_of(&name) {
            Some((field, section)) if text.is_empty() && field.shape != Shape::List => {
                let reason = "is empty: remove the variable, or give it a value".to_owned();
                problems.push(field.problem_in(section.as_deref(), reason, Some("the environment".to_owned())));
            }
            Some((field, section)) => {
                insert(&mut values, &field.names_in(section.as_deref()).0, value(field, &text));
            }
            None => problems.push(unknown(name)),
        }
    }
    (values, problems)
}

/// The field that a variable sets, and the name of its section where there may be several of its kind.
fn field_of(variable: &str) -> Option<(&'static Field, Option<String>)> {
    for section in SECTIONS.iter().filter(|section| section.is_named()) {
        let prefix = format!("{PREFIX}{}__", section.stem().to_uppercase());
        let Some((name, key)) = variable.strip_prefix(&prefix).and_then(|rest| rest.split_once("__")) else { continue };
        // An underscore stands for a hyphen, which no variable's name can hold.
        let name = name.to_lowercase().replace('_', "-");
        let is_known = check_section_name(&name).is_ok() && variable.to_uppercase() == variable;
        return section
            .fields
            .iter()
            .find(|f| is_known && f.key.to_uppercase() == key)
            .map(|field| (field, Some(name)));
    }
    all_fields().find(|field| field.env() == variable).map(|field| (field, None))
}

/// What scripts and images call things of their own around a program; none of them could be mistaken for a setting.
const OF_SCRIPTS: [&str; 10] = ["BIN", "BINARY", "EXE", "ROOT", "REPO", "HOME", "PID", "VERSION", "IMAGE", "TAG"];

/// Variables with our prefix that set nothing: the file's path, those of tests and scripts, and what Kubernetes and Docker put into
/// the environment of everything beside a service named `doorward`.
fn is_no_field(name: &str, text: &str) -> bool {
    let name = name.trim_start_matches(PREFIX);
    let is_link = ["SERVICE_HOST", "SERVICE_PORT"].contains(&name)
        || name.starts_with("SERVICE_PORT_")
        || (name.starts_with("PORT") && ["tcp://", "udp://", "sctp://"].iter().any(|scheme| text.starts_with(scheme)))
        || name.strip_prefix("PORT_").is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()));
    name == "CONFIG" || name.starts_with("TEST_") || OF_SCRIPTS.contains(&name) || is_link
}

/// A number where the field is one, and so on; what cannot be read stays a text, which the field then refuses by name.
fn value(field: &Field, text: &str) -> Value {
    let trimmed = text.trim();
    match field.shape {
        Shape::Text => Value::from(text),
        Shape::Number => trimmed.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        Shape::Flag => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Value::from(true),
            "false" | "0" | "no" | "off" => Value::from(false),
            _ => Value::from(text),
        },
        Shape::List => list(trimmed),
    }
}

/// Items between commas, or the array as the file has it.
fn list(text: &str) -> Value {
    if let Ok(items) = serde_json::from_str::<Vec<String>>(text) {
        return Value::from(items);
    }
    Value::from(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>())
}

fn unknown(name: String) -> Problem {
    let nearest = nearest::field(all_fields(), |field| field.env(), &name);
    let example =
        nearest.map(|field| format!("{}={}", field.env(), field.example.trim_matches('"'))).unwrap_or_default();
    let nearest = nearest.map(Field::env).unwrap_or_default();
    Problem {
        field: name,
        env: None,
        reason: format!("there is no such variable; the nearest is {nearest}"),
        example,
        source: Some("the environment".to_owned()),
    }
}
