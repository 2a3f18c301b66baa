//! The first administrator: a link that works once, in one transaction, and is never opened again.

use super::action_tokens::{self, New, Purpose};
use super::users::{self, NewUser};
use super::{Result, events, settings};
use crate::app::App;

/// Set once for ever when the first administrator was created.
const DONE: &str = "setup.done";
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
        close(app, &tx).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let new =
        New { purpose: Purpose::Setup, user_id: None, subject: Some(""), browser_hash: None, data: &(), ttl_s: TTL_S };
    let token = action_tokens::issue(app, &tx, &new).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// There is an administrator who was not made by a link: whatever links are about, they open nothing any more.
///
/// # Errors
/// Of the database.
pub(super) async fn close(app: &App, tx: &sea_orm::DatabaseTransaction) -> Result<()> {
    settings::claim(app, tx, DONE, "command").await.map(drop)
}

/// Looks at a link without using it.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, token: &str) -> Result<Setup> {
    if settings::find(app.db.write(), DONE).await?.is_some() {
        return Ok(Setup::Used);
    }
    let found = action_tokens::look(app, Purpose::Setup, token).await?;
    Ok(if found.is_some() { Setup::Open } else { Setup::Unknown })
}

/// Creates the first administrator and closes the setup for ever, in one transaction.
///
/// # Errors
/// [`super::Error::Invalid`] where the form is wrong; the link stays good then.
pub async fn create_first(app: &App, token: &str, new: NewUser) -> Result<std::result::Result<(), Setup>> {
    let prepared = users::prepare(app, &new).await?;
    let Some(found) = action_tokens::look(app, Purpose::Setup, token).await? else { return Ok(Err(Setup::Unknown)) };
    let tx = app.db.begin_write().await?;
    if !action_tokens::consume(app, &tx, Purpose::Setup, &found).await? {
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
