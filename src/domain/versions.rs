//! One counter per kind of thing that replicas remember. Whoever writes raises it in the same transaction; whoever
//! remembers looks every few seconds and reads again what moved.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::Result;
use crate::app::App;

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Clients and resources.
    Clients,
    /// Signing keys.
    Keys,
    /// Which grants, sessions and people are still good.
    Grants,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Keys => "keys",
            Self::Grants => "grants",
        }
    }
}

/// Raises the counter of `kind`.
///
/// # Errors
/// Of the database.
pub async fn bump(app: &App, tx: &DatabaseTransaction, kind: Kind) -> Result<()> {
    let sql = match app.db.backend() {
        DbBackend::MySql => {
            "INSERT INTO versions (kind, value) VALUES (?, 1) ON DUPLICATE KEY UPDATE value = value + 1"
        }
        _ => {
            "INSERT INTO versions (kind, value) VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET value = versions.value + 1"
        }
    };
    crate::db::run(tx, app.db.stmt(sql, [kind.as_str().into()])).await?;
    Ok(())
}

/// The counter of `kind`; 0 where nobody raised it yet.
///
/// # Errors
/// Of the database.
pub async fn read(app: &App, kind: Kind) -> Result<i64> {
    let row = app.db.one("SELECT value FROM versions WHERE kind = ?", [kind.as_str().into()]).await?;
    Ok(match row {
        Some(row) => row.try_get("", "value")?,
        None => 0,
    })
}

/// All counters at once.
///
/// # Errors
/// Of the database.
pub async fn read_all(app: &App) -> Result<HashMap<String, i64>> {
    let rows = app.db.read().query_all_raw(app.db.stmt("SELECT kind, value FROM versions", [])).await?;
    let mut all = HashMap::with_capacity(rows.len());
    for row in rows {
        all.insert(row.try_get("", "kind")?, row.try_get("", "value")?);
    }
    Ok(all)
}

/// Remembers what was seen, and reads again what has moved since.
#[derive(Debug, Default)]
pub struct Watch(HashMap<String, i64>);

impl Watch {
    /// Looks once.
    ///
    /// # Errors
    /// Of the database; what did not load is tried again at the next look.
    pub async fn look(&mut self, app: &App) -> Result<()> {
        let now = read_all(app).await?;
        for kind in [Kind::Clients, Kind::Keys, Kind::Grants] {
            let version = now.get(kind.as_str()).copied().unwrap_or(0);
            if self.0.get(kind.as_str()) == Some(&version) {
                continue;
            }
            match kind {
                Kind::Clients => app.directory.reload(app).await?,
                Kind::Keys => super::keys::reload(app).await?,
                Kind::Grants => app.live.forget_all(),
            }
            self.0.insert(kind.as_str().to_owned(), version);
        }
        Ok(())
    }
}
