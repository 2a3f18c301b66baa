//! A single-use link with one purpose.

use sea_orm::entity::prelude::*;

/// A single-use link with one purpose.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_tokens")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// The only thing it may be used for.
    pub purpose: String,
    /// Whose it is.
    pub user_id: Option<Uuid>,
    /// What belongs to the purpose, as JSON.
    pub data: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// When it was consumed.
    pub used_at: Option<i64>,
    /// What only the newest is good for: SHA-256 of purpose and person or address.
    pub subject_hash: Option<Vec<u8>>,
    /// SHA-256 of the cookie of the browser that it is bound to.
    pub browser_hash: Option<Vec<u8>>,
    /// Guesses at its code.
    pub attempts: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
