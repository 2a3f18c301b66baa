//! An API with an audience of its own (RFC 8707).

use sea_orm::entity::prelude::*;

/// An API with an audience of its own (RFC 8707).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resources")]
pub struct Model {
    /// The `aud` of its access tokens and the value of `resource`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub audience: String,
    /// Scopes, token format, signing algorithm and lifetime as JSON.
    pub metadata: String,
    /// The shared secret under the master key, where tokens are HS256.
    pub sealed_secret: Option<Vec<u8>>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
