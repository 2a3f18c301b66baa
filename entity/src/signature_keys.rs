//! A key whose signature signs its owner in.

use sea_orm::entity::prelude::*;

/// A key whose signature signs its owner in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signature_keys")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// `ed25519` or `secp256k1`.
    pub kind: String,
    /// The public key in lower-case hexadecimal.
    pub public_key: String,
    /// SHA-256 of kind and key.
    pub key_hash: Vec<u8>,
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
