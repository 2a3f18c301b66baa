//! How well somebody must prove who they are, and what second factors they have.
//!
//! ```text
//! policy (mfa.policy, mfa.required_groups) ── decides at sign-in, before there is a session
//! client (require_mfa), acr_values, claims ── decide at /authorize, for who is signed in: only what is missing is asked
//! ```
//!
//! A browser that the person trusts spares the second factor of the policy, never one that an app asks for by name.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::notices::{self, What};
use super::sessions::{Proof, Session};
use super::users::{self, Person};
use super::{Result, action_tokens, events, grants, passkeys, sessions, versions};
use crate::app::App;
use crate::config::MfaPolicy;
use crate::db;

/// One factor was proved.
pub const ACR_SINGLE: &str = "urn:doorward:acr:single";
/// Two factors were proved, or a passkey that verified its user.
pub const ACR_MULTI: &str = "urn:doorward:acr:mfa";
/// Weakest first, as discovery lists them.
pub const ACR_VALUES: [&str; 2] = [ACR_SINGLE, ACR_MULTI];

/// RFC 8176 §2: more than one factor.
pub const AMR_MULTI: &str = "mfa";
/// An account elsewhere. RFC 8176 has no word for it; others use this one. Alone it does not say that anybody was there: the provider may
/// have answered by itself.
pub const AMR_ELSEWHERE: &str = "fed";
/// The same, and the provider says that its user was there just now (RFC 8176 §2: `user`).
pub const AMR_PRESENT: &str = "fed user";

/// What is still missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// A second factor that the person has.
    Second,
    /// The person has none and must set one up.
    Enrolment,
}

/// The second factors of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app.
    pub has_totp: bool,
    /// Passkeys, where people sign in with them here.
    pub passkeys: u64,
    /// Recovery codes that are left. They stand in for a lost factor, and are none of their own.
    pub recovery_codes: u64,
}

impl Factors {
    /// Whether a second factor can be asked for.
    #[must_use]
    pub fn is_any(self) -> bool {
        self.has_totp || self.passkeys > 0
    }
}

/// What a person has.
///
/// # Errors
/// Of the database.
pub async fn of(app: &App, user_id: Uuid) -> Result<Factors> {
    let sql = "SELECT (SELECT COUNT(*) FROM totp_secrets WHERE user_id = ?) AS totp, \
               (SELECT COUNT(*) FROM passkeys WHERE user_id = ?) AS passkeys, \
               (SELECT COUNT(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL) AS codes";
    let Some(row) = app.db.one(sql, [user_id.into(), user_id.into(), user_id.into()]).await? else {
        return Ok(Factors::default());
    };
    let count = |name: &str| -> Result<u64> { Ok(u64::try_from(row.try_get::<i64>("", name)?).unwrap_or(0)) };
    // A passkey that nobody is asked for is no way to go on.
    let passkeys = if passkeys::are_offered(app) { count("passkeys")? } else { 0 };
    Ok(Factors { has_totp: count("totp")? > 0, passkeys, recovery_codes: count("codes")? })
}

/// Whether the person's password was changed after `at`: whoever proved the old one then has proved nothing.
///
/// # Errors
/// Of the database.
pub async fn is_password_newer(app: &App, user_id: Uuid, at: i64) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM password_credentials WHERE user_id = ? AND changed_at > ?";
    Ok(app.db.one(sql, [user_id.into(), at.into()]).await?.is_some())
}

/// Whether the account was locked, switched off, or lost its second factors to the operator, since `at`.
///
/// # Errors
/// Of the database.
pub async fn was_closed_since(app: &App, user_id: Uuid, at: i64) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM events WHERE user_id = ? AND at > ? AND kind IN (?, ?, ?) LIMIT 1";
    let kinds = [events::Kind::UserLocked, events::Kind::UserDisabled, events::Kind::SecondFactorsReset];
    let values = [user_id.into(), at.into()].into_iter().chain(kinds.map(|k| k.as_str().into()));
    Ok(app.db.one(sql, values.collect::<Vec<_>>()).await?.is_some())
}

/// How many passkeys a person has that can be asked for, as a transaction sees it.
///
/// # Errors
/// Of the database.
pub async fn passkeys_of<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<u64> {
    if !passkeys::are_offered(app) {
        return Ok(0);
    }
    let of_person = entity::passkeys::Column::UserId.eq(user_id);
    Ok(entity::passkeys::Entity::find().filter(of_person).count(tx).await?)
}

