//! Passkeys of people: adding, using, naming and removing them.
//!
//! ```text
//! begin_registration ─▶ the browser ─▶ finish_registration    the challenge waits in a single-use token of this person at this browser
//! begin_sign_in      ─▶ the browser ─▶ prove                  the challenge waits in the flow; `flows::take_challenge` takes it once
//! ```
//!
//! A key that counts must count upwards: the stored credential changes by compare-and-set, so of two copies of a key one loses, and the
//! loss is noted.

use entity::passkeys;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::action_tokens::{self, New, Purpose};
use super::notices::{self, What};
use super::sessions::Place;
use super::users::Person;
use super::{Error, Result, again, events, factors, recovery_codes, trusted_devices, ways_in};
use crate::app::App;
use crate::config::Config;
use crate::db;
use crate::platform::random::{base64url, sha256};
use crate::platform::webauthn::{Assertion, Begun, Credential, Options, Owner, Refusal, RelyingParty, WebauthnFault};

/// How many one person may have.
pub const MOST: u64 = 20;
/// The longest name, in characters.
pub const NAME_MAX: usize = 60;
/// How long a registration waits for its answer, in seconds.
const REGISTRATION_TTL_S: u64 = 600;
/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 32 * 1024;

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// The id.
    pub id: Uuid,
    /// As its owner calls it.
    pub name: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub last_used_at: Option<i64>,
    /// The id that its authenticator gave it.
    pub credential_id: Vec<u8>,
}

/// A passkey that was added.
#[derive(Debug)]
pub struct Added {
    /// The id.
    pub id: Uuid,
    /// Recovery codes, made with the first second factor of who had none; they are kept nowhere in clear.
    pub codes: Vec<Zeroizing<String>>,
}

/// Why an answer of a browser was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no ceremony that it answers, or no more.
    Over,
    /// Nobody here has this passkey, or not who is asked.
    Unknown,
    /// The authenticator has one already.
    Taken,
    /// They have as many as they may have.
    TooMany,
    /// The ceremony was not right.
    Ceremony(Refusal),
}

impl Refused {
    /// As a code that does not change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Unknown => "unknown",
            Self::Taken => "known",
            Self::TooMany => "too_many",
            Self::Ceremony(refusal) => refusal.as_str(),
        }
    }
}

/// For whom passkeys are made here; nobody where browsers know none, as under an address in numbers.
///
/// # Errors
/// Where the configuration is contradictory.
pub fn relying_party(config: &Config) -> std::result::Result<Option<RelyingParty>, WebauthnFault> {
    let Ok(origin) = url::Url::parse(config.issuer.origin()) else { return Ok(None) };
    RelyingParty::new(&Options {
        id: config.webauthn.rp_id.as_deref().unwrap_or(config.issuer.host()),
        name: &config.ui.name,
        origin: &origin,
        extra_origins: &config.webauthn.extra_origins,
    })
}

/// Whether passkeys are used here.
#[must_use]
pub fn are_offered(app: &App) -> bool {
    app.config.login.passkey && app.webauthn.is_some()
}

fn relying(app: &App) -> Result<&RelyingParty> {
    let party = app.webauthn.as_ref().filter(|_| are_offered(app));
    party.ok_or_else(|| Error::NotFound("sign-in with passkeys".to_owned()))
}

impl From<WebauthnFault> for Error {
    fn from(fault: WebauthnFault) -> Self {
        Self::internal(fault)
    }
}

/// The passkeys of a person, oldest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App, user_id: Uuid) -> Result<Vec<Passkey>> {
    rows_of(app, user_id)
        .await?
        .into_iter()
        .map(|row| {
            let credential_id = Credential::from_json(&row.credential)?.id().to_vec();
            let passkeys::Model { id, name, created_at, last_used_at, .. } = row;
            Ok(Passkey { id, name, created_at, last_used_at, credential_id })
        })
        .collect()
}

async fn rows_of(app: &App, user_id: Uuid) -> Result<Vec<passkeys::Model>> {
    let of_person = passkeys::Entity::find().filter(passkeys::Column::UserId.eq(user_id));
    Ok(of_person.order_by_asc(passkeys::Column::Id).all(app.db.write()).await?)
}

async fn credentials_of(app: &App, user_id: Uuid) -> Result<Vec<Credential>> {
    rows_of(app, user_id).await?.iter().map(|row| Ok(Credential::from_json(&row.credential)?)).collect()
}

#[derive(Serialize, Deserialize)]
struct Registration {
    state: Value,
}

