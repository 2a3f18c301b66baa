//! What a person has allowed a client to do, remembered so that they are asked once.

use std::collections::BTreeSet;

use entity::consents;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use uuid::Uuid;

use super::{Result, events, users};
use crate::app::App;

/// What is asked for, or was allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// Scopes.
    pub scopes: BTreeSet<String>,
    /// Claims asked for one by one (OpenID Connect Core §5.5).
    pub claims: BTreeSet<String>,
}

impl Consent {
    /// Whether everything in `asked` was allowed.
    #[must_use]
    pub fn covers(&self, asked: &Self) -> bool {
        self.scopes.is_superset(&asked.scopes) && self.claims.is_superset(&asked.claims)
    }
}

/// What this person has allowed this client.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, user_id: Uuid, client_id: &str) -> Result<Consent> {
    read(app.db.read(), user_id, client_id).await
}

async fn read<C: ConnectionTrait>(connection: &C, user_id: Uuid, client_id: &str) -> Result<Consent> {
    let row = consents::Entity::find_by_id((user_id, client_id.to_owned())).one(connection).await?;
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Ok(row.map(|r| Consent { scopes: set(&r.scopes), claims: set(&r.claims) }).unwrap_or_default())
}

/// Adds to what this person has allowed this client.
///
/// # Errors
/// Of the database.
pub async fn allow(app: &App, user_id: Uuid, client_id: &str, asked: &Consent) -> Result<()> {
    let tx = app.db.begin_write().await?;
    // Two consents at once add up.
    users::hold(app, &tx, user_id).await?;
    let before = read(&tx, user_id, client_id).await?;
    let join =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.union(b).map(String::as_str).collect::<Vec<_>>().join(" ");
    let (scopes, claims) = (join(&before.scopes, &asked.scopes), join(&before.claims, &asked.claims));
    let sql = match app.db.backend() {
        DbBackend::MySql => {
            "INSERT INTO consents (user_id, client_id, scopes, claims, updated_at) VALUES (?, ?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE scopes = VALUES(scopes), claims = VALUES(claims), updated_at = VALUES(updated_at)"
        }
        _ => {
            "INSERT INTO consents (user_id, client_id, scopes, claims, updated_at) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = excluded.scopes, claims = excluded.claims, \
             updated_at = excluded.updated_at"
        }
    };
    let values = [user_id.into(), client_id.into(), scopes.clone().into(), claims.into(), app.clock.now_ms().into()];
    crate::db::run(&tx, app.db.stmt(sql, values)).await?;
    let about = events::About::user(user_id).by_client(client_id).with(serde_json::json!({ "scopes": scopes }));
    events::record(app, &tx, events::Kind::ConsentGiven, about).await?;
    tx.commit().await?;
    Ok(())
}
