//! `doorward user`: people. A person is named by user name, e-mail address or id.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Failure, input, output, user_import};
use crate::app::App;
use crate::domain::names;
use crate::domain::users::{self, NewUser, Person};
use crate::domain::{credentials, factors, imports, locks};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a person who signs in with a password.
    Add(Add),
    /// Bring people from another system, with the password hashes they had there: everybody of a file, or nobody.
    ///
    /// Argon2, bcrypt, scrypt and PBKDF2 are known; each is replaced by a new one when its owner signs in for the first time.
    Import(user_import::FromFile),
    /// List all people.
    List,
    /// Set a new password; every session and grant of the person ends.
    SetPassword(SetPassword),
    /// Lock a person out; every session and grant ends.
    Disable(Who),
    /// Let a person in again.
    Enable(Who),
    /// Open an account that "this was not me" has locked.
    Unlock(Who),
    /// Take every second factor of a person away, with recovery codes and trusted browsers; every session and grant ends.
    ///
    /// For who has lost them all: they sign in with what is left, and set up a new one where one is required.
    ResetMfa(Who),
    /// Remove a person with everything that is theirs.
    Remove(Who),
}

/// The person to create.
#[derive(Debug, Args)]
pub struct Add {
    /// The name to sign in with.
    #[arg(long, value_name = "NAME")]
    username: String,
    /// The e-mail address.
    #[arg(long, value_name = "ADDR")]
    email: String,
    /// The address is known to be theirs.
    #[arg(long)]
    email_verified: bool,
    /// The full name.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// They administer Doorward.
    #[arg(long)]
    admin: bool,
    /// Other standard claims (given_name, phone_number, address, …) as a JSON object.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Read the password from standard input: one line, whose end is left off.
    #[arg(long, required_unless_present = "password_hash_stdin")]
    password_stdin: bool,
    /// Read the hash that another system made of the password (Argon2, bcrypt, scrypt, PBKDF2) from standard input instead.
    #[arg(long, conflicts_with = "password_stdin")]
    password_hash_stdin: bool,
}

/// Whose password to set.
#[derive(Debug, Args)]
pub struct SetPassword {
    #[command(flatten)]
    who: Who,
    /// Read the password from standard input: one line, whose end is left off.
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// A person.
#[derive(Debug, Args)]
pub struct Who {
    /// The user name, e-mail address or id.
    #[arg(value_name = "PERSON")]
    who: String,
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::Add(new) => add(app, new, is_json).await,
        Command::Import(file) => user_import::run(app, file, is_json).await,
        Command::List => list(app, is_json).await,
        Command::SetPassword(set) => {
            let id = find(app, &set.who).await?;
            credentials::set_password(app, id, &input::secret_line("password")?).await?;
            told(app, id, is_json, "has a new password; sessions and grants have ended").await
        }
        Command::Disable(who) => {
            let id = find(app, who).await?;
            users::set_disabled(app, id, true).await?;
            told(app, id, is_json, "is locked out; sessions and grants have ended").await
        }
        Command::Enable(who) => {
            let id = find(app, who).await?;
            users::set_disabled(app, id, false).await?;
            told(app, id, is_json, "may sign in again").await
        }
        Command::Unlock(who) => {
            let id = find(app, who).await?;
            let was_locked = locks::unlock(app, id).await?;
            told(app, id, is_json, if was_locked { "is unlocked" } else { "was not locked" }).await
        }
        Command::ResetMfa(who) => {
            let id = find(app, who).await?;
            factors::reset(app, id).await?;
            told(app, id, is_json, "has no second factor any more; sessions and grants have ended").await
        }
        Command::Remove(who) => {
            let id = find(app, who).await?;
            let person = users::find(app, id).await?;
            users::remove(app, id).await?;
            let value = json!({ "id": id, "username": person.username, "removed": true });
            output::show(is_json, &value, &format!("{} is removed.", person.username));
            Ok(())
        }
    }
}

async fn add(app: &App, new: &Add, is_json: bool) -> Result<(), Failure> {
    let profile = match &new.profile {
        Some(file) if file == Path::new("-") => {
            return Err(Failure::Usage("--profile must be a file: standard input holds the password".to_owned()));
        }
        Some(file) => checked_profile(input::json_object(file)?)?,
        None => Map::new(),
    };
    let person = NewUser {
        username: new.username.clone(),
        email: new.email.clone(),
        is_email_verified: new.email_verified,
        name: new.name.clone(),
        is_admin: new.admin,
        password: Zeroizing::default(),
        profile,
        language: None,
    };
    let person = if new.password_hash_stdin {
        imports::create(app, &person, &input::secret_line("password_hash")?).await?
    } else {
        users::create(app, NewUser { password: input::secret_line("password")?, ..person }).await?
    };
    let value = json(app, &person).await?;
    let words = format!("{} can sign in now.\n\n{}", person.username, text(&value));
    output::show(is_json, &value, &words);
    Ok(())
}

