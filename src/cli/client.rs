//! `doorward client`: the apps and services that get tokens.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{Failure, input, members, output};
use crate::app::App;
use crate::domain::clients::{self, Client, Metadata, NewClient, Registered, StoredSecret};

/// Stands under a secret.
const KEEP_IT: &str = "\nThe secret is shown only now: keep it in the client's configuration.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register a client from its metadata (RFC 7591); id and secret are made where they are not given.
    ///
    /// The file holds the members of RFC 7591 by their own names, such as client_name, redirect_uris,
    /// token_endpoint_auth_method, grant_types and scope; and ours: require_pkce, require_mfa, trusted, resources,
    /// may_introspect, access_token_format, access_token_ttl. client_id and client_secret may be given.
    Add(From),
    /// List all clients.
    List,
    /// Show what a client registered; never its secrets.
    Show(Id),
    /// Change a client: members in the file replace its own, null removes one, the others stay.
    Set(Set),
    /// Give a client a new secret, which is printed once.
    RotateSecret(Rotate),
    /// Remove a client with its secrets, grants and consents.
    Remove(Id),
}

/// A file of metadata.
#[derive(Debug, Args)]
pub struct From {
    /// The JSON file; - for standard input.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// A client.
#[derive(Debug, Args)]
pub struct Id {
    /// Its client_id.
    id: String,
}

/// What to change.
#[derive(Debug, Args)]
pub struct Set {
    /// Its client_id.
    id: String,
    /// The JSON file with the members to change; - for standard input. Needed unless --disable or --enable is given.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["disable", "enable"])]
    from: Option<PathBuf>,
    /// Switch it off: it gets no tokens any more, and its grants end.
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// Switch it on again.
    #[arg(long)]
    enable: bool,
}

/// How to rotate.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Its client_id.
    id: String,
    /// How long the old secrets stay good beside the new one.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u64).range(..=31_536_000))]
    keep_old: u64,
    /// Take the new secret from standard input, one line of at least 32 characters, instead of making one.
    #[arg(long)]
    secret_stdin: bool,
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::Add(from) => add(app, &from.from, is_json).await,
        Command::List => list(app, is_json).await,
        Command::Show(Id { id }) => {
            let client = clients::find(app, id).await?;
            output::show(is_json, &json(app, &client, None), &text(app, &client, None));
            Ok(())
        }
        Command::Set(set) => change(app, set, is_json).await,
        Command::RotateSecret(rotate) => rotate_secret(app, rotate, is_json).await,
        Command::Remove(Id { id }) => {
            clients::remove(app, id).await?;
            let words = format!("Client {id} is removed, with its secrets, grants and consents.");
            output::show(is_json, &json!({ "client_id": id, "removed": true }), &words);
            Ok(())
        }
    }
}

async fn add(app: &App, file: &Path, is_json: bool) -> Result<(), Failure> {
    let mut members = input::json_object(file)?;
    members::ignore_unknown(members::CLIENT, &mut members, &[]);
    let id = members::take_text(members::CLIENT, &mut members, "client_id")?;
    let secret = members::take_text(members::CLIENT, &mut members, "client_secret")?;
    let is_secret_given = secret.is_some();
    let metadata = members::read(members::CLIENT, members, &Map::new())?;
    let Registered { client, secret } = clients::create(app, NewClient { id, secret, metadata }).await?;
    let made = secret.filter(|_| !is_secret_given);
    let mut words = format!("Client {} is registered.\n\n{}", client.id, text(app, &client, made.as_deref()));
    if made.is_some() {
        words.push_str(KEEP_IT);
    }
    words.push_str(&format!(
        "\nThe client finds everything else at {}/.well-known/openid-configuration",
        app.urls.issuer()
    ));
    output::show(is_json, &json(app, &client, made.as_deref()), &words);
    Ok(())
}

async fn list(app: &App, is_json: bool) -> Result<(), Failure> {
    let all = clients::list(app).await?;
    let objects: Vec<Value> = all.iter().map(|c| json(app, c, None)).collect();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|c| {
            vec![
                c.id.clone(),
                c.metadata.client_name.clone().unwrap_or_default(),
                c.metadata.token_endpoint_auth_method.as_str().to_owned(),
                c.metadata.grant_types.join(" "),
                if c.is_disabled { "disabled".to_owned() } else { String::new() },
            ]
        })
        .collect();
    let words = if rows.is_empty() {
        "There is no client yet. Register one: doorward client add --from FILE.json".to_owned()
    } else {
        output::table(&["CLIENT_ID", "NAME", "AUTHENTICATES BY", "GRANT TYPES", ""], &rows)
    };
    output::show(is_json, &json!({ "clients": objects }), &words);
    Ok(())
}

