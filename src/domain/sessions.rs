//! Browser sessions: a person signed in at one browser. The row is the truth; the cookie only points at it.

use entity::browser_sessions;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::credentials::Known;
use super::factors::{ACR_MULTI, ACR_SINGLE, AMR_ELSEWHERE, AMR_MULTI};
use super::users::{self, Person};
use super::{Result, action_tokens, again, credentials, events, notices, versions, ways_in};
use crate::app::App;
use crate::platform::random::sha256;
use crate::platform::user_agent::UserAgent;

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
    /// Which password was shown, where it was one: it must be the same still when the proof becomes a session.
    pub password: Option<Known>,
}

impl Proof {
    /// One factor.
    #[must_use]
    pub fn single(user_id: Uuid, amr: &str) -> Self {
        Self { user_id, amr: amr.to_owned(), acr: ACR_SINGLE.to_owned(), password: None }
    }

    /// Two factors in one, or one after the other.
    #[must_use]
    pub fn multi(user_id: Uuid, amr: &str) -> Self {
        Self { user_id, amr: Self::join(amr, AMR_MULTI), acr: ACR_MULTI.to_owned(), password: None }
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
    /// For a mail: the address, browser and system; nothing that a stranger could write there.
    #[must_use]
    pub fn in_words(&self) -> String {
        let browser = self.user_agent.as_deref().map(|text| UserAgent::read(text).in_words());
        let parts = [self.address.clone(), browser];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// Whether the person may come in, within the caller's transaction. They are held first: a lock or a new password comes wholly before
/// what follows, and is seen here, or wholly after, and ends it with all other sessions.
async fn may_enter(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<bool> {
    users::hold(app, tx, user_id).await?;
    let row = entity::users::Entity::find_by_id(user_id).one(tx).await?;
    Ok(row.is_some_and(|row| row.disabled_at.is_none() && row.locked_at.is_none()))
}

/// Whether a proof is worth as much now as when it was given, within the caller's transaction.
async fn holds(app: &App, tx: &DatabaseTransaction, proof: &Proof) -> Result<bool> {
    if !may_enter(app, tx, proof.user_id).await? {
        return Ok(false);
    }
    match proof.password {
        Some(known) => credentials::is_still(tx, proof.user_id, known).await,
        None => Ok(true),
    }
}

/// Starts a session; none where the account was locked or switched off, or the password changed, since the proof was given. Who has
/// signed in before is told by mail when it is at a browser in which they never did.
///
/// # Errors
/// Of the database.
pub async fn start(app: &App, proof: &Proof, place: &Place) -> Result<Option<Uuid>> {
    again(|| try_start(app, proof, place)).await
}

async fn try_start(app: &App, proof: &Proof, place: &Place) -> Result<Option<Uuid>> {
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
    if !holds(app, &tx, proof).await? {
        return Ok(None);
    }
    if is_new_browser(app, &tx, proof.user_id, &place.browser_hash).await?
        && !notices::are_many(app, &tx, proof.user_id).await?
    {
        notices::send(app, &tx, proof.user_id, notices::What::NewBrowser, "", Some(place)).await?;
    }
    browser_sessions::Entity::insert(row).exec_without_returning(&tx).await?;
    let about = events::About::user(proof.user_id).with(serde_json::json!({ "amr": proof.amr, "sid": id }));
    events::record(app, &tx, events::Kind::SignedIn, about).await?;
    tx.commit().await?;
    Ok(Some(id))
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

/// Whether the person has shown who they are lately enough to change what guards the account. A provider elsewhere may have answered for
/// them by itself: that is enough only for who has nothing else to show.
///
/// # Errors
/// Of the database.
pub async fn is_fresh(app: &App, session: &Session) -> Result<bool> {
    if app.clock.now_ms() - session.auth_time > app.ms(app.config.login.fresh_ttl) {
        return Ok(false);
    }
    Ok(session.amr != AMR_ELSEWHERE || !ways_in::has_own(app, app.db.write(), session.person.id).await?)
}

/// Takes a fresh proof of the same person into a session that is good; says whether both were. A session never changes its
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
    if !holds(app, &tx, proof).await? {
        return Ok(false);
    }
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
    if !may_enter(app, &tx, user_id).await? {
        return Ok(false);
    }
    let sql = "UPDATE browser_sessions SET amr = ?, acr = ?, second_at = ?, seen_at = ? \
               WHERE id = ? AND user_id = ? AND ended_at IS NULL";
    let values = [amr.clone().into(), ACR_MULTI.into(), now.into(), now.into(), id.into(), user_id.into()];
    let stepped = crate::db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() == 1;
    if stepped {
        let about = events::About::user(user_id).with(serde_json::json!({ "amr": amr, "sid": id, "again": true }));
        events::record(app, &tx, events::Kind::SignedIn, about).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(stepped)
}

/// Whether this person has signed in before, and never at this browser.
async fn is_new_browser(app: &App, tx: &DatabaseTransaction, user_id: Uuid, browser: &[u8; 32]) -> Result<bool> {
    let here = "SELECT 1 AS found FROM browser_sessions WHERE user_id = ? AND browser_hash = ? LIMIT 1";
    let here = app.db.stmt(here, [user_id.into(), browser.to_vec().into()]);
    if tx.query_one_raw(here).await?.is_some() {
        return Ok(false);
    }
    // Sessions go some time after their end, what is recorded of them stays.
    let anywhere = "SELECT 1 AS found FROM browser_sessions WHERE user_id = ? \
                    UNION ALL SELECT 1 AS found FROM events WHERE user_id = ? AND kind = ? LIMIT 1";
    let values = [user_id.into(), user_id.into(), events::Kind::SignedIn.as_str().into()];
    Ok(tx.query_one_raw(app.db.stmt(anywhere, values)).await?.is_some())
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

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The `sid`.
    pub id: Uuid,
    /// As the browser called itself.
    pub user_agent: Option<String>,
    /// The address it was begun from.
    pub address: Option<String>,
    /// By which means they signed in (RFC 8176), space-separated.
    pub amr: String,
    /// When it was begun, epoch milliseconds.
    pub created_at: i64,
    /// When it was last used, to the minute, epoch milliseconds.
    pub seen_at: i64,
    /// When they last proved who they are, epoch milliseconds.
    pub auth_time: i64,
}

/// The sessions of a person that are good now, the last used first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, user_id: Uuid) -> Result<Vec<Listed>> {
    let now = app.clock.now_ms();
    let rows = browser_sessions::Entity::find()
        .filter(browser_sessions::Column::UserId.eq(user_id))
        .filter(browser_sessions::Column::EndedAt.is_null())
        .filter(browser_sessions::Column::ExpiresAt.gt(now))
        .filter(browser_sessions::Column::SeenAt.gt(now - app.ms(app.config.session.idle_ttl)))
        .order_by_desc(browser_sessions::Column::SeenAt)
        .all(app.db.read())
        .await?;
    Ok(rows.into_iter().map(listed).collect())
}

/// Every session of a person that is still known, over or not.
///
/// # Errors
/// Of the database.
pub async fn of_person(app: &App, user_id: Uuid) -> Result<Vec<Listed>> {
    let find = browser_sessions::Entity::find().filter(browser_sessions::Column::UserId.eq(user_id));
    Ok(find.all(app.db.read()).await?.into_iter().map(listed).collect())
}

fn listed(row: browser_sessions::Model) -> Listed {
    Listed {
        id: row.id,
        user_agent: row.user_agent,
        address: row.address,
        amr: row.amr,
        created_at: row.created_at,
        seen_at: row.seen_at,
        auth_time: row.auth_time,
    }
}

/// Ends a session and the grants that live no longer than it; says whether it was still going.
///
/// # Errors
/// Of the database.
pub async fn end(app: &App, id: Uuid) -> Result<bool> {
    let Some(row) = browser_sessions::Entity::find_by_id(id).one(app.db.write()).await? else { return Ok(false) };
    end_of(app, row.user_id, id).await
}

/// The same, where it is a session of this person.
///
/// # Errors
/// Of the database.
pub async fn end_of(app: &App, user_id: Uuid, id: Uuid) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let ended = end_one(app, &tx, (user_id, id), "signed_out", i64::MAX).await?;
    if ended {
        versions::bump(app, &tx, versions::Kind::Grants).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(ended)
}

/// Signs a person out everywhere else, and ends what waits in mails: whoever was signed in there may have asked for it. Says how many
/// sessions ended.
///
/// # Errors
/// Of the database.
pub async fn sign_out_others(app: &App, user_id: Uuid, kept: Uuid) -> Result<usize> {
    again(|| try_sign_out_others(app, user_id, kept)).await
}

async fn try_sign_out_others(app: &App, user_id: Uuid, kept: Uuid) -> Result<usize> {
    let tx = app.db.begin_write().await?;
    action_tokens::end_of_user(app, &tx, user_id).await?;
    let ended = end_others(app, &tx, user_id, kept).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(ended)
}

/// Ends every session of a person but one, with the grants that live no longer than they; says how many. Within the caller's transaction,
/// which also raises the version.
///
/// # Errors
/// Of the database.
pub async fn end_others(app: &App, tx: &DatabaseTransaction, user_id: Uuid, kept: Uuid) -> Result<usize> {
    let others = browser_sessions::Entity::find()
        .filter(browser_sessions::Column::UserId.eq(user_id))
        .filter(browser_sessions::Column::EndedAt.is_null())
        .filter(browser_sessions::Column::Id.ne(kept))
        .all(tx)
        .await?;
    let mut ended = 0;
    for other in others {
        ended += usize::from(end_one(app, tx, (user_id, other.id), "signed_out", i64::MAX).await?);
    }
    Ok(ended)
}

/// Ends sessions that were not used for so long that they are over, with the grants that live no longer than they; at most so many. Says how
/// many there were.
///
/// # Errors
/// Of the database.
pub async fn end_idle(app: &App, most: u64) -> Result<u64> {
    let unused_since = app.clock.now_ms() - app.ms(app.config.session.idle_ttl);
    let over = browser_sessions::Entity::find()
        .filter(browser_sessions::Column::EndedAt.is_null())
        .filter(browser_sessions::Column::SeenAt.lte(unused_since))
        .limit(most)
        .all(app.db.read())
        .await?;
    if over.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin_write().await?;
    for session in &over {
        end_one(app, &tx, (session.user_id, session.id), "idle", unused_since).await?;
    }
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(over.len() as u64)
}

/// Ends a session of a person that is still going and was not used after `unused_since`, and the grants that live no longer than it.
async fn end_one(
    app: &App,
    tx: &DatabaseTransaction,
    (user_id, id): (Uuid, Uuid),
    reason: &str,
    unused_since: i64,
) -> Result<bool> {
    let now = app.clock.now_ms();
    let sql =
        "UPDATE browser_sessions SET ended_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL AND seen_at <= ?";
    let values = [now.into(), id.into(), user_id.into(), unused_since.into()];
    if crate::db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = ? \
               WHERE session_id = ? AND is_offline = ? AND revoked_at IS NULL";
    crate::db::run(tx, app.db.stmt(sql, [now.into(), reason.into(), id.into(), false.into()])).await?;
    let about = events::About::user(user_id).with(serde_json::json!({ "sid": id, "reason": reason }));
    events::record(app, tx, events::Kind::SignedOut, about).await?;
    Ok(true)
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
