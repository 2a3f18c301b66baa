//! Single-use tokens: links in mail, codes, challenges. Each is good for one purpose, for a while, once, and only the newest of its subject.
//!
//! ```text
//! issue ──▶ look (a GET, changes nothing) ──▶ consume (a POST, in the transaction of what it allows)
//!   └── a newer one for the same subject ends it
//! ```
//!
//! A token is looked up by its hash *and* its purpose, so a wrong purpose finds nothing and burns nothing.

use entity::action_tokens;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Error, Result, throttle};
use crate::app::App;
use crate::db;
use crate::platform::random::sha256;

/// What a token is for, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first administrator.
    Setup,
    /// An address is whose it is said to be.
    VerifyEmail,
    /// A new password for who has lost theirs.
    ResetPassword,
    /// Signing in by mail.
    MagicLink,
    /// "This was not me": locks the account.
    NotMe,
    /// A provider elsewhere was asked who somebody is.
    Upstream,
    /// What a provider elsewhere answered, posted from its page.
    UpstreamAnswer,
    /// An account elsewhere that waits for its owner here to confirm it.
    UpstreamLink,
    /// A challenge to sign with a registered key.
    Signature,
    /// A key that waits for the signature of its private half.
    SignatureKey,
    /// A passkey that is being made.
    PasskeyRegistration,
    /// The secret of an authenticator app that waits for its first code.
    TotpEnrolment,
}

impl Purpose {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::MagicLink => "magic_link",
            Self::NotMe => "not_me",
            Self::Upstream => "upstream",
            Self::UpstreamAnswer => "upstream_answer",
            Self::UpstreamLink => "upstream_link",
            Self::Signature => "signature",
            Self::SignatureKey => "signature_key",
            Self::PasskeyRegistration => "passkey_registration",
            Self::TotpEnrolment => "totp_enrolment",
        }
    }
}

/// A token to issue.
#[derive(Debug)]
pub struct New<'a, D> {
    /// What for.
    pub purpose: Purpose,
    /// Whose it is, where that is known.
    pub user_id: Option<Uuid>,
    /// Of whom or what only the newest is good: an address, an id. None where several may stand beside each other.
    pub subject: Option<&'a str>,
    /// The only browser that may use it.
    pub browser_hash: Option<&'a [u8; 32]>,
    /// What belongs to it; never a secret in clear.
    pub data: &'a D,
    /// Seconds that it is good for.
    pub ttl_s: u64,
}

/// A token that is good now.
#[derive(Debug, Clone)]
pub struct Token {
    /// SHA-256 of its text; names it without being it.
    pub hash: [u8; 32],
    /// Whose it is.
    pub user_id: Option<Uuid>,
    /// The only browser that may use it.
    pub browser_hash: Option<Vec<u8>>,
    /// Guesses that were made at its code.
    pub attempts: i64,
    /// Until when it is good, epoch milliseconds.
    pub expires_at: i64,
    data: String,
}

impl Token {
    /// What belongs to it.
    ///
    /// # Errors
    /// Where the row is damaged.
    pub fn data<D: DeserializeOwned>(&self) -> Result<D> {
        serde_json::from_str(&self.data).map_err(Error::internal)
    }

    /// Whether this browser may use it.
    #[must_use]
    pub fn is_for(&self, browser_hash: &[u8; 32]) -> bool {
        self.browser_hash.as_deref().is_none_or(|bound| bound == browser_hash.as_slice())
    }
}

/// Issues a token in the caller's transaction; gives its text, which is kept nowhere.
///
/// # Errors
/// Of the database.
pub async fn issue<D: Serialize>(app: &App, tx: &DatabaseTransaction, new: &New<'_, D>) -> Result<String> {
    let text = app.random.token()?;
    let now = app.clock.now_ms();
    let subject_hash = new.subject.map(|s| subject_hash(new.purpose, s));
    if let Some(hash) = &subject_hash {
        end_older(app, tx, hash).await?;
    }
    let row = action_tokens::ActiveModel {
        token_hash: Set(sha256(text.as_bytes()).to_vec()),
        purpose: Set(new.purpose.as_str().to_owned()),
        user_id: Set(new.user_id),
        data: Set(serde_json::to_string(new.data).map_err(Error::internal)?),
        created_at: Set(now),
        expires_at: Set(now + app.ms(new.ttl_s)),
        used_at: Set(None),
        subject_hash: Set(subject_hash.map(|h| h.to_vec())),
        browser_hash: Set(new.browser_hash.map(|h| h.to_vec())),
        attempts: Set(0),
    };
    action_tokens::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(text)
}

/// Only the newest is good. Who issues for the same subject at the same time waits here, so that two do not stand beside each other.
async fn end_older(app: &App, tx: &DatabaseTransaction, subject_hash: &[u8; 32]) -> Result<()> {
    throttle::hold(app, tx, subject_hash).await?;
    // By their keys: to delete by subject would, in MySQL, lock the place of others' rows too.
    let older = action_tokens::Entity::find()
        .filter(action_tokens::Column::SubjectHash.eq(subject_hash.to_vec()))
        .all(tx)
        .await?;
    for row in older {
        action_tokens::Entity::delete_by_id(row.token_hash).exec(tx).await?;
    }
    Ok(())
}

