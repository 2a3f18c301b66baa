//! Making an account by oneself: nothing exists until an address is proved. What was asked for lies sealed in the token of the mail, so
//! that nobody squats a name or an address, and nothing is left behind.
//!
//! ```text
//! form ─▶ sealed in a token, mail ─▶ link (GET shows, POST takes) ─▶ account, its first address proved, groups, event: one transaction
//! ```

use std::collections::BTreeSet;

use entity::user_emails;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::action_tokens::{self, New, Purpose, Token};
use super::invitations::{self, Invitation};
use super::names;
use super::sessions::Place;
use super::throttle::{Mailing, Origin};
use super::users::{self, NewUser, Person};
use super::{Error, Result, again, events, notices, versions};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::db;
use crate::mail::{self, Recipient, messages};
use crate::platform::hashing::HashError;
use crate::platform::random::{base64url, from_base64url};
use crate::platform::templates::Lang;
use crate::urls;

/// What belongs to a token of [`Purpose::VerifyEmail`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VerifyEmail {
    /// An account is made when the link is taken; the token is nobody's yet.
    SignUp {
        /// What was asked for, sealed, as base64url.
        sealed: String,
    },
    /// The person of the token's `user_id` has this address; it is added where it is not theirs yet.
    Address {
        /// As it was written.
        email: String,
    },
}

/// Of which only the newest token is good: this person with this address.
#[must_use]
pub fn subject_of(user_id: Uuid, address: &str) -> String {
    format!("{user_id} {}", names::canonical(address))
}

/// Asks the owner of `address`, by mail, whether it is this person's. The address may stand in the account already, unproved, or be
/// new: it is added when the link is taken. A newer mail for the same person and address ends the link of the older.
///
/// # Errors
/// Of the database.
pub async fn ask_address(app: &App, tx: &DatabaseTransaction, user_id: Uuid, address: &str) -> Result<()> {
    let (_, lang, _) = users::mail_facts(app, tx, user_id).await?;
    let ttl_s = app.config.registration.verify_ttl;
    let new = New {
        purpose: Purpose::VerifyEmail,
        user_id: Some(user_id),
        subject: Some(&subject_of(user_id, address)),
        browser_hash: None,
        data: &VerifyEmail::Address { email: address.trim().to_owned() },
        ttl_s,
    };
    let token = action_tokens::issue(app, tx, &new).await?;
    // Whose address it is, is not known yet: nothing that a stranger typed stands in the mail but the address itself.
    let message = messages::VerifyEmail {
        name: address.trim().to_owned(),
        link: app.urls.absolute(&format!("{}?token={token}", urls::VERIFY_EMAIL)),
        hours: ttl_s.div_ceil(3600),
    };
    let to = Recipient { address: address.trim().to_owned(), lang, user_id: Some(user_id) };
    mail::post(app, tx, &to, &message, app.clock.now_ms() + app.ms(ttl_s)).await
}

/// An account that somebody asks for.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignUp {
    /// The address, as it was written.
    pub email: String,
    /// The user name; where none was chosen it is made from the address when the account is made.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The hash of the password; none where passwords are not used.
    pub phc: Option<String>,
    /// The language of pages and mail.
    pub language: Lang,
    /// The sign-in that waits for the account.
    pub flow: Option<String>,
    /// The invitation that allows it.
    pub invitation: Option<Uuid>,
}

impl std::fmt::Debug for SignUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignUp").finish_non_exhaustive()
    }
}

/// Why there is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The link was used, or its time is over, or there is a newer one.
    Over,
    /// `registration.mode` does not allow it.
    Closed,
    /// The address is not of a domain that is allowed.
    Domain,
    /// The address has an account.
    EmailTaken,
    /// The user name is somebody's.
    UsernameTaken,
    /// The invitation was accepted, or its time is over.
    Invitation,
}

