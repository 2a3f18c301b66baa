//! Ends sessions that nobody uses any more and removes what has expired, in small batches, so that nothing grows without bound and nobody
//! waits for it.

use sea_orm::DbBackend;

use crate::app::App;
use crate::domain::{Result, sessions};

/// Rows of one batch.
const BATCH: u64 = 500;
/// Sessions of one batch: each writes its event.
const SESSIONS: u64 = 100;
/// Batches of one run: a backlog is worked off over several.
const BATCHES: usize = 200;
/// How long events are kept.
const EVENTS_MS: i64 = 400 * 86_400_000;
/// How long an ended session or grant is kept, to answer what happened.
const ENDED_MS: i64 = 30 * 86_400_000;

/// Table, key, and when a row may go; `?` is now, moved back by the milliseconds beside it.
const RULES: &[(&str, &str, &str, i64)] = &[
    ("login_flows", "id_hash", "expires_at < ?", 0),
    ("http_sessions", "id_hash", "expires_at < ?", 0),
    // Nobody's, asked for by strangers: nothing to answer later.
    ("action_tokens", "token_hash", "user_id IS NULL AND purpose <> 'setup' AND expires_at < ?", 0),
    ("action_tokens", "token_hash", "expires_at < ?", ENDED_MS),
    ("invitations", "id", "expires_at < ?", ENDED_MS),
    ("used_jtis", "key_hash", "expires_at < ?", 60_000),
    ("revoked_tokens", "token_hash", "expires_at < ?", 60_000),
    ("throttles", "key_hash", "expires_at < ?", 0),
    ("trusted_devices", "id", "expires_at < ?", 0),
    ("client_secrets", "id", "expires_at < ?", ENDED_MS),
    // Nothing was given for the code.
    ("grants", "id", "redeemed_at IS NULL AND idle_expires_at < ?", 3_600_000),
    ("grants", "id", "idle_expires_at < ?", ENDED_MS),
    ("browser_sessions", "id", "expires_at < ?", ENDED_MS),
    ("outbox", "id", "done_at < ?", ENDED_MS),
    ("events", "id", "kind = 'refused' AND at < ?", ENDED_MS),
    ("events", "id", "at < ?", EVENTS_MS),
];

/// Runs every rule.
///
/// # Errors
/// Of the database; what is left goes next time.
pub async fn run(app: &App) -> Result<()> {
    for _ in 0..BATCHES {
        if sessions::end_idle(app, SESSIONS).await? < SESSIONS {
            break;
        }
        tokio::task::yield_now().await;
    }
    for (table, key, condition, back_ms) in RULES {
        let before = app.clock.now_ms() - back_ms;
        // MySQL deletes with a limit and cannot read the table it deletes from; the others are the other way round.
        let sql = match app.db.backend() {
            DbBackend::MySql => format!("DELETE FROM {table} WHERE {condition} LIMIT {BATCH}"),
            _ => format!(
                "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {BATCH})"
            ),
        };
        for _ in 0..BATCHES {
            if app.db.execute(&sql, [before.into()]).await? < BATCH {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
