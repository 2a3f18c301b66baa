//! People have a language and can be locked; links are bound to a browser and to their newest, and guesses at their code are counted.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// People have a language and can be locked; links are bound to a browser and to their newest, and guesses at their code are counted.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "users", &mut key_null("language")).await?;
        add_column(manager, "users", &mut time_null("locked_at")).await?;
        add_column(manager, "action_tokens", &mut hash_null("subject_hash")).await?;
        add_column(manager, "action_tokens", &mut hash_null("browser_hash")).await?;
        add_column(manager, "action_tokens", time("attempts").default(0)).await?;
        index(manager, "action_tokens", &["subject_hash"], false).await?;
        index(manager, "action_tokens", &["user_id"], false).await?;
        add_column(manager, "browser_sessions", &mut time_null("second_at")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("users", "language"),
            ("users", "locked_at"),
            ("action_tokens", "subject_hash"),
            ("action_tokens", "browser_hash"),
            ("action_tokens", "attempts"),
            ("browser_sessions", "second_at"),
        ] {
            if column == "subject_hash" {
                drop_index(manager, "action_tokens", &["subject_hash"]).await?;
                drop_index(manager, "action_tokens", &["user_id"]).await?;
            }
            manager.alter_table(Table::alter().table(Alias::new(table)).drop_column(Alias::new(column)).take()).await?;
        }
        Ok(())
    }
}
