//! Locking an account by "this was not me", and opening it again.
//!
//! ```text
//! notice ─▶ /not-me (GET shows, POST takes) ─▶ locked ─▶ mail with a reset link ─▶ new password ─▶ open
//!                                                 └────▶ doorward user unlock ──────────────────▶ open
//! ```
//!
//! What was added to the account since the notice is not trusted any more: ways in are removed, and addresses have to be proved anew,
//! as whoever added them could otherwise open the account themselves. A second factor stays, as a mailbox alone must not remove one.

use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::recovery::{self, Reset};
use super::users::{self, Person};
use super::{Result, addressees, events, grants, notices, sessions, trusted_devices, versions};
use crate::app::App;
use crate::db;
use crate::mail::{self, Recipient, messages};
use crate::platform::templates::Lang;
use crate::urls;

#[derive(Debug, Deserialize)]
struct NotMe {
    email: String,
}

/// Whose account a link locks, where it is good now; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, text: &str) -> Result<Option<(Token, Person)>> {
    let Some(token) = action_tokens::look(app, Purpose::NotMe, text).await? else { return Ok(None) };
    let person = users::find_maybe(app, token.user_id.unwrap_or_default()).await?;
    Ok(person.map(|person| (token, person)))
}

/// Takes the link and locks the account: sessions, grants and mailed ways in end, and the address that the notice went to gets a link that
/// sets a new password and opens the account. False where the link is used up; then nothing was changed.
///
/// # Errors
/// Of the database.
pub async fn lock(app: &App, token: &Token, lang: Lang) -> Result<bool> {
    let Some(user_id) = token.user_id else { return Ok(false) };
    let NotMe { email } = token.data()?;
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    if !action_tokens::consume(app, &tx, Purpose::NotMe, token).await? {
        return Ok(false);
    }
    let sql = "UPDATE users SET locked_at = ?, updated_at = ? WHERE id = ? AND locked_at IS NULL";
    db::run(&tx, app.db.stmt(sql, [now.into(), now.into(), user_id.into()])).await?;
    distrust(app, &tx, user_id, token.expires_at - app.ms(notices::NOT_ME_TTL_S), &email).await?;
    sessions::end_of_user(app, &tx, user_id).await?;
    grants::revoke_of_user(app, &tx, user_id, "locked").await?;
    trusted_devices::forget_all(app, &tx, user_id).await?;
    action_tokens::end_of_user(app, &tx, user_id).await?;
    events::record(app, &tx, events::Kind::UserLocked, events::About::user(user_id)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    if let Some(account) = addressees::of(app, &tx, user_id).await?.filter(|a| !a.is_disabled) {
        let ttl_s = app.config.login.reset_ttl;
        let new = New {
            purpose: Purpose::ResetPassword,
            user_id: Some(user_id),
            subject: Some(&recovery::subject_of(user_id)),
            browser_hash: None,
            data: &Reset { email: Some(email.clone()) },
            ttl_s,
        };
        let link = action_tokens::issue(app, &tx, &new).await?;
        let message = messages::AccountLocked {
            name: account.name,
            link: app.urls.absolute(&format!("{}?token={link}", urls::RESET_PASSWORD)),
            minutes: ttl_s.div_ceil(60),
        };
        let to = Recipient { address: email, lang: account.language.unwrap_or(lang), user_id: Some(user_id) };
        mail::post(app, &tx, &to, &message, now + app.ms(ttl_s)).await?;
    }
    tx.commit().await?;
    app.live.forget_all();
    Ok(true)
}

/// Takes back what was added since `since` (epoch milliseconds), but for the address that speaks.
async fn distrust(app: &App, tx: &DatabaseTransaction, user_id: Uuid, since: i64, email: &str) -> Result<()> {
    // What was written with the notice may be a moment older than its token.
    let since = since - 5_000;
    // The same for links that went elsewhere, so that who came in cannot answer with a lock of their own.
    let sql = "DELETE FROM action_tokens \
               WHERE user_id = ? AND purpose = ? AND used_at IS NULL AND created_at >= ? AND data <> ?";
    let spoke = serde_json::json!({ "email": email }).to_string();
    db::run(tx, app.db.stmt(sql, [user_id.into(), Purpose::NotMe.as_str().into(), since.into(), spoke.into()])).await?;
    let sql = "UPDATE user_emails SET verified_at = NULL WHERE user_id = ? AND verified_at >= ? AND address_key <> ?";
    db::run(tx, app.db.stmt(sql, [user_id.into(), since.into(), users::canonical(email).into()])).await?;
    for table in ["passkeys", "totp_secrets", "recovery_codes", "signature_keys", "upstream_links"] {
        let sql = format!("DELETE FROM {table} WHERE user_id = ? AND created_at >= ?");
        db::run(tx, app.db.stmt(&sql, [user_id.into(), since.into()])).await?;
    }
    Ok(())
}

/// Opens a locked account in the caller's transaction; says whether it was locked.
///
/// # Errors
/// Of the database.
pub(super) async fn open(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<bool> {
    let sql = "UPDATE users SET locked_at = NULL, updated_at = ? WHERE id = ? AND locked_at IS NOT NULL";
    let values = [app.clock.now_ms().into(), user_id.into()];
    let was_locked = db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() == 1;
    if was_locked {
        events::record(app, tx, events::Kind::UserUnlocked, events::About::user(user_id)).await?;
    }
    Ok(was_locked)
}

/// Opens a locked account, as the operator; says whether it was locked.
///
/// # Errors
/// Of the database.
pub async fn unlock(app: &App, user_id: Uuid) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let was_locked = open(app, &tx, user_id).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(was_locked)
}
