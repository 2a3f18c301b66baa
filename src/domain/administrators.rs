//! The first administrator: a link that works once, in one transaction, and is never opened again.

use entity::action_tokens;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::users::{self, NewUser};
use super::{Result, events, settings};
use crate::app::App;
use crate::platform::random::sha256;

/// Set once for ever when the first administrator was created.
const DONE: &str = "setup.done";
/// The purpose of the link.
const PURPOSE: &str = "setup";
/// How long a link is good for; a later start prints a new one.
const TTL_S: u64 = 7 * 86_400;

/// Whether a setup link may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// It may.
    Open,
    /// The first administrator exists.
    Used,
    /// It is not the newest link, or its time is over.
    Unknown,
}

/// Makes the link's token, where there never was an administrator; older links end.
///
/// # Errors
/// Of the database.
pub async fn invite_first(app: &App) -> Result<Option<String>> {
    if settings::find(app.db.write(), DONE).await?.is_some() {
        return Ok(None);
    }
    let tx = app.db.begin_write().await?;
    let sql = format!(
        "SELECT 1 AS found FROM group_members m JOIN {} g ON g.id = m.group_id WHERE g.name = ? LIMIT 1",
        users::group_table(app)
    );
    let exists = sea_orm::ConnectionTrait::query_one_raw(&tx, app.db.stmt(&sql, [users::ADMINISTRATORS.into()]))
        .await?
        .is_some();
    if exists {
        // One was made by command: nothing to set up, now or later.
        settings::claim(app, &tx, DONE, "command").await?;
        tx.commit().await?;
        return Ok(None);
    }
    let token = app.random.token()?;
    let now = app.clock.now_ms();
    crate::db::run(&tx, app.db.stmt("DELETE FROM action_tokens WHERE purpose = ?", [PURPOSE.into()])).await?;
    let row = action_tokens::ActiveModel {
        token_hash: Set(sha256(token.as_bytes()).to_vec()),
        purpose: Set(PURPOSE.to_owned()),
        user_id: Set(None),
        data: Set("{}".to_owned()),
        created_at: Set(now),
        expires_at: Set(now + app.ms(TTL_S)),
        used_at: Set(None),
    };
    action_tokens::Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Looks at a link without using it.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, token: &str) -> Result<Setup> {
    if settings::find(app.db.write(), DONE).await?.is_some() {
        return Ok(Setup::Used);
    }
    let row = action_tokens::Entity::find_by_id(sha256(token.as_bytes()).to_vec()).one(app.db.write()).await?;
    Ok(match row {
        Some(row) if row.purpose == PURPOSE && row.used_at.is_none() && row.expires_at > app.clock.now_ms() => {
            Setup::Open
        }
        _ => Setup::Unknown,
    })
}

/// Creates the first administrator and closes the setup for ever, in one transaction.
///
/// # Errors
/// [`super::Error::Invalid`] where the form is wrong; the link stays good then.
pub async fn create_first(app: &App, token: &str, new: NewUser) -> Result<std::result::Result<(), Setup>> {
    let prepared = users::prepare(app, &new).await?;
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE action_tokens SET used_at = ? WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?";
    let values = [now.into(), sha256(token.as_bytes()).to_vec().into(), PURPOSE.into(), now.into()];
    if crate::db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() != 1 {
        return Ok(Err(Setup::Unknown));
    }
    // Two links of two replicas: only one of them closes the setup.
    if !settings::claim(app, &tx, DONE, "link").await? {
        return Ok(Err(Setup::Used));
    }
    users::insert(app, &tx, &new, &prepared).await?;
    events::record(app, &tx, events::Kind::AdministratorCreated, events::About::user(prepared.id)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