/// The token where it is good for `purpose` now; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, purpose: Purpose, text: &str) -> Result<Option<Token>> {
    look_by_hash(app, purpose, &sha256(text.as_bytes())).await
}

/// As [`look`], by the hash that a flow remembers.
///
/// # Errors
/// Of the database.
pub async fn look_by_hash(app: &App, purpose: Purpose, hash: &[u8; 32]) -> Result<Option<Token>> {
    let row = action_tokens::Entity::find_by_id(hash.to_vec()).one(app.db.write()).await?;
    Ok(row.and_then(|row| good(app, purpose, row)))
}

/// As [`look`], by its subject, for a token whose text nobody is given.
///
/// # Errors
/// Of the database.
pub async fn look_by_subject(app: &App, purpose: Purpose, subject: &str) -> Result<Option<Token>> {
    let of_subject = action_tokens::Column::SubjectHash.eq(subject_hash(purpose, subject).to_vec());
    let rows = action_tokens::Entity::find().filter(of_subject).all(app.db.write()).await?;
    Ok(rows.into_iter().find_map(|row| good(app, purpose, row)))
}

fn good(app: &App, purpose: Purpose, row: action_tokens::Model) -> Option<Token> {
    let is_good = row.purpose == purpose.as_str() && row.used_at.is_none() && row.expires_at > app.clock.now_ms();
    Some(Token {
        hash: row.token_hash.try_into().ok().filter(|_| is_good)?,
        user_id: row.user_id,
        browser_hash: row.browser_hash,
        attempts: row.attempts,
        expires_at: row.expires_at,
        data: row.data,
    })
}

/// Takes the token; true for the one caller who took it. What it allows belongs into the same transaction.
///
/// # Errors
/// Of the database.
pub async fn consume<C: ConnectionTrait>(app: &App, tx: &C, purpose: Purpose, token: &Token) -> Result<bool> {
    let now = app.clock.now_ms();
    let sql = "UPDATE action_tokens SET used_at = ? \
               WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?";
    let values = [now.into(), token.hash.to_vec().into(), purpose.as_str().into(), now.into()];
    Ok(db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() == 1)
}

/// Takes one guess at the token's code before it is compared; false where none is left.
///
/// # Errors
/// Of the database.
pub async fn reserve_guess(app: &App, token: &Token, most: i64) -> Result<bool> {
    reserve_guess_by_hash(app, &token.hash, most).await
}

/// As [`reserve_guess`], by the hash that a flow remembers; false where there is no such token too.
///
/// # Errors
/// Of the database.
pub async fn reserve_guess_by_hash(app: &App, hash: &[u8; 32], most: i64) -> Result<bool> {
    let sql = "UPDATE action_tokens SET attempts = attempts + 1 \
               WHERE token_hash = ? AND attempts < ? AND used_at IS NULL AND expires_at > ?";
    let values = [hash.to_vec().into(), most.into(), app.clock.now_ms().into()];
    Ok(app.db.execute(sql, values).await? == 1)
}

/// Ends the unused ways into an account, after a new password or a lock. The ways to lock it stay.
///
/// # Errors
/// Of the database.
pub async fn end_of_user(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    let sql = "DELETE FROM action_tokens WHERE user_id = ? AND purpose <> ? AND used_at IS NULL";
    db::run(tx, app.db.stmt(sql, [user_id.into(), Purpose::NotMe.as_str().into()])).await?;
    Ok(())
}

/// Ends the unused token of a subject, in the caller's transaction; says whether there was one.
///
/// # Errors
/// Of the database.
pub async fn end_of_subject(app: &App, tx: &DatabaseTransaction, purpose: Purpose, subject: &str) -> Result<bool> {
    let sql = "DELETE FROM action_tokens WHERE subject_hash = ? AND purpose = ? AND used_at IS NULL";
    let values = [subject_hash(purpose, subject).to_vec().into(), purpose.as_str().into()];
    Ok(db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() > 0)
}

/// Ends the unused ways into an account that went to an address which is taken away now.
///
/// # Errors
/// Of the database.
pub async fn end_mailed_ways(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    let sql = "DELETE FROM action_tokens WHERE user_id = ? AND purpose IN (?, ?) AND used_at IS NULL";
    let values = [user_id.into(), Purpose::ResetPassword.as_str().into(), Purpose::MagicLink.as_str().into()];
    db::run(tx, app.db.stmt(sql, values)).await?;
    Ok(())
}

fn subject_hash(purpose: Purpose, subject: &str) -> [u8; 32] {
    sha256(format!("{}:{subject}", purpose.as_str()).as_bytes())
}
