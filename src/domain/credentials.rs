//! Passwords: setting one, and proving one.

use entity::{browser_sessions, password_credentials};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::names;
use super::notices::What;
use super::passwords::Weak;
use super::sessions::Place;
use super::throttle::Origin;
use super::users::Person;
use super::{
    Error, Result, action_tokens, events, grants, notices, passwords, sessions, throttle, trusted_devices, users,
    versions,
};
use crate::app::App;
use crate::platform::hashing::HashError;

/// The shortest password, in bytes of UTF-8.
pub const PASSWORD_MIN_BYTES: usize = 8;
/// The longest password, in bytes of UTF-8.
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// Which password somebody has shown to know. Once another is set, that proves nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When that password was set, epoch milliseconds.
    pub set_at: i64,
    /// When it was asked for, before it was read and compared, epoch milliseconds.
    pub at: i64,
}

/// What came of an attempt to sign in with a password.
#[derive(Debug)]
pub enum Outcome {
    /// It is this person, and they know this password.
    Proved(Uuid, Known),
    /// Unknown name, wrong password, no password, or disabled account: who asks cannot tell which.
    Refused,
    /// Too many attempts: try again in so many seconds.
    Throttled(u64),
}

/// Checks a password. Unknown names cost the same as known ones.
///
/// # Errors
/// [`Error::Busy`] where the hashing pool is full.
pub async fn prove(app: &App, name: &str, password: &Zeroizing<String>, origin: Origin<'_>) -> Result<Outcome> {
    let at = app.clock.now_ms();
    let key = names::canonical(name);
    // A name that is too long to exist is refused by the same path.
    let may_exist = key.len() <= 191 && !key.contains(char::is_control);
    let id = if may_exist { users::find_id(app.db.read(), &key).await? } else { None };
    // Whoever is unknown is looked up as often as whoever is known.
    let looked_up = id.unwrap_or_else(|| throttle::nobody(&key));
    let is_known_browser = sessions::is_known_browser(app, looked_up, origin.browser_hash).await?;
    let subject = match id {
        // A browser in which this person has signed in before has a budget of its own, so that strangers who guess, also those behind
        // the same address, cannot keep the owner out.
        Some(id) if is_known_browser => throttle::Subject::Known(id, *origin.browser_hash),
        // By the name that was typed: a shared count of name and address would tell that they are one person.
        _ => throttle::Subject::Account(key.clone(), origin.network(app)),
    };
    let taken = match origin.reserve(app, is_known_browser) {
        Ok(taken) => taken,
        Err(wait_s) => return Ok(Outcome::Throttled(wait_s)),
    };
    let is_newcomer = !is_known_browser && throttle::is_untried(app, &subject).await?;
    // Reserved before hashing: parallel guesses must not overrun the limit.
    if let Some(wait_s) = throttle::reserve(app, &subject).await? {
        return Ok(Outcome::Throttled(wait_s));
    }
    // By the person, so that more names are not more guesses; who has used that up is answered as if the password were wrong.
    let person = throttle::Subject::Person(looked_up);
    let mut is_over = !is_known_browser && throttle::reserve(app, &person).await?.is_some();
    // Those who fill the count of all networks are not to keep out an owner who comes from a network of their own.
    if is_over && is_newcomer {
        is_over = throttle::reserve(app, &throttle::Subject::Newcomers(looked_up)).await?.is_some();
    }
    is_over &= id.is_some();
    // Nobody has failed where there is no room to find out.
    let busy = |error| {
        if matches!(error, HashError::Busy) {
            origin.give_back(app, taken);
        }
        from_hash(error)
    };
    let stored = password_credentials::Entity::find_by_id(looked_up).one(app.db.read()).await?.filter(|_| !is_over);
    let (Some(id), Some(stored)) = (id, stored) else {
        app.hasher.verify_dummy(password.clone()).await.map_err(busy)?;
        return Ok(Outcome::Refused);
    };
    let verdict = match app.hasher.verify(password.clone(), &stored.phc).await {
        Ok(verdict) => verdict,
        // Told to the operator, not to who asks: no name is to behave otherwise than others.
        Err(error @ HashError::Stored(_)) => {
            tracing::warn!(user.id = %id, %error, "nobody can sign in with this password hash");
            app.hasher.verify_dummy(password.clone()).await.map_err(busy)?;
            return Ok(Outcome::Refused);
        }
        Err(error) => return Err(busy(error)),
    };
    if !verdict.ok {
        return Ok(Outcome::Refused);
    }
    if users::find_maybe(app, id).await?.is_none_or(|p| p.is_disabled) {
        return Ok(Outcome::Refused);
    }
    throttle::release(app, &subject).await?;
    throttle::release(app, &person).await?;
    origin.give_back(app, taken);
    if verdict.needs_rehash
        && let Err(error) = rehash(app, id, &stored.phc, password).await
    {
        tracing::info!(user.id = %id, %error, "the password hash is renewed another time");
    }
    Ok(Outcome::Proved(id, Known { set_at: stored.changed_at, at }))
}

