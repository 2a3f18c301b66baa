//! Mail: typed messages, rendered in the reader's language, written to the outbox with the change that causes them.
//!
//! ```text
//! post (in the caller's transaction) ──▶ outbox: waiting ──▶ sent
//!                                            │  ▲ ├────────▶ expired   its link is no longer good
//!                     leased, tried, again ──┘  │ └────────▶ failed    refused for good, or tried for a day
//!                                               └── `doorward mail retry` ──┘
//! ```
//!
//! | file | what |
//! |---|---|
//! | `messages.rs` | every message: what its templates know |
//! | `render.rs` | subject, text and HTML of a message |
//! | `outbox.rs` | what waits: lease, send, try again, give up |
//! | `words.rs` | what others wrote, made harmless |
//! | `mime.rs` | a mail as bytes |
//! | `transport/` | to a mail server, to the log, into memory |
//!
//! A message is a struct in `messages.rs`, its templates `templates/mail/<kind>/{subject.txt,body.txt,body.html}`, its words in
//! `locales/*/mail.ftl`, and a sample in `samples.rs`. [`post`] writes it to the outbox in the caller's transaction; a job sends it, so no
//! page waits for a mail server.

pub mod messages;
mod mime;
pub mod outbox;
mod render;
#[cfg(test)]
mod samples;
pub mod transport;
mod words;

use entity::outbox as table;
use lettre::Address;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::domain::throttle::{self, Mailing, Subject};
use crate::domain::{Error, Result};
use crate::platform::templates::Lang;

/// A kind of mail.
pub trait Message: Serialize {
    /// Its name: the folder of its templates, and what the outbox calls it.
    const KIND: &'static str;
}

/// Who gets a mail.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The address, as its owner writes it.
    pub address: String,
    /// The language to write in.
    pub lang: Lang,
    /// Whose it is, where that is known.
    pub user_id: Option<Uuid>,
}

/// A mail as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same at every attempt, so that a mailbox can drop what came twice.
    pub message_id: String,
    /// Which message.
    pub kind: String,
    /// The sender, with or without a name.
    pub from: String,
    /// The one address that it goes to.
    pub to: String,
    /// The language it is written in.
    pub lang: Lang,
    /// One line, with nothing in it that a user wrote.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// When it was written, epoch milliseconds.
    pub date_ms: i64,
}

/// What the outbox keeps of a mail, sealed: it holds links that sign people in.
#[derive(Debug, Serialize, Deserialize)]
struct Letter {
    to: String,
    lang: Lang,
    subject: String,
    text: String,
    html: String,
}

/// Writes a mail to the outbox in the caller's transaction. It is not sent after `expires_at` (epoch milliseconds): the end of its
/// link, or a day.
///
/// # Errors
/// Of the database, or where a template does not render or the address is none.
pub async fn post<M: Message>(
    app: &App,
    tx: &DatabaseTransaction,
    to: &Recipient,
    message: &M,
    expires_at: i64,
) -> Result<()> {
    write(app, tx, to, message, expires_at).await?;
    app.outbox.wake();
    Ok(())
}

/// As [`post`]; where there is nobody to write to, the same work of which nothing is left. Who asks for a mail must not learn from a clock
/// who has an account. `lang` is the language where there is no recipient.
///
/// # Errors
/// As [`post`].
pub async fn post_maybe<M: Message>(
    app: &App,
    tx: &DatabaseTransaction,
    to: Option<&Recipient>,
    lang: Lang,
    message: &M,
    expires_at: i64,
) -> Result<()> {
    let nobody = || Recipient { address: NOBODY.to_owned(), lang, user_id: None };
    let written = write(app, tx, &to.cloned().unwrap_or_else(nobody), message, expires_at).await?;
    // For somebody too, of a row that is not there.
    let gone = if to.is_none() { written } else { Uuid::nil() };
    table::Entity::delete_by_id(gone).exec(tx).await?;
    app.outbox.wake();
    Ok(())
}

/// Where the mail is addressed that is written and taken away again; nothing is ever sent there (RFC 2606).
const NOBODY: &str = "nobody@example.invalid";

async fn write<M: Message>(
    app: &App,
    tx: &DatabaseTransaction,
    to: &Recipient,
    message: &M,
    expires_at: i64,
) -> Result<Uuid> {
    let Some(address) = address(&to.address) else {
        return Err(Error::internal("mail was to go to what is no address"));
    };
    let render::Rendered { subject, text, html } = render::render(&app.templates, &app.config, to.lang, message)?;
    let letter = Letter { to: address.to_string(), lang: to.lang, subject, text, html };
    let id = app.new_id()?;
    let now = app.clock.now_ms();
    let plain = serde_json::to_vec(&letter).map_err(Error::internal)?;
    let sealed = app.sealers.mail.seal(&app.random, id.as_bytes(), &plain)?;
    let row = table::ActiveModel {
        id: Set(id),
        user_id: Set(to.user_id),
        kind: Set(M::KIND.to_owned()),
        sealed: Set(sealed),
        state: Set(outbox::State::Waiting.as_str().to_owned()),
        attempts: Set(0),
        next_at: Set(now),
        expires_at: Set(expires_at),
        created_at: Set(now),
        done_at: Set(None),
        error: Set(None),
    };
    table::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

/// Takes one of the mails of a kind that strangers may have sent to one address in an hour (`login.mails_per_address`); false where none is left.
/// To be asked before a mail is posted to an address that somebody typed, whether or not it has an account: over the limit there is no mail,
/// and the same page. `address_key` is the canonical form of the address, `from` the network of who asks or the person: one of these gets half.
/// The other half is for the first mail of each, so that who fills an hour from a few networks does not keep out the owner, who comes from
/// another.
///
/// # Errors
/// Of the database.
pub async fn may_post(app: &App, what: Mailing, address_key: &str, from: &str) -> Result<bool> {
    let most = app.config.login.mails_per_address;
    let more = most.div_ceil(2) - 1;
    let from_here = Subject::MailFrom(what, address_key.to_owned(), from.to_owned());
    if throttle::take(app, &from_here, 1, HOUR_S).await? {
        throttle::take(app, &Subject::FirstMail(what, address_key.to_owned()), most - more, HOUR_S).await
    } else {
        throttle::take(app, &Subject::MoreMail(what, address_key.to_owned()), more, HOUR_S).await
    }
}

const HOUR_S: u64 = 3600;

/// Whether mail can be sent to this address: one address, with nothing around it.
#[must_use]
pub fn is_address(text: &str) -> bool {
    address(text).is_some()
}

fn address(text: &str) -> Option<Address> {
    text.parse().ok().filter(|_| !text.contains(|c: char| c.is_control() || c.is_whitespace()))
}
