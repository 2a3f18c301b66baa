//! A new password for who has lost theirs, by a link in a mail.
//!
//! ```text
//! ask ──▶ mail to the proved address of the account, or the same work for nobody
//! look (GET) ──▶ the new password is checked and hashed ──▶ reset (POST): one transaction
//! ```
//!
//! The mail proves the address, not a second factor: whoever resets a password signs in afterwards like everybody else.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::credentials::{self, Ends};
use super::emails::{self, Email};
use super::names;
use super::sessions::Place;
use super::throttle::{Mailing, Origin};
use super::users::{self, Person};
use super::{Result, addressees, again, locks, notices};
use crate::app::App;
use crate::mail::{self, Recipient, messages};
use crate::platform::templates::Lang;
use crate::urls;

/// What belongs to a token of [`Purpose::ResetPassword`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reset {
    /// Where the link went.
    pub(super) email: Option<String>,
    /// Sent by the lock itself: good wherever it went.
    #[serde(default)]
    pub(super) opens: bool,
}

/// Writes the mail with the link, where what was typed is the name or a proved address of an account that is not switched off. Who asks
/// learns nothing, from the answer or from a clock. `flow` is the sign-in to go back to.
///
/// # Errors
/// Of the database.
pub async fn ask(app: &App, typed: &str, origin: Origin<'_>, lang: Lang, flow: Option<&str>) -> Result<()> {
    let key = names::canonical(typed);
    let account = addressees::find(app, &key).await?;
    // Where nobody has a password the link still opens an account that its owner has locked.
    let account = account.filter(|a| !a.is_disabled && (app.config.login.password || a.is_locked));
    // Counted by what was typed, so that the count tells nothing about whose it is.
    let may_post = mail::may_post(app, Mailing::Recovery, &key, &origin.network(app)).await?;
    let to = account.as_ref().filter(|_| may_post).and_then(|account| {
        let address = account.proved_address(&key)?.to_owned();
        let lang = account.language.unwrap_or(lang);
        Some(Recipient { address, lang, user_id: Some(account.id) })
    });
    let subject = match &to {
        Some(to) => subject_of(to.user_id.unwrap_or_default()),
        None => format!("nobody {key}"),
    };
    let ttl_s = app.config.login.reset_ttl;
    let new = New {
        purpose: Purpose::ResetPassword,
        user_id: to.as_ref().and_then(|t| t.user_id),
        subject: Some(&subject),
        browser_hash: None,
        data: &Reset { email: to.as_ref().map(|t| t.address.clone()), opens: false },
        ttl_s,
    };
    let tx = app.db.begin_write().await?;
    let token = action_tokens::issue(app, &tx, &new).await?;
    let back = flow.map(|id| format!("&flow={id}")).unwrap_or_default();
    let message = messages::ResetPassword {
        name: account.map(|a| a.name).unwrap_or_default(),
        link: app.urls.absolute(&format!("{}?token={token}{back}", urls::RESET_PASSWORD)),
        minutes: ttl_s.div_ceil(60),
    };
    mail::post_maybe(app, &tx, to.as_ref(), lang, &message, app.clock.now_ms() + app.ms(ttl_s)).await?;
    tx.commit().await?;
    Ok(())
}

/// Of which only the newest link is good.
pub(super) fn subject_of(user_id: Uuid) -> String {
    user_id.to_string()
}

/// Whose password a link sets, where it is good now; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, text: &str) -> Result<Option<(Token, Person)>> {
    let Some(token) = action_tokens::look(app, Purpose::ResetPassword, text).await? else { return Ok(None) };
    let Some(account) = addressees::of(app, app.db.read(), token.user_id.unwrap_or_default()).await? else {
        return Ok(None);
    };
    if account.is_disabled {
        return Ok(None);
    }
    Ok(users::find_maybe(app, account.id).await?.map(|person| (token, person)))
}

/// Takes the link and sets the password, with which the other ways in that wait in mails end: opens a locked account, tells the person.
/// False where the link is used up; then nothing was changed.
///
/// # Errors
/// Of the database.
pub async fn reset(app: &App, token: &Token, phc: &str, ends: Ends, place: &Place) -> Result<bool> {
    again(|| try_reset(app, token, phc, ends, place)).await
}

async fn try_reset(app: &App, token: &Token, phc: &str, ends: Ends, place: &Place) -> Result<bool> {
    let Some(user_id) = token.user_id else { return Ok(false) };
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let Reset { email, opens } = token.data()?;
    let went_to = names::canonical(email.as_deref().unwrap_or_default());
    // A lock or its owner may have taken the address away while the mail was being written.
    let is_proved = |e: &Email| e.verified_at.is_some() && names::canonical(&e.address) == went_to;
    if !opens && !emails::list(&tx, user_id).await?.iter().any(is_proved) {
        return Ok(false);
    }
    if !action_tokens::consume(app, &tx, Purpose::ResetPassword, token).await? {
        return Ok(false);
    }
    credentials::replace(app, &tx, user_id, phc, ends).await?;
    locks::open(app, &tx, user_id).await?;
    notices::send(app, &tx, user_id, notices::What::PasswordChanged, "", Some(place)).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(true)
}
