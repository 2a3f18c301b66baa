//! Accounts elsewhere that sign their owners in here.
//!
//! An account elsewhere is known by issuer and subject, and by nothing else: an address there may belong to somebody else tomorrow.
//!
//! ```text
//! arrive ─┬─ linked already ─────────────────────────────▶ Known
//!         ├─ its verified address is an account's here ──┬─ the provider is trusted for it ─▶ Known, linked now
//!         │                                              └─ else ─▶ AddressKnown: wait, sign in here first, confirm
//!         └─ nobody's ──┬─ it may make an account ─▶ Known, made now
//!                       └─ else ─▶ Refused
//! ```

use entity::{upstream_links, user_emails};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::names;
use super::sessions::Place;
use super::users::NewUser;
use super::{Error, Result, again, events, notices, users, ways_in};
use crate::app::App;
use crate::config::{RegistrationMode, Upstream};
use crate::platform::random::{base64url, from_base64url, sha256};

/// An account elsewhere, as its provider has just proved it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Account {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
    /// The address there.
    pub email: Option<String>,
    /// Whether the provider says that it verified the address.
    pub is_email_verified: bool,
    /// Whether the address is the provider's own to give, or that of a domain that is its customer's.
    pub is_authoritative: bool,
    /// The full name.
    pub name: Option<String>,
    /// The user name there.
    pub username: Option<String>,
    /// The groups that it names.
    pub groups: Vec<String>,
    /// Other standard claims for a new profile.
    pub profile: Map<String, Value>,
}

impl Account {
    /// What issuer and subject are found by.
    #[must_use]
    pub fn key_hash(&self) -> [u8; 32] {
        let mut text = Vec::new();
        for part in [self.issuer.as_bytes(), self.subject.as_bytes()] {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        sha256(&text)
    }

    /// As people know it: the address, or the name there.
    #[must_use]
    pub fn label(&self) -> String {
        let known = self.email.as_ref().or(self.username.as_ref()).or(self.name.as_ref());
        known.unwrap_or(&self.subject).chars().filter(|c| !c.is_control()).take(191).collect()
    }

    /// The verified address and its canonical form.
    fn verified(&self) -> Option<(&str, String)> {
        let address = self.email.as_deref().filter(|_| self.is_email_verified)?;
        Some((address, names::canonical(address)))
    }
}

/// A link, for its owner to see.
#[derive(Debug, Clone)]
pub struct Link {
    /// The id.
    pub id: Uuid,
    /// The provider's name in the configuration.
    pub provider: String,
    /// The account there, as people know it.
    pub label: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// What comes of an account elsewhere that has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is this person's.
    Known(Uuid),
    /// Its verified address is that of an account here, which must be proved before the two are linked.
    AddressKnown,
    /// It may not come in.
    Refused(Refusal),
}

/// Why an account elsewhere may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not say that it verified the address.
    Unverified,
    /// The address is of a domain that may not.
    Domain,
    /// No account here is linked to it, and it may make none.
    NoAccount,
    /// The address there cannot be one here.
    Address,
}

/// Why an account elsewhere may not be used here at all, whoever's it is.
#[must_use]
pub fn may_not(app: &App, account: &Account) -> Option<Refusal> {
    let Some(rules) = app.config.upstream.get(&account.provider) else { return Some(Refusal::NoAccount) };
    if is_of(&rules.allowed_domains, account) {
        return None;
    }
    Some(if account.verified().is_some() { Refusal::Domain } else { Refusal::Unverified })
}

/// Finds whose account this is, links it or makes an account, as the operator allows.
///
/// # Errors
/// Of the database.
pub async fn arrive(app: &App, account: &Account, place: &Place) -> Result<Arrival> {
    let Some(rules) = app.config.upstream.get(&account.provider) else {
        return Ok(Arrival::Refused(Refusal::NoAccount));
    };
    if let Some(refusal) = may_not(app, account) {
        return Ok(Arrival::Refused(refusal));
    }
    // Two first sign-ins at once: who comes second finds what the first has made.
    for _ in 0..3 {
        match try_arrive(app, rules, account, place).await {
            Err(Error::Conflict(_)) => {}
            other => return other,
        }
    }
    Err(Error::Busy(2))
}

