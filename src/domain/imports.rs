//! People brought from another system with the password hashes they had there: everybody of a list, or nobody.
//!
//! A hash is checked here for its form and its cost, and replaced by one of ours when its owner signs in for the first time
//! ([`super::credentials::prove`]).

use std::collections::HashMap;

use entity::{user_emails, users as table};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::names;
use super::users::{self, NewUser, PROFILE_CLAIMS, Person};
use super::{Error, Result, events};
use crate::app::App;
use crate::db;

/// A person as another system knew them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The user name.
    pub username: String,
    /// The address.
    pub email: String,
    /// Whether the address is known to be theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// The full name.
    #[serde(default)]
    pub name: Option<String>,
    /// Argon2, bcrypt, scrypt or PBKDF2; null for whoever had no password. To leave it out is a mistake.
    #[serde(deserialize_with = "said")]
    pub password_hash: Option<String>,
    /// Groups, which are made where they are missing.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Other standard claims.
    #[serde(default)]
    pub profile: Map<String, Value>,
    /// Whether the account may not be used.
    #[serde(default)]
    pub disabled: bool,
}

/// Null is a value, nothing is not.
fn said<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<String>, D::Error> {
    Option::deserialize(value)
}

/// A place of the list, and who stands there, or why that cannot be read.
pub type Entry = (usize, std::result::Result<Import, String>);

/// What is wrong at a place of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place.
    pub place: usize,
    /// The member at fault; "" where the whole entry is.
    pub field: String,
    /// Why, and what would do.
    pub reason: String,
}

/// How many are asked for in one statement.
const BATCH: usize = 100;
/// The longest profile, in bytes of JSON.
const PROFILE_MAX: usize = 8 * 1024;
/// The most groups of one person.
const GROUPS_MAX: usize = 100;

/// Everything that is wrong with a list, at least one problem for every wrong entry; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn problems(app: &App, entries: &[Entry]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, entry) in entries {
        let mut note =
            |field: &str, reason: String| problems.push(Problem { place: *place, field: field.into(), reason });
        let person = match entry {
            Ok(person) => person,
            Err(reason) => {
                note("", reason.clone());
                continue;
            }
        };
        for (field, reason) in faults(app, person) {
            note(&field, reason);
        }
        // A user name and an address are one namespace, and one's own address may be one's name.
        let (username, email) = (names::canonical(&person.username), names::canonical(&person.email));
        let is_one = username == email;
        for (field, key) in [("username", username), ("email", email)].into_iter().skip(usize::from(is_one)) {
            match places.get(&key) {
                Some(other) if other != place => note(field, format!("{key:?} stands at {other} already")),
                _ => {
                    places.insert(key, *place);
                }
            }
        }
    }
    let keys: Vec<&String> = places.keys().collect();
    for keys in keys.chunks(BATCH) {
        for key in taken(app, keys).await? {
            if let Some(place) = places.get(&key) {
                problems.push(Problem {
                    place: *place,
                    field: String::new(),
                    reason: format!("{key:?} is taken already"),
                });
            }
        }
    }
    problems.sort_by_key(|p| p.place);
    Ok(problems)
}

/// Which of these names and addresses belong to somebody.
async fn taken(app: &App, keys: &[&String]) -> Result<Vec<String>> {
    let keys = || keys.iter().map(|k| k.as_str());
    let names = table::Entity::find()
        .select_only()
        .column(table::Column::UsernameKey)
        .filter(table::Column::UsernameKey.is_in(keys()));
    let addresses = user_emails::Entity::find()
        .select_only()
        .column(user_emails::Column::AddressKey)
        .filter(user_emails::Column::AddressKey.is_in(keys()));
    let mut found: Vec<String> = names.into_tuple().all(app.db.read()).await?;
    found.extend(addresses.into_tuple::<String>().all(app.db.read()).await?);
    found.sort();
    found.dedup();
    Ok(found)
}

/// What is wrong with one entry by itself: the member, and why.
fn faults(app: &App, person: &Import) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> =
        users::faults(&new_user(person)).into_iter().map(|f| (f.field.to_owned(), f.reason)).collect();
    if let Some(hash) = &person.password_hash
        && let Err(error) = check_hash(app, hash)
    {
        faults.push(("password_hash".into(), error));
    }
    for (claim, value) in person.profile.iter().filter(|(_, value)| !value.is_null()) {
        if let Err(reason) = check_claim(claim, value) {
            faults.push((format!("profile.{claim}"), reason));
        }
    }
    if serde_json::to_string(&person.profile).map_or(0, |t| t.len()) > PROFILE_MAX {
        faults.push(("profile".into(), "at most 8 kB".into()));
    }
    let is_group = |name: &String| {
        (1..=100).contains(&name.chars().count()) && name.trim() == name && !name.chars().any(char::is_control)
    };
    if person.groups.len() > GROUPS_MAX || !person.groups.iter().all(is_group) {
        faults.push(("groups".into(), "at most 100 names of 1 to 100 characters".into()));
    }
    faults
}

