//! Grants: one row from authorization code to last refresh.
//!
//! ```text
//! create ──code──▶ redeem ──refresh token 1──▶ rotate ──2──▶ rotate ──3──▶ …
//!                    │ again                     │ an older one, or too late
//!                    └──────────▶ revoked ◀──────┘   ◀── sign-out, revocation, disabled person or client
//! ```
//!
//! The database holds no token: the code is kept as a hash, and a refresh token is the grant's id, its generation and a MAC over
//! both. Each step is one conditional `UPDATE`, so of two who come at once only one goes through.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::users::{self, Person};
use super::{Error, Result, events, sessions, versions};
use crate::app::App;
use crate::platform::random::{base64url, from_base64url, sha256};

/// The grant types that a client may register.
pub const GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

/// A grant with the person who gave it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the columns of the table, which says what they mean")]
pub struct Grant {
    pub id: Uuid,
    pub person: Person,
    pub client_id: String,
    pub session_id: Option<Uuid>,
    pub scopes: String,
    pub resources: String,
    pub claims: Option<String>,
    pub nonce: Option<String>,
    pub acr: String,
    pub amr: String,
    pub auth_time: i64,
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<String>,
    pub code_hash: Vec<u8>,
    pub code_expires_at: i64,
    pub redeemed_at: Option<i64>,
    pub is_offline: bool,
    pub generation: i64,
    pub rotated_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub idle_expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl Grant {
    /// Whether its tokens are good: not revoked, and its person may sign in.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.revoked_at.is_none() && !self.person.is_disabled
    }

    fn is_over(&self, now: i64) -> bool {
        !self.is_live() || self.idle_expires_at <= now || self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A grant to create.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the columns of the table, which says what they mean")]
pub struct NewGrant<'a> {
    pub session: &'a sessions::Session,
    pub acr: &'a str,
    pub client_id: &'a str,
    pub scopes: String,
    pub resources: String,
    pub claims: Option<String>,
    pub nonce: Option<String>,
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<String>,
    pub is_offline: bool,
}

/// Creates a grant; gives the authorization code.
///
/// # Errors
/// Of the database.
pub async fn create(app: &App, new: NewGrant<'_>) -> Result<String> {
    let id = app.new_id()?;
    let code = format!("dc_{}{}", base64url(id.as_bytes()), app.random.token()?);
    let now = app.clock.now_ms();
    let code_expires_at = now + app.ms(app.config.oidc.code_ttl);
    let expires_at = ends_at(app, now, new.is_offline, new.session.expires_at);
    let grant = Grant {
        id,
        person: new.session.person.clone(),
        client_id: new.client_id.to_owned(),
        session_id: Some(new.session.id),
        scopes: new.scopes,
        resources: new.resources,
        claims: new.claims,
        nonce: new.nonce,
        acr: new.acr.to_owned(),
        amr: new.session.amr.clone(),
        auth_time: new.session.auth_time,
        redirect_uri: new.redirect_uri,
        code_challenge: new.code_challenge,
        code_hash: sha256(code.as_bytes()).to_vec(),
        code_expires_at,
        redeemed_at: None,
        is_offline: new.is_offline,
        generation: 0,
        rotated_at: None,
        expires_at,
        idle_expires_at: code_expires_at,
        revoked_at: None,
    };
    let epoch = app.live.epoch();
    insert(app, &grant, now).await?;
    // The code comes back in a moment, mostly to this process.
    app.live.remember_grant(epoch, id, Some(Arc::new(grant)), now);
    Ok(code)
}

async fn insert(app: &App, grant: &Grant, now: i64) -> Result<()> {
    let sql = "INSERT INTO grants (id, user_id, client_id, session_id, scopes, resources, claims, nonce, acr, amr, auth_time, \
               redirect_uri, code_challenge, code_hash, code_expires_at, is_offline, generation, expires_at, idle_expires_at, created_at) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values: [sea_orm::Value; 20] = [
        grant.id.into(),
        grant.person.id.into(),
        grant.client_id.clone().into(),
        grant.session_id.into(),
        grant.scopes.clone().into(),
        grant.resources.clone().into(),
        grant.claims.clone().into(),
        grant.nonce.clone().into(),
        grant.acr.clone().into(),
        grant.amr.clone().into(),
        grant.auth_time.into(),
        grant.redirect_uri.clone().into(),
        grant.code_challenge.clone().into(),
        grant.code_hash.clone().into(),
        grant.code_expires_at.into(),
        grant.is_offline.into(),
        grant.generation.into(),
        grant.expires_at.into(),
        grant.idle_expires_at.into(),
        now.into(),
    ];
    app.db.execute(sql, values).await?;
    Ok(())
}

