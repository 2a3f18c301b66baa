//! What a person has allowed a client to do, remembered so that they are asked once.

use std::collections::{BTreeMap, BTreeSet};

use entity::{consents, grants};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Result, events, users, versions};
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

/// An app that may do something for a person: they allowed it, or it has tokens that are good.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// What it may do.
    pub allowed: Consent,
    /// Since when, epoch milliseconds.
    pub since: i64,
    /// When it last got a token, epoch milliseconds; none where it has none that is good.
    pub last_used_at: Option<i64>,
    /// Whether it has access while the person is away.
    pub is_offline: bool,
}

/// The apps of a person, by client.
///
/// # Errors
/// Of the database.
pub async fn of_person(app: &App, user_id: Uuid) -> Result<BTreeMap<String, Access>> {
    let now = app.clock.now_ms();
    let mut all: BTreeMap<String, Access> = BTreeMap::new();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    for row in consents::Entity::find().filter(consents::Column::UserId.eq(user_id)).all(app.db.read()).await? {
        let allowed = Consent { scopes: words(&row.scopes), claims: words(&row.claims) };
        all.insert(row.client_id, Access { allowed, since: row.updated_at, ..Access::default() });
    }
    let live = grants::Entity::find()
        .filter(grants::Column::UserId.eq(user_id))
        .filter(grants::Column::RevokedAt.is_null())
        .filter(grants::Column::RedeemedAt.is_not_null())
        .filter(grants::Column::IdleExpiresAt.gt(now))
        .all(app.db.read())
        .await?;
    for grant in live.into_iter().filter(|g| g.expires_at.is_none_or(|at| at > now)) {
        let access =
            all.entry(grant.client_id).or_insert_with(|| Access { since: grant.created_at, ..Access::default() });
        access.allowed.scopes.extend(words(&grant.scopes));
        access.since = access.since.min(grant.created_at);
        let used = grant.rotated_at.or(grant.redeemed_at).unwrap_or(grant.created_at);
        access.last_used_at = Some(access.last_used_at.map_or(used, |before| before.max(used)));
        access.is_offline |= grant.is_offline;
    }
    Ok(all)
}

/// Takes back what a person has allowed a client, and ends its tokens; says whether there was anything.
///
/// # Errors
/// Of the database.
pub async fn withdraw(app: &App, user_id: Uuid, client_id: &str) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let sql = "DELETE FROM consents WHERE user_id = ? AND client_id = ?";
    let forgotten = crate::db::run(&tx, app.db.stmt(sql, [user_id.into(), client_id.into()])).await?.rows_affected();
    let sql = "UPDATE grants SET revoked_at = ?, revoke_reason = 'withdrawn' \
               WHERE user_id = ? AND client_id = ? AND revoked_at IS NULL";
    let values = [app.clock.now_ms().into(), user_id.into(), client_id.into()];
    let ended = crate::db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected();
    if forgotten + ended > 0 {
        events::record(app, &tx, events::Kind::ConsentWithdrawn, events::About::user(user_id).by_client(client_id))
            .await?;
        versions::bump(app, &tx, versions::Kind::Grants).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(forgotten + ended > 0)
}
