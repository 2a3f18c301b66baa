//! Browser sessions: a person signed in at one browser. The row is the truth; the cookie only points at it.

use entity::browser_sessions;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbBackend, EntityTrait};
use uuid::Uuid;

use super::factors::{ACR_MULTI, ACR_SINGLE, AMR_MULTI};
use super::users::{self, Person};
use super::{Result, events, versions};
use crate::app::App;
use crate::platform::random::sha256;

/// A session that is good now, with whose it is.
#[derive(Debug, Clone)]
pub struct Session {
    /// The `sid`.
    pub id: Uuid,
    /// Who.
    pub person: Person,
    /// When they last proved who they are, epoch milliseconds.
    pub auth_time: i64,
    /// By which means (RFC 8176), space-separated.
    pub amr: String,
    /// How well.
    pub acr: String,
    /// When a second factor was last shown, epoch milliseconds.
    pub second_at: Option<i64>,
    /// When it ends however it is used, epoch milliseconds.
    pub expires_at: i64,
}

/// How somebody proved who they are.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Who.
    pub user_id: Uuid,
    /// By which means (RFC 8176), space-separated.
    pub amr: String,
    /// How well.
    pub acr: String,
}

impl Proof {
    /// One factor.
    #[must_use]
    pub fn single(user_id: Uuid, amr: &str) -> Self {
        Self { user_id, amr: amr.to_owned(), acr: ACR_SINGLE.to_owned() }
    }

    /// Two factors in one, or one after the other.
    #[must_use]
    pub fn multi(user_id: Uuid, amr: &str) -> Self {
        Self { user_id, amr: Self::join(amr, AMR_MULTI), acr: ACR_MULTI.to_owned() }
    }

    /// `first` and what `second` adds to it, `mfa` last (RFC 8176 §2).
    #[must_use]
    pub fn join(first: &str, second: &str) -> String {
        let mut all: Vec<&str> = Vec::new();
        for amr in first.split(' ').chain(second.split(' ')).filter(|a| !a.is_empty() && *a != AMR_MULTI) {
            if !all.contains(&amr) {
                all.push(amr);
            }
        }
        all.push(AMR_MULTI);
        all.join(" ")
    }
}

/// Where a session is begun.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// SHA-256 of the browser's own cookie.
    pub browser_hash: [u8; 32],
    /// As the browser calls itself.
    pub user_agent: Option<String>,
    /// The address.
    pub address: Option<String>,
}

impl Place {
    /// For a mail: the address and the browser as it calls itself.
    #[must_use]
    pub fn in_words(&self) -> String {
        let parts = [self.address.as_deref(), self.user_agent.as_deref()];
        let text: Vec<&str> = parts.into_iter().flatten().collect();
        text.join(", ").chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

/// Starts a session.
///
/// # Errors
/// Of the database.
pub async fn start(app: &App, proof: &Proof, place: &Place) -> Result<Uuid> {
    let now = app.clock.now_ms();
    let id = app.new_id()?;
    let fit = |text: &Option<String>| text.as_ref().map(|t| t.chars().take(191).collect::<String>());
    let row = browser_sessions::ActiveModel {
        id: Set(id),
        user_id: Set(proof.user_id),
        auth_time: Set(now),
        amr: Set(proof.amr.clone()),
        acr: Set(proof.acr.clone()),
        second_at: Set((proof.acr == ACR_MULTI).then_some(now)),
        browser_hash: Set(place.browser_hash.to_vec()),
        user_agent: Set(fit(&place.user_agent)),
        address: Set(fit(&place.address)),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now + app.ms(app.config.session.absolute_ttl)),
        ended_at: Set(None),
    };
    let tx = app.db.begin_write().await?;
    browser_sessions::Entity::insert(row).exec_without_returning(&tx).await?;
    let about = events::About::user(proof.user_id).with(serde_json::json!({ "amr": proof.amr, "sid": id }));
    events::record(app, &tx, events::Kind::SignedIn, about).await?;
    tx.commit().await?;
    Ok(id)
}

/// The session `id` where it is good: not ended, not expired, its person not disabled; from memory for a few seconds.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, id: Uuid) -> Result<Option<Session>> {
    let now = app.clock.now_ms();
    match app.live.session(id, now).filter(|s| s.expires_at > now) {
        Some(known) => Ok(Some(known)),
        None => find_now(app, id).await,
    }
}

