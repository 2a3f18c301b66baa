//! The database, its clock, and the keys in it.

use sea_orm::{ConnectionTrait as _, DbBackend};

use super::Check;
use crate::app::{App, Parts, db_options, master_key_path};
use crate::config::Config;
use crate::db::{Db, OpenError, SQLITE_FILE, is_missing};
use crate::domain::keys;
use crate::jose::Alg;
use crate::platform::clock::Clock;

/// How far two clocks may be apart.
pub(super) const TOLERANCE_MS: u64 = 5000;

pub(super) async fn check(config: &Config, time: &dyn Clock) -> Vec<Check> {
    if config.database.url.is_none() && is_missing(&config.data_dir.join(SQLITE_FILE)) {
        let remedy = "the first `doorward serve` makes it, or `doorward migrate`";
        return vec![Check::warn("database", "there is none in the data folder yet", remedy)];
    }
    let db = match Db::open(&db_options(config)).await {
        Ok(db) => db,
        Err(error) => {
            let words = match &error {
                OpenError::File { name, cause } => format!("the file {name} cannot be opened: {cause}"),
                other => other.to_string(),
            };
            return vec![Check::fail("database", words, remedy(&error))];
        }
    };
    let mut checks = vec![Check::ok("database", format!("{} answers", backend(&db)))];
    checks.extend(clock(&db, time).await);
    match db.pending_migrations().await {
        Ok(pending) if pending.is_empty() => checks.push(Check::ok("migrations", "the schema is up to date")),
        Ok(pending) => {
            let message = format!("{} pending, so the keys are not looked at", pending.len());
            checks.push(Check::warn(
                "migrations",
                message,
                "run `doorward migrate`; the start of a server does it too",
            ));
            return checks;
        }
        Err(error) => {
            let remedy = "run the newest version of Doorward that has worked on this database";
            checks.push(Check::fail("migrations", error.to_string(), remedy));
            return checks;
        }
    }
    if config.master_key.is_none() && is_missing(&master_key_path(&config.data_dir)) {
        // Opening would make one, which is for the server to do.
        let remedy =
            "put the server's master key there, if there is a server; else the first `doorward serve` makes one";
        checks.push(Check::warn("keys", "are not looked at: there is no master key to open them", remedy));
        return checks;
    }
    // Where schema and master key are there, opening does nothing that a running server would not.
    match App::open(config.clone(), Parts::default()).await {
        Ok((app, _refusals)) => checks.extend([signing_keys(&app).await, super::mail::outbox(&app).await]),
        Err(error) => {
            let words = error.to_string().trim_start_matches("internal: ").to_owned();
            checks.push(if words.contains("master key") {
                Check::fail("keys", words, "set the master key that sealed them, or put its file back from a backup")
            } else {
                Check::fail("start", words, "no server starts with this setting: correct it")
            });
        }
    }
    checks
}

fn backend(db: &Db) -> &'static str {
    match db.backend() {
        DbBackend::Sqlite => "SQLite",
        DbBackend::Postgres => "PostgreSQL",
        _ => "MySQL or MariaDB",
    }
}

fn remedy(error: &OpenError) -> &'static str {
    match error {
        OpenError::Connect(_) => "check DOORWARD_DATABASE__URL, that the database runs, and that this host may connect",
        OpenError::File { .. } => "run this as the user of the server; a damaged file comes back from a backup",
        OpenError::Create { .. } => "run that statement as an administrator of the database",
        OpenError::DataDir { .. } => "give the server's user that folder, or name another with DOORWARD_DATA_DIR",
        OpenError::Url(_) => "for example postgres://doorward:PASSWORD@db.example.com/doorward",
        OpenError::Migrate(_) => "run the newest version of Doorward that has worked on this database",
    }
}

async fn clock(db: &Db, time: &dyn Clock) -> Option<Check> {
    let sql = match db.backend() {
        DbBackend::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms",
        DbBackend::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now_ms",
        // SQLite has no clock but ours.
        _ => return None,
    };
    let row = db.read().query_one_raw(db.stmt(sql, [])).await;
    let theirs = row.ok().flatten().and_then(|row| row.try_get::<i64>("", "now_ms").ok());
    let now_ms = time.now_ms();
    Some(match theirs {
        Some(theirs) if theirs.abs_diff(now_ms) <= TOLERANCE_MS => {
            Check::ok("database clock", "agrees with this machine's")
        }
        Some(theirs) => Check::warn(
            "database clock",
            format!("is {} seconds apart from this machine's", theirs.abs_diff(now_ms) / 1000),
            "let both machines take the time from the network (chrony or systemd-timesyncd)",
        ),
        None => Check::warn("database clock", "could not be read", "look at the database's log"),
    })
}

async fn signing_keys(app: &App) -> Check {
    let now = app.clock.now_ms();
    let all = match keys::list(app).await {
        Ok(all) => all,
        Err(error) => return Check::fail("keys", error.to_string(), "look at the database's log"),
    };
    let newest = |alg: Alg| {
        let good = all.iter().filter(|k| k.alg == alg.as_str() && k.retires_at.is_none_or(|at| at > now));
        good.map(|k| k.signs_from).max()
    };
    let missing: Vec<&str> = Alg::ASYMMETRIC.into_iter().filter(|a| newest(*a).is_none()).map(Alg::as_str).collect();
    if !missing.is_empty() {
        let message = format!("none signs {}", missing.join(", "));
        return Check::fail("keys", message, "restart the server, which makes them, or run `doorward keys rotate`");
    }
    let every = app.config.keys.rotate_every;
    // The job that rotates runs by the hour.
    let late = app.ms(every) + 2 * 3_600_000;
    let is_overdue = |alg: &Alg| newest(*alg).is_some_and(|at| at + late <= now);
    let due: Vec<&str> = Alg::ASYMMETRIC.into_iter().filter(is_overdue).map(Alg::as_str).collect();
    if every > 0 && !due.is_empty() {
        let message = format!("rotation is overdue for {}", due.join(", "));
        return Check::warn(
            "keys",
            message,
            "a running server rotates by schedule: is one running? Else `doorward keys rotate`",
        );
    }
    Check::ok(
        "keys",
        format!("one signs for each of {}, and the master key opens them", Alg::ASYMMETRIC.map(Alg::as_str).join(", ")),
    )
}
