//! People: who they are, and whether they may come in.

use entity::{group_members, groups, user_emails, users};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Error, Result, credentials, events, grants, sessions, versions};
use crate::app::App;
use crate::platform::templates::Lang;

/// Members of this group administer Doorward.
pub const ADMINISTRATORS: &str = "admins";

/// The standard claims that a person's profile may hold besides name, user name and e-mail (OpenID Connect Core §5.1).
pub const PROFILE_CLAIMS: [&str; 15] = [
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
    "phone_number",
    "phone_number_verified",
    "preferred_username",
];

/// A person as claims and pages need them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id; `sub` where subjects are public.
    pub id: Uuid,
    /// The user name as written.
    pub username: String,
    /// The full name.
    pub name: Option<String>,
    /// Other standard claims.
    pub profile: Map<String, Value>,
    /// The primary address and whether it was proved.
    pub email: Option<(String, bool)>,
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// The language of pages and mail, where the person chose one.
    pub language: Option<String>,
    /// Whether the account may not be used: switched off by the operator, or locked.
    pub is_disabled: bool,
    /// Whether "this was not me" locked it; a new password by mail opens it again.
    pub is_locked: bool,
}

/// A person to create.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The user name.
    pub username: String,
    /// The address.
    pub email: String,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// The full name.
    pub name: Option<String>,
    /// Whether they administer Doorward.
    pub is_admin: bool,
    /// The password, hashed before the transaction.
    pub password: Zeroizing<String>,
    /// Other standard claims.
    pub profile: Map<String, Value>,
}

/// Creates a person with a password.
///
/// # Errors
/// [`Error::Invalid`], or [`Error::Conflict`] where name or address is taken.
pub async fn create(app: &App, new: NewUser) -> Result<Person> {
    let prepared = prepare(app, &new).await?;
    let tx = app.db.begin_write().await?;
    insert(app, &tx, &new, &prepared).await?;
    tx.commit().await?;
    find(app, prepared.id).await
}

/// What can be made ready before the transaction.
#[derive(Debug)]
pub struct Prepared {
    /// The new id.
    pub id: Uuid,
    username_key: String,
    email_key: String,
    phc: String,
}

/// Checks a new person and hashes the password, outside any transaction.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Busy`].
pub async fn prepare(app: &App, new: &NewUser) -> Result<Prepared> {
    let username_key = checked_username(&new.username)?;
    let email_key = checked_email(&new.email)?;
    if new.username.contains('@') && username_key != email_key {
        // One namespace: a name that looks like an address must be the person's own.
        return Err(Error::invalid("username", "a user name with @ must be the person's own e-mail address"));
    }
    if new.name.as_ref().is_some_and(|n| n.chars().count() > 200 || n.chars().any(char::is_control)) {
        return Err(Error::invalid("name", "at most 200 characters, no control characters"));
    }
    let phc = credentials::hash_new(app, &new.password).await?;
    Ok(Prepared { id: app.new_id()?, username_key, email_key, phc })
}

/// Writes a prepared person.
///
/// # Errors
/// [`Error::Conflict`] where name or address is taken.
pub async fn insert(app: &App, tx: &DatabaseTransaction, new: &NewUser, prepared: &Prepared) -> Result<()> {
    let now = app.clock.now_ms();
    let taken = |error: sea_orm::DbErr, what: &str| {
        if crate::db::is_unique_violation(&error) {
            Error::Conflict(format!("the {what} is taken already"))
        } else {
            error.into()
        }
    };
    // A user name may be someone's address and the other way round: look across.
    if find_id(tx, &prepared.username_key).await?.is_some() {
        return Err(Error::Conflict(format!("the user name {:?} is taken already", new.username)));
    }
    if find_id(tx, &prepared.email_key).await?.is_some() {
        return Err(Error::Conflict(format!("the e-mail address {:?} is taken already", new.email)));
    }
    let row = users::ActiveModel {
        id: Set(prepared.id),
        username: Set(new.username.trim().to_owned()),
        username_key: Set(prepared.username_key.clone()),
        name: Set(new.name.clone()),
        profile: Set(Value::Object(new.profile.clone()).to_string()),
        created_at: Set(now),
        updated_at: Set(now),
        disabled_at: Set(None),
        locked_at: Set(None),
        language: Set(None),
    };
    users::Entity::insert(row).exec_without_returning(tx).await.map_err(|e| taken(e, "user name"))?;
    let email = user_emails::ActiveModel {
        id: Set(app.new_id()?),
        user_id: Set(prepared.id),
        address: Set(new.email.trim().to_owned()),
        address_key: Set(prepared.email_key.clone()),
        is_primary: Set(true),
        verified_at: Set(new.is_email_verified.then_some(now)),
        created_at: Set(now),
    };
    user_emails::Entity::insert(email).exec_without_returning(tx).await.map_err(|e| taken(e, "e-mail address"))?;
    credentials::insert(app, tx, prepared.id, &prepared.phc).await?;
    if new.is_admin {
        join(app, tx, prepared.id, ADMINISTRATORS).await?;
    }
    events::record(app, tx, events::Kind::UserCreated, events::About::user(prepared.id)).await
}

