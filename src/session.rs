//! The browser's side of a session: its cookies, the token of its forms, and who is signed in there.
//!
//! Two cookies, both without meaning of their own. One names the *browser*: flows and form tokens are bound to it. The other names the
//! *session record* of tower-sessions, which holds nothing but the ids of browser sessions, the
//! current one apart; the rows of those sessions are the truth, and
//! a new cookie value is given at each sign-in.

use std::net::IpAddr;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use entity::http_sessions;
use sea_orm::{ActiveValue::Set, EntityTrait};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};
use uuid::Uuid;

use crate::app::App;
use crate::domain::sessions::{self, Place, Proof, Session};
use crate::domain::throttle::Origin;
use crate::domain::{Error, Result};
use crate::platform::logging::RequestId;
use crate::platform::random::{base64url, from_base64url, sha256};
use crate::platform::templates::Lang;

/// Where the record keeps the id of the browser session.
const SID: &str = "sid";
/// Where it keeps those of the other people at this browser.
const OTHERS: &str = "others";

/// The name of a cookie: with the `__Host-` prefix wherever browsers accept it.
#[must_use]
pub fn cookie_name(app: &App, name: &str) -> String {
    if app.urls.is_https() { format!("__Host-doorward-{name}") } else { format!("doorward-{name}") }
}

/// The value of a cookie in a request; nothing where it is sent twice, since one of the two is not ours.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(n, _)| *n == name)
        .map(|(_, value)| value.to_owned());
    let first = found.next();
    if found.next().is_some() { None } else { first }
}

/// Whether a page of another site sent this form or script's request, as far as its browser says.
#[must_use]
pub fn is_foreign(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) => false,
        (Some(_), _) => true,
        // Under no-referrer a browser writes "null"; the token decides then.
        (None, None | Some("null")) => false,
        (None, Some(origin)) => origin != app.urls.origin(),
    }
}

/// A `Set-Cookie` of ours.
#[must_use]
pub fn set_cookie(app: &App, name: &str, value: &str, max_age_s: i64) -> String {
    let secure = if app.urls.is_https() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", cookie_name(app, name))
}

/// The session layer takes its cookie back without `Secure`, which browsers refuse of a cookie with the `__Host-` prefix; so the removal
/// is written anew.
pub fn lock_removal(app: &App, headers: &mut HeaderMap) {
    let start = format!("{}=;", cookie_name(app, "session"));
    if let header::Entry::Occupied(mut lines) = headers.entry(header::SET_COOKIE) {
        for line in lines.iter_mut().filter(|l| l.as_bytes().starts_with(start.as_bytes())) {
            if let Ok(value) = HeaderValue::from_str(&set_cookie(app, "session", "", 0)) {
                *line = value;
            }
        }
    }
}

/// The browser that asks, as the page layer found it.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The value of its own cookie; new where it had none.
    pub value: String,
    /// SHA-256 of that value.
    pub hash: [u8; 32],
    /// The language of the person.
    pub lang: Lang,
    /// The address it asks from.
    pub address: Option<IpAddr>,
    /// As it calls itself.
    pub user_agent: Option<String>,
    /// The name of this request.
    pub reference: RequestId,
}

impl Browser {
    /// From the value of the cookie, where it is one of ours.
    #[must_use]
    pub fn read_value(value: Option<String>) -> Option<String> {
        value.filter(|v| v.len() == 43 && from_base64url(v).is_some())
    }

    /// The token that every form of this browser carries.
    #[must_use]
    pub fn csrf(&self, app: &App) -> String {
        base64url(ring::hmac::sign(&app.csrf_key, self.value.as_bytes()).as_ref())
    }

    /// Whether a form carries the right token.
    #[must_use]
    pub fn is_csrf(&self, app: &App, token: &str) -> bool {
        self.csrf(app).as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Where an attempt of it comes from.
    #[must_use]
    pub fn origin(&self) -> Origin<'_> {
        Origin { browser_hash: &self.hash, address: self.address }
    }

    /// Where a session would begin.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            browser_hash: self.hash,
            user_agent: self.user_agent.clone(),
            address: self.address.map(|a| a.to_string()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = crate::error::PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::internal("no page layer on this route").into())
    }
}

/// Who is signed in at this browser.
///
/// # Errors
/// Of the database.
pub async fn current(app: &App, record: &tower_sessions::Session) -> Result<Option<Session>> {
    match record.get::<Uuid>(SID).await.map_err(from_record)? {
        Some(id) => sessions::find(app, id).await,
        None => Ok(None),
    }
}

/// As [`current`], but as the database has it now.
///
/// # Errors
/// Of the database.
pub async fn current_now(app: &App, record: &tower_sessions::Session) -> Result<Option<Session>> {
    match record.get::<Uuid>(SID).await.map_err(from_record)? {
        Some(id) => sessions::find_now(app, id).await,
        None => Ok(None),
    }
}

