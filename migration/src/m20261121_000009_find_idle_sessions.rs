//! An index to find the sessions that nobody uses any more.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// An index to find the sessions that nobody uses any more.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "browser_sessions", &["ended_at", "seen_at"], false).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "browser_sessions", &["ended_at", "seen_at"]).await
    }
}
