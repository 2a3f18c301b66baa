//! What a person is told by mail about their own account: every change of what guards it, with a way to say "this was not me".

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose};
use super::sessions::Place;
use super::{Result, users};
use crate::app::App;
use crate::mail::{self, Recipient, messages};
use crate::urls;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it means")]
pub enum What {
    PasswordChanged,
    EmailAdded,
    EmailRemoved,
    EmailPrimary,
    UsernameChanged,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeySuspected,
    SecondFactorsReset,
    TotpAdded,
    TotpRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SignatureKeyAdded,
    SignatureKeyRemoved,
    UpstreamLinked,
    UpstreamUnlinked,
    NewBrowser,
}

impl What {
    /// All of them, as the messages know them.
    pub const ALL: [Self; 18] = [
        Self::PasswordChanged,
        Self::EmailAdded,
        Self::EmailRemoved,
        Self::EmailPrimary,
        Self::UsernameChanged,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeySuspected,
        Self::SecondFactorsReset,
        Self::TotpAdded,
        Self::TotpRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::SignatureKeyAdded,
        Self::SignatureKeyRemoved,
        Self::UpstreamLinked,
        Self::UpstreamUnlinked,
        Self::NewBrowser,
    ];

    /// The end of its message keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password-changed",
            Self::EmailAdded => "email-added",
            Self::EmailRemoved => "email-removed",
            Self::EmailPrimary => "email-primary",
            Self::UsernameChanged => "username-changed",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRemoved => "passkey-removed",
            Self::PasskeySuspected => "passkey-suspected",
            Self::SecondFactorsReset => "second-factors-reset",
            Self::TotpAdded => "totp-added",
            Self::TotpRemoved => "totp-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::SignatureKeyAdded => "signature-key-added",
            Self::SignatureKeyRemoved => "signature-key-removed",
            Self::UpstreamLinked => "upstream-linked",
            Self::UpstreamUnlinked => "upstream-unlinked",
            Self::NewBrowser => "new-browser",
        }
    }
}

/// How long "this was not me" is offered, in seconds.
pub(super) const NOT_ME_TTL_S: u64 = 7 * 86_400;

/// Notices of one day after which new browsers are told no more: who signs in from ever new ones has stopped reading.
const MANY: i64 = 10;

/// Whether a person was told so much today that one more mail about a new browser tells nothing.
///
/// # Errors
/// Of the database.
pub async fn are_many(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<bool> {
    // Each goes to every proved address.
    let sql = "SELECT COUNT(*) AS told, (SELECT COUNT(*) FROM user_emails WHERE user_id = ? AND verified_at IS NOT NULL) AS addresses \
               FROM action_tokens WHERE user_id = ? AND purpose = ? AND created_at > ?";
    let since = app.clock.now_ms() - app.ms(86_400);
    let values = [user_id.into(), user_id.into(), Purpose::NotMe.as_str().into(), since.into()];
    let Some(row) = tx.query_one_raw(app.db.stmt(sql, values)).await? else { return Ok(false) };
    let (told, addresses): (i64, i64) = (row.try_get("", "told")?, row.try_get("", "addresses")?);
    Ok(told >= MANY * addresses.max(1))
}

/// Tells the person by mail at every proved address, in the transaction of the change. Call it *before* an address is taken away, so that its
/// owner learns of it.
///
/// # Errors
/// Of the database.
pub async fn send(
    app: &App,
    tx: &DatabaseTransaction,
    user_id: Uuid,
    what: What,
    about: &str,
    place: Option<&Place>,
) -> Result<()> {
    let (name, lang, addresses) = users::mail_facts(app, tx, user_id).await?;
    let now = app.clock.now_ms();
    for address in addresses {
        let new = New {
            purpose: Purpose::NotMe,
            user_id: Some(user_id),
            subject: None,
            browser_hash: None,
            data: &serde_json::json!({ "email": address }),
            ttl_s: NOT_ME_TTL_S,
        };
        let token = action_tokens::issue(app, tx, &new).await?;
        let message = messages::Notice {
            name: name.clone(),
            what: what.as_str(),
            about: about.to_owned(),
            at: crate::platform::clock::rfc3339(now),
            place: place.map(Place::in_words).unwrap_or_default(),
            not_me_link: app.urls.absolute(&format!("{}?token={token}", urls::NOT_ME)),
        };
        let to = Recipient { address, lang, user_id: Some(user_id) };
        mail::post(app, tx, &to, &message, now + app.ms(86_400)).await?;
    }
    Ok(())
}
