//! Mail: typed messages, rendered in the reader's language, written to the outbox with the change that causes them.
//!
//! A message is a struct and its templates `templates/mail/<kind>/{subject.txt,body.txt,body.html}` with a sample in
//! `templates/samples/`. [`post`] writes it to the outbox in the caller's transaction; a job sends it, so no page waits for a mail server.

pub mod messages;

use entity::outbox;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
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

/// Writes a mail to the outbox in the caller's transaction. It is not sent after `expires_at` (epoch milliseconds): the end of its
/// link, or a day.
///
/// # Errors
/// Of the database, or where a template does not render.
pub async fn post<M: Message>(
    app: &App,
    tx: &DatabaseTransaction,
    to: &Recipient,
    message: &M,
    expires_at: i64,
) -> Result<()> {
    let id = app.new_id()?;
    let now = app.clock.now_ms();
    let content = serde_json::json!({ "to": to.address, "lang": to.lang, "message": message });
    let plain = serde_json::to_vec(&content).map_err(Error::internal)?;
    let sealed = app.sealers.mail.seal(&app.random, id.as_bytes(), &plain)?;
    let row = outbox::ActiveModel {
        id: Set(id),
        user_id: Set(to.user_id),
        kind: Set(M::KIND.to_owned()),
        sealed: Set(sealed),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        next_at: Set(now),
        expires_at: Set(expires_at),
        created_at: Set(now),
        done_at: Set(None),
        error: Set(None),
    };
    outbox::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
