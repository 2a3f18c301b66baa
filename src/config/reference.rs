//! The page `docs/configuration.md`, written from the fields themselves.

use serde_json::Value;

use super::field::{Field, Range, Rule, Shape};
use super::{Config, SECTIONS, Upstream};

const HEAD: &str = "\
<!-- Written by `doorward config reference`. To change it, change the doc comments in src/config. -->

# Configuration

Nothing has to be set: with no configuration at all Doorward keeps its data in `./data`, listens on `127.0.0.1:8080`, is its own
issuer at `http://localhost:8080` and prints mail to the log.

## Where values come from

A later source wins over an earlier one:

1. the defaults below;
2. the file `doorward.toml` in the working directory, or the file that `--config` or `DOORWARD_CONFIG` names (which then must exist);
3. environment variables;
4. flags of the command line.

A variable is named `DOORWARD_` and the key in capitals; a section and its key are joined by **two** underscores:
`oidc.code_ttl` is `DOORWARD_OIDC__CODE_TTL`. In a variable a list is separated by commas (`10.0.0.0/8, ::1`; empty for an empty
list) or written as in the file, and `true` may also be written `1`, `yes` or `on`, `false` likewise `0`, `no` or `off`. An empty variable is refused, so that a
value that got lost on its way is noticed.

Every duration is a whole number of seconds. Relative paths begin at the working directory.

An unknown key or variable, or a bad value, stops the start and names the field, the reason and a good example; all mistakes are
told at once:

```text
oidc.code_ttl (DOORWARD_OIDC__CODE_TTL): 90 is too long: a code lives at most 60 seconds. Example: code_ttl = 60
```

`doorward config check` does the same without starting, and `doorward config show` prints what is in force, with secrets as `***`.

These variables set no field: `DOORWARD_CONFIG` names the file; `DOORWARD_TEST_…` are for tests and ignored, as are names that scripts
give to things of their own (`DOORWARD_BIN`, `DOORWARD_HOME`, `DOORWARD_VERSION`, `DOORWARD_IMAGE` and their like); and what Kubernetes and Docker add to everything beside a service named `doorward` is ignored too (`DOORWARD_SERVICE_HOST`, `DOORWARD_SERVICE_PORT…`,
`DOORWARD_PORT=tcp://…`, `DOORWARD_PORT_8080_TCP…`).
";

/// The whole of `docs/configuration.md`.
#[must_use]
pub fn reference() -> String {
    let defaults = Config::default().masked_json();
    let mut page = HEAD.to_owned();
    for section in SECTIONS {
        let title = if section.name.is_empty() { "At the top".to_owned() } else { format!("`[{}]`", section.name) };
        page.push_str(&format!("\n## {title}\n\n{}\n\n", section.about.trim()));
        page.push_str("| Key and variable | Default | Accepted | What it does |\n|---|---|---|---|\n");
        let keys = match section.name {
            "" => defaults.clone(),
            _ if section.is_named() => serde_json::to_value(Upstream::default()).unwrap_or_default(),
            name => defaults[name].clone(),
        };
        for field in section.fields {
            page.push_str(&format!(
                "| `{}`<br>`{}` | {} | {} | {} |\n",
                field.key,
                field.env(),
                default(field, &keys[field.key]),
                accepted(field),
                field.doc.trim().replace('|', "\\|"),
            ));
        }
        page.push_str("\n```toml\n");
        if !section.name.is_empty() {
            page.push_str(&format!("[{}]\n", section.name.replace("NAME", "example")));
        }
        for field in section.fields {
            page.push_str(&format!("{} = {}\n", field.key, field.example));
        }
        page.push_str("```\n");
    }
    page
}

fn default(field: &Field, value: &Value) -> String {
    match (toml(value), value.as_u64()) {
        (None, _) => "not set".to_owned(),
        (Some(text), Some(seconds)) if matches!(field.rule, Rule::Range(Range { unit: "seconds", .. })) => {
            human(seconds).map_or_else(|| format!("`{text}`"), |words| format!("`{text}` ({words})"))
        }
        (Some(text), _) => format!("`{text}`"),
    }
}

fn accepted(field: &Field) -> String {
    let one = match field.rule {
        Rule::Range(Range { min, max, unit, zero, .. }) => {
            let zero = zero.map(|meaning| format!("; 0: {meaning}")).unwrap_or_default();
            format!("{min} to {max} {unit}{zero}")
        }
        Rule::Text(words, _) => words.to_owned(),
        Rule::Any => field.expected.to_owned(),
    };
    match field.shape {
        Shape::List => format!("a list, each {one}"),
        _ if field.is_secret => format!("{one} (secret)"),
        _ => one,
    }
}

/// `7776000` is 90 days, `3600` is 1 hour; below two minutes a number of seconds says it best.
fn human(seconds: u64) -> Option<String> {
    let (size, unit) = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(size, _)| seconds >= (*size).max(120) && seconds.is_multiple_of(*size))?;
    let count = seconds / size;
    Some(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
}

/// A value as TOML writes it; nothing where it is not set.
pub(super) fn toml(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            let items = items.iter().filter_map(toml).collect::<Vec<_>>();
            Some(format!("[{}]", items.join(", ")))
        }
        // A JSON text is a TOML basic string, but for one control character.
        Value::String(text) => Some(Value::from(text.replace('\u{7f}', "")).to_string()),
        other => Some(other.to_string()),
    }
}