/// Puts a person into a group, which is made where it is missing.
///
/// # Errors
/// Of the database.
pub async fn join(app: &App, tx: &DatabaseTransaction, user_id: Uuid, group: &str) -> Result<()> {
    let now = app.clock.now_ms();
    let found = groups::Entity::find().filter(groups::Column::Name.eq(group)).one(tx).await?;
    let group_id = match found {
        Some(found) => found.id,
        None => {
            let id = app.new_id()?;
            let row = groups::ActiveModel { id: Set(id), name: Set(group.to_owned()), created_at: Set(now) };
            groups::Entity::insert(row).exec_without_returning(tx).await?;
            id
        }
    };
    let member = group_members::ActiveModel { group_id: Set(group_id), user_id: Set(user_id), created_at: Set(now) };
    group_members::Entity::insert(member).exec_without_returning(tx).await?;
    Ok(())
}

/// The groups of a person, sorted.
///
/// # Errors
/// Of the database.
pub async fn groups_of(app: &App, user_id: Uuid) -> Result<Vec<String>> {
    let rows = app
        .db
        .read()
        .query_all_raw(app.db.stmt(
            "SELECT g.name FROM group_members m JOIN groups_ g ON g.id = m.group_id WHERE m.user_id = ? ORDER BY g.name"
                .replace("groups_", group_table(app))
                .as_str(),
            [user_id.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get("", "name").map_err(Error::from)).collect()
}

/// `groups` is a reserved word of MySQL.
pub(super) fn group_table(app: &App) -> &'static str {
    match app.db.backend() {
        sea_orm::DbBackend::MySql => "`groups`",
        _ => "\"groups\"",
    }
}

/// One person.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, id: Uuid) -> Result<Person> {
    find_maybe(app, id).await?.ok_or_else(|| Error::NotFound(format!("the person {id}")))
}

