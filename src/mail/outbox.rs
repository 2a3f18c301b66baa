//! What waits to be sent: leased by one replica at a time, tried with growing pauses, given up after a day or when its link is no longer
//! good.
//!
//! A row is leased by one conditional UPDATE that moves `next_at` to the end of the lease; whoever is killed in the middle leaves a row that
//! is due again then. Between the server's "taken" and our "sent" lies a moment in which a kill sends a mail twice; both have the same
//! Message-ID.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use entity::outbox as table;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::transport::{Memory, SendError, Transport};
use super::{Letter, Mail};
use crate::app::App;
use crate::domain::{Error, Result};

/// Mails that one replica sends at once.
const AT_ONCE: usize = 8;
/// Rows that are looked at together.
const BATCH: u64 = 64;
/// How long a mail is tried.
const TRIED_MS: i64 = 86_400_000;
/// Seconds after each failed attempt; the last one repeats.
const PAUSES_S: [i64; 7] = [10, 30, 120, 600, 1800, 3600, 7200];
/// What a lease is longer than an attempt.
const LEASE_SPARE_S: u64 = 60;
/// When to look after a mail was posted: its transaction commits in a moment.
const LOOKS: [Duration; 5] = [
    Duration::from_millis(15),
    Duration::from_millis(60),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_millis(1000),
];

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be sent, or being sent.
    Waiting,
    /// The server has it.
    Sent,
    /// Given up.
    Failed,
    /// Its link was no longer good.
    Expired,
}

