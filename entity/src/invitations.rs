//! An invitation to sign up.

use sea_orm::entity::prelude::*;

/// An invitation to sign up.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the link's token.
    pub token_hash: Vec<u8>,
    /// The only address it is for, in canonical form.
    pub email: Option<String>,
    /// The groups that who accepts will be in, as a JSON list.
    pub groups: String,
    /// Who invited.
    pub created_by: Option<Uuid>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// When it was accepted.
    pub used_at: Option<i64>,
    /// Who accepted.
    pub used_by: Option<Uuid>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
