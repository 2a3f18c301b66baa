//! A counter per kind of thing that replicas remember.

use sea_orm::entity::prelude::*;

/// A counter per kind of thing that replicas remember.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "versions")]
pub struct Model {
    /// Of the thing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Raised by every writer.
    pub value: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