/// When a grant ends however it is used: with its browser session, or after the absolute lifetime.
fn ends_at(app: &App, now: i64, is_offline: bool, session_ends: i64) -> Option<i64> {
    let absolute = app.config.oidc.refresh_absolute_ttl;
    let absolute = (absolute > 0).then(|| now + app.ms(absolute));
    if is_offline { absolute } else { Some(absolute.map_or(session_ends, |a| a.min(session_ends))) }
}

/// What a presented code turns out to be.
#[derive(Debug)]
pub enum Code {
    /// It is good: not taken yet, or taken now and by nobody else.
    Good(Box<Grant>),
    /// Nothing is known of it, or it is another client's.
    Unknown,
    /// Its minute is over.
    Expired,
    /// It was redeemed before: what it gave is revoked now (RFC 6749 §4.1.2).
    Replayed,
    /// The grant was revoked, or the account disabled.
    Ended,
}

/// Looks at an authorization code that `client_id` presents, without using it. Another client's code is left as it is.
///
/// # Errors
/// Of the database; the code may be presented again then.
pub async fn check_code(app: &App, code: &str, client_id: &str) -> Result<Code> {
    let Some(id) = id_of_code(code) else { return Ok(Code::Unknown) };
    // What is remembered serves to read what never changes; the UPDATE of `take_code` decides by what the database says then.
    let remembered = app.live.grant(id, app.clock.now_ms()).flatten().filter(|g| g.redeemed_at.is_none());
    let found = match remembered {
        Some(grant) => Some((*grant).clone()),
        None => load(app, id).await?,
    };
    let Some(grant) = found else { return Ok(Code::Unknown) };
    let is_ours: bool = sha256(code.as_bytes()).as_slice().ct_eq(&grant.code_hash).into();
    // Each compared on its own: the code, then whose it is.
    if !is_ours || grant.client_id != client_id {
        return Ok(Code::Unknown);
    }
    if grant.redeemed_at.is_some() {
        return replayed(app, &grant).await;
    }
    if grant.code_expires_at <= app.clock.now_ms() {
        return Ok(Code::Expired);
    }
    if !grant.is_live() {
        return Ok(Code::Ended);
    }
    Ok(Code::Good(Box::new(grant)))
}

/// Takes the code of a grant that [`check_code`] found good: once, so that nobody else can.
///
/// # Errors
/// Of the database; the code may be presented again then.
pub async fn take_code(app: &App, grant: Grant) -> Result<Code> {
    let now = app.clock.now_ms();
    let idle_expires_at = now + app.ms(app.config.oidc.refresh_ttl);
    let epoch = app.live.epoch();
    let taken = app
        .db
        .execute(
            // A session that was ended a moment ago, perhaps on another replica, gives nothing any more.
            "UPDATE grants SET redeemed_at = ?, generation = 1, rotated_at = ?, idle_expires_at = ? \
             WHERE id = ? AND redeemed_at IS NULL AND revoked_at IS NULL AND code_expires_at > ? \
             AND EXISTS (SELECT 1 FROM users WHERE users.id = grants.user_id AND users.disabled_at IS NULL) \
             AND EXISTS (SELECT 1 FROM browser_sessions s WHERE s.id = grants.session_id AND s.ended_at IS NULL)",
            [now.into(), now.into(), idle_expires_at.into(), grant.id.into(), now.into()],
        )
        .await?;
    if taken == 1 {
        let grant = Grant { redeemed_at: Some(now), generation: 1, rotated_at: Some(now), idle_expires_at, ..grant };
        app.live.remember_grant(epoch, grant.id, Some(Arc::new(grant.clone())), now);
        return Ok(Code::Good(Box::new(grant)));
    }
    // Somebody was faster, or the grant ended between the two statements.
    match load(app, grant.id).await? {
        Some(grant) if grant.redeemed_at.is_some() => replayed(app, &grant).await,
        _ => Ok(Code::Ended),
    }
}

