//! Passwords: setting one, and proving one.

use entity::password_credentials;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Error, Result, events, grants, sessions, throttle, users, versions};
use crate::app::App;
use crate::platform::hashing::HashError;

/// The shortest password, in bytes of UTF-8.
pub const PASSWORD_MIN_BYTES: usize = 8;
/// The longest password, in bytes of UTF-8.
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// What came of an attempt to sign in with a password.
#[derive(Debug)]
pub enum Outcome {
    /// It is this person.
    Proved(Uuid),
    /// Unknown name, wrong password, no password, or disabled account: who asks cannot tell which.
    Refused,
    /// Too many attempts: try again in so many seconds.
    Throttled(u64),
}

/// Checks a password. Unknown names cost the same as known ones.
///
/// # Errors
/// [`Error::Busy`] where the hashing pool is full.
pub async fn prove(app: &App, name: &str, password: &Zeroizing<String>, browser: &[u8; 32]) -> Result<Outcome> {
    let key = users::canonical(name);
    // A name that is too long to exist is refused by the same path.
    let may_exist = key.len() <= 191 && !key.contains(char::is_control);
    let id = if may_exist { users::find_id(app.db.read(), &key).await? } else { None };
    // Whoever is unknown is looked up as often as whoever is known.
    let looked_up = id.unwrap_or_default();
    let is_known_browser = sessions::is_known_browser(app, looked_up, browser).await?;
    let subject = match id {
        // A browser in which this person has signed in before has a budget of its own, so that strangers who guess cannot
        // keep the owner out.
        Some(id) if is_known_browser => throttle::Subject::Known(id, *browser),
        // By the name that was typed: a shared count of name and address would tell that they are one person.
        _ => throttle::Subject::Account(key.clone()),
    };
    // Reserved before hashing: parallel guesses must not overrun the limit.
    if let Some(wait_s) = throttle::reserve(app, &subject).await? {
        return Ok(Outcome::Throttled(wait_s));
    }
    // By the person, so that more names are not more guesses; who has used that up is answered as if the password were wrong.
    let person = throttle::Subject::Person(looked_up);
    let is_over = !is_known_browser && throttle::reserve(app, &person).await?.is_some() && id.is_some();
    let stored = password_credentials::Entity::find_by_id(looked_up).one(app.db.read()).await?.filter(|_| !is_over);
    let (Some(id), Some(stored)) = (id, stored) else {
        app.hasher.verify_dummy(password.clone()).await.map_err(from_hash)?;
        return Ok(Outcome::Refused);
    };
    let verdict = match app.hasher.verify(password.clone(), &stored.phc).await {
        Ok(verdict) => verdict,
        Err(error) => return Err(from_hash(error)),
    };
    if !verdict.ok {
        return Ok(Outcome::Refused);
    }
    if users::find_maybe(app, id).await?.is_none_or(|p| p.is_disabled) {
        return Ok(Outcome::Refused);
    }
    throttle::release(app, &subject).await?;
    throttle::release(app, &person).await?;
    if verdict.needs_rehash {
        rehash(app, id, &stored.phc, password).await?;
    }
    Ok(Outcome::Proved(id))
}

/// Sets a new password. Other sessions and the grants given in them end; second factors stay.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Busy`].
pub async fn set_password(app: &App, user_id: Uuid, password: &Zeroizing<String>) -> Result<()> {
    users::find(app, user_id).await?;
    let phc = hash_new(app, password).await?;
    let tx = app.db.begin_write().await?;
    password_credentials::Entity::delete_by_id(user_id).exec(&tx).await?;
    insert(app, &tx, user_id, &phc).await?;
    sessions::end_of_user(app, &tx, user_id).await?;
    grants::revoke_of_user(app, &tx, user_id, "password_changed").await?;
    events::record(app, &tx, events::Kind::PasswordChanged, events::About::user(user_id)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// Checks and hashes a new password.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Busy`].
pub async fn hash_new(app: &App, password: &Zeroizing<String>) -> Result<String> {
    if password.len() < PASSWORD_MIN_BYTES {
        return Err(Error::invalid("password", format!("needs at least {PASSWORD_MIN_BYTES} characters")));
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return Err(Error::invalid("password", format!("at most {PASSWORD_MAX_BYTES} bytes")));
    }
    app.hasher.hash(password.clone()).await.map_err(from_hash)
}

/// Writes the password of a new person.
///
/// # Errors
/// Of the database.
pub async fn insert(app: &App, tx: &DatabaseTransaction, user_id: Uuid, phc: &str) -> Result<()> {
    let row = password_credentials::ActiveModel {
        user_id: Set(user_id),
        phc: Set(phc.to_owned()),
        changed_at: Set(app.clock.now_ms()),
    };
    password_credentials::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Brings an old hash up to today's parameters; a password that was changed meanwhile wins.
async fn rehash(app: &App, user_id: Uuid, old: &str, password: &Zeroizing<String>) -> Result<()> {
    let phc = app.hasher.hash(password.clone()).await.map_err(from_hash)?;
    let current = password_credentials::Entity::find_by_id(user_id).one(app.db.read()).await?;
    if let Some(current) = current.filter(|c| c.phc == old) {
        let row = password_credentials::ActiveModel {
            user_id: Set(user_id),
            phc: Set(phc),
            changed_at: Set(current.changed_at),
        };
        row.update(app.db.write()).await?;
    }
    Ok(())
}

fn from_hash(error: HashError) -> Error {
    match error {
        HashError::Busy => Error::Busy(2),
        other => Error::internal(other),
    }
}
