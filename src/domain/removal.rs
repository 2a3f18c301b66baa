//! The end of an account by its owner.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::users::{self, ADMINISTRATORS};
use super::{Result, again, versions};
use crate::app::App;
use crate::db;
use crate::mail::{self, Recipient, messages};
use crate::urls;

/// Why an account was not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nobody would administer this installation any more.
    LastAdministrator,
}

/// Whether this person administers Doorward and nobody else does.
///
/// # Errors
/// Of the database.
pub async fn is_last_administrator<C: ConnectionTrait>(app: &App, connection: &C, id: Uuid) -> Result<bool> {
    let of_group = |condition: &str| {
        format!(
            "SELECT COUNT(*) FROM group_members m JOIN {} g ON g.id = m.group_id JOIN users u ON u.id = m.user_id \
             WHERE g.name = ? AND {condition}",
            users::group_table(app)
        )
    };
    let sql = format!(
        "SELECT ({}) AS own, ({}) AS others",
        of_group("u.id = ?"),
        of_group("u.id <> ? AND u.disabled_at IS NULL")
    );
    let values = [ADMINISTRATORS.into(), id.into(), ADMINISTRATORS.into(), id.into()];
    let Some(row) = connection.query_one_raw(app.db.stmt(&sql, values)).await? else { return Ok(false) };
    Ok(row.try_get::<i64>("", "own")? > 0 && row.try_get::<i64>("", "others")? == 0)
}

/// Deletes the account as its owner wants; every proved address is told.
///
/// # Errors
/// [`super::Error::NotFound`].
pub async fn by_owner(app: &App, id: Uuid) -> Result<std::result::Result<(), Refused>> {
    again(|| try_by_owner(app, id)).await
}

async fn try_by_owner(app: &App, id: Uuid) -> Result<std::result::Result<(), Refused>> {
    let tx = app.db.begin_write().await?;
    // Of two administrators who go at once, the second waits here and then sees that they are the last.
    let sql = format!("UPDATE {} SET created_at = created_at WHERE name = ?", users::group_table(app));
    db::run(&tx, app.db.stmt(&sql, [ADMINISTRATORS.into()])).await?;
    if is_last_administrator(app, &tx, id).await? {
        return Ok(Err(Refused::LastAdministrator));
    }
    let (name, lang, addresses) = users::mail_facts(app, &tx, id).await?;
    users::remove_in(app, &tx, id).await?;
    for address in addresses {
        // Nobody's any more: the person is gone.
        let to = Recipient { address, lang, user_id: None };
        let message = messages::AccountDeleted { name: name.clone(), link: app.urls.absolute(urls::HOME) };
        mail::post(app, &tx, &to, &message, app.clock.now_ms() + app.ms(86_400)).await?;
    }
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(Ok(()))
}
