//! What happened. A change of state and its event are one transaction; a refusal goes through a bounded writer that
//! drops with a count under a flood, so that refusing is cheaper than asking.

use std::sync::{Arc, Mutex, PoisonError};

use entity::events;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Error, Result};
use crate::app::App;

/// What happened, as a code that does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it means")]
pub enum Kind {
    UserCreated,
    UserDisabled,
    UserEnabled,
    UserRemoved,
    UserLocked,
    UserUnlocked,
    PasswordChanged,
    AdministratorCreated,
    ClientCreated,
    ClientChanged,
    ClientSecretRotated,
    ClientRemoved,
    ResourceCreated,
    ResourceChanged,
    ResourceRemoved,
    KeysRotated,
    SignedIn,
    SignedOut,
    ConsentGiven,
    GrantRevoked,
    CodeReplayed,
    RefreshReplayed,
    TotpAdded,
    TotpRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    DeviceTrusted,
    DeviceForgotten,
    SecondFactorsReset,
    InvitationMade,
    InvitationAccepted,
    InvitationRemoved,
    EmailAsked,
    EmailWithdrawn,
    EmailVerified,
    EmailPrimary,
    EmailRemoved,
    ProfileChanged,
    UserRenamed,
    ConsentWithdrawn,
    DataExported,
    UpstreamLinked,
    UpstreamUnlinked,
    PasskeyAdded,
    PasskeyRenamed,
    PasskeyRemoved,
    SignatureKeyAdded,
    SignatureKeyRenamed,
    SignatureKeyRemoved,
    PasskeySuspected,
    Refused,
}

impl Kind {
    /// The code that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserDisabled => "user.disabled",
            Self::UserEnabled => "user.enabled",
            Self::UserRemoved => "user.removed",
            Self::UserLocked => "user.locked",
            Self::UserUnlocked => "user.unlocked",
            Self::PasswordChanged => "password.changed",
            Self::AdministratorCreated => "administrator.created",
            Self::ClientCreated => "client.created",
            Self::ClientChanged => "client.changed",
            Self::ClientSecretRotated => "client.secret_rotated",
            Self::ClientRemoved => "client.removed",
            Self::ResourceCreated => "resource.created",
            Self::ResourceChanged => "resource.changed",
            Self::ResourceRemoved => "resource.removed",
            Self::KeysRotated => "keys.rotated",
            Self::SignedIn => "session.started",
            Self::SignedOut => "session.ended",
            Self::ConsentGiven => "consent.given",
            Self::GrantRevoked => "grant.revoked",
            Self::CodeReplayed => "grant.code_replayed",
            Self::RefreshReplayed => "grant.refresh_replayed",
            Self::TotpAdded => "totp.added",
            Self::TotpRemoved => "totp.removed",
            Self::RecoveryCodesMade => "recovery_codes.made",
            Self::RecoveryCodeUsed => "recovery_codes.used",
            Self::DeviceTrusted => "device.trusted",
            Self::DeviceForgotten => "device.forgotten",
            Self::SecondFactorsReset => "second_factors.reset",
            Self::InvitationMade => "invitation.made",
            Self::InvitationAccepted => "invitation.accepted",
            Self::InvitationRemoved => "invitation.removed",
            Self::EmailAsked => "email.asked",
            Self::EmailWithdrawn => "email.withdrawn",
            Self::EmailVerified => "email.verified",
            Self::EmailPrimary => "email.primary",
            Self::EmailRemoved => "email.removed",
            Self::ProfileChanged => "profile.changed",
            Self::UserRenamed => "user.renamed",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::DataExported => "data.exported",
            Self::UpstreamLinked => "upstream.linked",
            Self::UpstreamUnlinked => "upstream.unlinked",
            Self::PasskeyAdded => "passkey.added",
            Self::PasskeyRenamed => "passkey.renamed",
            Self::PasskeyRemoved => "passkey.removed",
            Self::SignatureKeyAdded => "signature_key.added",
            Self::SignatureKeyRenamed => "signature_key.renamed",
            Self::SignatureKeyRemoved => "signature_key.removed",
            Self::PasskeySuspected => "passkey.copy_suspected",
            Self::Refused => "refused",
        }
    }
}

/// Whom and what it concerns; never a secret.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The person.
    pub user_id: Option<Uuid>,
    /// The client.
    pub client_id: Option<String>,
    /// The reference that was shown.
    pub reference: Option<String>,
    /// The values that mattered.
    pub data: Value,
}

impl About {
    /// A person.
    #[must_use]
    pub fn user(id: Uuid) -> Self {
        Self { user_id: Some(id), ..Default::default() }
    }

    /// A client.
    #[must_use]
    pub fn client(id: &str) -> Self {
        Self { client_id: Some(id.to_owned()), ..Default::default() }
    }

    /// With the values that mattered.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    /// With the client.
    #[must_use]
    pub fn by_client(mut self, id: &str) -> Self {
        self.client_id = Some(id.to_owned());
        self
    }
}

