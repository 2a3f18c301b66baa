//! Single tokens that must be remembered: client assertions that were seen, and access tokens revoked before their end.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DbBackend};
use tokio::sync::oneshot;

use super::{Error, Result};
use crate::app::App;
use crate::platform::random::sha256;

/// Takes the `jti` of a client's assertion; false where it was taken before (RFC 7523 §3, RFC 7519 §4.1.7).
///
/// # Errors
/// Of the database.
pub async fn take_jti(app: &App, client_id: &str, jti: &str, expires_at_ms: i64) -> Result<bool> {
    let mut key = (client_id.len() as u64).to_be_bytes().to_vec();
    key.extend_from_slice(client_id.as_bytes());
    key.extend_from_slice(jti.as_bytes());
    let (answer, answered) = oneshot::channel();
    if app.jtis.push(Taking { key: sha256(&key), expires_at_ms, answer }) {
        // A task of its own: a caller that goes away must not leave the others waiting.
        tokio::spawn(write_all(app.clone()));
    }
    answered.await.map_err(|_| Error::internal("the jti was not written"))?
}

/// Assertions on their way to the table. Those that come while one batch is written go together in the next, so many at once cost
/// one commit.
#[derive(Debug, Default)]
pub struct Jtis(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    queue: Vec<Taking>,
    is_writing: bool,
}

#[derive(Debug)]
struct Taking {
    key: [u8; 32],
    expires_at_ms: i64,
    answer: oneshot::Sender<Result<bool>>,
}

/// Rows of one statement.
const BATCH: usize = 64;

impl Jtis {
    /// Adds one; whether somebody must begin to write.
    fn push(&self, taking: Taking) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.queue.push(taking);
        !std::mem::replace(&mut waiting.is_writing, true)
    }

    /// The next batch; nothing when the queue is empty, and then nobody writes any more.
    fn next(&self) -> Option<Vec<Taking>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.queue.is_empty() {
            waiting.is_writing = false;
            return None;
        }
        let most = waiting.queue.len().min(BATCH);
        let mut batch: Vec<Taking> = waiting.queue.drain(..most).collect();
        // In one order on every replica, so that two of them cannot wait for each other.
        batch.sort_unstable_by_key(|t| t.key);
        Some(batch)
    }
}

async fn write_all(app: App) {
    while let Some(batch) = app.jtis.next() {
        let outcome = insert(&app, &batch).await;
        let mut taken = HashSet::new();
        for taking in batch {
            let answer = match &outcome {
                // Of two in one batch the first has it.
                Ok(new) => Ok(new.contains(&taking.key) && taken.insert(taking.key)),
                Err(error) => Err(Error::Database(sea_orm::DbErr::Custom(error.to_string()))),
            };
            // Whoever went away no longer listens.
            let _gone = taking.answer.send(answer);
        }
    }
}

/// Inserts a batch; gives the keys that were not there.
async fn insert(app: &App, batch: &[Taking]) -> Result<HashSet<[u8; 32]>> {
    let mut new = HashSet::with_capacity(batch.len());
    if app.db.backend() == DbBackend::MySql {
        for taking in batch {
            let sql = "INSERT IGNORE INTO used_jtis (key_hash, expires_at) VALUES (?, ?)";
            if app.db.execute(sql, [taking.key.to_vec().into(), taking.expires_at_ms.into()]).await? == 1 {
                new.insert(taking.key);
            }
        }
        return Ok(new);
    }
    // A row that is twice in one statement is refused by ON CONFLICT on neither database, but only one comes back.
    let rows = vec!["(?, ?)"; batch.len()].join(", ");
    let sql = format!("INSERT INTO used_jtis (key_hash, expires_at) VALUES {rows} ON CONFLICT DO NOTHING RETURNING key_hash");
    let values = batch.iter().flat_map(|t| [t.key.to_vec().into(), t.expires_at_ms.into()]);
    for row in app.db.write().query_all_raw(app.db.stmt(&sql, values)).await? {
        let key: Vec<u8> = row.try_get_by_index(0)?;
        if let Ok(key) = key.try_into() {
            new.insert(key);
        }
    }
    Ok(new)
}

/// Revokes one access token that belongs to no grant.
///
/// # Errors
/// Of the database.
pub async fn revoke(app: &App, jti: &str, expires_at_ms: i64) -> Result<()> {
    let hash = sha256(jti.as_bytes());
    let sql = match app.db.backend() {
        DbBackend::MySql => "INSERT IGNORE INTO revoked_tokens (token_hash, expires_at) VALUES (?, ?)",
        _ => "INSERT INTO revoked_tokens (token_hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
    };
    let tx = app.db.begin_write().await?;
    crate::db::run(&tx, app.db.stmt(sql, [hash.to_vec().into(), expires_at_ms.into()])).await?;
    super::versions::bump(app, &tx, super::versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// Whether this single access token was revoked.
///
/// # Errors
/// Of the database.
pub async fn is_revoked(app: &App, jti: &str) -> Result<bool> {
    let hash = sha256(jti.as_bytes());
    if let Some(known) = app.live.token(&hash, app.clock.now_ms()) {
        return Ok(known);
    }
    let epoch = app.live.epoch();
    let row = app.db.one("SELECT 1 AS found FROM revoked_tokens WHERE token_hash = ?", [hash.to_vec().into()]).await?;
    app.live.remember_token(epoch, hash, row.is_some(), app.clock.now_ms());
    Ok(row.is_some())
}
