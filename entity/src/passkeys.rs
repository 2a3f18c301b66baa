//! A passkey of a person (WebAuthn).

use sea_orm::entity::prelude::*;

/// A passkey of a person (WebAuthn).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the credential id.
    pub credential_hash: Vec<u8>,
    /// The public key, its counter and its flags, as JSON of webauthn-rs.
    pub credential: String,
    /// As its owner calls it.
    pub name: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