async fn try_arrive(app: &App, rules: &Upstream, account: &Account, place: &Place) -> Result<Arrival> {
    if let Some(link) = find(app.db.write(), account).await? {
        seen(app, link.id, account).await?;
        return Ok(Arrival::Known(link.user_id));
    }
    let Some((address, key)) = account.verified() else { return Ok(Arrival::Refused(Refusal::Unverified)) };
    if names::checked_email(address).is_err() {
        return Ok(Arrival::Refused(Refusal::Address));
    }
    let tx = app.db.begin_write().await?;
    // Another first sign-in may have been quicker. First who owns the address, then the link again: where a transaction sees what
    // others commit meanwhile, whoever sees the account that the other made sees its link too.
    let owner = users::find_id(&tx, &key).await?;
    if let Some(link) = find(&tx, account).await? {
        return Ok(Arrival::Known(link.user_id));
    }
    if let Some(owner) = owner {
        // An address that nobody proved here may have been put there by a stranger, who waits for its owner.
        if !(rules.trust_email && account.is_authoritative && is_proved_here(&tx, owner, &key).await?) {
            return Ok(Arrival::AddressKnown);
        }
        link(app, &tx, owner, account, Some(place)).await?;
        tx.commit().await?;
        return Ok(Arrival::Known(owner));
    }
    let registration = &app.config.registration;
    let may_sign_up = rules.sign_up.unwrap_or(registration.mode == RegistrationMode::Open);
    if !may_sign_up {
        return Ok(Arrival::Refused(Refusal::NoAccount));
    }
    if !is_of(&registration.allowed_domains, account) {
        return Ok(Arrival::Refused(Refusal::Domain));
    }
    let user_id = create(app, &tx, rules, account, (address, &key)).await?;
    tx.commit().await?;
    Ok(Arrival::Known(user_id))
}

/// Makes an account without a password, its address proved, and links it.
async fn create(
    app: &App,
    tx: &DatabaseTransaction,
    rules: &Upstream,
    account: &Account,
    (address, key): (&str, &str),
) -> Result<Uuid> {
    let wanted = account.username.as_deref().and_then(|name| name.split('@').next());
    let mut new = NewUser {
        username: users::free_username(app, tx, wanted, key).await?,
        email: address.to_owned(),
        is_email_verified: true,
        name: account.name.clone(),
        profile: account.profile.clone(),
        ..NewUser::default()
    };
    if users::faults(&new).iter().any(|fault| fault.field == "name") {
        new.name = None;
    }
    let prepared = users::prepare_hashed(app, &new, None)?;
    users::insert(app, tx, &new, &prepared).await?;
    let named = |group: &&String| rules.claim_groups.is_none() || account.groups.contains(group);
    let mut groups: Vec<&String> = app.config.registration.groups.iter().collect();
    groups.extend(rules.groups.iter().filter(named));
    groups.sort();
    groups.dedup();
    for group in groups.into_iter().filter(|group| *group != users::ADMINISTRATORS) {
        users::join(app, tx, prepared.id, group).await?;
    }
    insert(app, tx, prepared.id, account).await?;
    Ok(prepared.id)
}

/// Whether its verified address is of one of these domains; of none, any account will do.
fn is_of(domains: &[String], account: &Account) -> bool {
    let fits = |key: &str| domains.iter().any(|domain| names::canonical(domain) == names::domain_of(key));
    domains.is_empty() || account.verified().is_some_and(|(_, key)| fits(&key))
}

async fn is_proved_here<C: ConnectionTrait>(tx: &C, user_id: Uuid, key: &str) -> Result<bool> {
    let found = user_emails::Entity::find().filter(user_emails::Column::AddressKey.eq(key)).one(tx).await?;
    Ok(found.is_some_and(|email| email.user_id == user_id && email.verified_at.is_some()))
}

