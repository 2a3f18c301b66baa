//! Who is meant by what a stranger typed, and where mail to them may go: only ever to an address that is stored with the account.
//!
//! Whether somebody is found or not, the same statements run.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Result;
use crate::app::App;
use crate::platform::templates::Lang;

/// An account that may be written to.
#[derive(Debug, Clone)]
pub struct Account {
    /// The person.
    pub id: Uuid,
    /// The name to address them by.
    pub name: String,
    /// The language they chose.
    pub language: Option<Lang>,
    /// Switched off by the operator: nothing is sent.
    pub is_disabled: bool,
    /// Locked by "this was not me".
    pub is_locked: bool,
    addresses: Vec<Address>,
}

#[derive(Debug, Clone)]
struct Address {
    text: String,
    key: String,
    is_primary: bool,
    is_verified: bool,
}

impl Account {
    /// Where a new password may be sent to whoever typed `key`: that address, where the account has proved it; the primary one, where it
    /// was the user name.
    #[must_use]
    pub fn proved_address(&self, key: &str) -> Option<&str> {
        self.address(key).filter(|a| a.is_verified).map(|a| a.text.as_str())
    }

    /// The same for a mail that itself proves the address: the primary one need not be proved before.
    #[must_use]
    pub fn sign_in_address(&self, key: &str) -> Option<&str> {
        self.address(key).filter(|a| a.is_verified || a.is_primary).map(|a| a.text.as_str())
    }

    fn address(&self, key: &str) -> Option<&Address> {
        let typed = self.addresses.iter().find(|a| a.key == key);
        typed.or_else(|| self.addresses.iter().find(|a| a.is_primary))
    }
}

/// The account behind a user name or an address in canonical form. What is too long to exist, or holds control characters, is nobody's:
/// nothing is cut off, as attempts and mails are counted on the whole of it.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, key: &str) -> Result<Option<Account>> {
    // Looked up all the same, as a name that nobody has.
    let key = if key.len() <= 191 && !key.contains(char::is_control) { key } else { "" };
    let sql = "SELECT id FROM users WHERE username_key = ? UNION SELECT user_id FROM user_emails WHERE address_key = ?";
    let id = app.db.one(sql, [key.into(), key.into()]).await?;
    let id: Option<Uuid> = id.map(|row| row.try_get("", "id")).transpose()?;
    // Nobody is looked up as often as somebody.
    of(app, app.db.read(), id.unwrap_or_default()).await
}

/// The account of a person.
///
/// # Errors
/// Of the database.
pub async fn of<C: ConnectionTrait>(app: &App, connection: &C, id: Uuid) -> Result<Option<Account>> {
    let sql = "SELECT u.username, u.name, u.language, u.disabled_at, u.locked_at, \
               e.address, e.address_key, e.is_primary, e.verified_at \
               FROM users u LEFT JOIN user_emails e ON e.user_id = u.id WHERE u.id = ? ORDER BY e.created_at, e.id";
    let rows = connection.query_all_raw(app.db.stmt(sql, [id.into()])).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let name: Option<String> = first.try_get("", "name")?;
    let username: String = first.try_get("", "username")?;
    let language: Option<String> = first.try_get("", "language")?;
    let mut addresses = Vec::new();
    for row in &rows {
        let Some(text) = row.try_get::<Option<String>>("", "address")? else { continue };
        addresses.push(Address {
            text,
            key: row.try_get("", "address_key")?,
            is_primary: row.try_get("", "is_primary")?,
            is_verified: row.try_get::<Option<i64>>("", "verified_at")?.is_some(),
        });
    }
    Ok(Some(Account {
        id,
        name: name.unwrap_or(username),
        language: language.as_deref().and_then(Lang::lookup),
        is_disabled: first.try_get::<Option<i64>>("", "disabled_at")?.is_some(),
        is_locked: first.try_get::<Option<i64>>("", "locked_at")?.is_some(),
        addresses,
    }))
}