/// Begins to add a passkey for `person` at one browser; gives the options for that browser. An earlier beginning ends.
///
/// # Errors
/// [`Error::NotFound`] where passkeys are not used here.
pub async fn begin_registration(
    app: &App,
    person: &Person,
    browser_hash: &[u8; 32],
) -> Result<std::result::Result<Value, Refused>> {
    let party = relying(app)?;
    let known = credentials_of(app, person.id).await?;
    if known.len() as u64 >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    let display_name = person.name.as_deref().filter(|n| !n.is_empty()).unwrap_or(&person.username);
    let owner = Owner { id: person.id, name: &person.username, display_name };
    let Begun { options, state } = party.begin_registration(&owner, &known)?;
    let new = New {
        purpose: Purpose::PasskeyRegistration,
        user_id: Some(person.id),
        subject: Some(&subject(person.id, browser_hash)),
        browser_hash: Some(browser_hash),
        data: &Registration { state },
        ttl_s: REGISTRATION_TTL_S,
    };
    let tx = app.db.begin_write().await?;
    action_tokens::issue(app, &tx, &new).await?;
    tx.commit().await?;
    Ok(Ok(options))
}

/// One registration of one person at one browser.
fn subject(user_id: Uuid, browser_hash: &[u8; 32]) -> String {
    format!("{user_id}:{}", base64url(browser_hash))
}

/// What a browser answered to a registration.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The new credential, as JSON.
    pub credential: &'a str,
    /// As its owner wants to call it; the words for "passkey" where it is empty.
    pub name: &'a str,
    /// For who has proved one factor only: then no second factor may have been set up meanwhile, else whoever knows a password could
    /// add one beside the owner's.
    pub is_first: bool,
}

/// Adds the passkey that was begun for this person at this browser. Whatever comes of it, the beginning is used up.
///
/// # Errors
/// [`Error::Invalid`] for a name that is too long.
pub async fn finish_registration(
    app: &App,
    user_id: Uuid,
    answer: &Answer<'_>,
    place: &Place,
) -> Result<std::result::Result<Added, Refused>> {
    again(|| try_finish_registration(app, user_id, answer, place)).await
}

async fn try_finish_registration(
    app: &App,
    user_id: Uuid,
    answer: &Answer<'_>,
    place: &Place,
) -> Result<std::result::Result<Added, Refused>> {
    let party = relying(app)?;
    let name = checked_name(answer.name)?;
    let subject = subject(user_id, &place.browser_hash);
    let token = action_tokens::look_by_subject(app, Purpose::PasskeyRegistration, &subject).await?;
    let Some(token) = token.filter(|t| t.user_id == Some(user_id) && t.is_for(&place.browser_hash)) else {
        return Ok(Err(Refused::Over));
    };
    let Registration { state } = token.data()?;
    let checked = if answer.credential.len() > ANSWER_MAX {
        Err(Refusal::Malformed)
    } else {
        party.finish_registration(answer.credential, state)?
    };
    let tx = app.db.begin_write().await?;
    // The person before the token, as everywhere.
    ways_in::lock(app, &tx, user_id).await?;
    if !action_tokens::consume(app, &tx, Purpose::PasskeyRegistration, &token).await? {
        return Ok(Err(Refused::Over));
    }
    let inserted = match checked {
        Ok(credential) => insert(app, &tx, user_id, &credential, &name, answer.is_first).await?,
        Err(refusal) => Err(Refused::Ceremony(refusal)),
    };
    let added = match inserted {
        Ok(id) => {
            let about = events::About::user(user_id).with(json!({ "passkey": id, "name": name }));
            events::record(app, &tx, events::Kind::PasskeyAdded, about).await?;
            notices::send(app, &tx, user_id, What::PasskeyAdded, &name, Some(place)).await?;
            Ok(Added { id, codes: recovery_codes::make_first(app, &tx, user_id).await? })
        }
        Err(refused) => Err(refused),
    };
    // A refusal is committed too: the challenge is used up.
    tx.commit().await?;
    Ok(added)
}

