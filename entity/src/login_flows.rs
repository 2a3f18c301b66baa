//! A sign-in under way, bound to the browser that began it.

use sea_orm::entity::prelude::*;

/// A sign-in under way, bound to the browser that began it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_flows")]
pub struct Model {
    /// SHA-256 of the flow's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: Vec<u8>,
    /// SHA-256 of the browser's own cookie.
    pub browser_hash: Vec<u8>,
    /// Where it leads, as JSON.
    pub after: String,
    /// What has been proved so far, as JSON.
    pub state: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// When its answer was given.
    pub finished_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
