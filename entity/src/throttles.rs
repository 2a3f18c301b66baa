//! Failed attempts that slow the next one down.

use sea_orm::entity::prelude::*;

/// Failed attempts that slow the next one down.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttles")]
pub struct Model {
    /// SHA-256 of what is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: Vec<u8>,
    /// Since the last success or pause.
    pub attempts: i64,
    /// When the next attempt may be made, epoch milliseconds.
    pub free_at: i64,
    /// When it is forgotten, epoch milliseconds.
    pub expires_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
