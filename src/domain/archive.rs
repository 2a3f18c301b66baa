//! Everything that is stored about a person, for the person: what they wrote, what was noted of them, and that a secret is there but not
//! the secret.

use std::collections::BTreeMap;

use entity::{
    action_tokens, browser_sessions, client_sessions, consents, events as event_rows, grants, invitations, outbox,
    passkeys, password_credentials, recovery_codes, signature_keys, totp_secrets, trusted_devices, upstream_links,
    user_emails, users as user_rows,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, Result, events, users};
use crate::app::App;
use crate::platform::clock::rfc3339;

/// Makes the archive, and notes that it was made.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn make(app: &App, id: Uuid) -> Result<Value> {
    let tx = app.db.begin_write().await?;
    events::record(app, &tx, events::Kind::DataExported, events::About::user(id)).await?;
    tx.commit().await?;
    let mut archive = BTreeMap::new();
    archive.insert("about", about(app));
    archive.insert("person", person(app, id).await?);
    archive.insert("credentials", credentials(app, id).await?);
    archive.insert("access", access(app, id).await?);
    archive.insert("traces", traces(app, id).await?);
    serde_json::to_value(archive).map_err(Error::internal)
}

fn about(app: &App) -> Value {
    json!({ "issuer": app.urls.issuer(), "made_at": rfc3339(app.clock.now_ms()), "times": "UTC (RFC 3339)" })
}

fn at(ms: impl Into<Option<i64>>) -> Value {
    ms.into().map_or(Value::Null, |ms| rfc3339(ms).into())
}

/// Every row of a table that names the person, as JSON.
macro_rules! rows {
    ($app:expr, $table:ident, $column:ident = $id:expr, $order:ident, |$row:ident| $json:tt) => {
        $table::Entity::find()
            .filter($table::Column::$column.eq($id))
            .order_by_asc($table::Column::$order)
            .all($app.db.read())
            .await?
            .into_iter()
            .map(|$row| json!($json))
            .collect::<Vec<Value>>()
    };
}

async fn person(app: &App, id: Uuid) -> Result<Value> {
    let row = user_rows::Entity::find_by_id(id).one(app.db.read()).await?;
    let row = row.ok_or_else(|| Error::NotFound(format!("the person {id}")))?;
    let profile: Value = serde_json::from_str(&row.profile).map_err(Error::internal)?;
    let emails = rows!(app, user_emails, UserId = id, CreatedAt, |e| {
        "address": e.address, "primary": e.is_primary, "verified_at": at(e.verified_at), "created_at": at(e.created_at)
    });
    Ok(json!({
        "id": row.id,
        "username": row.username,
        "name": row.name,
        "profile": profile,
        "language": row.language,
        "created_at": at(row.created_at),
        "updated_at": at(row.updated_at),
        "disabled_at": at(row.disabled_at),
        "locked_at": at(row.locked_at),
        "emails": emails,
        "groups": users::groups_of(app, id).await?,
    }))
}

/// What signs the person in: the public part of it.
async fn credentials(app: &App, id: Uuid) -> Result<Value> {
    Ok(json!({
        "password": rows!(app, password_credentials, UserId = id, ChangedAt, |p| { "changed_at": at(p.changed_at) }),
        "passkeys": rows!(app, passkeys, UserId = id, CreatedAt, |p| {
            "id": p.id, "name": p.name, "public": serde_json::from_str::<Value>(&p.credential).unwrap_or_default(),
            "created_at": at(p.created_at), "last_used_at": at(p.last_used_at)
        }),
        "authenticator_app": rows!(app, totp_secrets, UserId = id, CreatedAt, |t| {
            "created_at": at(t.created_at), "last_used_at": at(t.last_used_at)
        }),
        "recovery_codes": rows!(app, recovery_codes, UserId = id, CreatedAt, |c| {
            "created_at": at(c.created_at), "used_at": at(c.used_at)
        }),
        "signature_keys": rows!(app, signature_keys, UserId = id, CreatedAt, |k| {
            "id": k.id, "kind": k.kind, "public_key": k.public_key, "name": k.name,
            "created_at": at(k.created_at), "last_used_at": at(k.last_used_at)
        }),
        "accounts_elsewhere": rows!(app, upstream_links, UserId = id, CreatedAt, |l| {
            "provider": l.provider, "issuer": l.issuer, "subject": l.subject, "email": l.email, "name": l.name,
            "created_at": at(l.created_at), "last_used_at": at(l.last_used_at)
        }),
        "trusted_browsers": rows!(app, trusted_devices, UserId = id, CreatedAt, |d| {
            "created_at": at(d.created_at), "expires_at": at(d.expires_at)
        }),
    }))
}

