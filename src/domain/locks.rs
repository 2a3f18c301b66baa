//! Locking an account by "this was not me", and opening it again.
//!
//! ```text
//! notice ─▶ /not-me (GET shows, POST takes) ─▶ locked ─▶ mail with a reset link ─▶ new password ─▶ open
//!                                                 └────▶ doorward user unlock ──────────────────▶ open
//! ```
//!
//! What was added since the first notice that the same mailbox was sent and did not answer, of the last seven days, is not trusted any more:
//! the newest notice is the one that people open, and a stranger was there before it. Addresses, passkeys, accounts elsewhere and keys that
//! are so young are taken away, as each of them opens an account alone. An authenticator app and recovery codes open nothing alone and are
//! what stands in the way of a stolen mailbox: they go only while they are younger than `YOUNG_MS`, by a notice that is younger too, and
//! where no sign-in has used them.
//!
//! The link that opens the account goes to the address that speaks; where its owner has removed that one and another was proved before,
//! to the other.

use entity::{action_tokens as tokens, user_emails};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Deserialize;
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::emails::{self, Email};
use super::names;
use super::recovery::{self, Reset};
use super::users::{self, Person};
use super::{Result, addressees, again, events, grants, notices, sessions, trusted_devices, versions};
use crate::app::App;
use crate::db;
use crate::mail::{self, Recipient, messages};
use crate::platform::templates::Lang;
use crate::urls;

/// How young a notice and a second factor must be for the one to take the other back, in milliseconds.
const YOUNG_MS: i64 = 48 * 3_600_000;
/// What was written with a notice may be a moment older than its token.
const MOMENT_MS: i64 = 5_000;
/// A use so shortly after a factor was set up is its setting up.
const SET_UP_MS: i64 = 60_000;

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
    again(|| try_lock(app, token, lang)).await
}