/// Whether a person has a second factor that can be asked for, as a transaction sees it.
///
/// # Errors
/// Of the database.
pub async fn has_any<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<bool> {
    let has_totp = entity::totp_secrets::Entity::find_by_id(user_id).one(tx).await?.is_some();
    Ok(has_totp || passkeys_of(app, tx, user_id).await? > 0)
}

/// Takes every second factor of a person away, with the recovery codes and the trusted browsers, for who has lost them all. Every
/// session and grant ends.
///
/// # Errors
/// [`super::Error::NotFound`].
pub async fn reset(app: &App, user_id: Uuid) -> Result<()> {
    users::find(app, user_id).await?;
    let tx = app.db.begin_write().await?;
    // A sign-in that is under way comes before all of this, and ends with it, or after.
    users::hold(app, &tx, user_id).await?;
    for table in ["totp_secrets", "passkeys", "recovery_codes", "trusted_devices"] {
        db::run(&tx, app.db.stmt(&format!("DELETE FROM {table} WHERE user_id = ?"), [user_id.into()])).await?;
    }
    action_tokens::end_of_user(app, &tx, user_id).await?;
    sessions::end_of_user(app, &tx, user_id).await?;
    grants::revoke_of_user(app, &tx, user_id, "second_factors_reset").await?;
    events::record(app, &tx, events::Kind::SecondFactorsReset, events::About::user(user_id)).await?;
    notices::send(app, &tx, user_id, What::SecondFactorsReset, "", None).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// What is missing before `proof` may become a session at this browser.
///
/// # Errors
/// Of the database.
pub async fn missing_at_sign_in(app: &App, person: &Person, proof: &Proof, browser: &[u8; 32]) -> Result<Missing> {
    if proof.acr == ACR_MULTI {
        return Ok(Missing::Nothing);
    }
    let is_required = is_required_of(app, person).await?;
    if !is_required && app.config.mfa.policy == MfaPolicy::Off {
        return Ok(Missing::Nothing);
    }
    let factors = of(app, person.id).await?;
    match (factors.is_any(), is_required) {
        (true, _) if is_trusted(app, person.id, browser).await? => Ok(Missing::Nothing),
        (true, _) => Ok(Missing::Second),
        (false, true) => Ok(Missing::Enrolment),
        (false, false) => Ok(Missing::Nothing),
    }
}

/// What a client may ask for, beyond the policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    #[default]
    None,
    /// Two factors where the person has them: one will do (`acr_values` that name both, an `acr` that is not essential).
    Voluntary,
    /// Two factors, set up now where there are none (an essential `acr`, `acr_values` that name nothing less, `require_mfa` of the
    /// client).
    Essential,
}

/// What is missing of a session for what a client asks.
///
/// # Errors
/// Of the database.
pub async fn missing_of_session(app: &App, person: &Person, acr: &str, wish: Wish) -> Result<Missing> {
    if wish == Wish::None || acr == ACR_MULTI {
        return Ok(Missing::Nothing);
    }
    match (of(app, person.id).await?.is_any(), wish) {
        (true, _) => Ok(Missing::Second),
        (false, Wish::Essential) => Ok(Missing::Enrolment),
        (false, _) => Ok(Missing::Nothing),
    }
}

/// Whether the person has a second factor that this session has not seen.
///
/// # Errors
/// Of the database.
pub async fn is_left_out(app: &App, session: &Session) -> Result<bool> {
    Ok(session.acr != ACR_MULTI && of(app, session.person.id).await?.is_any())
}

/// Whether the operator requires two factors of this person.
///
/// # Errors
/// Of the database.
pub async fn is_required_of(app: &App, person: &Person) -> Result<bool> {
    is_required_in(app, app.db.read(), person.id).await
}

/// As [`is_required_of`], as a transaction sees it.
///
/// # Errors
/// Of the database.
pub async fn is_required_in<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<bool> {
    let mfa = &app.config.mfa;
    if mfa.policy == MfaPolicy::Required {
        return Ok(true);
    }
    if mfa.required_groups.is_empty() {
        return Ok(false);
    }
    let groups = users::groups_in(app, tx, user_id).await?;
    Ok(groups.iter().any(|g| mfa.required_groups.contains(g)))
}

/// Whether the person trusts this browser.
///
/// # Errors
/// Of the database.
pub async fn is_trusted(app: &App, user_id: Uuid, browser: &[u8; 32]) -> Result<bool> {
    if app.config.mfa.trust_device_ttl == 0 {
        return Ok(false);
    }
    let sql = "SELECT 1 AS found FROM trusted_devices WHERE user_id = ? AND browser_hash = ? AND expires_at > ?";
    let values = [user_id.into(), browser.to_vec().into(), app.clock.now_ms().into()];
    Ok(app.db.one(sql, values).await?.is_some())
}