/// Where the person is signed in, and what apps may do.
async fn access(app: &App, id: Uuid) -> Result<Value> {
    let mut sessions = Vec::new();
    let found = browser_sessions::Entity::find()
        .filter(browser_sessions::Column::UserId.eq(id))
        .order_by_asc(browser_sessions::Column::CreatedAt)
        .all(app.db.read())
        .await?;
    for s in found {
        let apps = rows!(app, client_sessions, SessionId = s.id, CreatedAt, |c| {
            "client_id": c.client_id, "first_at": at(c.created_at)
        });
        sessions.push(json!({
            "id": s.id, "user_agent": s.user_agent, "address": s.address, "amr": s.amr, "acr": s.acr,
            "created_at": at(s.created_at), "auth_time": at(s.auth_time), "second_at": at(s.second_at),
            "seen_at": at(s.seen_at), "expires_at": at(s.expires_at), "ended_at": at(s.ended_at), "apps": apps,
        }));
    }
    Ok(json!({
        "sessions": sessions,
        "consents": rows!(app, consents, UserId = id, UpdatedAt, |c| {
            "client_id": c.client_id, "scopes": c.scopes, "claims": c.claims, "updated_at": at(c.updated_at)
        }),
        "grants": rows!(app, grants, UserId = id, CreatedAt, |g| {
            "id": g.id, "client_id": g.client_id, "session_id": g.session_id, "scopes": g.scopes,
            "resources": g.resources, "claims": g.claims, "acr": g.acr, "amr": g.amr, "auth_time": at(g.auth_time),
            "redirect_uri": g.redirect_uri, "offline": g.is_offline, "redeemed_at": at(g.redeemed_at),
            "rotated_at": at(g.rotated_at), "expires_at": at(g.expires_at),
            "idle_expires_at": at(g.idle_expires_at), "revoked_at": at(g.revoked_at),
            "revoke_reason": g.revoke_reason, "created_at": at(g.created_at)
        }),
    }))
}

/// What happened, and what was sent.
async fn traces(app: &App, id: Uuid) -> Result<Value> {
    Ok(json!({
        "events": rows!(app, event_rows, UserId = id, At, |e| {
            "id": e.id, "at": at(e.at), "kind": e.kind, "client_id": e.client_id, "reference": e.reference,
            "data": serde_json::from_str::<Value>(&e.data).unwrap_or_default()
        }),
        "mails": rows!(app, outbox, UserId = id, CreatedAt, |m| {
            "kind": m.kind, "state": m.state, "created_at": at(m.created_at), "done_at": at(m.done_at)
        }),
        "links": rows!(app, action_tokens, UserId = id, CreatedAt, |t| {
            "purpose": t.purpose, "created_at": at(t.created_at), "expires_at": at(t.expires_at),
            "used_at": at(t.used_at)
        }),
        "invitation": rows!(app, invitations, UsedBy = id, CreatedAt, |i| {
            "email": i.email, "groups": i.groups, "created_at": at(i.created_at), "used_at": at(i.used_at)
        }),
        "invited": rows!(app, invitations, CreatedBy = id, CreatedAt, |i| {
            "email": i.email, "groups": i.groups, "created_at": at(i.created_at), "expires_at": at(i.expires_at),
            "used_at": at(i.used_at)
        }),
    }))
}
