//! Values that the whole installation shares.

use entity::settings;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

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
    let row = settings::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value.to_owned()),
        updated_at: Set(app.clock.now_ms()),
    };
    match settings::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(true),
        Err(error) if crate::db::is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
