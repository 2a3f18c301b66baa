//! Keys of people that sign challenges: adding, using, naming and removing them.
//!
//! ```text
//! begin_adding  ─▶ its owner signs ─▶ add      a key comes in only with a signature of its own, over the name of the account
//! begin_sign_in ─▶ its owner signs ─▶ prove    the challenge counts once, and is made for unknown keys as well
//! ```
//!
//! What is signed is one line that a person can read: what for, where, with which key, until when.

use entity::signature_keys;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::notices::{self, What};
use super::sessions::Place;
use super::users::{self, Person};
use super::{Error, Result, again, events, ways_in};
use crate::app::App;
use crate::db;
use crate::platform::clock::rfc3339;
use crate::platform::public_key::PublicKey;

/// How many one person may have.
pub const MOST: u64 = 20;
/// The longest name, in characters.
pub const NAME_MAX: usize = 60;
/// How long a challenge of a sign-in is good, in seconds.
pub const SIGN_IN_TTL_S: u64 = 120;
/// How long a challenge of a new key is good, in seconds: it goes by hand.
pub const ADD_TTL_S: u64 = 600;

/// A key as its owner sees it.
#[derive(Debug, Clone)]
pub struct SignatureKey {
    /// The id.
    pub id: Uuid,
    /// `ed25519` or `secp256k1`.
    pub kind: String,
    /// The public key in lower-case hexadecimal.
    pub public_key: String,
    /// As its owner calls it.
    pub name: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// What is to be signed.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Names the challenge.
    pub token: String,
    /// The text to sign, byte by byte.
    pub message: String,
    /// Seconds that it is good for.
    pub expires_in: u64,
}

/// What a challenge remembers.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    /// Kind and key.
    key: String,
    /// The end as the message says it, epoch milliseconds.
    expires_at: i64,
    /// The account that a new key is for.
    #[serde(default)]
    account: Option<String>,
    /// What a new key is called.
    #[serde(default)]
    name: Option<String>,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The challenge is unknown, used, too old, for another key or another browser.
    Over,
    /// The signature is wrong, the key is nobody's, or its owner may not come in: who asks cannot tell which.
    Wrong,
    /// The key is somebody's already.
    Taken,
    /// The account has [`MOST`] keys.
    TooMany,
}

/// All keys of a person, the oldest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, user_id: Uuid) -> Result<Vec<SignatureKey>> {
    let rows = signature_keys::Entity::find()
        .filter(signature_keys::Column::UserId.eq(user_id))
        .order_by_asc(signature_keys::Column::Id)
        .all(app.db.write())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SignatureKey {
            id: row.id,
            kind: row.kind,
            public_key: row.public_key,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

/// A challenge to sign in with `key`, whether or not it is anybody's; with `browser`, only that one may answer.
///
/// # Errors
/// Of the database.
pub async fn begin_sign_in(app: &App, key: &PublicKey, browser: Option<&[u8; 32]>) -> Result<Challenge> {
    let data = Remembered {
        key: key.to_string(),
        expires_at: app.clock.now_ms() + app.ms(SIGN_IN_TTL_S),
        account: None,
        name: None,
    };
    let new = New {
        purpose: Purpose::Signature,
        user_id: None,
        // The key is public: a stranger who asks for a challenge must not end that of its owner.
        subject: None,
        browser_hash: browser,
        data: &data,
        ttl_s: SIGN_IN_TTL_S,
    };
    begin(app, &new).await
}

/// A challenge for a person's new key. Only the newest of a person is good.
///
/// # Errors
/// [`Error::Invalid`] for a name that is too long.
pub async fn begin_adding(
    app: &App,
    person: &Person,
    key: &PublicKey,
    name: &str,
    browser: &[u8; 32],
) -> Result<Challenge> {
    let data = Remembered {
        key: key.to_string(),
        expires_at: app.clock.now_ms() + app.ms(ADD_TTL_S),
        account: Some(person.username.clone()),
        name: Some(checked_name(name, key.kind().as_str())?),
    };
    let subject = person.id.to_string();
    let new = New {
        purpose: Purpose::SignatureKey,
        user_id: Some(person.id),
        subject: Some(&subject),
        browser_hash: Some(browser),
        data: &data,
        ttl_s: ADD_TTL_S,
    };
    begin(app, &new).await
}

async fn begin(app: &App, new: &New<'_, Remembered>) -> Result<Challenge> {
    let tx = app.db.begin_write().await?;
    let token = action_tokens::issue(app, &tx, new).await?;
    tx.commit().await?;
    Ok(Challenge { message: message(app, new.data, &token), token, expires_in: new.ttl_s })
}

/// One line, and the same in every language: it is signed to the byte.
fn message(app: &App, data: &Remembered, nonce: &str) -> String {
    let what = match &data.account {
        None => format!("Sign in to {} with the key {}", app.urls.issuer(), data.key),
        Some(account) => format!("Add the key {} to the account {account} at {}", data.key, app.urls.issuer()),
    };
    format!("{what}; nonce {nonce}; expires {}", rfc3339(data.expires_at))
}

/// The challenge of a new key again, where it is still good.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, user_id: Uuid, text: &str, browser: &[u8; 32]) -> Result<Option<Challenge>> {
    let Some(token) = found(app, Purpose::SignatureKey, text, Some(browser)).await? else { return Ok(None) };
    if token.user_id != Some(user_id) {
        return Ok(None);
    }
    let message = message(app, &token.data()?, text);
    let left = u64::try_from((token.expires_at - app.clock.now_ms()) / 1000).unwrap_or(0);
    Ok(Some(Challenge { token: text.to_owned(), message, expires_in: left }))
}