async fn insert(
    app: &App,
    tx: &DatabaseTransaction,
    user_id: Uuid,
    credential: &Credential,
    name: &str,
    is_first: bool,
) -> Result<std::result::Result<Uuid, Refused>> {
    let hash = sha256(credential.id()).to_vec();
    let same = passkeys::Entity::find().filter(passkeys::Column::CredentialHash.eq(hash.clone()));
    if same.one(tx).await?.is_some() {
        return Ok(Err(Refused::Taken));
    }
    let count = passkeys::Entity::find().filter(passkeys::Column::UserId.eq(user_id)).count(tx).await?;
    if count >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    if is_first && (count > 0 || has_totp(tx, user_id).await?) {
        return Ok(Err(Refused::Over));
    }
    let id = app.new_id()?;
    let row = passkeys::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        credential_hash: Set(hash),
        credential: Set(credential.to_json()?),
        name: Set(name.to_owned()),
        created_at: Set(app.clock.now_ms()),
        last_used_at: Set(None),
    };
    passkeys::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Ok(id))
}

async fn has_totp(tx: &DatabaseTransaction, user_id: Uuid) -> Result<bool> {
    Ok(entity::totp_secrets::Entity::find_by_id(user_id).one(tx).await?.is_some())
}

/// A sign-in ceremony that was begun.
#[derive(Debug)]
pub struct Ceremony {
    /// For the browser.
    pub options: Value,
    /// For the flow.
    pub challenge: Value,
}

#[derive(Serialize, Deserialize)]
struct Challenge {
    /// Who is asked, where that is known.
    user_id: Option<Uuid>,
    state: Value,
}

impl Ceremony {
    fn of(begun: Begun, user_id: Option<Uuid>) -> Result<Self> {
        let challenge = Challenge { user_id, state: begun.state };
        let challenge = serde_json::to_value(challenge).map_err(Error::internal)?;
        Ok(Self { options: begun.options, challenge })
    }
}

/// Begins a sign-in with whichever passkey the browser has.
///
/// # Errors
/// [`Error::NotFound`] where passkeys are not used here.
pub fn begin_sign_in(app: &App) -> Result<Ceremony> {
    Ceremony::of(relying(app)?.begin_authentication(&[])?, None)
}

/// Begins to ask one person for one of their passkeys.
///
/// # Errors
/// [`Error::NotFound`] where they have none, or passkeys are not used here.
pub async fn begin_second(app: &App, user_id: Uuid) -> Result<Ceremony> {
    let known = credentials_of(app, user_id).await?;
    if known.is_empty() {
        return Err(Error::NotFound("a passkey of this person".to_owned()));
    }
    Ceremony::of(relying(app)?.begin_authentication(&known)?, Some(user_id))
}

/// Checks the answer to a challenge that was taken from its flow; gives whose passkey it was. `asked` is who must answer: nobody in
/// particular at a first factor, which the passkey itself then tells. Whether the account may be used is not asked here.
///
/// # Errors
/// Of the database.
pub async fn prove(
    app: &App,
    challenge: Value,
    answer: &str,
    asked: Option<Uuid>,
    place: &Place,
) -> Result<std::result::Result<Uuid, Refused>> {
    let party = relying(app)?;
    let challenge: Challenge = serde_json::from_value(challenge).map_err(Error::internal)?;
    if challenge.user_id != asked {
        return Ok(Err(Refused::Over));
    }
    if answer.len() > ANSWER_MAX {
        return Ok(Err(Refused::Ceremony(Refusal::Malformed)));
    }
    let answer = match Assertion::parse(answer) {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(Refused::Ceremony(refusal))),
    };
    // Who loses the race for the stored counter is judged by the one that won.
    for _ in 0..3 {
        let Some(row) = find_for(app, &answer, asked).await? else { return Ok(Err(Refused::Unknown)) };
        let credential = Credential::from_json(&row.credential)?;
        match party.finish_authentication(&answer, &challenge.state, &credential)? {
            Ok(kept) if note_use(app, &row, &kept).await? => return Ok(Ok(row.user_id)),
            Ok(_) => {}
            Err(refusal) => {
                if refusal == Refusal::Copied {
                    note_copy(app, &row, place).await?;
                }
                return Ok(Err(Refused::Ceremony(refusal)));
            }
        }
    }
    Ok(Err(Refused::Ceremony(Refusal::Invalid)))
}

/// The passkey that an answer names, where it is one of whom the answer names, and of who is asked.
async fn find_for(app: &App, answer: &Assertion, asked: Option<Uuid>) -> Result<Option<passkeys::Model>> {
    let hash = sha256(answer.credential_id()).to_vec();
    let same = passkeys::Entity::find().filter(passkeys::Column::CredentialHash.eq(hash));
    let row = same.one(app.db.write()).await?;
    Ok(row.filter(|row| match asked {
        // WebAuthn §7.2 step 6: the user handle may be missing where it is known who is asked.
        Some(user) => row.user_id == user && answer.is_of(user) != Some(false),
        None => answer.is_of(row.user_id) == Some(true),
    }))
}