/// One person, or none.
///
/// # Errors
/// Of the database.
pub async fn find_maybe(app: &App, id: Uuid) -> Result<Option<Person>> {
    let row =
        app.db.one(&format!("SELECT {PERSON_COLUMNS} FROM users u {PERSON_JOIN} WHERE u.id = ?"), [id.into()]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The columns that [`from_row`] reads; `u` is the person.
pub const PERSON_COLUMNS: &str = "u.id AS u_id, u.username AS u_username, u.name AS u_name, u.profile AS u_profile, \
     u.updated_at AS u_updated_at, u.disabled_at AS u_disabled_at, \
     u.locked_at AS u_locked_at, u.language AS u_language, e.address AS e_address, e.verified_at AS e_verified_at";

/// The join that [`PERSON_COLUMNS`] needs.
pub const PERSON_JOIN: &str = "LEFT JOIN user_emails e ON e.user_id = u.id AND e.is_primary";

/// Reads a person from a row with [`PERSON_COLUMNS`].
///
/// # Errors
/// Where a column is missing or damaged.
pub fn from_row(row: &sea_orm::QueryResult) -> Result<Person> {
    let profile: String = row.try_get("", "u_profile")?;
    let address: Option<String> = row.try_get("", "e_address")?;
    let verified_at: Option<i64> = row.try_get("", "e_verified_at")?;
    let disabled_at: Option<i64> = row.try_get("", "u_disabled_at")?;
    let locked_at: Option<i64> = row.try_get("", "u_locked_at")?;
    Ok(Person {
        id: row.try_get("", "u_id")?,
        username: row.try_get("", "u_username")?,
        name: row.try_get("", "u_name")?,
        profile: serde_json::from_str(&profile).map_err(Error::internal)?,
        email: address.map(|a| (a, verified_at.is_some())),
        updated_at: row.try_get("", "u_updated_at")?,
        language: row.try_get("", "u_language")?,
        is_disabled: disabled_at.is_some() || locked_at.is_some(),
        is_locked: locked_at.is_some(),
    })
}

/// The id behind a user name or an e-mail address in canonical form.
///
/// # Errors
/// Of the database.
pub async fn find_id<C: ConnectionTrait>(connection: &C, key: &str) -> Result<Option<Uuid>> {
    if let Some(user) = users::Entity::find().filter(users::Column::UsernameKey.eq(key)).one(connection).await? {
        return Ok(Some(user.id));
    }
    let email = user_emails::Entity::find().filter(user_emails::Column::AddressKey.eq(key)).one(connection).await?;
    Ok(email.map(|e| e.user_id))
}

/// How to write to a person: the name, the language, and every proved address.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn mail_facts<C: ConnectionTrait>(app: &App, tx: &C, id: Uuid) -> Result<(String, Lang, Vec<String>)> {
    let user = users::Entity::find_by_id(id).one(tx).await?;
    let user = user.ok_or_else(|| Error::NotFound(format!("the person {id}")))?;
    let lang = user.language.as_deref().and_then(Lang::lookup);
    let addresses = user_emails::Entity::find()
        .filter(user_emails::Column::UserId.eq(id))
        .filter(user_emails::Column::VerifiedAt.is_not_null())
        .all(tx)
        .await?;
    let lang = lang.unwrap_or_else(|| Lang::lookup(&app.config.ui.default_language).unwrap_or_default());
    Ok((user.name.unwrap_or(user.username), lang, addresses.into_iter().map(|e| e.address).collect()))
}

/// All people by user name.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App) -> Result<Vec<Person>> {
    let ids = users::Entity::find().order_by_asc(users::Column::UsernameKey).all(app.db.read()).await?;
    let mut people = Vec::with_capacity(ids.len());
    for user in ids {
        if let Some(person) = find_maybe(app, user.id).await? {
            people.push(person);
        }
    }
    Ok(people)
}

/// Switches an account off or on. Switching it off ends every session and grant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_disabled(app: &App, id: Uuid, is_disabled: bool) -> Result<()> {
    find(app, id).await?;
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let row = users::ActiveModel {
        id: Set(id),
        disabled_at: Set(is_disabled.then_some(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    row.update(&tx).await?;
    let kind = if is_disabled { events::Kind::UserDisabled } else { events::Kind::UserEnabled };
    if is_disabled {
        sessions::end_of_user(app, &tx, id).await?;
        grants::revoke_of_user(app, &tx, id, "user_disabled").await?;
    }
    events::record(app, &tx, kind, events::About::user(id)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// Removes a person with everything that is theirs; the events stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, id: Uuid) -> Result<()> {
    let tx = app.db.begin_write().await?;
    if users::Entity::delete_by_id(id).exec(&tx).await?.rows_affected == 0 {
        return Err(Error::NotFound(format!("the person {id}")));
    }
    events::record(app, &tx, events::Kind::UserRemoved, events::About::user(id)).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// The form in which names are compared: NFKC, lower case.
#[must_use]
pub fn canonical(name: &str) -> String {
    name.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn checked_username(name: &str) -> Result<String> {
    let key = canonical(name);
    let count = key.chars().count();
    if !(1..=100).contains(&count) || key.len() > 191 {
        return Err(Error::invalid("username", "1 to 100 characters, for example \"alice\""));
    }
    if key.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | ',' | ';' | ':'))
    {
        return Err(Error::invalid("username", "letters, digits and . _ - + @ only, for example \"alice.b\""));
    }
    if key.parse::<Uuid>().is_ok() {
        return Err(Error::invalid("username", "must not look like an id"));
    }
    Ok(key)
}

fn checked_email(address: &str) -> Result<String> {
    let bad = || Error::invalid("email", format!("{address:?} is not an e-mail address like \"alice@example.com\""));
    let key = canonical(address);
    let (local, domain) = key.split_once('@').ok_or_else(bad)?;
    let plain =
        |text: &str| text.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"\"(),:;<>[\\]@".contains(c));
    let domain_fits = !domain.is_empty()
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
        && plain(domain);
    if local.is_empty() || local.len() > 64 || key.len() > 191 || !plain(local) || !domain_fits {
        return Err(bad());
    }
    Ok(key)
}
