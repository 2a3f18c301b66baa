//! `doorward keys`: the keys that sign tokens.

use clap::{Args, Subcommand};
use entity::signing_keys;
use serde_json::{Value, json};

use super::{Failure, output};
use crate::app::App;
use crate::domain::keys;
use crate::jose::Alg;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the signing keys with what each is doing now.
    List,
    /// Make new signing keys; they are published at once and sign a little later.
    Rotate(Rotate),
}

/// What to rotate.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Only the key of this algorithm; may be given several times. Without it all of them.
    #[arg(long, value_name = "ALG", value_parser = asymmetric)]
    alg: Vec<Alg>,
    /// Sign with the new keys at once. Verifiers that still hold the old key set refuse tokens until they fetch it again.
    #[arg(long)]
    now: bool,
}

fn asymmetric(name: &str) -> Result<Alg, String> {
    let alg = Alg::ASYMMETRIC.into_iter().find(|alg| alg.as_str() == name);
    alg.ok_or_else(|| format!("choose from {}", Alg::ASYMMETRIC.map(Alg::as_str).join(", ")))
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::List => list(app, is_json).await,
        Command::Rotate(how) => rotate(app, how, is_json).await,
    }
}

async fn list(app: &App, is_json: bool) -> Result<(), Failure> {
    let now = app.clock.now_ms();
    let all = keys::list(app).await?;
    let at = |ms: Option<i64>| ms.map(output::instant);
    let objects: Vec<Value> = all
        .iter()
        .map(|key| {
            json!({
                "kid": key.kid, "alg": key.alg, "state": State::of(key, &all, now).as_str(),
                "created_at": output::instant(key.created_at), "signs_from": output::instant(key.signs_from),
                "retires_at": at(key.retires_at), "removed_at": at(key.removed_at),
            })
        })
        .collect();
    let rows: Vec<Vec<String>> =
        all.iter().map(|key| vec![key.kid.clone(), key.alg.clone(), State::of(key, &all, now).words(key)]).collect();
    output::show(is_json, &json!({ "keys": objects }), &output::table(&["KID", "ALG", "STATE"], &rows));
    Ok(())
}

/// What a key is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Next,
    Current,
    Retired,
    /// No longer published; what it signed is still known as ours.
    Removed,
}

impl State {
    /// Of the keys of one algorithm that have begun and not ended, the newest signs.
    fn of(key: &signing_keys::Model, all: &[signing_keys::Model], now: i64) -> Self {
        let is_over = |k: &signing_keys::Model| k.retires_at.is_some_and(|at| at <= now || at <= k.signs_from);
        let is_newer =
            |k: &signing_keys::Model| k.alg == key.alg && k.signs_from > key.signs_from && k.signs_from <= now;
        if key.removed_at.is_some_and(|at| at <= now) {
            Self::Removed
        } else if is_over(key) || all.iter().any(|k| is_newer(k) && !is_over(k)) {
            Self::Retired
        } else if key.signs_from > now {
            Self::Next
        } else {
            Self::Current
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }

    fn words(self, key: &signing_keys::Model) -> String {
        let at = |ms: Option<i64>| ms.map(output::instant).unwrap_or_default();
        match self {
            Self::Next => format!("next: signs from {}", output::instant(key.signs_from)),
            Self::Current if key.retires_at.is_some() => format!("current: signs until {}", at(key.retires_at)),
            Self::Current => format!("current: signs since {}", output::instant(key.signs_from)),
            Self::Retired => format!("retired: published until {}", at(key.removed_at)),
            Self::Removed => format!("removed: published until {}; kept for sign-out and hints", at(key.removed_at)),
        }
    }
}

async fn rotate(app: &App, how: &Rotate, is_json: bool) -> Result<(), Failure> {
    let mut algs = if how.alg.is_empty() { Alg::ASYMMETRIC.to_vec() } else { how.alg.clone() };
    algs.sort_unstable();
    algs.dedup();
    let ahead_s = if how.now { 0 } else { app.config.keys.publish_ahead };
    let made = keys::rotate(app, &algs, ahead_s).await?;
    let objects: Vec<Value> = made
        .iter()
        .map(|key| json!({ "kid": key.kid, "alg": key.alg, "signs_from": output::instant(key.signs_from) }))
        .collect();
    let rows: Vec<Vec<String>> =
        made.iter().map(|key| vec![key.kid.clone(), key.alg.to_string(), output::instant(key.signs_from)]).collect();
    let words = format!(
        "{}\nThe old keys stay published until the last token they signed has expired: see `doorward keys list`.",
        output::table(&["KID", "ALG", "SIGNS FROM"], &rows)
    );
    output::show(is_json, &json!({ "keys": objects }), &words);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_next_then_current_then_retired() {
        let mut key = signing_keys::Model {
            kid: "k".into(),
            alg: "ES256".into(),
            public_jwk: String::new(),
            sealed_jwk: Vec::new(),
            created_at: 0,
            signs_from: 1000,
            retires_at: None,
            removed_at: None,
        };
        assert_eq!(State::of(&key, &[], 999), State::Next);
        assert_eq!(State::of(&key, &[], 1000), State::Current);
        key.retires_at = Some(2000);
        assert_eq!(State::of(&key, &[], 1999), State::Current);
        assert_eq!(State::of(&key, &[], 2000), State::Retired);
        let newer = signing_keys::Model { signs_from: 1500, retires_at: None, ..key.clone() };
        assert_eq!(State::of(&key, std::slice::from_ref(&newer), 1499), State::Current);
        assert_eq!(State::of(&key, &[newer], 1500), State::Retired, "a newer key took over early");
        key.retires_at = Some(500);
        assert_eq!(State::of(&key, &[], 600), State::Retired, "replaced before it ever signed");
    }

    #[test]
    fn a_shared_secret_is_no_key_to_rotate() {
        assert!(asymmetric("EdDSA").is_ok());
        assert!(asymmetric("HS256").is_err_and(|e| e.contains("ES256")));
    }
}