async fn replayed(app: &App, grant: &Grant) -> Result<Code> {
    end_replayed(app, grant, events::Kind::CodeReplayed, "code_replayed").await?;
    Ok(Code::Replayed)
}

fn id_of_code(code: &str) -> Option<Uuid> {
    // "dc_", 22 characters of id, 43 of secret.
    if code.len() != 68 || !code.is_ascii() {
        return None;
    }
    let id = from_base64url(code.strip_prefix("dc_")?.get(..22)?)?;
    Uuid::from_slice(&id).ok()
}

/// A refresh token whose MAC is right: we made it for this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant.
    pub grant_id: Uuid,
    /// Which of its refresh tokens.
    pub generation: i64,
}

/// The refresh token of a grant's current generation.
///
/// # Errors
/// Where the generation is out of range.
pub fn refresh_token(app: &App, grant: &Grant) -> Result<String> {
    let generation = u32::try_from(grant.generation).map_err(Error::internal)?;
    let mut bytes = grant.id.as_bytes().to_vec();
    bytes.extend_from_slice(&generation.to_be_bytes());
    let mac = refresh_mac(app, &bytes, &grant.client_id);
    bytes.extend_from_slice(mac.as_ref());
    Ok(format!("dr_{}", base64url(&bytes)))
}

/// Reads a refresh token that we made for `client_id`.
#[must_use]
pub fn read_refresh_token(app: &App, token: &str, client_id: &str) -> Option<RefreshToken> {
    let bytes = from_base64url(token.strip_prefix("dr_")?).filter(|b| b.len() == 52)?;
    let (head, mac) = bytes.split_at(20);
    let is_ours: bool = refresh_mac(app, head, client_id).as_ref().ct_eq(mac).into();
    let generation = u32::from_be_bytes(head.get(16..)?.try_into().ok()?);
    is_ours.then_some(RefreshToken { grant_id: Uuid::from_slice(head.get(..16)?).ok()?, generation: generation.into() })
}

/// The grant that a refresh token names, before its MAC is checked: only to learn the client.
#[must_use]
pub fn grant_of_refresh_token(token: &str) -> Option<Uuid> {
    let bytes = from_base64url(token.strip_prefix("dr_")?).filter(|b| b.len() == 52)?;
    Uuid::from_slice(bytes.get(..16)?).ok()
}

fn refresh_mac(app: &App, head: &[u8], client_id: &str) -> ring::hmac::Tag {
    // The head has a fixed length, so the client's id cannot run into it.
    let mut context = ring::hmac::Context::with_key(&app.refresh_key);
    context.update(head);
    context.update(client_id.as_bytes());
    context.sign()
}

/// What a presented refresh token turns out to be.
#[derive(Debug)]
pub enum Refresh {
    /// It is the current one, or its direct predecessor within the grace.
    Good(Box<Grant>),
    /// The grant is over or its account disabled.
    Ended,
    /// It was used before: the whole grant is revoked now.
    Replayed,
}

/// Looks at a refresh token without using it.
///
/// # Errors
/// Of the database.
pub async fn check_refresh(app: &App, token: RefreshToken) -> Result<Refresh> {
    let now = app.clock.now_ms();
    // The remembered grant will do for its current token: the UPDATE that follows decides. Everything else is read anew.
    let remembered = app.live.grant(token.grant_id, now).flatten().filter(|g| g.generation == token.generation);
    if let Some(grant) = remembered.filter(|g| !g.is_over(now)) {
        return Ok(Refresh::Good(Box::new((*grant).clone())));
    }
    check_refresh_anew(app, token).await
}

