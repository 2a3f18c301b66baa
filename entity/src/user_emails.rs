//! An e-mail address of a person.

use sea_orm::entity::prelude::*;

/// An e-mail address of a person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_emails")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The person.
    pub user_id: Uuid,
    /// The address as given.
    pub address: String,
    /// The folded form, unique over all people.
    pub address_key: String,
    /// The one that mail goes to and the `email` claim shows.
    pub is_primary: bool,
    /// When the person proved it.
    pub verified_at: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
