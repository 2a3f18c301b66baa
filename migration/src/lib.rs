//! The changes of Doorward's schema, one file per change, named by date and verb.
//!
//! A change is additive: the release before it still runs on the new schema. A released file is not edited. MySQL has no transactional DDL,
//! so every statement tolerates that an interrupted run already made it.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261121_000001_create_people;
mod m20261121_000002_create_apps;
mod m20261121_000003_create_grants;
mod m20261121_000004_create_sessions;
mod m20261121_000005_create_running;
mod m20261121_000006_extend_people;
mod m20261121_000007_create_factors;
mod m20261121_000008_create_mail;
mod m20261121_000009_find_idle_sessions;

/// All changes in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_create_people::Migration),
            Box::new(m20261121_000002_create_apps::Migration),
            Box::new(m20261121_000003_create_grants::Migration),
            Box::new(m20261121_000004_create_sessions::Migration),
            Box::new(m20261121_000005_create_running::Migration),
            Box::new(m20261121_000006_extend_people::Migration),
            Box::new(m20261121_000007_create_factors::Migration),
            Box::new(m20261121_000008_create_mail::Migration),
            Box::new(m20261121_000009_find_idle_sessions::Migration),
        ]
    }
}