/// Whether who has this invitation, or none, may make an account.
#[must_use]
pub fn may_sign_up(app: &App, invitation: Option<&Invitation>) -> bool {
    match app.config.registration.mode {
        RegistrationMode::Closed => false,
        RegistrationMode::Invite => invitation.is_some(),
        RegistrationMode::Open => true,
    }
}

/// Whether an account may have this address. An invitation that names an address allows it, whatever its domain.
#[must_use]
pub fn is_allowed_domain(app: &App, email_key: &str, invitation: Option<&Invitation>) -> bool {
    let domains = &app.config.registration.allowed_domains;
    let is_named = invitation.is_some_and(|i| i.email.as_deref() == Some(email_key));
    domains.is_empty() || is_named || domains.iter().any(|d| names::canonical(d) == names::domain_of(email_key))
}

/// Keeps what was asked for, and writes to the address: the link that makes the account, or that there is one. Who asks sees no
/// difference, and neither does a clock.
///
/// # Errors
/// Of the database.
pub async fn ask(app: &App, sign_up: &SignUp, origin: Origin<'_>) -> Result<()> {
    let browser_hash = origin.browser_hash;
    let key = names::canonical(&sign_up.email);
    if !mail::may_post(app, Mailing::SignUp, &key, &origin.network(app)).await? {
        return Ok(());
    }
    let plain = serde_json::to_vec(sign_up).map_err(Error::internal)?;
    let sealed = app.sealers.sign_up.seal(&app.random, browser_hash, &plain)?;
    let ttl_s = app.config.registration.verify_ttl;
    let new = New {
        purpose: Purpose::VerifyEmail,
        user_id: None,
        // By the browser too: a stranger who asks for the same address does not end the link of its owner.
        subject: Some(&format!("{key} {}", base64url(browser_hash))),
        browser_hash: Some(browser_hash),
        data: &VerifyEmail::SignUp { sealed: base64url(&sealed) },
        ttl_s,
    };
    let tx = app.db.begin_write().await?;
    // For a taken address too, though nobody gets that link: the work is the same.
    let token = action_tokens::issue(app, &tx, &new).await?;
    // Nothing that a stranger typed stands in the mail but the address itself.
    let name = sign_up.email.clone();
    let to = Recipient { address: sign_up.email.clone(), lang: sign_up.language, user_id: None };
    let expires_at = app.clock.now_ms() + app.ms(ttl_s);
    if users::find_id(&tx, &key).await?.is_some() {
        let message = messages::AccountExists {
            name,
            link: app.urls.absolute(urls::LOGIN),
            reset_link: app.urls.absolute(urls::RECOVER),
        };
        mail::post(app, &tx, &to, &message, expires_at).await?;
    } else {
        let link = app.urls.absolute(&format!("{}?token={token}", urls::VERIFY_EMAIL));
        let message = messages::VerifyEmail { name, link, hours: ttl_s.div_ceil(3600) };
        mail::post(app, &tx, &to, &message, expires_at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What a link proves.
#[derive(Debug)]
pub enum Link {
    /// The address of an account to make.
    SignUp(SignUp),
    /// An address of this person.
    Address(Person, String),
}

/// What is behind the token of a mailed link, where it is good now; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, text: &str) -> Result<Option<(Token, Link)>> {
    let Some(token) = action_tokens::look(app, Purpose::VerifyEmail, text).await? else { return Ok(None) };
    match token.data()? {
        VerifyEmail::SignUp { sealed } => {
            let sealed = from_base64url(&sealed).unwrap_or_default();
            let bound = token.browser_hash.as_deref().unwrap_or_default();
            let plain = app.sealers.sign_up.open(bound, &sealed).map_err(Error::internal)?;
            let sign_up = serde_json::from_slice(&plain).map_err(Error::internal)?;
            Ok(Some((token, Link::SignUp(sign_up))))
        }
        VerifyEmail::Address { email } => {
            let person = users::find_maybe(app, token.user_id.unwrap_or_default()).await?.filter(|p| !p.is_disabled);
            Ok(person.map(|person| (token, Link::Address(person, email))))
        }
    }
}

/// Whether this is the password that was chosen when the account was asked for.
///
/// # Errors
/// [`Error::Busy`].
pub async fn is_password(app: &App, password: &Zeroizing<String>, phc: &str) -> Result<bool> {
    match app.hasher.verify(password.clone(), phc).await {
        Ok(verdict) => Ok(verdict.ok),
        Err(HashError::Busy) => Err(Error::Busy(2)),
        Err(other) => Err(Error::internal(other)),
    }
}

/// Takes a link and makes the account that was asked for, with another user name where the first is taken meanwhile. A refusal leaves the link good.
///
/// # Errors
/// [`Error::Invalid`] where the user name cannot be accepted.
pub async fn take(app: &App, token: &Token, sign_up: &SignUp) -> Outcome {
    again(|| try_take(app, token, sign_up)).await
}

async fn try_take(app: &App, token: &Token, sign_up: &SignUp) -> Outcome {
    let tx = app.db.begin_write().await?;
    if !action_tokens::consume(app, &tx, Purpose::VerifyEmail, token).await? {
        return Ok(Err(Refused::Over));
    }
    let invitation = match sign_up.invitation {
        Some(id) => match invitations::find(app, &tx, id).await? {
            Some(found) => Some(found),
            None => return Ok(Err(Refused::Invitation)),
        },
        None => None,
    };
    create(app, tx, sign_up, invitation.as_ref()).await
}

/// Makes the account of who was invited at this very address: the mail has proved it.
///
/// # Errors
/// [`Error::Invalid`] where the user name cannot be accepted.
pub async fn accept(app: &App, sign_up: &SignUp, invitation: &Invitation) -> Outcome {
    if invitation.email != Some(names::canonical(&sign_up.email)) {
        return Ok(Err(Refused::Invitation));
    }
    again(async || create(app, app.db.begin_write().await?, sign_up, Some(invitation)).await).await
}

/// Makes the account of who signs in by mail for the first time, in the caller's transaction: the mail has proved the address.
///
/// # Errors
/// [`Error::Conflict`] where somebody made one at the same time; the transaction is of no use any more.
pub async fn provision(app: &App, tx: &DatabaseTransaction, email: &str, language: Lang) -> Outcome {
    let email = email.to_owned();
    let sign_up = SignUp { email, username: None, name: None, phc: None, language, flow: None, invitation: None };
    write(app, tx, &sign_up, None).await
}

/// The new person, or why there is none.
pub type Outcome = Result<std::result::Result<Uuid, Refused>>;

async fn create(app: &App, tx: DatabaseTransaction, sign_up: &SignUp, invitation: Option<&Invitation>) -> Outcome {
    let key = names::canonical(&sign_up.email);
    match write(app, &tx, sign_up, invitation).await {
        Ok(Ok(user_id)) => {
            tx.commit().await?;
            Ok(Ok(user_id))
        }
        // Somebody was faster between our look and our write; which of the two it was is seen now.
        Err(Error::Conflict(_)) => {
            tx.rollback().await?;
            let is_email = users::find_id(app.db.write(), &key).await?.is_some();
            Ok(Err(if is_email { Refused::EmailTaken } else { Refused::UsernameTaken }))
        }
        refused => refused,
    }
}

async fn write(app: &App, tx: &DatabaseTransaction, sign_up: &SignUp, invitation: Option<&Invitation>) -> Outcome {
    let key = names::canonical(&sign_up.email);
    if !may_sign_up(app, invitation) {
        return Ok(Err(Refused::Closed));
    }
    if !is_allowed_domain(app, &key, invitation) {
        return Ok(Err(Refused::Domain));
    }
    if users::find_id(tx, &key).await?.is_some() {
        return Ok(Err(Refused::EmailTaken));
    }
    let username = match &sign_up.username {
        Some(name) if users::find_id(tx, &names::canonical(name)).await?.is_some() => {
            return Ok(Err(Refused::UsernameTaken));
        }
        Some(name) => name.clone(),
        None => users::free_username(app, tx, None, &key).await?,
    };
    let new = NewUser {
        username,
        email: sign_up.email.clone(),
        is_email_verified: true,
        name: sign_up.name.clone(),
        language: Some(sign_up.language),
        ..NewUser::default()
    };
    let prepared = users::prepare_hashed(app, &new, sign_up.phc.clone())?;
    users::insert(app, tx, &new, &prepared).await?;
    let invited = invitation.map_or(&[][..], |i| &i.groups);
    let groups: BTreeSet<&String> = app.config.registration.groups.iter().chain(invited).collect();
    for group in groups {
        users::join(app, tx, prepared.id, group).await?;
    }
    match invitation {
        Some(i) if !invitations::accept(app, tx, i.id, prepared.id).await? => Ok(Err(Refused::Invitation)),
        _ => Ok(Ok(prepared.id)),
    }
}

/// Takes a link: the address is this person's, and is added where the account does not have it yet; the other addresses are told then.
///
/// # Errors
/// Of the database.
pub async fn take_address(
    app: &App,
    token: &Token,
    person: &Person,
    address: &str,
    place: &Place,
) -> Result<std::result::Result<(), Refused>> {
    again(|| try_take_address(app, token, person, address, place)).await
}

async fn try_take_address(
    app: &App,
    token: &Token,
    person: &Person,
    address: &str,
    place: &Place,
) -> Result<std::result::Result<(), Refused>> {
    let Ok(key) = names::checked_email(address) else { return Ok(Err(Refused::Over)) };
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, person.id).await?;
    if !action_tokens::consume(app, &tx, Purpose::VerifyEmail, token).await? {
        return Ok(Err(Refused::Over));
    }
    if users::find_id(&tx, &key).await?.is_some_and(|owner| owner != person.id) {
        return Ok(Err(Refused::EmailTaken));
    }
    if !proved(app, &tx, person.id, &key).await? {
        notices::send(app, &tx, person.id, notices::What::EmailAdded, address, Some(place)).await?;
        let theirs = user_emails::Entity::find().filter(user_emails::Column::UserId.eq(person.id));
        let row = user_emails::ActiveModel {
            id: Set(app.new_id()?),
            user_id: Set(person.id),
            address: Set(address.to_owned()),
            address_key: Set(key),
            is_primary: Set(theirs.one(&tx).await?.is_none()),
            verified_at: Set(Some(app.clock.now_ms())),
            created_at: Set(app.clock.now_ms()),
        };
        match user_emails::Entity::insert(row).exec_without_returning(&tx).await {
            Err(error) if db::is_unique_violation(&error) => return Ok(Err(Refused::EmailTaken)),
            inserted => inserted?,
        };
        events::record(app, &tx, events::Kind::EmailVerified, events::About::user(person.id)).await?;
    }
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(Ok(()))
}

/// An address of this person was proved, by a mail that only its owner can have read; false where the account does not have it. The caller
/// bumps the version of grants where that matters to it.
///
/// # Errors
/// Of the database.
pub async fn proved(app: &App, tx: &DatabaseTransaction, user_id: Uuid, email_key: &str) -> Result<bool> {
    let find = user_emails::Entity::find()
        .filter(user_emails::Column::UserId.eq(user_id))
        .filter(user_emails::Column::AddressKey.eq(email_key));
    let Some(found) = find.one(tx).await? else { return Ok(false) };
    let now = app.clock.now_ms();
    let sql = "UPDATE user_emails SET verified_at = ? WHERE id = ? AND verified_at IS NULL";
    if db::run(tx, app.db.stmt(sql, [now.into(), found.id.into()])).await?.rows_affected() == 1 {
        let sql = "UPDATE users SET updated_at = ? WHERE id = ?";
        db::run(tx, app.db.stmt(sql, [now.into(), user_id.into()])).await?;
        events::record(app, tx, events::Kind::EmailVerified, events::About::user(user_id)).await?;
    }
    Ok(true)
}