/// Everybody who is signed in at this browser, who is current first.
///
/// # Errors
/// Of the database.
pub async fn all(app: &App, record: &tower_sessions::Session) -> Result<Vec<Session>> {
    let mut found = Vec::new();
    for id in ids(record).await? {
        found.extend(sessions::find_now(app, id).await?);
    }
    Ok(found)
}

/// Makes another of the people who are signed in at this browser the current one; says whether that was so.
///
/// # Errors
/// Of the database.
pub async fn switch(app: &App, record: &tower_sessions::Session, id: Uuid) -> Result<bool> {
    let mut ids = ids(record).await?;
    let Some(at) = ids.iter().position(|known| *known == id) else { return Ok(false) };
    if sessions::find_now(app, id).await?.is_none() {
        return Ok(false);
    }
    ids[..=at].rotate_right(1);
    keep(app, record, &ids).await?;
    Ok(true)
}

/// Signs a person in at this browser, under a new cookie value. A session of the same person is renewed; those of others stay beside it.
/// Gives none, and changes nothing, where the proof is worth nothing any more.
///
/// # Errors
/// Of the database.
pub async fn sign_in(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    proof: &Proof,
) -> Result<Option<Uuid>> {
    let mut ids = ids(record).await?;
    let mut renewed = None;
    for (at, id) in ids.iter().enumerate() {
        if sessions::renew(app, *id, proof).await? {
            renewed = Some(at);
            break;
        }
    }
    let id = match renewed {
        Some(at) => ids.remove(at),
        None => match sessions::start(app, proof, &browser.place()).await? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    ids.insert(0, id);
    for over in ids.drain(PEOPLE.min(ids.len())..) {
        sessions::end(app, over).await?;
    }
    keep(app, record, &ids).await?;
    Ok(Some(id))
}

/// Adds a second factor to the session `id` of `user_id` at this browser, under a new cookie value; says whether it was still good.
///
/// # Errors
/// Of the database.
pub async fn step_up(app: &App, record: &tower_sessions::Session, id: Uuid, user_id: Uuid, amr: &str) -> Result<bool> {
    let ids = ids(record).await?;
    if !ids.contains(&id) || !sessions::step_up(app, id, user_id, amr).await? {
        return Ok(false);
    }
    keep(app, record, &ids).await?;
    Ok(true)
}

/// Signs everybody out at this browser.
///
/// # Errors
/// Of the database.
pub async fn sign_out(app: &App, record: &tower_sessions::Session) -> Result<()> {
    for id in ids(record).await? {
        sessions::end(app, id).await?;
    }
    record.flush().await.map_err(from_record)
}

/// Signs one of the people out at this browser; who else is signed in here stays, and is current only once chosen.
///
/// # Errors
/// Of the database.
pub async fn sign_out_one(app: &App, record: &tower_sessions::Session, id: Uuid) -> Result<()> {
    let mut ids = ids(record).await?;
    let was_current = record.get::<Uuid>(SID).await.map_err(from_record)? == Some(id);
    ids.retain(|known| *known != id);
    sessions::end(app, id).await?;
    if ids.is_empty() {
        return record.flush().await.map_err(from_record);
    }
    keep(app, record, &ids).await?;
    if was_current {
        record.remove::<Uuid>(SID).await.map_err(from_record)?;
        record.insert(OTHERS, &ids).await.map_err(from_record)?;
    }
    Ok(())
}

/// How many people may be signed in at one browser.
const PEOPLE: usize = 5;

/// The sessions of this browser, the current one first.
async fn ids(record: &tower_sessions::Session) -> Result<Vec<Uuid>> {
    let current = record.get::<Uuid>(SID).await.map_err(from_record)?;
    let others = record.get::<Vec<Uuid>>(OTHERS).await.map_err(from_record)?.unwrap_or_default();
    Ok(current.into_iter().chain(others).collect())
}

/// Writes the sessions of this browser, under a new cookie value: one at every change of privilege; the old one is dead.
async fn keep(app: &App, record: &tower_sessions::Session, ids: &[Uuid]) -> Result<()> {
    record.cycle_id().await.map_err(from_record)?;
    if let Some((current, others)) = ids.split_first() {
        record.insert(SID, current).await.map_err(from_record)?;
        record.insert(OTHERS, others).await.map_err(from_record)?;
    }
    let ends = app.clock.now_ms() + app.ms(app.config.session.absolute_ttl);
    record.set_expiry(Some(Expiry::AtDateTime(at(ends))));
    Ok(())
}

fn from_record(error: tower_sessions::session::Error) -> Error {
    match error {
        tower_sessions::session::Error::Store(session_store::Error::Backend(text)) => {
            Error::Database(sea_orm::DbErr::Custom(text))
        }
        other => Error::internal(other),
    }
}

fn at(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The layer that finds and keeps the session record.
#[must_use]
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(app.clone()))
        .with_name(cookie_name(app, "session"))
        .with_same_site(SameSite::Lax)
        .with_secure(app.urls.is_https())
        .with_http_only(true)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::milliseconds(app.ms(app.config.session.absolute_ttl))))
}