/// The link of an account elsewhere.
async fn find<C: ConnectionTrait>(connection: &C, account: &Account) -> Result<Option<upstream_links::Model>> {
    let by_key = upstream_links::Column::KeyHash.eq(account.key_hash().to_vec());
    let found = upstream_links::Entity::find().filter(by_key).one(connection).await?;
    // The texts themselves too: the hash is what the index needs, not what is believed.
    Ok(found.filter(|link| link.issuer == account.issuer && link.subject == account.subject))
}

/// Whose account here an account elsewhere is linked to.
///
/// # Errors
/// Of the database.
pub async fn owner(app: &App, account: &Account) -> Result<Option<Uuid>> {
    Ok(find(app.db.write(), account).await?.map(|link| link.user_id))
}

async fn seen(app: &App, id: Uuid, account: &Account) -> Result<()> {
    let sql = "UPDATE upstream_links SET email = ?, name = ?, provider = ?, last_used_at = ? WHERE id = ?";
    let values = [
        account.email.clone().into(),
        account.name.clone().into(),
        account.provider.clone().into(),
        app.clock.now_ms().into(),
        id.into(),
    ];
    app.db.execute(sql, values).await?;
    Ok(())
}

/// Links an account elsewhere to a person, with its event and the notice, in the caller's transaction.
async fn link(
    app: &App,
    tx: &DatabaseTransaction,
    user_id: Uuid,
    account: &Account,
    place: Option<&Place>,
) -> Result<()> {
    insert(app, tx, user_id, account).await?;
    let about = format!("{}: {}", account.provider, account.label());
    notices::send(app, tx, user_id, notices::What::UpstreamLinked, &about, place).await
}

async fn insert(app: &App, tx: &DatabaseTransaction, user_id: Uuid, account: &Account) -> Result<()> {
    let now = app.clock.now_ms();
    let row = upstream_links::ActiveModel {
        id: Set(app.new_id()?),
        user_id: Set(user_id),
        provider: Set(account.provider.clone()),
        key_hash: Set(account.key_hash().to_vec()),
        issuer: Set(account.issuer.clone()),
        subject: Set(account.subject.clone()),
        email: Set(account.email.clone()),
        name: Set(account.name.clone()),
        created_at: Set(now),
        last_used_at: Set(Some(now)),
    };
    let inserted = upstream_links::Entity::insert(row).exec_without_returning(tx).await;
    inserted.map_err(|error| {
        if crate::db::is_unique_violation(&error) {
            Error::Conflict("this account is linked already".to_owned())
        } else {
            error.into()
        }
    })?;
    let about = events::About::user(user_id).with(json!({ "provider": account.provider, "subject": account.subject }));
    events::record(app, tx, events::Kind::UpstreamLinked, about).await
}

/// The accounts elsewhere of a person, oldest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, user_id: Uuid) -> Result<Vec<Link>> {
    let rows = upstream_links::Entity::find()
        .filter(upstream_links::Column::UserId.eq(user_id))
        .order_by_asc(upstream_links::Column::CreatedAt)
        .all(app.db.read())
        .await?;
    let link = |row: upstream_links::Model| Link {
        id: row.id,
        provider: row.provider,
        label: row.email.or(row.name).unwrap_or(row.subject),
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    };
    Ok(rows.into_iter().map(link).collect())
}

/// What came of taking a link away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// It is gone.
    Done,
    /// It is the last way in.
    LastWay,
    /// The person has no such link.
    NotThere,
}

