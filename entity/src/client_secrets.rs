//! A secret of a client; several may be valid at once.

use sea_orm::entity::prelude::*;

/// A secret of a client; several may be valid at once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secrets")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// The secret under the master key, where it signs (`client_secret_jwt`, HS256).
    pub sealed: Option<Vec<u8>>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; none lasts until it is removed.
    pub expires_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
