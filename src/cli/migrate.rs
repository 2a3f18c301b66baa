//! `doorward migrate`: brings the schema up to date, or says what is missing.

use migration::{Migrator, MigratorTrait};
use serde_json::json;

use super::{Failure, output};
use crate::app::db_options;
use crate::config::Config;
use crate::db::{Db, SQLITE_FILE, is_missing};

/// Runs it.
///
/// # Errors
/// Where the database cannot be reached or changed; with `is_status` also where something is pending.
pub async fn run(config: &Config, is_status: bool, is_json: bool) -> Result<(), Failure> {
    if is_status && config.database.url.is_none() && is_missing(&config.data_dir.join(SQLITE_FILE)) {
        let all: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
        return status(&all, is_json);
    }
    let db = Db::open(&db_options(config)).await?;
    let pending = db.pending_migrations().await?;
    if is_status {
        return status(&pending, is_json);
    }
    db.migrate(&config.data_dir).await?;
    let words = match pending.len() {
        0 => "The database is up to date.".to_owned(),
        n => format!("The database is up to date now; {n} applied:\n{}", lines(&pending)),
    };
    output::show(is_json, &json!({ "applied": pending }), &words);
    Ok(())
}

fn status(pending: &[String], is_json: bool) -> Result<(), Failure> {
    let words = match pending.len() {
        0 => "The database is up to date.".to_owned(),
        n => format!(
            "{n} pending; `doorward migrate` applies them, and so does the start of a server:\n{}",
            lines(pending)
        ),
    };
    output::show(is_json, &json!({ "pending": pending }), &words);
    if pending.is_empty() { Ok(()) } else { Err(Failure::Silent) }
}

fn lines(names: &[String]) -> String {
    names.iter().map(|name| format!("  {name}\n")).collect()
}
