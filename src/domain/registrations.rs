//! Making an account by oneself: nothing exists until an address is proved. What was asked for lies sealed in the token of the mail, so
//! that nobody squats a name or an address, and nothing is left behind.
//!
//! ```text
//! form ─▶ sealed in a token, mail ─▶ link (GET shows, POST takes) ─▶ account, its first address proved, groups, event: one transaction
//! ```

use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose};
use super::{Result, users};
use crate::app::App;
use crate::mail::{self, Recipient, messages};
use crate::urls;

/// What belongs to a token of [`Purpose::VerifyEmail`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VerifyEmail {
    /// An account is made when the link is taken; the token is nobody's yet.
    SignUp {
        /// What was asked for, sealed, as base64url.
        sealed: String,
    },
    /// The person of the token's `user_id` has this address; it is added where it is not theirs yet.
    Address {
        /// As it was written.
        email: String,
    },
}

/// Asks the owner of `address`, by mail, whether it is this person's. The address may stand in the account already, unproved, or be
/// new: it is added when the link is taken. A newer mail for the same person and address ends the link of the older.
///
/// # Errors
/// Of the database.
pub async fn ask_address(app: &App, tx: &DatabaseTransaction, user_id: Uuid, address: &str) -> Result<()> {
    let (name, lang, _) = users::mail_facts(app, tx, user_id).await?;
    let ttl_s = app.config.registration.verify_ttl;
    let new = New {
        purpose: Purpose::VerifyEmail,
        user_id: Some(user_id),
        subject: Some(&format!("{user_id} {}", users::canonical(address))),
        browser_hash: None,
        data: &VerifyEmail::Address { email: address.trim().to_owned() },
        ttl_s,
    };
    let token = action_tokens::issue(app, tx, &new).await?;
    let message = messages::VerifyEmail {
        name,
        link: app.urls.absolute(&format!("{}?token={token}", urls::VERIFY_EMAIL)),
        hours: ttl_s.div_ceil(3600),
    };
    let to = Recipient { address: address.trim().to_owned(), lang, user_id: Some(user_id) };
    mail::post(app, tx, &to, &message, app.clock.now_ms() + app.ms(ttl_s)).await
}
