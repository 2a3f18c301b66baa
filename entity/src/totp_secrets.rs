//! The secret of an authenticator app (RFC 6238).

use sea_orm::entity::prelude::*;

/// The secret of an authenticator app (RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_secrets")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// The last time step that was used; only later ones are good (RFC 6238 §5.2).
    pub last_step: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