/// Whether the password that somebody has shown to know is still theirs.
///
/// # Errors
/// Of the database.
pub async fn is_still<C: ConnectionTrait>(tx: &C, user_id: Uuid, known: Known) -> Result<bool> {
    let stored = password_credentials::Entity::find_by_id(user_id).one(tx).await?;
    // Not by the hash, which is renewed for the same password.
    Ok(stored.is_some_and(|stored| stored.changed_at == known.set_at))
}

/// Which sessions end with a new password, and the grants that were given in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// All of them, and no browser is trusted any more.
    All,
    /// All but this one.
    AllBut(Uuid),
    /// None.
    None,
}

/// Sets a new password, by the operator. All sessions and grants end; second factors stay. Every proved address is told.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Busy`].
pub async fn set_password(app: &App, user_id: Uuid, password: &Zeroizing<String>) -> Result<()> {
    users::find(app, user_id).await?;
    let phc = hash_new(app, password).await?;
    let tx = app.db.begin_write().await?;
    replace(app, &tx, user_id, &phc, Ends::All).await?;
    notices::send(app, &tx, user_id, What::PasswordChanged, "", None).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// Writes a new password, or a first one, in the caller's transaction, which ends with `app.live.forget_all()`. The ways in that wait in
/// mails end: whoever read them knew the account as it was. Second factors stay, and so do the ways to lock the account.
///
/// # Errors
/// Of the database.
pub async fn replace(app: &App, tx: &DatabaseTransaction, user_id: Uuid, phc: &str, ends: Ends) -> Result<()> {
    // Two at once follow each other.
    users::hold(app, tx, user_id).await?;
    password_credentials::Entity::delete_by_id(user_id).exec(tx).await?;
    insert(app, tx, user_id, phc).await?;
    action_tokens::end_of_user(app, tx, user_id).await?;
    match ends {
        Ends::All => {
            sessions::end_of_user(app, tx, user_id).await?;
            grants::revoke_of_user(app, tx, user_id, "password_changed").await?;
            trusted_devices::forget_all(app, tx, user_id).await?;
        }
        Ends::AllBut(kept) => {
            sessions::end_others(app, tx, user_id, kept).await?;
            grants::revoke_of_others(app, tx, user_id, kept, "password_changed").await?;
            trusted_devices::forget_others(app, tx, user_id, kept).await?;
        }
        Ends::None => {}
    }
    events::record(app, tx, events::Kind::PasswordChanged, events::About::user(user_id)).await?;
    versions::bump(app, tx, versions::Kind::Grants).await
}

/// A new password, or a first one, by a person who has just shown who they are, in `session`. Every proved address is told.
///
/// # Errors
/// [`Error::Busy`], [`Error::Conflict`] where the session ended meanwhile, or of the database.
pub async fn change(
    app: &App,
    person: &Person,
    session: Uuid,
    password: &Zeroizing<String>,
    ends: Ends,
    place: &Place,
) -> Result<std::result::Result<(), Weak>> {
    if let Err(weak) = passwords::check_new(app, password, &passwords::hints_of(person)).await? {
        return Ok(Err(weak));
    }
    let phc = hash_new(app, password).await?;
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, person.id).await?;
    // Judging and hashing took their time: a reset, a lock or another device may have ended this session meanwhile, and has the last word.
    let session = browser_sessions::Entity::find_by_id(session).one(&tx).await?;
    if session.is_none_or(|s| s.ended_at.is_some()) {
        return Err(Error::Conflict("the session has ended".to_owned()));
    }
    replace(app, &tx, person.id, &phc, ends).await?;
    notices::send(app, &tx, person.id, What::PasswordChanged, "", Some(place)).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(Ok(()))
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

/// Puts a hash of today in the place of an old one, or of one that another system made; a password that was changed meanwhile wins.
async fn rehash(app: &App, user_id: Uuid, old: &str, password: &Zeroizing<String>) -> Result<()> {
    let phc = app.hasher.hash(password.clone()).await.map_err(from_hash)?;
    let sql = "UPDATE password_credentials SET phc = ? WHERE user_id = ? AND phc = ?";
    app.db.execute(sql, [phc.into(), user_id.into(), old.into()]).await?;
    Ok(())
}

fn from_hash(error: HashError) -> Error {
    match error {
        HashError::Busy => Error::Busy(2),
        other => Error::internal(other),
    }
}
