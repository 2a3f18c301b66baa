//! People: who can sign in, by what, and in which groups.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// People: who can sign in, by what, and in which groups.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["users", "user_emails", "password_credentials", "groups", "group_members"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut new = table(manager, "users");
        new.col(uuid("id"))
            .col(key("username"))
            .col(key("username_key"))
            .col(text_null(manager, "name"))
            .col(text(manager, "profile"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_null("disabled_at"))
            .primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        index(manager, "users", &["username_key"], true).await?;
        let mut new = table(manager, "user_emails");
        new.col(uuid("id"))
            .col(uuid("user_id"))
            .col(key("address"))
            .col(key("address_key"))
            .col(flag("is_primary"))
            .col(time_null("verified_at"))
            .col(time("created_at"))
            .primary_key(&mut primary(&["id"]))
            .foreign_key(&mut belongs_to(("user_emails", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "user_emails", &["address_key"], true).await?;
        index(manager, "user_emails", &["user_id"], false).await?;
        let mut new = table(manager, "password_credentials");
        new.col(uuid("user_id"))
            .col(text(manager, "phc"))
            .col(time("changed_at"))
            .primary_key(&mut primary(&["user_id"]))
            .foreign_key(&mut belongs_to(("password_credentials", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        let mut new = table(manager, "groups");
        new.col(uuid("id")).col(key("name")).col(time("created_at")).primary_key(&mut primary(&["id"]));
        manager.create_table(new).await?;
        index(manager, "groups", &["name"], true).await?;
        let mut new = table(manager, "group_members");
        new.col(uuid("group_id"))
            .col(uuid("user_id"))
            .col(time("created_at"))
            .primary_key(&mut primary(&["group_id", "user_id"]))
            .foreign_key(&mut belongs_to(("group_members", "group_id"), ("groups", "id")))
            .foreign_key(&mut belongs_to(("group_members", "user_id"), ("users", "id")));
        manager.create_table(new).await?;
        index(manager, "group_members", &["user_id"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}
