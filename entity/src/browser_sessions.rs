//! A person signed in at one browser.

use sea_orm::entity::prelude::*;

/// A person signed in at one browser.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "browser_sessions")]
pub struct Model {
    /// UUIDv7; the `sid` claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who; it never changes.
    pub user_id: Uuid,
    /// When they last proved who they are, epoch milliseconds.
    pub auth_time: i64,
    /// By which means, space-separated.
    pub amr: String,
    /// How well.
    pub acr: String,
    /// When a second factor was last shown, epoch milliseconds.
    pub second_at: Option<i64>,
    /// SHA-256 of the browser's own cookie.
    pub browser_hash: Vec<u8>,
    /// As sent at sign-in, shortened.
    pub user_agent: Option<String>,
    /// The address at sign-in.
    pub address: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Last use, to the minute, epoch milliseconds.
    pub seen_at: i64,
    /// However it is used, epoch milliseconds.
    pub expires_at: i64,
    /// Signed out or ended by someone who may.
    pub ended_at: Option<i64>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
