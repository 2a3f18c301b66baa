//! A person who can sign in.

use sea_orm::entity::prelude::*;

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7; the `sub` of public clients.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name as the person wrote it.
    pub username: String,
    /// The canonical form that names are compared by.
    pub username_key: String,
    /// The full name to show (`name` of OpenID Connect Core §5.1).
    pub name: Option<String>,
    /// The other standard claims of OpenID Connect Core §5.1 as a JSON object.
    pub profile: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// Since when the account may not be used.
    pub disabled_at: Option<i64>,
    /// Set by "this was not me": nobody signs in until the owner has set a new password.
    pub locked_at: Option<i64>,
    /// The language of pages and mail, where the person chose one.
    pub language: Option<String>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
