//! A key that signs tokens.

use sea_orm::entity::prelude::*;

/// A key that signs tokens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// RFC 7638 thumbprint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// JOSE name of the algorithm.
    pub alg: String,
    /// As published.
    pub public_jwk: String,
    /// The private JWK under the master key.
    pub sealed_jwk: Vec<u8>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Published before, epoch milliseconds.
    pub signs_from: i64,
    /// When it stops signing, epoch milliseconds.
    pub retires_at: Option<i64>,
    /// When it stops being published, epoch milliseconds.
    pub removed_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