/// Takes a link away, unless it is the person's last way in.
///
/// # Errors
/// Of the database.
pub async fn unlink(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Result<Unlinked> {
    again(|| try_unlink(app, user_id, id, place)).await
}

async fn try_unlink(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Result<Unlinked> {
    let tx = app.db.begin_write().await?;
    ways_in::lock(app, &tx, user_id).await?;
    let found = upstream_links::Entity::find_by_id(id).one(&tx).await?;
    let Some(found) = found.filter(|link| link.user_id == user_id) else { return Ok(Unlinked::NotThere) };
    let is_way = app.config.upstream.contains_key(&found.provider);
    if ways_in::of(app, &tx, user_id).await?.count() <= u64::from(is_way) {
        return Ok(Unlinked::LastWay);
    }
    let sql = "DELETE FROM upstream_links WHERE id = ? AND user_id = ?";
    let gone = crate::db::run(&tx, app.db.stmt(sql, [id.into(), user_id.into()])).await?.rows_affected() == 1;
    if !gone {
        return Ok(Unlinked::NotThere);
    }
    let about = events::About::user(user_id).with(json!({ "provider": found.provider, "subject": found.subject }));
    events::record(app, &tx, events::Kind::UpstreamUnlinked, about).await?;
    let label = found.email.or(found.name).unwrap_or(found.subject);
    let text = format!("{}: {label}", found.provider);
    notices::send(app, &tx, user_id, notices::What::UpstreamUnlinked, &text, Some(place)).await?;
    tx.commit().await?;
    Ok(Unlinked::Done)
}

/// How long an account elsewhere waits to be linked, in seconds.
const WAITING_S: u64 = 1800;

/// What belongs to a token of [`Purpose::UpstreamLink`].
#[derive(Serialize, Deserialize)]
struct Waiting {
    /// The account, sealed, as base64url.
    sealed: String,
}

/// Keeps an account elsewhere until its owner here confirms that it is theirs; gives the SHA-256 of the token, in hexadecimal, for the flow.
/// `user_id` is the only person who may, where that is known.
///
/// # Errors
/// Of the database.
pub async fn wait(app: &App, account: &Account, user_id: Option<Uuid>, browser_hash: &[u8; 32]) -> Result<String> {
    let plain = serde_json::to_vec(account).map_err(Error::internal)?;
    let sealed = app.sealers.upstream.seal(&app.random, browser_hash, &plain)?;
    let new = New {
        purpose: Purpose::UpstreamLink,
        user_id,
        subject: Some(&base64url(browser_hash)),
        browser_hash: Some(browser_hash),
        data: &Waiting { sealed: base64url(&sealed) },
        ttl_s: WAITING_S,
    };
    let tx = app.db.begin_write().await?;
    let token = action_tokens::issue(app, &tx, &new).await?;
    tx.commit().await?;
    Ok(sha256(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The account elsewhere that waits under `hash` at this browser, with its token.
///
/// # Errors
/// Of the database.
pub async fn waiting(app: &App, hash: &str, browser_hash: &[u8; 32]) -> Result<Option<(Token, Account)>> {
    let Some(hash) = from_hex(hash) else { return Ok(None) };
    let token = action_tokens::look_by_hash(app, Purpose::UpstreamLink, &hash).await?;
    let Some(token) = token.filter(|token| token.is_for(browser_hash)) else { return Ok(None) };
    let data: Waiting = token.data()?;
    let sealed = from_base64url(&data.sealed).unwrap_or_default();
    let plain = app.sealers.upstream.open(browser_hash, &sealed).map_err(Error::internal)?;
    let account = serde_json::from_slice(&plain).map_err(Error::internal)?;
    Ok(Some((token, account)))
}

/// Links what waited to the person who confirmed it; false where somebody else was meant, or it was taken before.
///
/// # Errors
/// [`Error::Conflict`] where it is linked already.
pub async fn confirm(app: &App, token: &Token, account: &Account, user_id: Uuid, place: &Place) -> Result<bool> {
    if token.user_id.is_some_and(|meant| meant != user_id) {
        return Ok(false);
    }
    again(|| try_confirm(app, token, account, user_id, place)).await
}

async fn try_confirm(app: &App, token: &Token, account: &Account, user_id: Uuid, place: &Place) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    // The person first, as everywhere: two that take the same rows in another order end in a deadlock.
    users::hold(app, &tx, user_id).await?;
    if !action_tokens::consume(app, &tx, Purpose::UpstreamLink, token).await? {
        return Ok(false);
    }
    link(app, &tx, user_id, account, Some(place)).await?;
    tx.commit().await?;
    Ok(true)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    let bytes = text.as_bytes().as_chunks::<2>().0;
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(bytes) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}