/// A challenge for this browser; one that is bound to none is for every browser.
async fn found(app: &App, purpose: Purpose, text: &str, browser: Option<&[u8; 32]>) -> Result<Option<Token>> {
    let token = action_tokens::look(app, purpose, text).await?;
    Ok(token.filter(|t| t.browser_hash.is_none() || browser.is_some_and(|b| t.is_for(b))))
}

/// Checks the answer to a challenge, which is used up by it: right or wrong.
///
/// # Errors
/// Of the database.
pub async fn prove(
    app: &App,
    challenge: &str,
    key: &PublicKey,
    signature: &[u8],
    browser: &[u8; 32],
) -> Result<std::result::Result<Uuid, Refused>> {
    let Some(token) = found(app, Purpose::Signature, challenge, Some(browser)).await? else {
        return Ok(Err(Refused::Over));
    };
    let data: Remembered = token.data()?;
    if data.key != key.to_string() || !action_tokens::consume(app, app.db.write(), Purpose::Signature, &token).await? {
        return Ok(Err(Refused::Over));
    }
    // The same work, whoever's the key is.
    let is_signed = key.is_signature(message(app, &data, challenge).as_bytes(), signature);
    let row = signature_keys::Entity::find()
        .filter(signature_keys::Column::KeyHash.eq(key.hash().to_vec()))
        .one(app.db.write())
        .await?;
    let person = users::find_maybe(app, row.as_ref().map(|r| r.user_id).unwrap_or_default()).await?;
    match (row, person) {
        (Some(row), Some(person)) if is_signed && !person.is_disabled => {
            let sql = "UPDATE signature_keys SET last_used_at = ? WHERE id = ?";
            app.db.execute(sql, [app.clock.now_ms().into(), row.id.into()]).await?;
            Ok(Ok(person.id))
        }
        _ => Ok(Err(Refused::Wrong)),
    }
}

/// Adds the key of a challenge that its private half has signed. A wrong signature does not use the challenge up: it goes by hand.
///
/// # Errors
/// Of the database.
pub async fn add(
    app: &App,
    user_id: Uuid,
    challenge: &str,
    signature: &[u8],
    place: &Place,
) -> Result<std::result::Result<Uuid, Refused>> {
    again(|| try_add(app, user_id, challenge, signature, place)).await
}

