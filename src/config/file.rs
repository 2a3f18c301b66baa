//! The file `doorward.toml`: where it is, how it is read, and the keys in it that nobody knows.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use figment::{Profile, Provider};

use super::error::{ConfigError, Problem};
use super::field::Field;
use super::upstream::check_section_name;
use super::{SECTIONS, Section, all_fields, environment, nearest};

const DEFAULT: &str = "doorward.toml";

/// The file and its text: the one that the command line names, or `DOORWARD_CONFIG`, or `./doorward.toml` where it exists.
pub(super) fn find(named: Option<&Path>, env: &[(String, String)]) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let variable = env.iter().find(|(name, _)| name == environment::CONFIG).map(|(_, path)| Path::new(path));
    let named = named.or(variable);
    let path = named.unwrap_or(Path::new(DEFAULT));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(ConfigError::one(
            path.display().to_string(),
            format!("the configuration file cannot be read: {error}"),
            format!("{}=/etc/doorward/doorward.toml", environment::CONFIG),
        )),
    }
}

/// The file's values.
pub(super) fn parse(path: &Path, text: &str) -> Result<Dict, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut profiles = Toml::string(text).data().map_err(|error| {
        ConfigError::one(
            path.display().to_string(),
            format!("this is not TOML: {}", without_snippet(&error.kind.to_string())),
            "issuer = \"https://id.example.com\"",
        )
    })?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

/// The parser shows the line it stumbled over, and that line may hold a secret.
fn without_snippet(message: &str) -> String {
    let is_snippet = |line: &str| {
        let line = line.trim_start();
        line.trim_start_matches(|letter: char| letter.is_ascii_digit()).trim_start().starts_with('|')
    };
    let lines = message.lines().filter(|line| !is_snippet(line) && !line.trim().is_empty());
    lines.collect::<Vec<_>>().join(": ").trim_start_matches("TOML parse error ").to_owned()
}

/// A problem for each key of the file that no field has.
pub(super) fn unknown_keys(path: &Path, values: &Dict) -> Vec<Problem> {
    let mut problems = Vec::new();
    let source = Some(path.display().to_string());
    let is_root = |key: &str| SECTIONS[0].fields.iter().any(|field| field.key == key);
    for (name, value) in values.iter().filter(|(name, _)| !is_root(name)) {
        if let Some(kind) = SECTIONS.iter().find(|section| section.is_named() && section.stem() == name) {
            problems.extend(unknown_in_named(kind, value, source.as_ref()));
            continue;
        }
        let section = SECTIONS.iter().skip(1).find(|section| section.name == name);
        match (section, value) {
            (Some(section), Value::Dict(_, keys)) => {
                let known = |key: &&String| section.fields.iter().all(|field| field.key != **key);
                problems.extend(keys.keys().filter(known).map(|key| unknown(format!("{name}.{key}"), source.clone())));
            }
            (Some(section), _) => problems.push(Problem {
                field: name.clone(),
                env: None,
                reason: "this is a section, not a value".to_owned(),
                example: section.fields.first().map_or_else(String::new, |field| {
                    format!("[{name}] and below it {} = {}", field.key, field.example)
                }),
                source: source.clone(),
            }),
            (None, Value::Dict(..)) => {
                let nearest = nearest::name(SECTIONS.iter().skip(1).map(|section| section.name), name);
                problems.push(Problem {
                    field: format!("[{name}]"),
                    env: None,
                    reason: format!("there is no such section; the nearest is [{nearest}]"),
                    example: format!("[{nearest}]"),
                    source: source.clone(),
                });
            }
            (None, _) => problems.push(unknown(name.clone(), source.clone())),
        }
    }
    problems
}

/// The same for sections of which there may be several: `[upstream.NAME]`.
fn unknown_in_named(kind: &Section, value: &Value, source: Option<&String>) -> Vec<Problem> {
    let wrong = |field: String, reason: String| Problem {
        field,
        env: None,
        reason,
        example: format!("[{}.example]", kind.stem()),
        source: source.cloned(),
    };
    let Value::Dict(_, named) = value else {
        return vec![wrong(kind.stem().to_owned(), "these are sections, not a value".to_owned())];
    };
    let mut problems = Vec::new();
    for (name, value) in named {
        match (check_section_name(name), value) {
            (Err(reason), _) => problems.push(wrong(format!("[{}.…]", kind.stem()), reason)),
            (Ok(()), Value::Dict(_, keys)) => {
                let known = |key: &&String| kind.fields.iter().all(|field| field.key != **key);
                let path = |key: &String| format!("{}.{name}.{key}", kind.stem());
                problems.extend(keys.keys().filter(known).map(|key| {
                    let nearest = nearest::field(kind.fields.iter(), |field| field.key.to_owned(), key);
                    let place =
                        nearest.map_or_else(String::new, |field| format!("{} in [{}.{name}]", field.key, kind.stem()));
                    Problem {
                        example: nearest.map_or_else(String::new, |f| format!("{} = {}", f.key, f.example)),
                        ..wrong(path(key), format!("there is no such key; the nearest is {place}"))
                    }
                }));
            }
            (Ok(()), _) => {
                let reason =
                    format!("this is a section for each provider, not a value: write it below [{}.NAME]", kind.stem());
                problems.push(wrong(format!("{}.{name}", kind.stem()), reason));
            }
        }
    }
    problems
}

fn unknown(name: String, source: Option<String>) -> Problem {
    let nearest = nearest::field(all_fields(), Field::path, &name);
    let place = match nearest {
        Some(field) if field.section.is_empty() => format!("{}, above all sections", field.key),
        Some(field) => format!("{} in [{}]", field.key, field.section),
        None => String::new(),
    };
    Problem {
        field: name,
        env: None,
        reason: format!("there is no such key; the nearest is {place}"),
        example: nearest.map_or_else(String::new, |field| format!("{} = {}", field.key, field.example)),
        source,
    }
}
