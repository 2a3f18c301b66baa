//! Grants, and the tokens that must be remembered for a while.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// Grants, and the tokens that must be remembered for a while.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["grants", "used_jtis", "revoked_tokens"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "grants");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(key("client_id"))
            .col(uuid_null("session_id"))
            .col(text(manager, "scopes"))
            .col(text(manager, "resources"))
            .col(text_null(manager, "claims"))
            .col(text_null(manager, "nonce"))
            .col(key("acr"))
            .col(key("amr"))
            .col(time("auth_time"))
            .col(text_null(manager, "redirect_uri"))
            .col(key_null("code_challenge"))
            .col(hash("code_hash"))
            .col(time("code_expires_at"))
            .col(time_null("redeemed_at"))
            .col(flag("is_offline"))
            .col(time("generation"))
            .col(time_null("rotated_at"))
            .col(time_null("expires_at"))
            .col(time("idle_expires_at"))
            .col(time_null("revoked_at"))
            .col(key_null("revoke_reason"))
            .col(time("created_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("grants", "user_id"), ("users", "id")))
            .foreign_key(&mut belongs_to(("grants", "client_id"), ("clients", "id")));
        manager.create_table(new).await?;
        index(manager, "grants", &["user_id", "client_id"], false).await?;
        index(manager, "grants", &["session_id"], false).await?;
        index(manager, "grants", &["idle_expires_at"], false).await?;
        let mut new = table(manager, "used_jtis");
        new.col(hash("key_hash")).col(time("expires_at")).primary_key(&mut primary(&["key_hash"]));
        manager.create_table(new).await?;
        index(manager, "used_jtis", &["expires_at"], false).await?;
        let mut new = table(manager, "revoked_tokens");
        new.col(hash("token_hash")).col(time("expires_at")).primary_key(&mut primary(&["token_hash"]));
        manager.create_table(new).await?;
        index(manager, "revoked_tokens", &["expires_at"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
