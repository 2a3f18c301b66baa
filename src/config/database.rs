//! `[database]`: where everything is kept.

use figment::value::Value;
use serde::Serialize;
use url::Url;

use super::Secret;
use super::field::{Rule, Setting, Shape, not, number, parsed, quote, seconds, section};

section! {
    /// Where everything is kept. With nothing set it is an SQLite file in the data folder.
    pub Database "database" {
        /// The database's address: `sqlite:`, `postgres:`, `postgresql:`, `mysql:` or `mariadb:`. Without one it is the
        /// file `doorward.sqlite` in `data_dir`. It may hold a password, so it is shown nowhere.
        url: Option<Secret> = None, Rule::Text("a database address", check_url),
            "\"postgres://doorward:PASSWORD@db.example.com/doorward\"";
        /// Connections to PostgreSQL, MySQL or MariaDB that may be open at once.
        max_connections: u32 = 16, number(1, 1000, "connections").rule(), "16";
        /// Connections that read an SQLite file; one more writes.
        read_connections: u32 = 4, number(1, 64, "connections").rule(), "4";
        /// How long one attempt to connect may take.
        connect_timeout: u64 = 5, seconds(1, 120).rule(), "5";
        /// How long a request waits for a free connection before it is answered with 503.
        acquire_timeout: u64 = 5, seconds(1, 120).rule(), "5";
        /// How long one statement may run.
        statement_timeout: u64 = 10, seconds(1, 600).rule(), "10";
        /// How SQLite writes: `full` keeps every answered write through a power cut; `normal` is faster, and a power cut
        /// (never a crash of the program) may lose the last moments.
        sqlite_synchronous: Synchronous = Synchronous::Full, Rule::Any, "\"full\"";
    }
}

/// SQLite's `PRAGMA synchronous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// Every commit reaches the disk before it is answered.
    #[default]
    Full,
    /// The log reaches the disk at checkpoints.
    Normal,
}

parsed! {
    Synchronous, "full or normal", |text| match text {
        "full" => Ok(Self::Full),
        "normal" => Ok(Self::Normal),
        _ => Err("is not full or normal".to_owned()),
    };
}

fn check_url(text: &str) -> Result<(), String> {
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    match scheme {
        "sqlite" if rest.trim_start_matches('/').is_empty() => Err("the address names no file".to_owned()),
        "sqlite" => Ok(()),
        "postgres" | "postgresql" | "mysql" | "mariadb" => {
            let url = Url::parse(text).map_err(|error| format!("the address cannot be read: {error}"))?;
            if url.path().trim_matches('/').is_empty() {
                return Err("the address names no database after the host".to_owned());
            }
            Ok(())
        }
        _ => Err("the address must begin with sqlite:, postgres:, postgresql:, mysql: or mariadb:".to_owned()),
    }
}
