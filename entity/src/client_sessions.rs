//! Which client was reached in which browser session.

use sea_orm::entity::prelude::*;

/// Which client was reached in which browser session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_sessions")]
pub struct Model {
    /// The browser session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    /// The client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: String,
    /// Epoch milliseconds.
    pub created_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
