//! People: who they are, and whether they may come in.

use entity::{group_members, groups, user_emails, users};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_security::GeneralSecurityProfile;
use unicode_security::restriction_level::{RestrictionLevel, RestrictionLevelDetection};
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

/// A field of a person that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `username`, `email` or `name`.
    pub field: &'static str,
    /// Why, as a code that does not change.
    pub code: &'static str,
    /// Why, and what would do, in words.
    pub reason: String,
}

impl Fault {
    fn new(field: &'static str, code: &'static str, reason: impl Into<String>) -> Self {
        Self { field, code, reason: reason.into() }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault.field, fault.reason)
    }
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

/// The form in which names are compared: NFKC, case folded.
#[must_use]
pub fn canonical(name: &str) -> String {
    // Through upper case, as ß and ss are one, and so are ς and σ.
    let folded = |c: char| c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let name: String = name.nfkc().flat_map(folded).nfkc().collect();
    name.trim().to_owned()
}

/// The canonical form of a user name that may be given to somebody.
///
/// # Errors
/// Why it may not.
pub fn checked_username(name: &str) -> std::result::Result<String, Fault> {
    let key = canonical(name);
    let count = key.chars().count();
    if !(1..=100).contains(&count) || key.len() > 191 {
        return Err(Fault::new("username", "length", "1 to 100 characters, for example \"alice\""));
    }
    if !key.chars().all(is_name_char) {
        let reason = "letters, digits and . _ - + @ only, for example \"alice.b\"";
        return Err(Fault::new("username", "characters", reason));
    }
    if !is_of_one_script(&key) {
        return Err(Fault::new("username", "scripts", "letters of one script only: some look alike in several"));
    }
    if key.parse::<Uuid>().is_ok() {
        return Err(Fault::new("username", "id", "must not look like an id"));
    }
    Ok(key)
}

/// The canonical form of an address that may be given to somebody.
///
/// # Errors
/// Why it may not.
pub fn checked_email(address: &str) -> std::result::Result<String, Fault> {
    let bad =
        || Fault::new("email", "form", format!("{address:?} is not an e-mail address like \"alice@example.com\""));
    let address = address.trim();
    let key = canonical(address);
    let (local, domain) = key.split_once('@').ok_or_else(bad)?;
    let plain =
        |text: &str| text.chars().all(|c| is_name_char(c) && c != '@' && c != '(' && c != ')' && c != '[' && c != ']');
    let is_domain = domain.split('.').all(|label| {
        let ends = [label.chars().next(), label.chars().next_back()];
        ends.iter().all(|c| c.is_some_and(char::is_alphanumeric))
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    let is_local = !local.is_empty() && local.len() <= 64 && plain(local) && !format!(".{local}.").contains("..");
    // Mail goes to the address as it is written: it must not be another one than the name that it is known by.
    let is_itself = address.nfkc().eq(address.chars()) && address.to_lowercase() == key;
    let is_mailable = crate::mail::is_address(address);
    if !is_local || !is_domain || key.len() > 191 || !is_itself || !is_of_one_script(local) || !is_mailable {
        return Err(bad());
    }
    Ok(key)
}

/// The domain of an address in canonical form: what stands after its only `@`.
#[must_use]
pub fn domain_of(email_key: &str) -> &str {
    email_key.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn checked_name(name: &str) -> std::result::Result<(), Fault> {
    // Marks that turn the direction of writing would turn what stands beside the name.
    let is_bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.chars().count() > 200 || name.chars().any(is_bad) {
        return Err(Fault::new("name", "form", "at most 200 characters, no control characters"));
    }
    Ok(())
}

/// What a user name may hold: of ASCII what addresses are made of, of the rest what UTS 39 allows in identifiers, so nothing that is not
/// seen.
fn is_name_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | ',' | ';' | ':');
    }
    c.identifier_allowed()
}

/// UTS 39 §5.2, "highly restrictive": letters of one script, or of those that are written together in Chinese, Japanese and Korean. So a
/// Cyrillic letter does not pass for the Latin one that looks like it.
fn is_of_one_script(key: &str) -> bool {
    let letters: String = key.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric()).collect();
    letters.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive)
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
    fn spellings_of_a_name_are_one() {
        for (one, other) in
            [("Alice", " ALICE "), ("\u{ff21}lice", "alice"), ("Strauß", "STRAUSS"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
        {
            assert_eq!(canonical(one), canonical(other));
        }
        for name in ["ŉ", "İ", "ﬁ", "ΐ", "ẞ", "K", "ǰ", "ᾳ", "Ω", "ﷺ"] {
            assert_eq!(canonical(&canonical(name)), canonical(name), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_name_stays_as_it_is(name in "\\PC{0,12}") {
            proptest::prop_assert_eq!(canonical(&canonical(&name)), canonical(&name));
        }
    }

    #[test]
    fn names_that_look_like_others_are_refused() {
        for good in [
            "alice",
            "Zoë",
            "алиса",
            "αλίκη",
            "山田taro",
            "김철수",
            "a.b-c_d+e",
            "alice@example.com",
            "alíce",
            "user#1",
        ] {
            assert!(checked_username(good).is_ok(), "{good}");
        }
        let code = |name: &str| checked_username(name).map_err(|f| f.code);
        for mixed in ["\u{430}lice", "ali\u{441}e", "\u{3b1}lice", "al\u{131}ce\u{430}", "ра\u{443}pal"] {
            assert_eq!(code(mixed), Err("scripts"), "{mixed}");
        }
        for unseen in [
            "al\u{200b}ice",
            "al\u{ad}ice",
            "\u{202e}ecila",
            "al\u{fe0f}ice",
            "a\u{0}",
            "a b",
            "a\u{2028}b",
            "a<b>",
            "a;b",
        ] {
            assert_eq!(code(unseen), Err("characters"), "{unseen:?}");
        }
        assert_eq!(code(" "), Err("length"));
        assert_eq!(code(&"x".repeat(101)), Err("length"));
        assert_eq!(code("01234567-89ab-7def-8123-456789abcdef"), Err("id"));
    }

    #[test]
    fn an_address_is_what_it_looks_like() {
        for good in [
            "alice@example.com",
            " Alice@Example.COM ",
            "a.b+c@sub.example.co",
            "anna@müller.example",
            "root@localhost",
        ] {
            assert!(checked_email(good).is_ok(), "{good}");
        }
        for bad in [
            "alice",
            "@example.com",
            "alice@",
            "a@b@c.example",
            "a@evil.example@good.example",
            "a@good.example\r\nBcc: x@y.example",
            "a b@c.example",
            "a@c..example",
            "a@.example",
            "a@example.",
            "a@-c.example",
            "\"a\"@c.example",
            "<a@c.example>",
            "a,b@c.example",
            "a@[127.0.0.1]",
            "a@c.example>",
            "m\u{131}ke@example.com",
            "mi\u{212a}e@example.com",
            "\u{ff21}lice@example.com",
            ".a@c.example",
            "a..b@c.example",
            "\u{430}lice@example.com",
            "a@c.example\u{200b}",
            "a@c_d.example",
            "a@c/d.example",
        ] {
            assert!(checked_email(bad).is_err(), "{bad:?}");
        }
        assert!(checked_email(&format!("{}@c.example", "x".repeat(65))).is_err());
        assert_eq!(domain_of("alice@example.com"), "example.com");
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
