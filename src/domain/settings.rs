//! Values that the whole installation shares.

use entity::settings;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::Result;
use crate::app::App;

/// The value of a setting.
///
/// # Errors
/// Of the database.
pub async fn find<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<String>> {
    Ok(settings::Entity::find_by_id(name).one(connection).await?.map(|row| row.value))
}

/// Sets a value that is not there yet; says whether it was us who set it.
///
/// # Errors
/// Of the database.
pub async fn claim<C: ConnectionTrait>(app: &App, tx: &C, name: &str, value: &str) -> Result<bool> {
    // A row that is there must not end the transaction, as an error would on PostgreSQL.
    let sql = match app.db.backend() {
        sea_orm::DbBackend::MySql => "INSERT IGNORE INTO settings (name, value, updated_at) VALUES (?, ?, ?)",
        _ => "INSERT INTO settings (name, value, updated_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
    };
    let values = [name.into(), value.into(), app.clock.now_ms().into()];
    Ok(crate::db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() == 1)
}
