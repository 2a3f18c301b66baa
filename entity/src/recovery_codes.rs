//! A recovery code: a second factor that works once.

use sea_orm::entity::prelude::*;

/// A recovery code: a second factor that works once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the code.
    pub code_hash: Vec<u8>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// When it was consumed.
    pub used_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
