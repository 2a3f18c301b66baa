//! What people sign in with besides a password.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// What people sign in with besides a password.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] =
    &["passkeys", "totp_secrets", "recovery_codes", "signature_keys", "upstream_links", "trusted_devices"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "passkeys");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(hash("credential_hash"))
            .col(text(manager, "credential"))
            .col(key("name"))
            .col(time("created_at"))
            .col(time_null("last_used_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("passkeys", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "passkeys", &["credential_hash"], true).await?;
        index(manager, "passkeys", &["user_id"], false).await?;
        let mut new = table(manager, "totp_secrets");
        new.col(uuid("user_id"))
            .col(bytes("sealed"))
            .col(time("last_step"))
            .col(time("created_at"))
            .col(time_null("last_used_at"))
            .primary_key(&mut primary(&["user_id"]))
            .foreign_key(&mut belongs_to(("totp_secrets", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        let mut new = table(manager, "recovery_codes");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(hash("code_hash"))
            .col(time("created_at"))
            .col(time_null("used_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("recovery_codes", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "recovery_codes", &["user_id"], false).await?;
        let mut new = table(manager, "signature_keys");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(key("kind"))
            .col(key("public_key"))
            .col(hash("key_hash"))
            .col(key("name"))
            .col(time("created_at"))
            .col(time_null("last_used_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("signature_keys", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "signature_keys", &["key_hash"], true).await?;
        index(manager, "signature_keys", &["user_id"], false).await?;
        let mut new = table(manager, "upstream_links");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(key("provider"))
            .col(hash("key_hash"))
            .col(text(manager, "issuer"))
            .col(text(manager, "subject"))
            .col(text_null(manager, "email"))
            .col(text_null(manager, "name"))
            .col(time("created_at"))
            .col(time_null("last_used_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("upstream_links", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "upstream_links", &["key_hash"], true).await?;
        index(manager, "upstream_links", &["user_id"], false).await?;
        let mut new = table(manager, "trusted_devices");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(hash("browser_hash"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("trusted_devices", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "trusted_devices", &["user_id", "browser_hash"], true).await?;
        index(manager, "trusted_devices", &["expires_at"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
