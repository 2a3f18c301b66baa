//! The ways in that an account has, so that nobody takes away their own last one.

use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Result, factors, passkeys};
use crate::app::App;
use crate::db;

/// What of an account signs its owner in, as the operator allows it now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaysIn {
    /// A password.
    pub has_password: bool,
    /// A proved address, to which a sign-in mail can go.
    pub has_mail: bool,
    /// Passkeys.
    pub passkeys: u64,
    /// Accounts elsewhere, at providers that are configured.
    pub upstream: u64,
    /// Keys that sign.
    pub signature_keys: u64,
}

impl WaysIn {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> u64 {
        u64::from(self.has_password) + u64::from(self.has_mail) + self.passkeys + self.upstream + self.signature_keys
    }
}

/// The ways into an account. In a transaction that takes one away, call [`lock`] first.
///
/// # Errors
/// Of the database.
pub async fn of<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<WaysIn> {
    let sql = "SELECT (SELECT COUNT(*) FROM password_credentials WHERE user_id = ?) AS passwords, \
               (SELECT COUNT(*) FROM user_emails WHERE user_id = ? AND verified_at IS NOT NULL) AS mails, \
               (SELECT COUNT(*) FROM passkeys WHERE user_id = ?) AS passkeys, \
               (SELECT COUNT(*) FROM signature_keys WHERE user_id = ?) AS signature_keys";
    let owner = || user_id.into();
    let row = tx.query_one_raw(app.db.stmt(sql, [owner(), owner(), owner(), owner()])).await?;
    let Some(row) = row else { return Ok(WaysIn::default()) };
    let count = |name: &str| -> Result<u64> { Ok(u64::try_from(row.try_get::<i64>("", name)?).unwrap_or(0)) };
    let providers: Vec<String> = entity::upstream_links::Entity::find()
        .select_only()
        .column(entity::upstream_links::Column::Provider)
        .filter(sea_orm::ColumnTrait::eq(&entity::upstream_links::Column::UserId, user_id))
        .into_tuple()
        .all(tx)
        .await?;
    let login = &app.config.login;
    let upstream = providers.iter().filter(|name| app.config.upstream.contains_key(*name)).count();
    Ok(WaysIn {
        has_password: login.password && count("passwords")? > 0,
        has_mail: login.magic_link && count("mails")? > 0,
        passkeys: if passkeys::are_offered(app) { count("passkeys")? } else { 0 },
        upstream: upstream as u64,
        signature_keys: if login.signature { count("signature_keys")? } else { 0 },
    })
}

/// Whether a person can show who they are without an account elsewhere, alone or beside it: by a password, a mail, a passkey, or another
/// second factor.
///
/// # Errors
/// Of the database.
pub async fn has_own<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<bool> {
    let ways = of(app, tx, user_id).await?;
    Ok(ways.has_password || ways.has_mail || factors::has_any(app, tx, user_id).await?)
}

/// Makes changes to the ways into one account wait for each other, until the transaction ends.
///
/// # Errors
/// Of the database.
pub async fn lock<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<()> {
    db::run(tx, app.db.stmt("UPDATE users SET updated_at = updated_at WHERE id = ?", [user_id.into()])).await?;
    Ok(())
}