/// Keeps what changed with a use; true where nobody was faster.
async fn note_use(app: &App, row: &passkeys::Model, kept: &Credential) -> Result<bool> {
    let sql = "UPDATE passkeys SET credential = ?, last_used_at = ? WHERE id = ? AND credential = ?";
    let values = [kept.to_json()?.into(), app.clock.now_ms().into(), row.id.into(), row.credential.clone().into()];
    Ok(app.db.execute(sql, values).await? == 1)
}

/// How often its owner is told of a suspected copy, in seconds.
const TOLD_EVERY_S: u64 = 86_400;

/// A counter that did not rise is refused and noted: the key may exist twice. Its owner is told, once a day.
async fn note_copy(app: &App, row: &passkeys::Model, place: &Place) -> Result<()> {
    metrics::counter!("doorward_passkeys_suspected_total").increment(1);
    tracing::warn!(user.id = %row.user_id, passkey.id = %row.id, "a passkey's counter did not rise: it may have been copied");
    let tx = app.db.begin_write().await?;
    let was_told = entity::events::Entity::find()
        .filter(entity::events::Column::UserId.eq(row.user_id))
        .filter(entity::events::Column::At.gt(app.clock.now_ms() - app.ms(TOLD_EVERY_S)))
        .filter(entity::events::Column::Kind.eq(events::Kind::PasskeySuspected.as_str()))
        .one(&tx)
        .await?;
    let about = events::About::user(row.user_id).with(json!({ "passkey": row.id, "name": row.name }));
    events::record(app, &tx, events::Kind::PasskeySuspected, about).await?;
    if was_told.is_none() {
        notices::send(app, &tx, row.user_id, What::PasskeySuspected, &row.name, Some(place)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives a passkey of this person another name.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Invalid`] for a name that is too long.
pub async fn rename(app: &App, user_id: Uuid, id: Uuid, name: &str) -> Result<()> {
    let name = checked_name(name)?;
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?";
    let values = [name.clone().into(), id.into(), user_id.into()];
    if db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() != 1 {
        return Err(Error::NotFound("the passkey".to_owned()));
    }
    let about = events::About::user(user_id).with(json!({ "passkey": id, "name": name }));
    events::record(app, &tx, events::Kind::PasskeyRenamed, about).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a passkey of this person. With the last second factor go the recovery codes and the trusted browsers, which only stood in for
/// it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is the last second factor and the operator requires one, or the only way in.
pub async fn remove(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Result<()> {
    again(|| try_remove(app, user_id, id, place)).await
}

async fn try_remove(app: &App, user_id: Uuid, id: Uuid, place: &Place) -> Result<()> {
    let tx = app.db.begin_write().await?;
    ways_in::lock(app, &tx, user_id).await?;
    let is_required = factors::is_required_in(app, &tx, user_id).await?;
    let of_person = passkeys::Entity::find_by_id(id).filter(passkeys::Column::UserId.eq(user_id));
    let Some(row) = of_person.one(&tx).await? else { return Err(Error::NotFound("the passkey".to_owned())) };
    if passkeys::Entity::delete_by_id(id).exec(&tx).await?.rows_affected != 1 {
        return Err(Error::NotFound("the passkey".to_owned()));
    }
    if ways_in::of(app, &tx, user_id).await?.count() == 0 {
        return Err(Error::Conflict("the only way into an account cannot be removed".to_owned()));
    }
    let is_last = passkeys::Entity::find().filter(passkeys::Column::UserId.eq(user_id)).count(&tx).await? == 0;
    if is_last && !has_totp(&tx, user_id).await? {
        if is_required {
            return Err(Error::Conflict("the last second factor of who needs one cannot be removed".to_owned()));
        }
        recovery_codes::remove_all(app, &tx, user_id).await?;
        trusted_devices::forget_all(app, &tx, user_id).await?;
    }
    let about = events::About::user(user_id).with(json!({ "passkey": id, "name": row.name }));
    events::record(app, &tx, events::Kind::PasskeyRemoved, about).await?;
    notices::send(app, &tx, user_id, What::PasskeyRemoved, &row.name, Some(place)).await?;
    tx.commit().await?;
    Ok(())
}

fn checked_name(name: &str) -> Result<String> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("at most {NAME_MAX} characters, for example \"My phone\"")));
    }
    Ok(if name.is_empty() { "Passkey".to_owned() } else { name })
}
