//! An account elsewhere that signs its owner in here.

use sea_orm::entity::prelude::*;

/// An account elsewhere that signs its owner in here.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upstream_links")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The name of the provider in the configuration.
    pub provider: String,
    /// SHA-256 of issuer and subject, each preceded by its length.
    pub key_hash: Vec<u8>,
    /// The issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
    /// The address there, as last seen.
    pub email: Option<String>,
    /// The name there, as last seen.
    pub name: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
