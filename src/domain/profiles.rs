//! What people change of themselves: name, user name, language, and some claims about them. What somebody else vouches for (a proved
//! address, a group, a telephone number) is in no type here.

use std::collections::BTreeMap;

use entity::{user_emails, users as table};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::names;
use super::names::Fault;
use super::sessions::Place;
use super::throttle::{self, Subject};
use super::users;
use super::{Error, Result, events, notices, versions};
use crate::app::App;
use crate::db;
use crate::platform::templates::Lang;

/// The standard claims that people write themselves, besides `name` (OpenID Connect Core §5.1).
pub const EDITABLE: [&str; 7] = ["given_name", "family_name", "nickname", "picture", "website", "locale", "zoneinfo"];

/// New values of `name` and of [`EDITABLE`] claims; an empty one takes the claim away, what is not named stays.
pub type Changes = BTreeMap<&'static str, String>;

/// What is wrong with a profile; empty where nothing is.
#[must_use]
pub fn faults(changes: &Changes) -> Vec<Fault> {
    changes.iter().filter_map(|(field, value)| fault(field, value.trim())).collect()
}

fn fault(field: &'static str, value: &str) -> Option<Fault> {
    let is_fine = value.is_empty()
        || match field {
            "website" | "picture" => is_website(value),
            "locale" => is_locale(value),
            "zoneinfo" => is_zone(value),
            _ => is_name(value),
        };
    let reason = match field {
        "website" | "picture" => "an address like \"https://alice.example\"",
        "locale" => "a language tag like \"en-GB\"",
        "zoneinfo" => "a time zone like \"Europe/Berlin\"",
        _ => "at most 200 characters, no control characters",
    };
    (!is_fine).then(|| Fault { field, code: "form", reason: reason.to_owned() })
}

fn is_name(value: &str) -> bool {
    value.chars().count() <= 200 && names::is_plain(value)
}

