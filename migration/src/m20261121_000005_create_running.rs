//! What runs the house: signing keys, events, settings, and versions.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// What runs the house: signing keys, events, settings, and versions.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["signing_keys", "events", "settings", "versions"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "signing_keys");
        new.col(key("kid"))
            .col(key("alg"))
            .col(text(manager, "public_jwk"))
            .col(bytes("sealed_jwk"))
            .col(time("created_at"))
            .col(time("signs_from"))
            .col(time_null("retires_at"))
            .col(time_null("removed_at"))
            .primary_key(&mut primary(&["kid"]));
        manager.create_table(new).await?;
        let mut new = table(manager, "events");
        new.col(uuid("id"))
            .col(time("at"))
            .col(key("kind"))
            .col(uuid_null("user_id"))
            .col(key_null("client_id"))
            .col(key_null("reference"))
            .col(text(manager, "data"))
            .primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        index(manager, "events", &["at"], false).await?;
        index(manager, "events", &["user_id", "at"], false).await?;
        index(manager, "events", &["reference"], false).await?;
        let mut new = table(manager, "settings");
        new.col(key("name")).col(text(manager, "value")).col(time("updated_at")).primary_key(&mut primary(&["name"]));
        manager.create_table(new).await?;
        let mut new = table(manager, "versions");
        new.col(key("kind")).col(time("value")).primary_key(&mut primary(&["kind"]));
        manager.create_table(new).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
