//! The password. Unknown name, wrong password and disabled account get the same words, status and time.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use zeroize::Zeroizing;

use super::page::FieldError;
use crate::app::App;
use crate::domain::Error;
use crate::domain::credentials::{self, Outcome};
use crate::domain::events::About;
use crate::domain::names;
use crate::domain::sessions::Proof;
use crate::domain::users;
use crate::error::PageError;
use crate::session::{Browser, PageForm};

/// RFC 8176 §2: a password.
pub(super) const AMR: &str = "pwd";

/// Checks the form.
pub(super) async fn take(
    app: &App,
    browser: &Browser,
    form: &PageForm,
) -> Result<Result<Proof, FieldError>, PageError> {
    let username = form.get("username").map(str::trim).unwrap_or_default();
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    if username.is_empty() {
        return Ok(Err(wrong("username", "login-error-missing-username", StatusCode::UNPROCESSABLE_ENTITY)));
    }
    if password.is_empty() {
        return Ok(Err(wrong("password", "login-error-missing-password", StatusCode::UNPROCESSABLE_ENTITY)));
    }
    match credentials::prove(app, username, &password, browser.origin()).await {
        Ok(Outcome::Proved(user_id, known)) => Ok(Ok(Proof { password: Some(known), ..Proof::single(user_id, AMR) })),
        Ok(Outcome::Refused) => {
            metrics::counter!("doorward_sign_in_failures_total").increment(1);
            note_refusal(app, browser, username).await?;
            Ok(Err(wrong("form", "login-error-credentials", StatusCode::UNPROCESSABLE_ENTITY)))
        }
        Ok(Outcome::Throttled(wait_s)) => Ok(Err(throttled(wait_s))),
        Err(Error::Busy(wait_s)) => {
            let mut error = wrong("form", "login-error-busy", StatusCode::SERVICE_UNAVAILABLE);
            error.retry_after = Some(wait_s);
            Ok(Err(error))
        }
        Err(error) => Err(error.into()),
    }
}

/// The owner sees in the account that somebody tried. Known names and unknown ones are looked up alike.
async fn note_refusal(app: &App, browser: &Browser, username: &str) -> Result<(), PageError> {
    let key = names::canonical(username);
    let may_exist = key.len() <= 191 && !key.contains(char::is_control);
    let user_id = if may_exist { users::find_id(app.db.read(), &key).await? } else { None };
    if user_id.is_some() {
        let address = browser.address.map(|a| a.to_string());
        let about = About {
            user_id,
            client_id: None,
            reference: Some(browser.reference.to_string()),
            data: serde_json::json!({ "reason": "wrong-password", "address": address }),
        };
        app.refusals.note_attempt(about, app.clock.now_s());
    }
    Ok(())
}

fn throttled(wait_s: u64) -> FieldError {
    let mut error = wrong("form", "login-error-throttled", StatusCode::TOO_MANY_REQUESTS);
    error.args.insert("seconds", wait_s);
    error.retry_after = Some(wait_s);
    error
}

fn wrong(field: &'static str, key: &'static str, status: StatusCode) -> FieldError {
    FieldError { field, key, args: BTreeMap::new(), status, retry_after: None }
}
