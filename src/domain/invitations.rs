//! Invitations to sign up: a link that makes one account, once, in time. One that names an address is mailed there and nowhere else, so who has
//! it has proved that address.
//!
//! ```text
//! create ─▶ look (a GET, changes nothing) ─▶ accept, in the transaction that makes the account
//!   └── a newer one for the same address ends it; remove ends it
//! ```

use entity::invitations;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::names;
use super::{Error, Result, events, users};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::db;
use crate::mail::{self, Recipient, messages};
use crate::platform::random::sha256;
use crate::platform::templates::Lang;
use crate::urls;

/// An invitation.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The id.
    pub id: Uuid,
    /// The only address it is for, in canonical form.
    pub email: Option<String>,
    /// The groups that who accepts will be in.
    pub groups: Vec<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// When it was accepted.
    pub used_at: Option<i64>,
    /// Who accepted.
    pub used_by: Option<Uuid>,
}

/// An invitation to make.
#[derive(Debug, Clone, Default)]
pub struct NewInvitation<'a> {
    /// The only address it is for; it is mailed there.
    pub email: Option<&'a str>,
    /// The groups that who accepts will be in.
    pub groups: Vec<String>,
    /// Seconds that it is good for; `registration.invitation_ttl` where it is not said.
    pub ttl_s: Option<u64>,
    /// Who invites.
    pub created_by: Option<Uuid>,
}

/// An invitation that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The invitation.
    pub invitation: Invitation,
    /// Its link, where it was not mailed: it is kept nowhere else.
    pub link: Option<String>,
}

/// The longest time that an invitation is good, in seconds.
pub const MOST_S: u64 = 400 * 86_400;

/// Makes an invitation, and mails it where it names an address.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] where the address has an account.
pub async fn create(app: &App, new: NewInvitation<'_>) -> Result<Made> {
    if app.config.registration.mode == RegistrationMode::Closed {
        let reason = "is \"closed\", so nobody could accept: set it to \"invite\" or \"open\"";
        return Err(Error::invalid("registration.mode", reason));
    }
    let email = new.email.map(names::checked_email).transpose()?;
    let ttl_s = new.ttl_s.unwrap_or(app.config.registration.invitation_ttl);
    if !(60..=MOST_S).contains(&ttl_s) {
        return Err(Error::invalid("expires", format!("60 to {MOST_S} seconds, for example 604800 for a week")));
    }
    if new.groups.iter().any(|g| g.trim() != g || g.is_empty() || g.len() > 100 || g.contains(char::is_control)) {
        return Err(Error::invalid("groups", "1 to 100 characters each, for example \"staff\""));
    }
    let mut groups = new.groups;
    groups.sort();
    groups.dedup();
    let token = app.random.token()?;
    let now = app.clock.now_ms();
    let invitation = Invitation {
        id: app.new_id()?,
        email,
        groups,
        created_at: now,
        expires_at: now + app.ms(ttl_s),
        used_at: None,
        used_by: None,
    };
    let row = invitations::ActiveModel {
        id: Set(invitation.id),
        token_hash: Set(sha256(token.as_bytes()).to_vec()),
        email: Set(invitation.email.clone()),
        groups: Set(json!(invitation.groups).to_string()),
        created_by: Set(new.created_by),
        created_at: Set(now),
        expires_at: Set(invitation.expires_at),
        used_at: Set(None),
        used_by: Set(None),
    };
    let link = app.urls.absolute(&format!("{}?invitation={token}", urls::REGISTER));
    let tx = app.db.begin_write().await?;
    if let Some(key) = &invitation.email {
        if users::find_id(&tx, key).await?.is_some() {
            return Err(Error::Conflict(format!("the e-mail address {key:?} has an account already")));
        }
        let sql = "DELETE FROM invitations WHERE email = ? AND used_at IS NULL";
        db::run(&tx, app.db.stmt(sql, [key.as_str().into()])).await?;
    }
    invitations::Entity::insert(row).exec_without_returning(&tx).await?;
    let data = json!({ "invitation": invitation.id, "groups": invitation.groups, "by": new.created_by });
    events::record(app, &tx, events::Kind::InvitationMade, events::About::default().with(data)).await?;
    let mut made = Made { invitation, link: Some(link) };
    if let Some(address) = new.email {
        let message = messages::Invitation { link: made.link.take().unwrap_or_default(), days: ttl_s.div_ceil(86_400) };
        let lang = Lang::lookup(&app.config.ui.default_language).unwrap_or_default();
        let to = Recipient { address: address.trim().to_owned(), lang, user_id: None };
        mail::post(app, &tx, &to, &message, made.invitation.expires_at).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// The invitation behind a link, where it is good now; changes nothing.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, token: &str) -> Result<Option<Invitation>> {
    let by_hash = invitations::Column::TokenHash.eq(sha256(token.as_bytes()).to_vec());
    let row = invitations::Entity::find().filter(by_hash).one(app.db.write()).await?;
    Ok(row.map(from_row).transpose()?.filter(|i| is_good(app, i)))
}

/// The invitation `id`, where it is good now.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, tx: &DatabaseTransaction, id: Uuid) -> Result<Option<Invitation>> {
    let row = invitations::Entity::find_by_id(id).one(tx).await?;
    Ok(row.map(from_row).transpose()?.filter(|i| is_good(app, i)))
}

/// Takes the invitation for a person, in the transaction that makes them; true for the one caller who took it.
///
/// # Errors
/// Of the database.
pub async fn accept(app: &App, tx: &DatabaseTransaction, id: Uuid, user_id: Uuid) -> Result<bool> {
    let now = app.clock.now_ms();
    let sql = "UPDATE invitations SET used_at = ?, used_by = ? WHERE id = ? AND used_at IS NULL AND expires_at > ?";
    let values = [now.into(), user_id.into(), id.into(), now.into()];
    if db::run(tx, app.db.stmt(sql, values)).await?.rows_affected() != 1 {
        return Ok(false);
    }
    let about = events::About::user(user_id).with(json!({ "invitation": id }));
    events::record(app, tx, events::Kind::InvitationAccepted, about).await?;
    Ok(true)
}

/// All invitations, newest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App) -> Result<Vec<Invitation>> {
    let rows = invitations::Entity::find()
        .order_by_desc(invitations::Column::CreatedAt)
        .order_by_desc(invitations::Column::Id)
        .all(app.db.read())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Ends an invitation that was not accepted yet.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it was accepted.
pub async fn remove(app: &App, id: Uuid) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let sql = "DELETE FROM invitations WHERE id = ? AND used_at IS NULL";
    if db::run(&tx, app.db.stmt(sql, [id.into()])).await?.rows_affected() != 1 {
        return Err(match invitations::Entity::find_by_id(id).one(&tx).await? {
            Some(_) => Error::Conflict("the invitation was accepted; see `doorward user list`".to_owned()),
            None => Error::NotFound(format!("the invitation {id}")),
        });
    }
    let about = events::About::default().with(json!({ "invitation": id }));
    events::record(app, &tx, events::Kind::InvitationRemoved, about).await?;
    tx.commit().await?;
    Ok(())
}

fn is_good(app: &App, invitation: &Invitation) -> bool {
    invitation.used_at.is_none() && invitation.expires_at > app.clock.now_ms()
}

fn from_row(row: invitations::Model) -> Result<Invitation> {
    Ok(Invitation {
        id: row.id,
        email: row.email,
        groups: serde_json::from_str(&row.groups).map_err(Error::internal)?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
        used_by: row.used_by,
    })
}