/// Only standard claims, each of its own type (OpenID Connect Core §5.1).
fn checked_profile(mut profile: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    profile.retain(|_, value| !value.is_null());
    for (claim, value) in &profile {
        let elsewhere = match claim.as_str() {
            "name" => Some("--name"),
            "email" => Some("--email"),
            "email_verified" => Some("--email-verified"),
            _ => None,
        };
        if let Some(flag) = elsewhere {
            return Err(Failure::invalid(claim, format!("is given by {flag}; leave it out of the profile")));
        }
        imports::check_claim(claim, value).map_err(|reason| Failure::invalid(claim, reason))?;
    }
    Ok(profile)
}

async fn list(app: &App, is_json: bool) -> Result<(), Failure> {
    let mut all = Vec::new();
    for person in users::list(app).await? {
        all.push(json(app, &person).await?);
    }
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let words = if rows.is_empty() {
        "There is nobody yet. Create the first: doorward user add --username NAME --email ADDR --admin --password-stdin"
            .to_owned()
    } else {
        output::table(&["USERNAME", "NAME", "E-MAIL", "", "ID"], &rows)
    };
    output::show(is_json, &json!({ "users": all }), &words);
    Ok(())
}

fn row(person: &Value) -> Vec<String> {
    let text = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
    let marks = [("admin", "administrator"), ("disabled", "disabled"), ("locked", "locked")];
    let marks: Vec<&str> = marks.iter().filter(|(name, _)| person[*name] == true).map(|(_, mark)| *mark).collect();
    vec![text("username"), text("name"), text("email"), marks.join(", "), text("id")]
}

async fn told(app: &App, id: Uuid, is_json: bool, what: &str) -> Result<(), Failure> {
    let person = users::find(app, id).await?;
    output::show(is_json, &json(app, &person).await?, &format!("{} {what}.", person.username));
    Ok(())
}

async fn find(app: &App, Who { who }: &Who) -> Result<Uuid, Failure> {
    let id = match who.parse::<Uuid>() {
        Ok(id) => users::find_maybe(app, id).await?.map(|p| p.id),
        Err(_) => users::find_id(app.db.read(), &names::canonical(who)).await?,
    };
    id.ok_or_else(|| Failure::NotFound(format!("there is no person {who:?}; see `doorward user list`")))
}

async fn json(app: &App, person: &Person) -> Result<Value, Failure> {
    let groups = users::groups_of(app, person.id).await?;
    let (email, is_verified) = person.email.clone().unzip();
    Ok(json!({
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "email": email,
        "email_verified": is_verified,
        "admin": groups.iter().any(|g| g == users::ADMINISTRATORS),
        "groups": groups,
        "profile": person.profile,
        "disabled": person.is_disabled,
        "locked": person.is_locked,
        "updated_at": output::instant(person.updated_at),
    }))
}

fn text(person: &Value) -> String {
    let text = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
    let verified = if person["email_verified"] == true { " (verified)" } else { " (not verified)" };
    let mut rows = vec![
        ("id", text("id")),
        ("username", text("username")),
        ("name", text("name")),
        ("email", format!("{}{verified}", text("email"))),
        ("administrator", output::yes(person["admin"] == true)),
    ];
    let profile = person["profile"].as_object().into_iter().flatten();
    rows.extend(
        profile.map(|(claim, value)| (claim.as_str(), value.as_str().map_or(value.to_string(), str::to_owned))),
    );
    output::fields(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(value: Value) -> Result<Map<String, Value>, String> {
        checked_profile(serde_json::from_value(value).unwrap()).map_err(|f| f.words())
    }

    #[test]
    fn a_profile_holds_standard_claims_of_their_types() {
        let good = json!({
            "given_name": "Ada", "family_name#de": "Lovelace", "address": { "country": "GB" }, "phone_number_verified": true,
            "website": null,
        });
        assert_eq!(checked(good).unwrap().len(), 4);
        assert!(checked(json!({ "email": "x" })).unwrap_err().contains("--email"));
        assert!(checked(json!({ "address": "London" })).unwrap_err().contains("an object of texts"));
        assert!(checked(json!({ "address": { "locality": 5 } })).unwrap_err().contains("an object of texts"));
        for good in ["1990-04-01", "0000-02-29", "1990", ""] {
            assert!(checked(json!({ "birthdate": good })).is_ok(), "{good}");
        }
        for bad in ["1.4.1990", "1990-4-1", "1990-02-30", "1990-04-01T00:00", "+990-04-01", "90"] {
            assert!(checked(json!({ "birthdate": bad })).unwrap_err().contains("needs a date"), "{bad}");
        }
        assert!(checked(json!({ "given_name": 1 })).unwrap_err().contains("needs a string"));
        assert!(checked(json!({ "admin": true })).unwrap_err().contains("no standard claim"));
    }
}
