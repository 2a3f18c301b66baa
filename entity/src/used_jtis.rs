//! A client assertion that was seen (RFC 7523 §3).

use sea_orm::entity::prelude::*;

/// A client assertion that was seen (RFC 7523 §3).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "used_jtis")]
pub struct Model {
    /// SHA-256 of client and `jti`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: Vec<u8>,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