/// As [`find`], but as the database has it now: after a step that changed it, perhaps on another replica.
///
/// # Errors
/// Of the database.
pub async fn find_now(app: &App, id: Uuid) -> Result<Option<Session>> {
    let now = app.clock.now_ms();
    let epoch = app.live.epoch();
    let row = app
        .db
        .one(
            &format!(
                "SELECT s.auth_time, s.amr, s.acr, s.second_at, s.seen_at, s.expires_at, s.ended_at, {columns} \
                 FROM browser_sessions s JOIN users u ON u.id = s.user_id {join} WHERE s.id = ?",
                columns = users::PERSON_COLUMNS,
                join = users::PERSON_JOIN,
            ),
            [id.into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let ended_at: Option<i64> = row.try_get("", "ended_at")?;
    let seen_at: i64 = row.try_get("", "seen_at")?;
    let expires_at: i64 = row.try_get("", "expires_at")?;
    let person = users::from_row(&row)?;
    let is_idle = seen_at + app.ms(app.config.session.idle_ttl) <= now;
    if ended_at.is_some() || expires_at <= now || is_idle || person.is_disabled {
        return Ok(None);
    }
    if now - seen_at > 60_000 {
        app.db
            .execute(
                "UPDATE browser_sessions SET seen_at = ? WHERE id = ? AND ended_at IS NULL",
                [now.into(), id.into()],
            )
            .await?;
    }
    let session = Session {
        id,
        person,
        auth_time: row.try_get("", "auth_time")?,
        amr: row.try_get("", "amr")?,
        acr: row.try_get("", "acr")?,
        second_at: row.try_get("", "second_at")?,
        expires_at,
    };
    app.live.remember_session(epoch, session.clone(), now);
    Ok(Some(session))
}

/// Takes a fresh proof of the same person into a session that is good; says whether it was. A session never changes its
/// owner.
///
/// # Errors
/// Of the database.
pub async fn renew(app: &App, id: Uuid, proof: &Proof) -> Result<bool> {
    if find_now(app, id).await?.is_none_or(|s| s.person.id != proof.user_id) {
        return Ok(false);
    }
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE browser_sessions SET auth_time = ?, amr = ?, acr = ?, second_at = ?, seen_at = ?, expires_at = ? \
               WHERE id = ? AND user_id = ? AND ended_at IS NULL";
    let values = [
        now.into(),
        proof.amr.clone().into(),
        proof.acr.clone().into(),
        (proof.acr == ACR_MULTI).then_some(now).into(),
        now.into(),
        (now + app.ms(app.config.session.absolute_ttl)).into(),
        id.into(),
        proof.user_id.into(),
    ];
    let renewed = crate::db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() == 1;
    if renewed {
        let about =
            events::About::user(proof.user_id).with(serde_json::json!({ "amr": proof.amr, "sid": id, "again": true }));
        events::record(app, &tx, events::Kind::SignedIn, about).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(renewed)
}

/// Adds a second factor that was just proved to a session that is good; says whether it was. `auth_time` stays that of the first
/// factor: nobody signed in anew.
///
/// # Errors
/// Of the database.
pub async fn step_up(app: &App, id: Uuid, user_id: Uuid, amr: &str) -> Result<bool> {
    let Some(session) = find_now(app, id).await?.filter(|s| s.person.id == user_id) else { return Ok(false) };
    let now = app.clock.now_ms();
    let amr = Proof::join(&session.amr, amr);
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE browser_sessions SET amr = ?, acr = ?, second_at = ?, seen_at = ? \
               WHERE id = ? AND user_id = ? AND ended_at IS NULL";
    let values =
        [amr.clone().into(), ACR_MULTI.into(), now.into(), now.into(), id.into(), user_id.into()];
    let stepped = crate::db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() == 1;
    if stepped {
        let about = events::About::user(user_id).with(serde_json::json!({ "amr": amr, "sid": id, "again": true }));
        events::record(app, &tx, events::Kind::SignedIn, about).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(stepped)
}

/// Whether this person has signed in at this browser before.
///
/// # Errors
/// Of the database.
pub async fn is_known_browser(app: &App, user_id: Uuid, browser: &[u8; 32]) -> Result<bool> {
    let row = app
        .db
        .one(
            "SELECT 1 AS found FROM browser_sessions WHERE user_id = ? AND browser_hash = ? LIMIT 1",
            [user_id.into(), browser.to_vec().into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Ends a session and the grants that live no longer than it; says whether it was still going.
///
/// # Errors
/// Of the database.
pub async fn end(app: &App, id: Uuid) -> Result<bool> {
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE browser_sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL";
    let ended = crate::db::run(&tx, app.db.stmt(sql, [now.into(), id.into()])).await?.rows_affected() == 1;
    if ended {
        let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = 'signed_out' \
                   WHERE session_id = ? AND is_offline = ? AND revoked_at IS NULL";
        crate::db::run(&tx, app.db.stmt(sql, [now.into(), id.into(), false.into()])).await?;
        let about = events::About::default().with(serde_json::json!({ "sid": id }));
        events::record(app, &tx, events::Kind::SignedOut, about).await?;
        versions::bump(app, &tx, versions::Kind::Grants).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(ended)
}

/// Ends all sessions of a person, within the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn end_of_user(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    let now = app.clock.now_ms();
    let sql = "UPDATE browser_sessions SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL";
    crate::db::run(tx, app.db.stmt(sql, [now.into(), user_id.into()])).await?;
    Ok(())
}

/// Notes that a client was reached in a session, once.
///
/// # Errors
/// Of the database.
pub async fn note_client(app: &App, session_id: Uuid, client_id: &str) -> Result<()> {
    let mut key = session_id.as_bytes().to_vec();
    key.extend_from_slice(client_id.as_bytes());
    let key = sha256(&key);
    let now = app.clock.now_ms();
    if app.noted.get(&key, now).is_some() {
        return Ok(());
    }
    let sql = match app.db.backend() {
        DbBackend::MySql => "INSERT IGNORE INTO client_sessions (session_id, client_id, created_at) VALUES (?, ?, ?)",
        _ => "INSERT INTO client_sessions (session_id, client_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    };
    app.db.execute(sql, [session_id.into(), client_id.into(), now.into()]).await?;
    app.noted.insert(key, (), now + NOTED_MS);
    Ok(())
}

/// How long this process remembers that a client was noted; after that the row is offered again, harmlessly.
const NOTED_MS: i64 = 3_600_000;
