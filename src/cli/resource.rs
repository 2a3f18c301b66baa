//! `doorward resource`: APIs with an audience of their own.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{Failure, input, members, output};
use crate::app::App;
use crate::domain::resources::{self, Metadata, Registered, Resource};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register an API.
    ///
    /// The file holds audience, name, scopes (a list, or an object from scope to the words on the consent page),
    /// token_format (jwt or opaque), signing_alg, access_token_ttl, typ (at+jwt or JWT), and for HS256 a secret, which is made
    /// where it is not given.
    Add(From),
    /// List all resources.
    List,
    /// Show what a resource registered; never its secret.
    Show(Audience),
    /// Change a resource: members in the file replace its own, null removes one, the others stay.
    Set(Set),
    /// Remove a resource: no new token is issued for it.
    Remove(Audience),
}

/// A file of metadata.
#[derive(Debug, Args)]
pub struct From {
    /// The JSON file; - for standard input.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// A resource.
#[derive(Debug, Args)]
pub struct Audience {
    /// Its audience.
    audience: String,
}

/// What to change.
#[derive(Debug, Args)]
pub struct Set {
    /// Its audience.
    audience: String,
    /// The JSON file with the members to change; - for standard input.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::Add(From { from }) => add(app, from, is_json).await,
        Command::List => list(app, is_json).await,
        Command::Show(Audience { audience }) => {
            let resource = resources::find(app, audience).await?;
            output::show(is_json, &json(&resource, None), &text(&resource, None));
            Ok(())
        }
        Command::Set(set) => change(app, set, is_json).await,
        Command::Remove(Audience { audience }) => {
            resources::remove(app, audience).await?;
            let words = format!("Resource {audience} is removed; tokens for it are good until they expire.");
            output::show(is_json, &json!({ "audience": audience, "removed": true }), &words);
            Ok(())
        }
    }
}

async fn add(app: &App, file: &Path, is_json: bool) -> Result<(), Failure> {
    let (members, secret) = read(file, &[])?;
    let is_given = secret.is_some();
    let Registered { resource, secret } = resources::create(app, metadata(members)?, secret).await?;
    let made = secret.filter(|_| !is_given);
    let mut words =
        format!("Resource {} is registered.\n\n{}", resource.metadata.audience, text(&resource, made.as_deref()));
    words.push_str(secret_note(made.is_some()));
    words.push_str(
        "\nLet a client reach it: put its audience into the client's \"resources\", or its scopes into \"scope\".",
    );
    output::show(is_json, &json(&resource, made.as_deref()), &words);
    Ok(())
}

async fn list(app: &App, is_json: bool) -> Result<(), Failure> {
    let all = resources::list(app).await?;
    let objects: Vec<Value> = all.iter().map(|r| json(r, None)).collect();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|r| {
            let names: Vec<&str> = r.metadata.scopes.0.keys().map(String::as_str).collect();
            let form = objects_text(&json(r, None), "token_format");
            vec![
                r.metadata.audience.clone(),
                r.metadata.name.clone().unwrap_or_default(),
                if form == "jwt" { r.metadata.signing_alg.to_string() } else { form },
                names.join(" "),
            ]
        })
        .collect();
    let words = if rows.is_empty() {
        "There is no resource yet. Register one: doorward resource add --from FILE.json".to_owned()
    } else {
        output::table(&["AUDIENCE", "NAME", "TOKENS", "SCOPES"], &rows)
    };
    output::show(is_json, &json!({ "resources": objects }), &words);
    Ok(())
}

async fn change(app: &App, set: &Set, is_json: bool) -> Result<(), Failure> {
    let old = resources::find(app, &set.audience).await?;
    let (mut given, secret) = read(&set.from, &["has_secret"])?;
    if given.remove("audience").is_some_and(|a| a != set.audience.as_str()) {
        let reason = format!("is not {:?}, and the audience of a resource does not change; leave it out", set.audience);
        return Err(Failure::invalid("audience", reason));
    }
    let is_given = secret.is_some();
    let Value::Object(mut all) = serde_json::to_value(&old.metadata)? else {
        return Err(Failure::Failed("the registered metadata is no object".to_owned()));
    };
    all.extend(given);
    let Registered { resource, secret } = resources::update(app, metadata(all)?, secret).await?;
    let made = secret.filter(|_| !is_given);
    let mut words = format!(
        "Resource {} is changed; a running server follows within 5 seconds.\n\n{}",
        set.audience,
        text(&resource, made.as_deref())
    );
    words.push_str(secret_note(made.is_some()));
    output::show(is_json, &json(&resource, made.as_deref()), &words);
    Ok(())
}

/// The members of a file, and the secret apart. Unlike a client's, an unknown member is refused: no standard says to ignore
/// it.
fn read(file: &Path, silent: &[&str]) -> Result<(Map<String, Value>, Option<String>), Failure> {
    let mut members = input::json_object(file)?;
    let unknown = members::unknown(members::RESOURCE, &mut members, silent);
    if let Some((name, hint)) = unknown.first() {
        return Err(Failure::invalid(name, format!("is not known{hint}")));
    }
    let secret = members::take_text(members::RESOURCE, &mut members, "secret")?;
    Ok((members, secret))
}

fn metadata(members: Map<String, Value>) -> Result<Metadata, Failure> {
    if members.get("audience").is_none_or(Value::is_null) {
        let reason = "is missing. Example: \"audience\": \"https://api.example.com\"";
        return Err(Failure::invalid("audience", reason));
    }
    let mut needed = Map::new();
    needed.insert("audience".into(), "urn:example".into());
    members::read(members::RESOURCE, members, &needed)
}

fn secret_note(is_made: bool) -> &'static str {
    if is_made { "\nThe secret is shown only now: the API checks the signature of its tokens with it.\n" } else { "" }
}

fn json(resource: &Resource, secret: Option<&str>) -> Value {
    let mut value = serde_json::to_value(&resource.metadata).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        if let Some(secret) = secret {
            object.insert("secret".into(), secret.into());
        }
        object.insert("has_secret".into(), resource.shared.is_some().into());
    }
    value
}

fn objects_text(value: &Value, name: &str) -> String {
    value[name].as_str().map_or_else(|| value[name].to_string(), str::to_owned)
}

fn text(resource: &Resource, secret: Option<&str>) -> String {
    let value = json(resource, None);
    let scopes = resource.metadata.scopes.0.iter();
    let scopes =
        scopes.map(|(scope, words)| if words.is_empty() { scope.clone() } else { format!("{scope} ({words})") });
    let mut rows = vec![("audience", resource.metadata.audience.clone())];
    rows.push(("name", resource.metadata.name.clone().unwrap_or_default()));
    rows.push(("scopes", scopes.collect::<Vec<_>>().join("\n")));
    for name in ["token_format", "signing_alg", "typ"] {
        rows.push((name, objects_text(&value, name)));
    }
    rows.push(("access_token_ttl", resource.metadata.access_token_ttl.map(|s| s.to_string()).unwrap_or_default()));
    rows.push(("secret", secret.unwrap_or_default().to_owned()));
    output::fields(&rows)
}
