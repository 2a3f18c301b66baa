//! What happened, for whoever asks later.

use sea_orm::entity::prelude::*;

/// What happened, for whoever asks later.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Epoch milliseconds.
    pub at: i64,
    /// What, as a code.
    pub kind: String,
    /// Whom it concerns.
    pub user_id: Option<Uuid>,
    /// Which client it concerns.
    pub client_id: Option<String>,
    /// The reference that the page or answer showed.
    pub reference: Option<String>,
    /// The values that mattered, as JSON; never a secret.
    pub data: String,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
