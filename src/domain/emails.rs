//! The addresses of a person. A new one stands in the token of its mail until its owner has answered ([`registrations::ask_address`]);
//! every verb here names the owner with the address, so nobody reaches another's.

use entity::{action_tokens as tokens, user_emails};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::action_tokens::{self, Purpose};
use super::names;
use super::registrations::{self, VerifyEmail};
use super::sessions::Place;
use super::throttle::{self, Mailing, Subject};
use super::{Error, Result, again, events, notices, users, versions};
use crate::app::App;
use crate::db;
use crate::mail;

/// How many addresses a person may have, with those that wait for their owner's answer.
pub const MOST: usize = 10;

/// How many mails a person may send to new addresses in an hour, those that were withdrawn included.
const ASKED: u32 = 20;

/// An address of a person.
#[derive(Debug, Clone)]
pub struct Email {
    /// The id.
    pub id: Uuid,
    /// As its owner writes it.
    pub address: String,
    /// Whether it is the one that apps learn.
    pub is_primary: bool,
    /// When it was proved, epoch milliseconds.
    pub verified_at: Option<i64>,
    /// Since when it is there, epoch milliseconds.
    pub created_at: i64,
}

/// An address that was asked for and whose owner has not answered yet.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As it was written.
    pub address: String,
    /// Until when the link is good, epoch milliseconds.
    pub expires_at: i64,
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// This is no address.
    NotAnAddress,
    /// The person has it already, proved.
    AlreadyTheirs,
    /// The person has as many as there may be.
    TooMany,
    /// Too many mails went to this address lately.
    TooManyMails,
    /// The person asked the owners of too many addresses lately.
    TooManyAsked,
    /// It is not this person's, or not any more.
    Unknown,
    /// It is not proved yet.
    NotVerified,
    /// It is the primary one, which cannot be removed.
    Primary,
    /// The user name is this address.
    IsUsername,
}

/// What a verb here says.
pub type Outcome = Result<std::result::Result<(), Refused>>;

/// The addresses of a person, the primary first.
///
/// # Errors
/// Of the database.
pub async fn list<C: ConnectionTrait>(connection: &C, user_id: Uuid) -> Result<Vec<Email>> {
    let rows = user_emails::Entity::find()
        .filter(user_emails::Column::UserId.eq(user_id))
        .order_by_desc(user_emails::Column::IsPrimary)
        .order_by_asc(user_emails::Column::AddressKey)
        .all(connection)
        .await?;
    let email = |row: user_emails::Model| Email {
        id: row.id,
        address: row.address,
        is_primary: row.is_primary,
        verified_at: row.verified_at,
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(email).collect())
}

