//! People: who they are, and whether they may come in.

use entity::{group_members, groups, user_emails, users};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::names::{Fault, canonical, checked_email, checked_name, checked_username};
use super::{Error, Result, action_tokens, credentials, events, grants, sessions, versions};
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
    /// The language of pages and mail, where it is known.
    pub language: Option<Lang>,
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
    phc: Option<String>,
}

/// Everything that is wrong with a new person but the password; at most one for each field.
#[must_use]
pub fn faults(new: &NewUser) -> Vec<Fault> {
    let email = checked_email(&new.email);
    let mut username = checked_username(&new.username);
    if username.as_ref().is_ok_and(|key| key.contains('@')) && username.as_ref().ok() != email.as_ref().ok() {
        // One namespace: a name that is an address, in whatever letters it was written, must be the person's own.
        let reason = "a user name with @ must be the person's own e-mail address";
        username = Err(Fault::new("username", "address", reason));
    }
    let name = new.name.as_deref().map_or(Ok(()), checked_name);
    [email.err(), username.err(), name.err()].into_iter().flatten().collect()
}

/// Checks a new person and hashes the password, outside any transaction.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Busy`].
pub async fn prepare(app: &App, new: &NewUser) -> Result<Prepared> {
    let ready = prepare_hashed(app, new, None)?;
    let phc = credentials::hash_new(app, &new.password).await?;
    Ok(Prepared { phc: Some(phc), ..ready })
}

/// Checks a new person whose password was hashed before, or who has none and signs in otherwise.
///
/// # Errors
/// [`Error::Invalid`].
pub fn prepare_hashed(app: &App, new: &NewUser, phc: Option<String>) -> Result<Prepared> {
    if let Some(fault) = faults(new).into_iter().next() {
        return Err(fault.into());
    }
    Ok(Prepared { id: app.new_id()?, username_key: canonical(&new.username), email_key: canonical(&new.email), phc })
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
        language: Set(new.language.map(|lang| lang.as_str().to_owned())),
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
    if let Some(phc) = &prepared.phc {
        credentials::insert(app, tx, prepared.id, phc).await?;
    }
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
    if group == ADMINISTRATORS {
        super::administrators::close(app, tx).await?;
    }
    let now = app.clock.now_ms();
    let find = || groups::Entity::find().filter(groups::Column::Name.eq(group));
    let group_id = match find().one(tx).await? {
        Some(found) => found.id,
        None => {
            // Another may make it at this moment: whose row it is does not matter.
            let table = group_table(app);
            let sql = match app.db.backend() {
                sea_orm::DbBackend::MySql => {
                    format!("INSERT IGNORE INTO {table} (id, name, created_at) VALUES (?, ?, ?)")
                }
                _ => {
                    format!("INSERT INTO {table} (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING")
                }
            };
            let values = [app.new_id()?.into(), group.into(), now.into()];
            crate::db::run(tx, app.db.stmt(&sql, values)).await?;
            // Locked, so that MySQL reads what is there now and not what was there when the transaction began.
            let found = match app.db.backend() {
                sea_orm::DbBackend::MySql => find().lock_shared().one(tx).await?,
                _ => find().one(tx).await?,
            };
            found.ok_or_else(|| Error::internal("a group that was just made is not there"))?.id
        }
    };
    let member = group_members::ActiveModel { group_id: Set(group_id), user_id: Set(user_id), created_at: Set(now) };
    group_members::Entity::insert(member).exec_without_returning(tx).await?;
    Ok(())
}

/// A user name that is free, for who has not chosen one: one of `wanted` that will do, else what stands before the `@` of the address; with a
/// number where it is taken.
///
/// # Errors
/// Of the database.
pub async fn free_username(
    app: &App,
    tx: &DatabaseTransaction,
    wanted: Option<&str>,
    email_key: &str,
) -> Result<String> {
    let local = email_key.split('@').next().unwrap_or_default();
    let will_do = |name: &&str| checked_username(name).is_ok_and(|key| !key.contains('@'));
    let stem: String =
        wanted.filter(will_do).or(Some(local).filter(will_do)).unwrap_or("user").chars().take(80).collect();
    for number in 1..10 {
        let name = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        if find_id(tx, &canonical(&name)).await?.is_none() {
            return Ok(name);
        }
    }
    let random: String = app.random.bytes::<4>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{stem}-{random}"))
}

/// The groups of a person, sorted.
///
/// # Errors
/// Of the database.
pub async fn groups_of(app: &App, user_id: Uuid) -> Result<Vec<String>> {
    groups_in(app, app.db.read(), user_id).await
}

/// As [`groups_of`], as a transaction sees it.
///
/// # Errors
/// Of the database.
pub async fn groups_in<C: ConnectionTrait>(app: &App, tx: &C, user_id: Uuid) -> Result<Vec<String>> {
    let rows = tx
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

/// Holds a person until the transaction ends: what is read and written of them after this is one step, on every database.
///
/// # Errors
/// Of the database.
pub async fn hold(app: &App, tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    crate::db::run(tx, app.db.stmt("UPDATE users SET updated_at = updated_at WHERE id = ?", [id.into()])).await?;
    Ok(())
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
        // What waits in mails too: an address that a stranger asked for must not become a way in when the account is opened again.
        action_tokens::end_of_user(app, &tx, id).await?;
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
    remove_in(app, &tx, id).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    Ok(())
}

/// The same in the caller's transaction, which also raises the version.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn remove_in(app: &App, tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    // These do not go with the person by themselves.
    for sql in [
        "DELETE FROM action_tokens WHERE user_id = ?",
        "DELETE FROM outbox WHERE user_id = ?",
        "UPDATE invitations SET used_by = NULL, email = NULL WHERE used_by = ?",
        "UPDATE invitations SET created_by = NULL WHERE created_by = ?",
        // The events stay under a number; names, and accounts elsewhere, go.
        "UPDATE events SET data = '{}' WHERE user_id = ?",
    ] {
        crate::db::run(tx, app.db.stmt(sql, [id.into()])).await?;
    }
    if users::Entity::delete_by_id(id).exec(tx).await?.rows_affected == 0 {
        return Err(Error::NotFound(format!("the person {id}")));
    }
    events::record(app, tx, events::Kind::UserRemoved, events::About::user(id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_as_a_name_is_the_persons_own_in_whatever_letters() {
        let new = |username: &str| NewUser {
            username: username.to_owned(),
            email: "mallory@attacker.test".to_owned(),
            ..NewUser::default()
        };
        for name in ["victim@corp.test", "victim\u{ff20}corp.test", "victim\u{fe6b}corp.test"] {
            assert_eq!(faults(&new(name)).first().map(|f| f.field), Some("username"), "{name}");
        }
        assert!(faults(&new("Mallory\u{ff20}attacker.test")).is_empty());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let new =
            NewUser { username: "a b".into(), email: "x".into(), name: Some("\u{7}".into()), ..NewUser::default() };
        let fields: Vec<_> = faults(&new).into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["email", "username", "name"]);
        let theirs =
            NewUser { username: "bob@example.com".into(), email: "alice@example.com".into(), ..NewUser::default() };
        assert_eq!(faults(&theirs)[0].code, "address");
        let own =
            NewUser { username: "Alice@example.com".into(), email: "alice@example.com".into(), ..NewUser::default() };
        assert_eq!(faults(&own), []);
    }
}
