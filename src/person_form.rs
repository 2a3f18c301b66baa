//! The fields of a form that makes an account, the first administrator's and everybody's: all that is wrong with them at once, in words for
//! the page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::names::Fault;
use crate::domain::users::{self, NewUser};
use crate::domain::{Result, passwords};

/// What is wrong, by field: the key of a message and its arguments.
pub type FieldErrors = BTreeMap<&'static str, Value>;

/// Everything that is wrong with what was typed; with the password too where one `needs` to be chosen.
///
/// # Errors
/// [`crate::domain::Error::Busy`].
pub async fn check(app: &App, new: &NewUser, needs_password: bool) -> Result<FieldErrors> {
    let mut errors: FieldErrors = users::faults(new).iter().map(|fault| (fault.field, words(fault))).collect();
    if needs_password {
        let hints = [new.username.as_str(), new.name.as_deref().unwrap_or_default(), new.email.as_str()];
        if let Err(weak) = passwords::check_new(app, &new.password, &hints).await? {
            errors.insert("password", json!({ "key": weak.key(), "args": weak.args() }));
        }
    }
    Ok(errors)
}

/// The message of a fault.
#[must_use]
pub fn words(fault: &Fault) -> Value {
    message(&format!("field-error-{}-{}", fault.field, fault.code))
}

/// A message without arguments.
#[must_use]
pub fn message(key: &str) -> Value {
    json!({ "key": key, "args": {} })
}