/// Session records in our own table, under the hash of their id.
#[derive(Debug, Clone)]
pub struct Store(App);

/// How long a record that was read is believed, in milliseconds.
const RECORD_MS: i64 = 4_000;

fn key_of(id: &Id) -> [u8; 32] {
    sha256(&id.0.to_be_bytes())
}

fn hash_of(id: &Id) -> Vec<u8> {
    key_of(id).to_vec()
}

fn ends_at(record: &Record) -> i64 {
    i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "reads better as map_err(backend)")]
fn backend(error: impl ToString) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

impl Store {
    fn row(record: &Record) -> session_store::Result<http_sessions::ActiveModel> {
        let data = serde_json::to_string(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))?;
        Ok(http_sessions::ActiveModel {
            id_hash: Set(hash_of(&record.id)),
            data: Set(data),
            expires_at: Set(ends_at(record)),
        })
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        for _ in 0..3 {
            match http_sessions::Entity::insert(Self::row(record)?).exec_without_returning(self.0.db.write()).await {
                Ok(_) => return Ok(()),
                Err(error) if crate::db::is_unique_violation(&error) => record.id = Id::default(),
                Err(error) => return Err(backend(error)),
            }
        }
        Err(backend("no free session id"))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))?;
        let sql = match self.0.db.backend() {
            sea_orm::DbBackend::MySql => {
                "INSERT INTO http_sessions (id_hash, data, expires_at) VALUES (?, ?, ?) \
                 ON DUPLICATE KEY UPDATE data = VALUES(data), expires_at = VALUES(expires_at)"
            }
            _ => {
                "INSERT INTO http_sessions (id_hash, data, expires_at) VALUES (?, ?, ?) \
                 ON CONFLICT (id_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at"
            }
        };
        let values = [hash_of(&record.id).into(), data.into(), ends_at(record).into()];
        self.0.db.execute(sql, values).await.map_err(backend)?;
        self.0.records.remove(&key_of(&record.id));
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = self.0.clock.now_ms();
        if let Some(known) = self.0.records.get(&key_of(id), now) {
            return Ok(Some(known));
        }
        let found = http_sessions::Entity::find_by_id(hash_of(id)).one(self.0.db.read()).await.map_err(backend)?;
        let Some(row) = found.filter(|r| r.expires_at > now) else { return Ok(None) };
        let data = serde_json::from_str(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let record = Record { id: *id, data, expiry_date: at(row.expires_at) };
        // Only the way to the session's row, which is looked at each time: an ended session is ended at once.
        self.0.records.insert(key_of(id), record.clone(), now + RECORD_MS);
        Ok(Some(record))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        http_sessions::Entity::delete_by_id(hash_of(id)).exec(self.0.db.write()).await.map_err(backend)?;
        self.0.records.remove(&key_of(id));
        Ok(())
    }
}

/// The fields of a form of ours.
#[derive(Debug)]
pub struct PageForm(Vec<(String, zeroize::Zeroizing<String>)>);

impl PageForm {
    /// The value of a field that stands there exactly once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(n, _)| n == name);
        let first = all.next().map(|(_, value)| value.as_str());
        if all.next().is_some() { None } else { first }
    }

    /// The pairs, without what belongs to the form itself.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the form was made for this browser.
    #[must_use]
    pub fn is_ours(&self, app: &App, browser: &Browser) -> bool {
        self.get("csrf").is_some_and(|token| browser.is_csrf(app, token))
    }

    /// Refuses a form that was not made for this browser.
    ///
    /// # Errors
    /// 403.
    pub fn check_csrf(&self, app: &App, browser: &Browser) -> std::result::Result<(), crate::error::PageError> {
        if self.is_ours(app, browser) {
            Ok(())
        } else {
            Err(crate::error::PageError::new(axum::http::StatusCode::FORBIDDEN, "csrf"))
        }
    }
}

impl axum::extract::FromRequest<App> for PageForm {
    type Rejection = crate::error::PageError;

    async fn from_request(request: axum::extract::Request, app: &App) -> std::result::Result<Self, Self::Rejection> {
        use axum::http::StatusCode;

        use crate::error::PageError;
        if !crate::platform::forms::is_form(request.headers()) {
            return Err(PageError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type"));
        }
        let body = axum::body::Bytes::from_request(request, app).await.map_err(|e| PageError::unreadable_body(&e))?;
        let pairs = url::form_urlencoded::parse(&body).take(100);
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), zeroize::Zeroizing::new(value.into_owned()))).collect()))
    }
}
