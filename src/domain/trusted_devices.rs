//! Browsers that need not show a second factor for a while. What they spare is the operator's policy; an app that asks for two
//! factors by name gets them (`factors`).

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{Error, Result, again, events, users};
use crate::app::App;
use crate::db;

/// A browser that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The id.
    pub id: Uuid,
    /// SHA-256 of the browser's own cookie.
    pub browser_hash: Vec<u8>,
    /// As the browser called itself at its last sign-in.
    pub user_agent: Option<String>,
    /// Since when, epoch milliseconds.
    pub created_at: i64,
    /// Until when, epoch milliseconds.
    pub expires_at: i64,
}

/// Trusts this browser from now on, for `mfa.trust_device_ttl`. Does nothing where that is not offered.
///
/// # Errors
/// Of the database.
pub async fn trust(app: &App, user_id: Uuid, browser_hash: &[u8; 32]) -> Result<()> {
    again(|| try_trust(app, user_id, browser_hash)).await
}

async fn try_trust(app: &App, user_id: Uuid, browser_hash: &[u8; 32]) -> Result<()> {
    let ttl_s = app.config.mfa.trust_device_ttl;
    if ttl_s == 0 {
        return Ok(());
    }
    let now = app.clock.now_ms();
    let id = app.new_id()?;
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let sql = "DELETE FROM trusted_devices WHERE user_id = ? AND browser_hash = ?";
    db::run(&tx, app.db.stmt(sql, [user_id.into(), browser_hash.to_vec().into()])).await?;
    let sql = "INSERT INTO trusted_devices (id, user_id, browser_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    let values = [id.into(), user_id.into(), browser_hash.to_vec().into(), now.into(), (now + app.ms(ttl_s)).into()];
    match db::run(&tx, app.db.stmt(sql, values)).await {
        // Another tab was first.
        Err(error) if db::is_unique_violation(&error) => return Ok(()),
        other => other?,
    };
    let about = events::About::user(user_id).with(serde_json::json!({ "device": id }));
    events::record(app, &tx, events::Kind::DeviceTrusted, about).await?;
    tx.commit().await?;
    Ok(())
}

/// The browsers that this person trusts, the latest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, user_id: Uuid) -> Result<Vec<Device>> {
    let sql = "SELECT t.id, t.browser_hash, t.created_at, t.expires_at, \
               (SELECT s.user_agent FROM browser_sessions s WHERE s.user_id = t.user_id AND s.browser_hash = t.browser_hash \
                ORDER BY s.created_at DESC LIMIT 1) AS user_agent \
               FROM trusted_devices t WHERE t.user_id = ? AND t.expires_at > ? ORDER BY t.created_at DESC LIMIT 100";
    let statement = app.db.stmt(sql, [user_id.into(), app.clock.now_ms().into()]);
    let rows = app.db.read().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Device {
                id: row.try_get("", "id")?,
                browser_hash: row.try_get("", "browser_hash")?,
                user_agent: row.try_get("", "user_agent")?,
                created_at: row.try_get("", "created_at")?,
                expires_at: row.try_get("", "expires_at")?,
            })
        })
        .collect()
}

/// Trusts a browser no more.
///
/// # Errors
/// [`Error::NotFound`] where this person trusts no such browser.
pub async fn forget(app: &App, user_id: Uuid, id: Uuid) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let sql = "DELETE FROM trusted_devices WHERE id = ? AND user_id = ?";
    if db::run(&tx, app.db.stmt(sql, [id.into(), user_id.into()])).await?.rows_affected() == 0 {
        return Err(Error::NotFound("the trusted browser".to_owned()));
    }
    let about = events::About::user(user_id).with(serde_json::json!({ "device": id }));
    events::record(app, &tx, events::Kind::DeviceForgotten, about).await?;
    tx.commit().await?;
    Ok(())
}

/// Trusts no browser any more, in the caller's transaction: after a new password, a lock, or the loss of the factor.
///
/// # Errors
/// Of the database.
pub async fn forget_all(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    let sql = "DELETE FROM trusted_devices WHERE user_id = ?";
    if db::run(tx, app.db.stmt(sql, [user_id.into()])).await?.rows_affected() > 0 {
        let about = events::About::user(user_id).with(serde_json::json!({ "device": "all" }));
        events::record(app, tx, events::Kind::DeviceForgotten, about).await?;
    }
    Ok(())
}

/// Forgets every browser of a person but that of the session `kept`, in the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn forget_others(app: &App, tx: &DatabaseTransaction, user_id: Uuid, kept: Uuid) -> Result<()> {
    let sql = "DELETE FROM trusted_devices \
               WHERE user_id = ? AND browser_hash <> (SELECT browser_hash FROM browser_sessions WHERE id = ?)";
    if db::run(tx, app.db.stmt(sql, [user_id.into(), kept.into()])).await?.rows_affected() > 0 {
        let about = events::About::user(user_id).with(serde_json::json!({ "device": "others" }));
        events::record(app, tx, events::Kind::DeviceForgotten, about).await?;
    }
    Ok(())
}
