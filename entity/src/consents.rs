//! What a person has allowed a client to do.

use sea_orm::entity::prelude::*;

/// What a person has allowed a client to do.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: String,
    /// Space-separated, sorted.
    pub scopes: String,
    /// The individually requested claims that were allowed, space-separated, sorted.
    pub claims: String,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