impl State {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

/// What a running server has of the outbox: the way out, and who is on it.
#[derive(Debug)]
pub struct Outbox {
    transport: Arc<dyn Transport>,
    captured: Option<Arc<Memory>>,
    posted: Notify,
    /// How many of the looks after the last post are still to come.
    looks: AtomicUsize,
    permits: Arc<Semaphore>,
}

impl Outbox {
    /// With its way out.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, captured: Option<Arc<Memory>>) -> Self {
        Self {
            transport,
            captured,
            posted: Notify::new(),
            looks: AtomicUsize::new(0),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// What `doorward dev` shows.
    #[must_use]
    pub fn captured(&self) -> Option<&Memory> {
        self.captured.as_deref()
    }

    /// A mail was posted, in a transaction that may still be open.
    pub fn wake(&self) {
        self.posted.notify_one();
    }

    /// Until it is worth a look: several times, soon, after each post.
    pub async fn posted(&self) {
        if self.looks.load(Ordering::Relaxed) == 0 {
            self.posted.notified().await;
            self.looks.store(LOOKS.len(), Ordering::Relaxed);
        }
        let left = self.looks.load(Ordering::Relaxed);
        tokio::time::sleep(LOOKS.get(LOOKS.len() - left).copied().unwrap_or_default()).await;
        self.looks.store(left.saturating_sub(1), Ordering::Relaxed);
    }

    /// Begins no new mail and waits for those on their way, at the end of a process.
    pub async fn finish(&self, patience: Duration) {
        let everyone = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        if let Ok(Ok(permits)) = tokio::time::timeout(patience, self.permits.acquire_many(everyone)).await {
            permits.forget();
        }
        self.permits.close();
    }
}

/// Begins to send everything that is due, a few at once; gives those that are still on their way.
///
/// # Errors
/// Of the database.
pub async fn run(app: &App) -> Result<JoinSet<()>> {
    let mut on_their_way = JoinSet::new();
    loop {
        let due = due(app).await?;
        if due.is_empty() {
            return Ok(on_their_way);
        }
        for (id, next_at) in due {
            let Ok(permit) = Arc::clone(&app.outbox.permits).acquire_owned().await else { return Ok(on_their_way) };
            if let Some(leased) = lease(app, id, next_at).await? {
                let app = app.clone();
                on_their_way.spawn(async move { attempt(&app, leased, permit).await });
            }
            while on_their_way.try_join_next().is_some() {}
        }
    }
}

async fn due(app: &App) -> Result<Vec<(Uuid, i64)>> {
    let rows = table::Entity::find()
        .select_only()
        .columns([table::Column::Id, table::Column::NextAt])
        .filter(table::Column::State.eq(State::Waiting.as_str()))
        .filter(table::Column::NextAt.lte(app.clock.now_ms()))
        .order_by_asc(table::Column::NextAt)
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    Ok(rows)
}

/// A row that is ours until `until`.
struct Leased {
    row: table::Model,
    until: i64,
}

/// Takes a row; none where another replica was faster, or where it was too late for the mail.
async fn lease(app: &App, id: Uuid, next_at: i64) -> Result<Option<Leased>> {
    let now = app.clock.now_ms();
    let until = now + app.ms(app.config.mail.timeout + LEASE_SPARE_S);
    let sql =
        "UPDATE outbox SET next_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting' AND next_at = ?";
    if app.db.execute(sql, [until.into(), id.into(), next_at.into()]).await? != 1 {
        return Ok(None);
    }
    // From where it was written: a reading replica may lag behind.
    let row = table::Entity::find_by_id(id).one(app.db.write()).await?;
    let Some(row) = row.filter(|row| row.next_at == until) else { return Ok(None) };
    let leased = Leased { row, until };
    if leased.row.expires_at <= now {
        tracing::warn!(mail.id = %id, mail.kind = leased.row.kind, "a mail was not sent before its link expired");
        metrics::counter!("doorward_mail_expired_total").increment(1);
        finish(app, &leased, State::Expired, None).await?;
        return Ok(None);
    }
    Ok(Some(leased))
}

/// Sends one mail and writes down how it went.
async fn attempt(app: &App, leased: Leased, permit: OwnedSemaphorePermit) {
    let outcome = match open(app, &leased.row) {
        Ok(mail) => app.outbox.transport.send(&mail).await,
        Err(error) => Err(SendError::ForGood(format!("it cannot be opened: {error}"))),
    };
    // What is not written down would be sent again: a database that is away for a moment is asked again.
    for pause_ms in [200, 1000, 3000] {
        match write_down(app, &leased, &outcome).await {
            Ok(()) => break,
            Err(error) => {
                tracing::warn!(mail.id = %leased.row.id, %error, "how a mail went could not be written down yet");
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
        }
    }
    drop(permit);
}

async fn write_down(app: &App, leased: &Leased, outcome: &std::result::Result<(), SendError>) -> Result<()> {
    let row = &leased.row;
    let (id, kind, attempts) = (row.id, row.kind.as_str(), row.attempts);
    match outcome {
        Ok(()) => {
            finish(app, leased, State::Sent, None).await?;
            metrics::counter!("doorward_mail_sent_total").increment(1);
            tracing::debug!(mail.id = %id, mail.kind = kind, attempts, "sent");
        }
        Err(SendError::ForNow(cause)) => {
            let next_at = app.clock.now_ms() + pause_ms(attempts);
            if next_at >= row.created_at + TRIED_MS {
                give_up(app, leased, &format!("tried for a day: {cause}")).await?;
            } else {
                // At its end it is looked at once more, and expires.
                retry_at(app, leased, next_at.min(row.expires_at), cause).await?;
                tracing::warn!(mail.id = %id, mail.kind = kind, attempts, cause, "a mail could not be sent and is tried again");
            }
        }
        Err(SendError::ForGood(cause)) => give_up(app, leased, cause).await?,
    }
    Ok(())
}

async fn give_up(app: &App, leased: &Leased, cause: &str) -> Result<()> {
    finish(app, leased, State::Failed, Some(cause)).await?;
    metrics::counter!("doorward_mail_failed_total").increment(1);
    let row = &leased.row;
    tracing::error!(mail.id = %row.id, mail.kind = row.kind, attempts = row.attempts, cause, "a mail was given up; see `doorward mail list --failed`");
    Ok(())
}

/// The milliseconds after so many failed attempts.
fn pause_ms(attempts: i64) -> i64 {
    let n = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(PAUSES_S.len() - 1);
    PAUSES_S[n] * 1000
}

/// Ends a mail that we lease. What failed keeps its content for another try, until its link expires.
async fn finish(app: &App, leased: &Leased, state: State, cause: Option<&str>) -> Result<()> {
    let sealed = if state == State::Failed { leased.row.sealed.clone() } else { Vec::new() };
    let sql = "UPDATE outbox SET state = ?, sealed = ?, done_at = ?, error = ? WHERE id = ? AND state = 'waiting' AND next_at = ?";
    let values = [
        state.as_str().into(),
        sealed.into(),
        app.clock.now_ms().into(),
        cause.map(str::to_owned).into(),
        leased.row.id.into(),
        leased.until.into(),
    ];
    app.db.execute(sql, values).await?;
    Ok(())
}

async fn retry_at(app: &App, leased: &Leased, next_at: i64, cause: &str) -> Result<()> {
    let sql = "UPDATE outbox SET next_at = ?, error = ? WHERE id = ? AND state = 'waiting' AND next_at = ?";
    app.db.execute(sql, [next_at.into(), cause.into(), leased.row.id.into(), leased.until.into()]).await?;
    Ok(())
}

fn letter(app: &App, row: &table::Model) -> Result<Letter> {
    let plain = app.sealers.mail.open(row.id.as_bytes(), &row.sealed).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

fn open(app: &App, row: &table::Model) -> Result<Mail> {
    let Letter { to, lang, subject, text, html } = letter(app, row)?;
    Ok(Mail {
        message_id: format!("<{}@{}>", row.id, app.config.issuer.host().trim_matches(['[', ']'])),
        kind: row.kind.clone(),
        from: app.config.mail.from.clone(),
        to,
        lang,
        subject,
        text,
        html,
        date_ms: row.created_at,
    })
}

/// A mail as an operator sees it.
#[derive(Debug)]
pub struct Entry {
    /// What the outbox knows; what it holds stays sealed.
    pub row: table::Model,
    /// Where it goes, as long as that is kept.
    pub to: Option<String>,
}

/// The newest mails of these states, newest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, states: &[State], most: u64) -> Result<Vec<Entry>> {
    let rows = table::Entity::find()
        .filter(table::Column::State.is_in(states.iter().map(|s| s.as_str())))
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .limit(most)
        .all(app.db.read())
        .await?;
    Ok(rows.into_iter().map(|row| Entry { to: letter(app, &row).ok().map(|l| l.to), row }).collect())
}

/// Lets a mail that failed be tried again, at once.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it did not fail or is no longer worth it.
pub async fn retry(app: &App, id: Uuid) -> Result<()> {
    let now = app.clock.now_ms();
    let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = ?, done_at = NULL \
               WHERE id = ? AND state = 'failed' AND expires_at > ?";
    if app.db.execute(sql, [now.into(), id.into(), now.into()]).await? == 1 {
        app.outbox.wake();
        return Ok(());
    }
    let row = table::Entity::find_by_id(id).one(app.db.write()).await?;
    let row = row.ok_or_else(|| Error::NotFound(format!("the mail {id}")))?;
    Err(Error::Conflict(if row.state == State::Failed.as_str() {
        format!("the link in the mail {id} is no longer good: let the person ask for a new one")
    } else {
        format!("the mail {id} is {}; only what failed is tried again", row.state)
    }))
}

/// How many wait, how many of these have failed before, and how many were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// To be sent.
    pub waiting: i64,
    /// Of these: tried already.
    pub retried: i64,
    /// Given up in the last 30 days.
    pub failed: i64,
}

/// Counts the outbox.
///
/// # Errors
/// Of the database.
pub async fn counts<C: ConnectionTrait>(app: &App, connection: &C) -> Result<Counts> {
    let count = async |condition: &str| -> Result<i64> {
        let sql = format!("SELECT COUNT(*) AS n FROM outbox WHERE {condition}");
        let row = connection.query_one_raw(app.db.stmt(&sql, [])).await?;
        Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0))
    };
    Ok(Counts {
        waiting: count("state = 'waiting'").await?,
        retried: count("state = 'waiting' AND error IS NOT NULL").await?,
        failed: count("state = 'failed'").await?,
    })
}

/// Forgets what failed mails held once it is of no use, and measures what waits.
///
/// # Errors
/// Of the database.
pub async fn tidy(app: &App) -> Result<()> {
    let sql = "UPDATE outbox SET sealed = ? WHERE state = 'failed' AND expires_at <= ? AND sealed <> ?";
    let nothing = Vec::<u8>::new;
    app.db.execute(sql, [nothing().into(), app.clock.now_ms().into(), nothing().into()]).await?;
    let counts = counts(app, app.db.read()).await?;
    metrics::gauge!("doorward_mail_waiting").set(counts.waiting as f64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_fit_a_day() {
        assert_eq!([1, 2, 3, 7, 8, 100].map(pause_ms), [10_000, 30_000, 120_000, 7_200_000, 7_200_000, 7_200_000]);
        assert_eq!([i64::MIN, 0].map(pause_ms), [10_000; 2]);
    }
}