fn is_website(value: &str) -> bool {
    value.len() <= 500
        && url::Url::parse(value).is_ok_and(|url| {
            matches!(url.scheme(), "https" | "http")
                && url.host_str().is_some()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

/// BCP 47, loosely: OpenID Connect Core §5.1 allows the underscore that some write.
fn is_locale(value: &str) -> bool {
    let mut parts = value.split(['-', '_']);
    let primary = parts.next().unwrap_or_default();
    (2..=8).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && value.len() <= 35
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A name of the IANA time zone database, by its form.
fn is_zone(value: &str) -> bool {
    let is_part = |p: &str| {
        p.starts_with(|c: char| c.is_ascii_alphabetic())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    value.len() <= 64 && value.split('/').count() <= 3 && value.split('/').all(is_part)
}

/// Changes a profile; says whether anything was different.
///
/// # Errors
/// [`Error::Invalid`] where [`faults`] finds something.
pub async fn update(app: &App, user_id: Uuid, changes: &Changes) -> Result<bool> {
    if let Some(fault) = faults(changes).into_iter().next() {
        return Err(fault.into());
    }
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let before = row(&tx, user_id).await?;
    let mut profile: Map<String, Value> = serde_json::from_str(&before.profile).map_err(Error::internal)?;
    let mut name = before.name.clone();
    let mut changed = Vec::new();
    for (field, value) in changes {
        let value = value.trim();
        let new = (!value.is_empty()).then(|| value.to_owned());
        let old =
            if *field == "name" { name.clone() } else { profile.get(*field).and_then(Value::as_str).map(Into::into) };
        if new == old || !(*field == "name" || EDITABLE.contains(field)) {
            continue;
        }
        changed.push(*field);
        match (*field, new) {
            ("name", new) => name = new,
            (field, Some(new)) => {
                profile.insert(field.to_owned(), json!(new));
            }
            (field, None) => {
                profile.remove(field);
            }
        }
    }
    if changed.is_empty() {
        return Ok(false);
    }
    let sql = "UPDATE users SET name = ?, profile = ?, updated_at = ? WHERE id = ?";
    let values = [name.into(), Value::Object(profile).to_string().into(), app.clock.now_ms().into(), user_id.into()];
    db::run(&tx, app.db.stmt(sql, values)).await?;
    changed_what(app, tx, user_id, &changed).await?;
    Ok(true)
}

/// Chooses the language of pages and mail; none for what the browser asks for.
///
/// # Errors
/// Of the database.
pub async fn set_language(app: &App, user_id: Uuid, lang: Option<Lang>) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE users SET language = ? WHERE id = ?";
    db::run(&tx, app.db.stmt(sql, [lang.map(Lang::as_str).into(), user_id.into()])).await?;
    changed_what(app, tx, user_id, &["language"]).await
}

/// Records what was changed, and commits.
async fn changed_what(app: &App, tx: DatabaseTransaction, user_id: Uuid, what: &[&str]) -> Result<()> {
    let about = events::About::user(user_id).with(json!({ "changed": what }));
    events::record(app, &tx, events::Kind::ProfileChanged, about).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// How many names a person may try in an hour: each tells whether somebody has it.
const RENAMES: u32 = 20;

/// Gives a person another user name. Every proved address is told.
///
/// # Errors
/// Of the database.
pub async fn rename(app: &App, user_id: Uuid, username: &str, place: &Place) -> Result<std::result::Result<(), Fault>> {
    let username = username.trim();
    let key = match names::checked_username(username) {
        Ok(key) => key,
        Err(fault) => return Ok(Err(fault)),
    };
    let refused = |code, reason: &str| Ok(Err(Fault { field: "username", code, reason: reason.to_owned() }));
    if !throttle::take(app, &Subject::Rename(user_id), RENAMES, 3600).await? {
        return refused("throttled", "too many tries; try again in an hour");
    }
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let before = row(&tx, user_id).await?;
    if before.username == username {
        return Ok(Ok(()));
    }
    // One namespace: a name that looks like an address must be the person's own, proved.
    if key.contains('@') {
        let own = user_emails::Entity::find()
            .filter(user_emails::Column::UserId.eq(user_id))
            .filter(user_emails::Column::AddressKey.eq(&*key))
            .filter(user_emails::Column::VerifiedAt.is_not_null())
            .one(&tx)
            .await?;
        if own.is_none() {
            return refused("address", "a user name with @ must be the person's own e-mail address");
        }
    }
    let taken = "somebody has this user name";
    if users::find_id(&tx, &key).await?.is_some_and(|id| id != user_id) {
        return refused("taken", taken);
    }
    let sql = "UPDATE users SET username = ?, username_key = ?, updated_at = ? WHERE id = ?";
    let values = [username.into(), key.into(), app.clock.now_ms().into(), user_id.into()];
    match db::run(&tx, app.db.stmt(sql, values)).await {
        Ok(_) => {}
        Err(error) if db::is_unique_violation(&error) => return refused("taken", taken),
        Err(error) => return Err(error.into()),
    }
    let about = events::About::user(user_id).with(json!({ "from": before.username, "to": username }));
    events::record(app, &tx, events::Kind::UserRenamed, about).await?;
    notices::send(app, &tx, user_id, notices::What::UsernameChanged, username, Some(place)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(Ok(()))
}

async fn row<C: ConnectionTrait>(connection: &C, user_id: Uuid) -> Result<table::Model> {
    let row = table::Entity::find_by_id(user_id).one(connection).await?;
    row.ok_or_else(|| Error::NotFound(format!("the person {user_id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_form() {
        let wrong = |field: &'static str, value: &str| fault(field, value).is_some();
        for (field, good) in [
            ("name", "Zoë O’Hara"),
            ("website", "https://alice.example/~a?b=c"),
            ("website", ""),
            ("locale", "de-CH-1996"),
            ("locale", "en_GB"),
            ("zoneinfo", "Europe/Berlin"),
            ("zoneinfo", "America/Argentina/Buenos_Aires"),
            ("zoneinfo", "Etc/GMT+5"),
        ] {
            assert!(!wrong(field, good), "{field}: {good}");
        }
        for (field, bad) in [
            ("name", "a\u{202e}b"),
            ("name", "a\nb"),
            ("website", "javascript:alert(1)"),
            ("website", "https://alice:secret@b.example"),
            ("website", "alice.example"),
            ("locale", "e"),
            ("locale", "en--GB"),
            ("locale", "<en>"),
            ("zoneinfo", "../../etc/passwd"),
            ("zoneinfo", "Europe/"),
            ("zoneinfo", "Europe/Ber lin"),
        ] {
            assert!(wrong(field, bad), "{field}: {bad}");
        }
        assert!(wrong("nickname", &"x".repeat(201)));
    }
}
