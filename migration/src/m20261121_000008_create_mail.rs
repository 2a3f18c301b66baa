//! What is to be sent, and invitations.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// What is to be sent, and invitations.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["outbox", "invitations"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "outbox");
        new.col(uuid("id"))
            .col(uuid_null("user_id"))
            .col(key("kind"))
            .col(bytes("sealed"))
            .col(key("state"))
            .col(time("attempts"))
            .col(time("next_at"))
            .col(time("expires_at"))
            .col(time("created_at"))
            .col(time_null("done_at"))
            .col(text_null(manager, "error"))
            .primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        index(manager, "outbox", &["state", "next_at"], false).await?;
        index(manager, "outbox", &["created_at"], false).await?;
        let mut new = table(manager, "invitations");
        new.col(uuid("id"))
            .col(hash("token_hash"))
            .col(key_null("email"))
            .col(text(manager, "groups"))
            .col(uuid_null("created_by"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(time_null("used_at"))
            .col(uuid_null("used_by"))
            .primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        index(manager, "invitations", &["token_hash"], true).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