async fn check_refresh_anew(app: &App, token: RefreshToken) -> Result<Refresh> {
    let Some(grant) = load(app, token.grant_id).await? else { return Ok(Refresh::Ended) };
    let now = app.clock.now_ms();
    if grant.is_over(now) || grant.redeemed_at.is_none() {
        return Ok(Refresh::Ended);
    }
    if token.generation == grant.generation || is_within_grace(app, &grant, token, now) {
        return Ok(Refresh::Good(Box::new(grant)));
    }
    end_replayed(app, &grant, events::Kind::RefreshReplayed, "refresh_replayed").await?;
    Ok(Refresh::Replayed)
}

/// Whether a refresh token could be used now, without using it.
#[must_use]
pub fn is_current(app: &App, grant: &Grant, token: RefreshToken) -> bool {
    let now = app.clock.now_ms();
    !grant.is_over(now)
        && grant.redeemed_at.is_some()
        && (token.generation == grant.generation || is_within_grace(app, grant, token, now))
}

/// The previous refresh token, shortly after the rotation, and only while its successor was not used: a lost answer may be asked
/// for again, and the same successor comes back.
fn is_within_grace(app: &App, grant: &Grant, token: RefreshToken, now: i64) -> bool {
    let grace = app.ms(app.config.oidc.refresh_grace);
    grace > 0
        && token.generation >= 1
        && token.generation + 1 == grant.generation
        // Another replica's clock, which wrote it, may be ahead of ours: the generation alone says that it was a moment ago.
        && grant.rotated_at.is_some_and(|at| now - at <= grace)
}

/// Uses a refresh token that [`check_refresh`] found good: the grant moves to the next generation, once.
///
/// # Errors
/// Of the database; the token may be presented again then.
pub async fn rotate(app: &App, grant: Grant, token: RefreshToken) -> Result<Refresh> {
    if token.generation < grant.generation {
        // Within the grace: the same successor again.
        return Ok(Refresh::Good(Box::new(grant)));
    }
    let now = app.clock.now_ms();
    let idle = now + app.ms(app.config.oidc.refresh_ttl);
    let epoch = app.live.epoch();
    let rotated = app
        .db
        .execute(
            "UPDATE grants SET generation = generation + 1, rotated_at = ?, idle_expires_at = ? \
             WHERE id = ? AND generation = ? AND revoked_at IS NULL AND idle_expires_at > ? \
             AND EXISTS (SELECT 1 FROM users WHERE users.id = grants.user_id AND users.disabled_at IS NULL)",
            [now.into(), idle.into(), grant.id.into(), token.generation.into(), now.into()],
        )
        .await?;
    if rotated == 1 {
        let grant = Grant { generation: token.generation + 1, rotated_at: Some(now), idle_expires_at: idle, ..grant };
        app.live.remember_grant(epoch, grant.id, Some(Arc::new(grant.clone())), now);
        return Ok(Refresh::Good(Box::new(grant)));
    }
    // Somebody was faster: look again, with the rules for a predecessor.
    check_refresh_anew(app, token).await
}

/// A grant by id.
///
/// # Errors
/// Of the database.
pub async fn load(app: &App, id: Uuid) -> Result<Option<Grant>> {
    let row = app
        .db
        .one(
            &format!(
                "SELECT g.client_id, g.session_id, g.scopes, g.resources, g.claims, g.nonce, g.acr, g.amr, g.auth_time, \
                 g.redirect_uri, g.code_challenge, g.code_hash, g.code_expires_at, g.redeemed_at, g.is_offline, g.generation, \
                 g.rotated_at, g.expires_at, g.idle_expires_at, g.revoked_at, {columns} \
                 FROM grants g JOIN users u ON u.id = g.user_id {join} WHERE g.id = ?",
                columns = users::PERSON_COLUMNS,
                join = users::PERSON_JOIN,
            ),
            [id.into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Grant {
        id,
        person: users::from_row(&row)?,
        client_id: row.try_get("", "client_id")?,
        session_id: row.try_get("", "session_id")?,
        scopes: row.try_get("", "scopes")?,
        resources: row.try_get("", "resources")?,
        claims: row.try_get("", "claims")?,
        nonce: row.try_get("", "nonce")?,
        acr: row.try_get("", "acr")?,
        amr: row.try_get("", "amr")?,
        auth_time: row.try_get("", "auth_time")?,
        redirect_uri: row.try_get("", "redirect_uri")?,
        code_challenge: row.try_get("", "code_challenge")?,
        code_hash: row.try_get("", "code_hash")?,
        code_expires_at: row.try_get("", "code_expires_at")?,
        redeemed_at: row.try_get("", "redeemed_at")?,
        is_offline: row.try_get("", "is_offline")?,
        generation: row.try_get("", "generation")?,
        rotated_at: row.try_get("", "rotated_at")?,
        expires_at: row.try_get("", "expires_at")?,
        idle_expires_at: row.try_get("", "idle_expires_at")?,
        revoked_at: row.try_get("", "revoked_at")?,
    }))
}

