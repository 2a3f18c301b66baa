//! Browser sessions, the sign-ins that lead to them, single-use links, and what slows guessing down.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// Browser sessions, the sign-ins that lead to them, single-use links, and what slows guessing down.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] =
    &["browser_sessions", "client_sessions", "http_sessions", "login_flows", "action_tokens", "throttles"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "browser_sessions");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(time("auth_time"))
            .col(key("amr"))
            .col(key("acr"))
            .col(hash("browser_hash"))
            .col(key_null("user_agent"))
            .col(key_null("address"))
            .col(time("created_at"))
            .col(time("seen_at"))
            .col(time("expires_at"))
            .col(time_null("ended_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("browser_sessions", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "browser_sessions", &["user_id"], false).await?;
        index(manager, "browser_sessions", &["expires_at"], false).await?;
        let mut new = table(manager, "client_sessions");
        new.col(uuid("session_id"))
            .col(key("client_id"))
            .col(time("created_at"))
            .primary_key(&mut primary(&["session_id", "client_id"]))
            .foreign_key(&mut belongs_to(("client_sessions", "session_id"), ("browser_sessions", "id")));
        manager.create_table(new).await?;
        let mut new = table(manager, "http_sessions");
        new.col(hash("id_hash"))
            .col(text(manager, "data"))
            .col(time("expires_at"))
            .primary_key(&mut primary(&["id_hash"]));
        manager.create_table(new).await?;
        index(manager, "http_sessions", &["expires_at"], false).await?;
        let mut new = table(manager, "login_flows");
        new.col(hash("id_hash"))
            .col(hash("browser_hash"))
            .col(text(manager, "after"))
            .col(text(manager, "state"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(time_null("finished_at"))
            .primary_key(&mut primary(&["id_hash"]));
        manager.create_table(new).await?;
        index(manager, "login_flows", &["expires_at"], false).await?;
        let mut new = table(manager, "action_tokens");
        new.col(hash("token_hash"))
            .col(key("purpose"))
            .col(uuid_null("user_id"))
            .col(text(manager, "data"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(time_null("used_at"))
            .primary_key(&mut primary(&["token_hash"]));
        manager.create_table(new).await?;
        index(manager, "action_tokens", &["expires_at"], false).await?;
        let mut new = table(manager, "throttles");
        new.col(hash("key_hash"))
            .col(time("attempts"))
            .col(time("free_at"))
            .col(time("expires_at"))
            .primary_key(&mut primary(&["key_hash"]));
        manager.create_table(new).await?;
        index(manager, "throttles", &["expires_at"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