/// The addresses whose owners were asked and have not answered, newest first.
///
/// # Errors
/// Of the database.
pub async fn asked<C: ConnectionTrait>(app: &App, connection: &C, user_id: Uuid) -> Result<Vec<Asked>> {
    let rows = tokens::Entity::find()
        .filter(tokens::Column::UserId.eq(user_id))
        .filter(tokens::Column::Purpose.eq(Purpose::VerifyEmail.as_str()))
        .filter(tokens::Column::UsedAt.is_null())
        .filter(tokens::Column::ExpiresAt.gt(app.clock.now_ms()))
        .order_by_desc(tokens::Column::CreatedAt)
        .all(connection)
        .await?;
    let address = |row: tokens::Model| match serde_json::from_str(&row.data) {
        Ok(VerifyEmail::Address { email }) => Some(Asked { address: email, expires_at: row.expires_at }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(address).collect())
}

/// Asks the owner of a new address whether it is this person's; it is theirs when they answer. Whether it is somebody else's already is
/// not told: only its owner learns of it.
///
/// # Errors
/// Of the database.
pub async fn add(app: &App, user_id: Uuid, address: &str) -> Outcome {
    let Ok(key) = names::checked_email(address) else { return Ok(Err(Refused::NotAnAddress)) };
    // By the person too: what is withdrawn and asked anew goes to strangers all the same.
    if !throttle::take(app, &Subject::Asked(user_id), ASKED, 3600).await? {
        return Ok(Err(Refused::TooManyAsked));
    }
    if !mail::may_post(app, Mailing::Address, &key, &user_id.to_string()).await? {
        return Ok(Err(Refused::TooManyMails));
    }
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let has = list(&tx, user_id).await?;
    if let Some(known) = has.iter().find(|e| names::canonical(&e.address) == key)
        && known.verified_at.is_some()
    {
        return Ok(Err(Refused::AlreadyTheirs));
    }
    let waiting = asked(app, &tx, user_id).await?;
    let is_new = |known: &str| names::canonical(known) != key;
    let others = has.iter().filter(|e| is_new(&e.address)).count()
        + waiting
            .iter()
            .filter(|a| {
                is_new(&a.address) && !has.iter().any(|e| names::canonical(&e.address) == names::canonical(&a.address))
            })
            .count();
    if others >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    registrations::ask_address(app, &tx, user_id, address).await?;
    events::record(app, &tx, events::Kind::EmailAsked, events::About::user(user_id)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Asks again for an address of this person that is not proved yet.
///
/// # Errors
/// Of the database.
pub async fn ask_again(app: &App, user_id: Uuid, id: Uuid) -> Outcome {
    let Some(email) = find(app.db.read(), user_id, id).await? else { return Ok(Err(Refused::Unknown)) };
    add(app, user_id, &email.address).await
}

/// Takes back the question to the owner of an address: its link is good for nothing any more.
///
/// # Errors
/// Of the database.
pub async fn withdraw(app: &App, user_id: Uuid, address: &str) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let subject = registrations::subject_of(user_id, address);
    let is_ended = action_tokens::end_of_subject(app, &tx, Purpose::VerifyEmail, &subject).await?;
    if is_ended {
        events::record(app, &tx, events::Kind::EmailWithdrawn, events::About::user(user_id)).await?;
        tx.commit().await?;
    }
    Ok(is_ended)
}

/// Makes a proved address the one that apps learn. Every proved address is told.
///
/// # Errors
/// Of the database.
pub async fn make_primary(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Outcome {
    again(|| try_make_primary(app, user_id, id, place)).await
}

async fn try_make_primary(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Outcome {
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let Some(email) = find(&tx, user_id, id).await? else { return Ok(Err(Refused::Unknown)) };
    if email.verified_at.is_none() {
        return Ok(Err(Refused::NotVerified));
    }
    if email.is_primary {
        return Ok(Ok(()));
    }
    let now = app.clock.now_ms();
    let sql = "UPDATE user_emails SET is_primary = ? WHERE user_id = ? AND is_primary = ?";
    db::run(&tx, app.db.stmt(sql, [false.into(), user_id.into(), true.into()])).await?;
    let sql = "UPDATE user_emails SET is_primary = ? WHERE id = ? AND user_id = ?";
    db::run(&tx, app.db.stmt(sql, [true.into(), id.into(), user_id.into()])).await?;
    let sql = "UPDATE users SET updated_at = ? WHERE id = ?";
    db::run(&tx, app.db.stmt(sql, [now.into(), user_id.into()])).await?;
    events::record(app, &tx, events::Kind::EmailPrimary, events::About::user(user_id)).await?;
    notices::send(app, &tx, user_id, notices::What::EmailPrimary, &email.address, Some(place)).await?;
    forget_after(app, tx).await?;
    Ok(Ok(()))
}

/// Takes an address away. It is told, as every other that is proved; ways into the account that were mailed before end.
///
/// # Errors
/// Of the database.
pub async fn remove(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Outcome {
    again(|| try_remove(app, user_id, id, place)).await
}

async fn try_remove(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Outcome {
    let tx = app.db.begin_write().await?;
    users::hold(app, &tx, user_id).await?;
    let Some(email) = find(&tx, user_id, id).await? else { return Ok(Err(Refused::Unknown)) };
    if email.is_primary {
        return Ok(Err(Refused::Primary));
    }
    let person = entity::users::Entity::find_by_id(user_id).one(&tx).await?;
    if person.is_some_and(|p| p.username_key == names::canonical(&email.address)) {
        return Ok(Err(Refused::IsUsername));
    }
    // Before it is gone, so that its owner learns of it too.
    notices::send(app, &tx, user_id, notices::What::EmailRemoved, &email.address, Some(place)).await?;
    let sql = "DELETE FROM user_emails WHERE id = ? AND user_id = ?";
    db::run(&tx, app.db.stmt(sql, [id.into(), user_id.into()])).await?;
    action_tokens::end_mailed_ways(app, &tx, user_id).await?;
    events::record(app, &tx, events::Kind::EmailRemoved, events::About::user(user_id)).await?;
    forget_after(app, tx).await?;
    Ok(Ok(()))
}

async fn find<C: ConnectionTrait>(connection: &C, user_id: Uuid, id: Uuid) -> Result<Option<Email>> {
    Ok(list(connection, user_id).await?.into_iter().find(|e| e.id == id))
}

/// Commits what changes what apps learn of a person.
async fn forget_after(app: &App, tx: DatabaseTransaction) -> Result<()> {
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await.map_err(Error::from)?;
    app.live.forget_all();
    Ok(())
}