/// The grant behind an access token where it is live, from memory for a few seconds.
///
/// # Errors
/// Of the database.
pub async fn find_live(app: &App, id: Uuid) -> Result<Option<Arc<Grant>>> {
    let now = app.clock.now_ms();
    if let Some(known) = app.live.grant(id, now) {
        return Ok(known);
    }
    let epoch = app.live.epoch();
    let found = load(app, id).await?.filter(Grant::is_live).map(Arc::new);
    app.live.remember_grant(epoch, id, found.clone(), now);
    Ok(found)
}

/// Revokes a grant; says whether it was still live.
///
/// # Errors
/// Of the database.
pub async fn revoke(app: &App, id: Uuid, reason: &str) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let is_new = revoke_one(app, &tx, id, reason).await?;
    if is_new {
        let about = events::About::default().with(serde_json::json!({ "gid": id, "reason": reason }));
        events::record(app, &tx, events::Kind::GrantRevoked, about).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(is_new)
}

async fn end_replayed(app: &App, grant: &Grant, kind: events::Kind, reason: &str) -> Result<()> {
    let tx = app.db.begin_write().await?;
    revoke_one(app, &tx, grant.id, reason).await?;
    let about =
        events::About::user(grant.person.id).by_client(&grant.client_id).with(serde_json::json!({ "gid": grant.id }));
    events::record(app, &tx, kind, about).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

async fn revoke_one(app: &App, tx: &DatabaseTransaction, id: Uuid, reason: &str) -> Result<bool> {
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE id = ? AND revoked_at IS NULL";
    let changed = crate::db::run(tx, app.db.stmt(sql, [app.clock.now_ms().into(), reason.into(), id.into()])).await?;
    versions::bump(app, tx, versions::Kind::Grants).await?;
    Ok(changed.rows_affected() == 1)
}

/// Revokes every grant of a person, within the caller's transaction, which also raises the version.
///
/// # Errors
/// Of the database.
pub async fn revoke_of_user<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid, reason: &str) -> Result<()> {
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE user_id = ? AND revoked_at IS NULL";
    crate::db::run(tx, app.db.stmt(sql, [app.clock.now_ms().into(), reason.into(), user_id.into()])).await?;
    Ok(())
}

/// Revokes every grant of a person but those that were given in one session, within the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn revoke_of_others<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    user_id: Uuid,
    kept: Uuid,
    reason: &str,
) -> Result<()> {
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = ? \
               WHERE user_id = ? AND (session_id IS NULL OR session_id <> ?) AND revoked_at IS NULL";
    let values = [app.clock.now_ms().into(), reason.into(), user_id.into(), kept.into()];
    crate::db::run(tx, app.db.stmt(sql, values)).await?;
    Ok(())
}

/// Revokes every grant to a client, within the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn revoke_of_client(app: &App, tx: &DatabaseTransaction, client_id: &str, reason: &str) -> Result<()> {
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE client_id = ? AND revoked_at IS NULL";
    crate::db::run(tx, app.db.stmt(sql, [app.clock.now_ms().into(), reason.into(), client_id.into()])).await?;
    versions::bump(app, tx, versions::Kind::Grants).await?;
    app.live.forget_all();
    Ok(())
}
