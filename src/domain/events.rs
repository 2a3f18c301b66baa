//! What happened. A change of state and its event are one transaction; a refusal goes through a bounded writer that
//! drops with a count under a flood, so that refusing is cheaper than asking.

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
    /// The current second and how many were noted in it.
    budget: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

/// The other end, for the job that writes.
#[derive(Debug)]
pub struct RefusalQueue(mpsc::Receiver<(Kind, About)>);

/// How many refusals of one second are kept.
const PER_SECOND: u64 = 50;
/// How many refusals may wait to be written.
const WAITING: usize = 1024;

impl Refusals {
    /// The two ends.
    #[must_use]
    pub fn channel() -> (Self, RefusalQueue) {
        let (send, receive) = mpsc::channel(WAITING);
        (Self { queue: send, budget: std::sync::Arc::default() }, RefusalQueue(receive))
    }

    /// Hands a refusal over without waiting; under a flood it is dropped and counted.
    pub fn note(&self, about: About, now_s: i64) {
        if !self.is_within_budget(now_s) || self.queue.try_send((Kind::Refused, about)).is_err() {
            metrics::counter!("doorward_refusals_dropped_total").increment(1);
        }
    }
}

impl Refusals {
    /// Anybody can be refused, so only so many of a second are kept.
    fn is_within_budget(&self, now_s: i64) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        let second = u64::try_from(now_s).unwrap_or(0) << 32;
        let before = self.budget.load(Relaxed);
        let is_same = before & !u64::from(u32::MAX) == second;
        let next = if is_same { before + 1 } else { second + 1 };
        // Two at once may count as one: the limit is coarse.
        self.budget.store(next, Relaxed);
        next - second <= PER_SECOND
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