fn new_user(person: &Import) -> NewUser {
    let mut profile = person.profile.clone();
    profile.retain(|_, value| !value.is_null());
    NewUser {
        username: person.username.clone(),
        email: person.email.clone(),
        is_email_verified: person.email_verified,
        name: person.name.clone(),
        profile,
        ..NewUser::default()
    }
}

fn check_hash(app: &App, hash: &str) -> std::result::Result<(), String> {
    app.hasher.recognise(hash).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether a value may be the standard claim of a profile (OpenID Connect Core §5.1).
///
/// # Errors
/// Why not, and what would do.
pub fn check_claim(claim: &str, value: &Value) -> std::result::Result<(), String> {
    // OpenID Connect Core §5.2: a claim may be tagged with a language.
    let base = claim.split('#').next().unwrap_or(claim);
    if !PROFILE_CLAIMS.contains(&base) {
        return Err(format!("is no standard claim of a profile; choose from {}", PROFILE_CLAIMS.join(", ")));
    }
    let (fits, needs) = match base {
        "address" => (is_address(value), "an object of texts like {\"locality\": \"London\", \"country\": \"GB\"}"),
        "birthdate" => {
            (value.as_str().is_some_and(is_birthdate), "a date like \"1990-04-01\", or a year like \"1990\"")
        }
        "phone_number_verified" => (value.is_boolean(), "true or false"),
        _ => (value.is_string(), "a string"),
    };
    if fits { Ok(()) } else { Err(format!("needs {needs}")) }
}

/// OpenID Connect Core §5.1.1.
fn is_address(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.values().all(|member| member.is_string() || member.is_null()))
}

/// OpenID Connect Core §5.1: `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD` where the year is not told. Empty is not told at all.
fn is_birthdate(text: &str) -> bool {
    let is_year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    // A year with the 29th of February stands for one that is not told.
    let date = text.strip_prefix("0000-").map_or_else(|| text.to_owned(), |rest| format!("2000-{rest}"));
    let is_date = date.len() == 10
        && date.starts_with(|c: char| c.is_ascii_digit())
        && chrono::NaiveDate::parse_from_str(&date, "%Y-%m-%d").is_ok();
    text.is_empty() || is_year || is_date
}

/// Brings everybody of a list in one transaction; gives how many. Ask for its [`problems`] first.
///
/// # Errors
/// [`Error::Invalid`] or [`Error::Conflict`] at the first who cannot come in; then nobody does.
pub async fn import(app: &App, entries: &[Entry]) -> Result<usize> {
    let tx = app.db.begin_write().await?;
    for (place, entry) in entries {
        let person = entry.as_ref().map_err(|reason| Error::invalid(place.to_string(), reason))?;
        if let Some((field, reason)) = faults(app, person).into_iter().next() {
            return Err(Error::invalid(field, reason));
        }
        bring(app, &tx, person).await?;
    }
    tx.commit().await?;
    Ok(entries.len())
}

async fn bring(app: &App, tx: &DatabaseTransaction, person: &Import) -> Result<()> {
    let new = new_user(person);
    let prepared = users::prepare_hashed(app, &new, person.password_hash.clone())?;
    users::insert(app, tx, &new, &prepared).await?;
    let mut groups: Vec<&String> = person.groups.iter().collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        users::join(app, tx, prepared.id, group).await?;
    }
    if person.disabled {
        let sql = "UPDATE users SET disabled_at = ? WHERE id = ?";
        db::run(tx, app.db.stmt(sql, [app.clock.now_ms().into(), prepared.id.into()])).await?;
        events::record(app, tx, events::Kind::UserDisabled, events::About::user(prepared.id)).await?;
    }
    Ok(())
}

/// Creates one person with the password hash of another system.
///
/// # Errors
/// [`Error::Invalid`], or [`Error::Conflict`] where name or address is taken.
pub async fn create(app: &App, new: &NewUser, hash: &str) -> Result<Person> {
    check_hash(app, hash).map_err(|reason| Error::invalid("password_hash", reason))?;
    let prepared = users::prepare_hashed(app, new, Some(hash.to_owned()))?;
    let tx = app.db.begin_write().await?;
    users::insert(app, &tx, new, &prepared).await?;
    tx.commit().await?;
    users::find(app, prepared.id).await
}
