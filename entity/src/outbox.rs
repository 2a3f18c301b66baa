//! What is to be sent: written with the change that causes it, sent by a job.

use sea_orm::entity::prelude::*;

/// What is to be sent: written with the change that causes it, sent by a job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The id; the `Message-ID` is made of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whom it concerns.
    pub user_id: Option<Uuid>,
    /// Which message.
    pub kind: String,
    /// Recipient and content, sealed; empty once nobody needs them.
    pub sealed: Vec<u8>,
    /// `waiting`, `sent`, `failed` or `expired`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Not before this time; while it is being sent, the end of the lease. Epoch milliseconds.
    pub next_at: i64,
    /// Not sent after this time. Epoch milliseconds.
    pub expires_at: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// When it was sent or given up.
    pub done_at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
