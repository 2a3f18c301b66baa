//! The column types that are the same on all three databases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A new table; on MySQL and MariaDB it compares text byte by byte, as the other databases do.
pub(crate) fn table(manager: &SchemaManager<'_>, name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name)).if_not_exists();
    if manager.get_database_backend() == DbBackend::MySql {
        table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

fn column(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

/// An id.
pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    column(name).uuid().not_null().take()
}

/// An id that may be missing.
pub(crate) fn uuid_null(name: &'static str) -> ColumnDef {
    column(name).uuid().null().take()
}

/// A SHA-256.
pub(crate) fn hash(name: &'static str) -> ColumnDef {
    column(name).binary_len(32).not_null().take()
}

/// A SHA-256 that may be missing.
pub(crate) fn hash_null(name: &'static str) -> ColumnDef {
    column(name).binary_len(32).null().take()
}

/// Text short enough for an index on every database.
pub(crate) fn key(name: &'static str) -> ColumnDef {
    column(name).string_len(191).not_null().take()
}

/// Such text that may be missing.
pub(crate) fn key_null(name: &'static str) -> ColumnDef {
    column(name).string_len(191).null().take()
}

/// Text of any length; `mediumtext` where `text` would stop at 64 kB.
pub(crate) fn text(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    long_text(manager, name).not_null().take()
}

/// Such text that may be missing.
pub(crate) fn text_null(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    long_text(manager, name).null().take()
}

fn long_text(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    if manager.get_database_backend() == DbBackend::MySql {
        column(name).custom(Alias::new("mediumtext")).take()
    } else {
        column(name).text().take()
    }
}

/// Bytes of any length.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    column(name).blob().not_null().take()
}

/// Such bytes that may be missing.
pub(crate) fn bytes_null(name: &'static str) -> ColumnDef {
    column(name).blob().null().take()
}

/// A time in epoch milliseconds, or another 64-bit number.
pub(crate) fn time(name: &'static str) -> ColumnDef {
    column(name).big_integer().not_null().take()
}

/// Such a time that may be missing.
pub(crate) fn time_null(name: &'static str) -> ColumnDef {
    column(name).big_integer().null().take()
}

/// Yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    column(name).boolean().not_null().take()
}

/// The primary key over `columns`.
pub(crate) fn primary(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for name in columns {
        index.col(Alias::new(*name));
    }
    index.primary().take()
}

/// Rows go with the row they belong to.
pub(crate) fn belongs_to(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{}_{}", from.0, from.1))
        .from(Alias::new(from.0), Alias::new(from.1))
        .to(Alias::new(to.0), Alias::new(to.1))
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// An index; one that an interrupted run already made is left as it is.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let name = format!("ix_{table}_{}", columns.join("_"));
    if manager.get_database_backend() == DbBackend::MySql && manager.has_index(table, &name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    if manager.get_database_backend() != DbBackend::MySql {
        index.if_not_exists();
    }
    for name in columns {
        index.col(Alias::new(*name));
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}

/// Drops `names`, the last first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names.iter().rev() {
        manager.drop_table(Table::drop().table(Alias::new(*name)).if_exists().take()).await?;
    }
    Ok(())
}

/// Adds a column; one that an interrupted run already added is left as it is.
pub(crate) async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &mut ColumnDef,
) -> Result<(), DbErr> {
    if manager.has_column(table, column.get_column_name()).await? {
        return Ok(());
    }
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(column).take()).await
}

/// Drops what [`index`] made.
pub(crate) async fn drop_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let name = format!("ix_{table}_{}", columns.join("_"));
    let mut index = Index::drop();
    index.name(name).table(Alias::new(table));
    manager.drop_index(index).await
}
