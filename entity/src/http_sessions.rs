//! The record behind a session cookie.

use sea_orm::entity::prelude::*;

/// The record behind a session cookie.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "http_sessions")]
pub struct Model {
    /// SHA-256 of the cookie's value.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: Vec<u8>,
    /// What tower-sessions keeps: only pointers to browser sessions.
    pub data: String,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