async fn try_lock(app: &App, token: &Token, lang: Lang) -> Result<bool> {
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
    // Before anything is looked at, so that an address that is being proved now is there or never will be.
    action_tokens::end_of_user(app, &tx, user_id).await?;
    let noticed_at = token.expires_at - app.ms(notices::NOT_ME_TTL_S);
    let since =
        first_unclaimed(app, &tx, user_id, &email).await?.map_or(noticed_at, |at| at.min(noticed_at)) - MOMENT_MS;
    distrust_ways(app, &tx, user_id, since).await?;
    if now - noticed_at < YOUNG_MS {
        distrust_second(app, &tx, user_id, since.max(now - YOUNG_MS)).await?;
    }
    let email = distrust_addresses(app, &tx, user_id, since, email).await?;
    sessions::end_of_user(app, &tx, user_id).await?;
    grants::revoke_of_user(app, &tx, user_id, "locked").await?;
    trusted_devices::forget_all(app, &tx, user_id).await?;
    events::record(app, &tx, events::Kind::UserLocked, events::About::user(user_id)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    if let Some(account) = addressees::of(app, &tx, user_id).await?.filter(|a| !a.is_disabled) {
        let ttl_s = app.config.login.reset_ttl;
        let new = New {
            purpose: Purpose::ResetPassword,
            user_id: Some(user_id),
            subject: Some(&recovery::subject_of(user_id)),
            browser_hash: None,
            data: &Reset { email: Some(email.clone()), opens: true },
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

/// When the first notice was sent to the address that speaks, of those that are good and that nobody answered.
async fn first_unclaimed(app: &App, tx: &DatabaseTransaction, user_id: Uuid, email: &str) -> Result<Option<i64>> {
    let now = app.clock.now_ms();
    let sent = links_of(tx, user_id, |to| names::canonical(to) == names::canonical(email)).await?;
    Ok(sent.into_iter().filter(|row| row.expires_at > now).map(|row| row.created_at).min())
}

/// The unused "not me" links of a person that went to such an address.
async fn links_of(
    tx: &DatabaseTransaction,
    user_id: Uuid,
    is_such: impl Fn(&str) -> bool,
) -> Result<Vec<tokens::Model>> {
    let rows = tokens::Entity::find()
        .filter(tokens::Column::UserId.eq(user_id))
        .filter(tokens::Column::Purpose.eq(Purpose::NotMe.as_str()))
        .filter(tokens::Column::UsedAt.is_null())
        .all(tx)
        .await?;
    let is_meant = |row: &tokens::Model| serde_json::from_str(&row.data).is_ok_and(|data: NotMe| is_such(&data.email));
    Ok(rows.into_iter().filter(is_meant).collect())
}

/// Ends the "not me" links that went to such an address.
async fn end_links_of(tx: &DatabaseTransaction, user_id: Uuid, is_such: impl Fn(&str) -> bool) -> Result<()> {
    for row in links_of(tx, user_id, is_such).await? {
        tokens::Entity::delete_by_id(row.token_hash).exec(tx).await?;
    }
    Ok(())
}

/// Takes back what opens the account alone and was added since `since` (epoch milliseconds).
async fn distrust_ways(app: &App, tx: &DatabaseTransaction, user_id: Uuid, since: i64) -> Result<()> {
    for table in ["passkeys", "signature_keys", "upstream_links"] {
        let sql = format!("DELETE FROM {table} WHERE user_id = ? AND created_at >= ?");
        db::run(tx, app.db.stmt(&sql, [user_id.into(), since.into()])).await?;
    }
    Ok(())
}

/// Takes back an authenticator app and recovery codes that were added since `since` and that no sign-in has used.
async fn distrust_second(app: &App, tx: &DatabaseTransaction, user_id: Uuid, since: i64) -> Result<()> {
    let sql = "DELETE FROM totp_secrets WHERE user_id = ? AND created_at >= ? \
               AND (last_used_at IS NULL OR last_used_at <= created_at + ?)";
    db::run(tx, app.db.stmt(sql, [user_id.into(), since.into(), SET_UP_MS.into()])).await?;
    // The codes are one thing: where one was used, the others stay too.
    let codes = entity::recovery_codes::Entity::find()
        .filter(entity::recovery_codes::Column::UserId.eq(user_id))
        .filter(entity::recovery_codes::Column::CreatedAt.gte(since))
        .all(tx)
        .await?;
    if codes.iter().all(|code| code.used_at.is_none()) {
        let sql = "DELETE FROM recovery_codes WHERE user_id = ? AND created_at >= ?";
        db::run(tx, app.db.stmt(sql, [user_id.into(), since.into()])).await?;
    }
    Ok(())
}

/// Takes away the addresses that were added or proved since `since`, but for the one that speaks, with the "not me" links that went there,
/// so that who came in cannot answer with a lock of their own. Gives the address that may open the account.
async fn distrust_addresses(
    app: &App,
    tx: &DatabaseTransaction,
    user_id: Uuid,
    since: i64,
    speaking: String,
) -> Result<String> {
    let spoke = names::canonical(&speaking);
    let is_spoke = |e: &Email| names::canonical(&e.address) == spoke;
    let is_young = |e: &Email| e.created_at >= since || e.verified_at.is_some_and(|at| at >= since);
    let (young, old): (Vec<Email>, Vec<Email>) =
        emails::list(tx, user_id).await?.into_iter().partition(|e| is_young(e) && !is_spoke(e));
    for email in &young {
        user_emails::Entity::delete_by_id(email.id).exec(tx).await?;
        events::record(app, tx, events::Kind::EmailRemoved, events::About::user(user_id)).await?;
    }
    let gone: Vec<String> = young.iter().map(|e| names::canonical(&e.address)).collect();
    end_links_of(tx, user_id, |to| gone.contains(&names::canonical(to))).await?;

    // The primary comes first in the list.
    let proved = old.iter().find(|e| e.verified_at.is_some());
    let (opens, primary) = match (old.iter().find(|e| is_spoke(e)), proved) {
        (Some(spoke), _) => (speaking, Some(spoke.id)),
        (None, Some(other)) => {
            // Its owner has removed the one that speaks: it has locked once, and that is all it can do.
            end_links_of(tx, user_id, |to| names::canonical(to) == spoke).await?;
            (other.address.clone(), Some(other.id))
        }
        (None, None) => {
            let id = give_back(app, tx, user_id, &speaking).await?;
            (speaking, id)
        }
    };
    if let Some(id) = primary
        && !old.iter().any(|e| e.is_primary && e.id != id)
    {
        let sql = "UPDATE user_emails SET is_primary = ? WHERE id = ? AND user_id = ?";
        db::run(tx, app.db.stmt(sql, [true.into(), id.into(), user_id.into()])).await?;
    }
    let sql = "UPDATE users SET updated_at = ? WHERE id = ?";
    db::run(tx, app.db.stmt(sql, [app.clock.now_ms().into(), user_id.into()])).await?;
    Ok(opens)
}

/// Gives an address that was removed back to its owner, proved, where it is nobody's meanwhile.
async fn give_back(app: &App, tx: &DatabaseTransaction, user_id: Uuid, address: &str) -> Result<Option<Uuid>> {
    let key = names::canonical(address);
    if users::find_id(tx, &key).await?.is_some_and(|owner| owner != user_id) {
        return Ok(None);
    }
    let (id, now) = (app.new_id()?, app.clock.now_ms());
    let row = user_emails::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        address: Set(address.to_owned()),
        address_key: Set(key),
        is_primary: Set(false),
        verified_at: Set(Some(now)),
        created_at: Set(now),
    };
    user_emails::Entity::insert(row).exec_without_returning(tx).await?;
    events::record(app, tx, events::Kind::EmailVerified, events::About::user(user_id)).await?;
    Ok(Some(id))
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
    users::hold(app, &tx, user_id).await?;
    let was_locked = open(app, &tx, user_id).await?;
    if was_locked {
        action_tokens::end_of_user(app, &tx, user_id).await?;
    }
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(was_locked)
}
