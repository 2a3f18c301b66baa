//! Single tokens that must be remembered: client assertions that were seen, and access tokens revoked before their end.

use sea_orm::DbBackend;

use super::Result;
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
    let sql = match app.db.backend() {
        DbBackend::MySql => "INSERT IGNORE INTO used_jtis (key_hash, expires_at) VALUES (?, ?)",
        _ => "INSERT INTO used_jtis (key_hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
    };
    Ok(app.db.execute(sql, [sha256(&key).to_vec().into(), expires_at_ms.into()]).await? == 1)
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