/// Writes an event in the transaction of the change.
///
/// # Errors
/// Of the database.
pub async fn record<C: ConnectionTrait>(app: &App, tx: &C, kind: Kind, about: About) -> Result<()> {
    let row = row(app, kind, about)?;
    events::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

fn row(app: &App, kind: Kind, about: About) -> Result<events::ActiveModel> {
    // Columns are bounded; an identifier from outside may be longer.
    let fit = |text: Option<String>| text.map(|t| t.chars().filter(|c| !c.is_control()).take(191).collect::<String>());
    let data = if about.data.is_null() { "{}".to_owned() } else { about.data.to_string() };
    Ok(events::ActiveModel {
        id: Set(app.new_id()?),
        at: Set(app.clock.now_ms()),
        kind: Set(kind.as_str().to_owned()),
        user_id: Set(about.user_id),
        client_id: Set(fit(about.client_id)),
        reference: Set(fit(about.reference)),
        data: Set(data),
    })
}

/// The events of a person, newest first, before the one that is named by its time and id.
///
/// # Errors
/// Of the database.
pub async fn of_person(app: &App, user_id: Uuid, before: Option<(i64, Uuid)>, most: u64) -> Result<Vec<events::Model>> {
    let mut find = events::Entity::find().filter(events::Column::UserId.eq(user_id));
    if let Some((at, id)) = before {
        let same = Condition::all().add(events::Column::At.eq(at)).add(events::Column::Id.lt(id));
        find = find.filter(Condition::any().add(events::Column::At.lt(at)).add(same));
    }
    let find = find.order_by_desc(events::Column::At).order_by_desc(events::Column::Id).limit(most);
    Ok(find.all(app.db.read()).await?)
}

/// The bounded way to the event table for refusals.
#[derive(Debug, Clone)]
pub struct Refusals {
    queue: mpsc::Sender<(Kind, About)>,
    budgets: Arc<Budgets>,
}

/// Anybody can be refused, and a table on a disk is not for anybody to fill: so only so many are kept. Attempts at an account have a
/// budget of their own, so that nobody, signed in or not, hides an attack behind a flood of other refusals.
#[derive(Debug, Default)]
struct Budgets {
    of_requests: Mutex<Budget>,
    of_attempts: Mutex<Budget>,
}

/// A bucket that fills up again with time.
#[derive(Debug, Default)]
struct Budget {
    spent: u32,
    at_s: i64,
}

/// So many refusals at once are kept.
const AT_ONCE: u32 = 300;
/// So many requests a second beyond that: some 30 MB a day at most.
const REQUESTS: u32 = 1;
/// And so many attempts, which are throttled themselves.
const ATTEMPTS: u32 = 10;
/// How many refusals may wait to be written.
const WAITING: usize = 1024;

impl Budget {
    fn take(&mut self, per_second: u32, now_s: i64) -> bool {
        let passed = u32::try_from(now_s.saturating_sub(self.at_s)).unwrap_or(0);
        self.spent = self.spent.saturating_sub(passed.saturating_mul(per_second));
        self.at_s = now_s;
        let is_left = self.spent < AT_ONCE;
        self.spent += u32::from(is_left);
        is_left
    }
}

/// The other end, for the job that writes.
#[derive(Debug)]
pub struct RefusalQueue(mpsc::Receiver<(Kind, About)>);

impl Refusals {
    /// The two ends.
    #[must_use]
    pub fn channel() -> (Self, RefusalQueue) {
        let (send, receive) = mpsc::channel(WAITING);
        (Self { queue: send, budgets: Arc::default() }, RefusalQueue(receive))
    }

    /// Hands a refused request over without waiting; under a flood it is dropped and counted. The log has each.
    pub fn note(&self, about: About, now_s: i64) {
        self.hand_over(about, &self.budgets.of_requests, REQUESTS, now_s);
    }

    /// The same of an attempt to prove to be a known person.
    pub fn note_attempt(&self, about: About, now_s: i64) {
        self.hand_over(about, &self.budgets.of_attempts, ATTEMPTS, now_s);
    }

    fn hand_over(&self, about: About, budget: &Mutex<Budget>, per_second: u32, now_s: i64) {
        let is_kept = budget.lock().unwrap_or_else(PoisonError::into_inner).take(per_second, now_s);
        if !is_kept || self.queue.try_send((Kind::Refused, about)).is_err() {
            metrics::counter!("doorward_refusals_dropped_total").increment(1);
        }
    }
}

impl RefusalQueue {
    /// Writes refusals in batches until every sender is gone.
    pub async fn run(mut self, app: App) {
        let mut batch = Vec::new();
        while self.0.recv_many(&mut batch, 128).await > 0 {
            let count = batch.len();
            let rows: Result<Vec<_>> = batch.drain(..).map(|(kind, about)| row(&app, kind, about)).collect();
            let written = async {
                events::Entity::insert_many(rows?).exec_without_returning(app.db.write()).await.map_err(Error::from)
            };
            if let Err(error) = written.await {
                metrics::counter!("doorward_refusals_dropped_total").increment(count as u64);
                tracing::warn!(%error, count, "refusals could not be written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refused_requests_does_not_hide_attempts_at_an_account() {
        let (refusals, mut queue) = Refusals::channel();
        let mut kept = || std::iter::from_fn(|| queue.0.try_recv().ok()).fold(0_u32, |n, _| n + 1);
        for n in 0..5_000 {
            let from = if n % 2 == 0 { About::default() } else { About::user(Uuid::max()) };
            refusals.note(from, 1_000);
        }
        assert_eq!(kept(), AT_ONCE);
        refusals.note_attempt(About::user(Uuid::nil()), 1_000);
        assert_eq!(kept(), 1, "the attack on an account was hidden");
        for second in 0..60 {
            for _ in 0..50 {
                refusals.note(About::default(), 1_001 + second);
            }
        }
        assert_eq!(kept(), 60 * REQUESTS);
        refusals.note(About::default(), 1_000_000);
        assert_eq!(kept(), 1);
    }
}