async fn change(app: &App, set: &Set, is_json: bool) -> Result<(), Failure> {
    let old = clients::find(app, &set.id).await?;
    let mut made = None;
    let mut is_disabled = (set.disable || set.enable).then_some(set.disable);
    if let Some(file) = &set.from {
        let mut members = input::json_object(file)?;
        let wanted = match members.remove("disabled") {
            None => None,
            Some(Value::Bool(wanted)) => Some(wanted).filter(|wanted| *wanted != old.is_disabled),
            Some(_) => return Err(Failure::invalid("disabled", "must be true or false")),
        };
        is_disabled = is_disabled.or(wanted);
        // What `client show --json` prints may be edited and given back.
        members::ignore_unknown(members::CLIENT, &mut members, &["secrets"]);
        if members::take_text(members::CLIENT, &mut members, "client_id")?.is_some_and(|id| id != set.id) {
            let reason = format!("is not {:?}, and the id of a client does not change; leave it out", set.id);
            return Err(Failure::invalid("client_id", reason));
        }
        if members.remove("client_secret").is_some() {
            let reason = "does not change here; use `doorward client rotate-secret ID --secret-stdin`";
            return Err(Failure::invalid("client_secret", reason));
        }
        made = clients::update(app, &set.id, merged(&old.metadata, members)?).await?.secret;
    }
    if let Some(is_disabled) = is_disabled {
        clients::set_disabled(app, &set.id, is_disabled).await?;
    }
    let client = clients::find(app, &set.id).await?;
    let mut words = format!(
        "Client {} is changed; a running server follows within 5 seconds.\n\n{}",
        client.id,
        text(app, &client, made.as_deref())
    );
    if made.is_some() {
        words.push_str(KEEP_IT);
    }
    output::show(is_json, &json(app, &client, made.as_deref()), &words);
    Ok(())
}

/// The old metadata with the given members over it; null removes one.
fn merged(old: &Metadata, given: Map<String, Value>) -> Result<Metadata, Failure> {
    // Read alone first, so that an error names the member as it was given.
    members::read::<Metadata>(members::CLIENT, given.clone(), &Map::new())?;
    let Value::Object(mut all) = serde_json::to_value(old)? else {
        return Err(Failure::Failed("the registered metadata is no object".to_owned()));
    };
    all.extend(given);
    members::read(members::CLIENT, all, &Map::new())
}

async fn rotate_secret(app: &App, rotate: &Rotate, is_json: bool) -> Result<(), Failure> {
    let given = if rotate.secret_stdin { Some(input::secret_line("client_secret")?.to_string()) } else { None };
    let is_given = given.is_some();
    let Registered { client, secret } = clients::rotate_secret(app, &rotate.id, given, rotate.keep_old).await?;
    let made = secret.filter(|_| !is_given);
    let mut words = format!("Client {} has a new secret", client.id);
    words.push_str(&match rotate.keep_old {
        0 => "; the old one is refused from now on.\n".to_owned(),
        seconds => format!("; the old one stays good for {seconds} seconds.\n"),
    });
    if let Some(secret) = &made {
        words.push_str(&format!("\n{}", output::fields(&[("client_secret", secret.clone())])));
        words.push_str(KEEP_IT);
    }
    output::show(is_json, &json(app, &client, made.as_deref()), &words);
    Ok(())
}

/// The metadata with the id, its state, and a secret that was made just now.
fn json(app: &App, client: &Client, secret: Option<&str>) -> Value {
    let mut object = Map::new();
    object.insert("client_id".into(), client.id.as_str().into());
    if let Some(secret) = secret {
        object.insert("client_secret".into(), secret.into());
    }
    if let Ok(Value::Object(metadata)) = serde_json::to_value(&client.metadata) {
        object.extend(metadata);
    }
    let secrets =
        client.live_secrets(app.clock.now_ms()).map(|s| json!({ "expires_at": s.expires_at.map(output::instant) }));
    object.insert("secrets".into(), secrets.collect());
    object.insert("disabled".into(), client.is_disabled.into());
    Value::Object(object)
}

fn text(app: &App, client: &Client, secret: Option<&str>) -> String {
    let mut rows = vec![("client_id", client.id.clone()), ("client_secret", secret.unwrap_or_default().to_owned())];
    let Ok(Value::Object(metadata)) = serde_json::to_value(&client.metadata) else { return String::new() };
    for (name, value) in &metadata {
        rows.push((name, plain(value)));
    }
    if client.live_secrets(app.clock.now_ms()).count() > 1 {
        let ends = |s: &StoredSecret| {
            s.expires_at.map_or("for ever".to_owned(), |at| format!("until {}", output::instant(at)))
        };
        rows.push(("secrets good", client.live_secrets(app.clock.now_ms()).map(ends).collect::<Vec<_>>().join("\n")));
    }
    if client.is_disabled {
        rows.push(("disabled", "yes".to_owned()));
    }
    output::fields(&rows)
}

/// A member as a person reads it: a list one item a line.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => output::yes(*flag),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}