async fn try_add(
    app: &App,
    user_id: Uuid,
    challenge: &str,
    signature: &[u8],
    place: &Place,
) -> Result<std::result::Result<Uuid, Refused>> {
    let token = found(app, Purpose::SignatureKey, challenge, Some(&place.browser_hash)).await?;
    let Some(token) = token.filter(|t| t.user_id == Some(user_id)) else { return Ok(Err(Refused::Over)) };
    let data: Remembered = token.data()?;
    let key = PublicKey::parse(&data.key).map_err(Error::internal)?;
    if !key.is_signature(message(app, &data, challenge).as_bytes(), signature) {
        return Ok(Err(Refused::Wrong));
    }
    let name = data.name.unwrap_or_default();
    let tx = app.db.begin_write().await?;
    // The person before the token, as everywhere.
    users::hold(app, &tx, user_id).await?;
    if !action_tokens::consume(app, &tx, Purpose::SignatureKey, &token).await? {
        return Ok(Err(Refused::Over));
    }
    let of_person = signature_keys::Entity::find().filter(signature_keys::Column::UserId.eq(user_id));
    if of_person.count(&tx).await? >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    let id = app.new_id()?;
    let row = signature_keys::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        kind: Set(key.kind().as_str().to_owned()),
        public_key: Set(key.to_hex()),
        key_hash: Set(key.hash().to_vec()),
        name: Set(name.clone()),
        created_at: Set(app.clock.now_ms()),
        last_used_at: Set(None),
    };
    match signature_keys::Entity::insert(row).exec_without_returning(&tx).await {
        Ok(_) => {}
        Err(error) if db::is_unique_violation(&error) => return Ok(Err(Refused::Taken)),
        Err(error) => return Err(error.into()),
    }
    events::record(app, &tx, events::Kind::SignatureKeyAdded, about(user_id, id, &name)).await?;
    notices::send(app, &tx, user_id, What::SignatureKeyAdded, &name, Some(place)).await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// Gives a key of this person another name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`].
pub async fn rename(app: &App, user_id: Uuid, id: Uuid, name: &str) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let row = of_person(&tx, user_id, id).await?;
    let name = checked_name(name, &row.kind)?;
    let sql = "UPDATE signature_keys SET name = ? WHERE id = ? AND user_id = ?";
    db::run(&tx, app.db.stmt(sql, [name.clone().into(), id.into(), user_id.into()])).await?;
    events::record(app, &tx, events::Kind::SignatureKeyRenamed, about(user_id, id, &name)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a key of this person, unless it is their only way in.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] for the only way in.
pub async fn remove(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Result<()> {
    let tx = app.db.begin_write().await?;
    ways_in::lock(app, &tx, user_id).await?;
    let row = of_person(&tx, user_id, id).await?;
    let before = ways_in::of(app, &tx, user_id).await?.count();
    if signature_keys::Entity::delete_by_id(id).exec(&tx).await?.rows_affected != 1 {
        return Err(Error::NotFound("the key".to_owned()));
    }
    if before > 0 && ways_in::of(app, &tx, user_id).await?.count() == 0 {
        return Err(Error::Conflict("the only way into an account cannot be removed".to_owned()));
    }
    events::record(app, &tx, events::Kind::SignatureKeyRemoved, about(user_id, id, &row.name)).await?;
    notices::send(app, &tx, user_id, What::SignatureKeyRemoved, &row.name, Some(place)).await?;
    tx.commit().await?;
    Ok(())
}

async fn of_person(tx: &sea_orm::DatabaseTransaction, user_id: Uuid, id: Uuid) -> Result<signature_keys::Model> {
    let found = signature_keys::Entity::find_by_id(id).filter(signature_keys::Column::UserId.eq(user_id));
    found.one(tx).await?.ok_or_else(|| Error::NotFound("the key".to_owned()))
}

fn about(user_id: Uuid, id: Uuid, name: &str) -> events::About {
    events::About::user(user_id).with(json!({ "key": id, "name": name }))
}

fn checked_name(name: &str, otherwise: &str) -> Result<String> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("at most {NAME_MAX} characters, for example \"Laptop\"")));
    }
    Ok(if name.is_empty() { otherwise.to_owned() } else { name })
}
