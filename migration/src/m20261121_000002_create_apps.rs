//! Apps: clients, their secrets, the APIs they call, and what people allowed them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// Apps: clients, their secrets, the APIs they call, and what people allowed them.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["clients", "client_secrets", "resources", "consents"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "clients");
        new.col(key("id"))
            .col(text(manager, "metadata"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_null("disabled_at"))
            .primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        let mut new = table(manager, "client_secrets");
        new.col(uuid("id"))
            .col(key("client_id"))
            .col(hash("secret_hash"))
            .col(bytes_null("sealed"))
            .col(time("created_at"))
            .col(time_null("expires_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("client_secrets", "client_id"), ("clients", "id")));
        manager.create_table(new).await?;
        index(manager, "client_secrets", &["client_id"], false).await?;
        let mut new = table(manager, "resources");
        new.col(key("audience"))
            .col(text(manager, "metadata"))
            .col(bytes_null("sealed_secret"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .primary_key(&mut primary(&["audience"]));
        manager.create_table(new).await?;
        let mut new = table(manager, "consents");
        new.col(uuid("user_id"))
            .col(key("client_id"))
            .col(text(manager, "scopes"))
            .col(text(manager, "claims"))
            .col(time("updated_at"))
            .primary_key(&mut primary(&["user_id", "client_id"]))
            .foreign_key(&mut belongs_to(("consents", "user_id"), ("users", "id")))
            .foreign_key(&mut belongs_to(("consents", "client_id"), ("clients", "id")));
        manager.create_table(new).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
