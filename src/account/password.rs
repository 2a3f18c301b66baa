//! `GET` and `POST /account/password`: sets or changes the password. Who has not signed in lately gives the current one.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{FieldNote, Signed, saved};
use crate::app::App;
use crate::domain::credentials::{self, Ends, Outcome};
use crate::domain::{Error, passwords};
use crate::error::PageError;
use crate::page;
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    has_password: bool,
    /// Whether the current one is asked for.
    asks_current: bool,
    min: u32,
    username: String,
    errors: BTreeMap<&'static str, FieldNote>,
}

/// Shows the form.
///
/// # Errors
/// Where passwords are not used here.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let has_password = check(&app, &signed).await?;
    if let Some(away) = first(&app, &signed, has_password).await? {
        return Ok(away);
    }
    show(&app, &signed, has_password, BTreeMap::new(), StatusCode::OK)
}

/// Takes the new password.
///
/// # Errors
/// Where the form is not ours.
pub(super) async fn post(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    let has_password = check(&app, &signed).await?;
    signed.check(&app, &form)?;
    if let Some(away) = first(&app, &signed, has_password).await? {
        return Ok(away);
    }
    let wrong = |field, note| {
        show(&app, &signed, has_password, BTreeMap::from([(field, note)]), StatusCode::UNPROCESSABLE_ENTITY)
    };
    let value = |name: &str| Zeroizing::new(form.get(name).unwrap_or_default().to_owned());
    if !signed.is_fresh {
        let current = value("current");
        if current.is_empty() {
            return wrong("current", FieldNote::plain("account-password-error-current-missing"));
        }
        match credentials::prove(&app, &signed.person().username, &current, signed.browser.origin()).await? {
            Outcome::Proved(id, _) if id == signed.person().id => {}
            Outcome::Proved(..) | Outcome::Refused => {
                return wrong("current", FieldNote::plain("account-password-error-current"));
            }
            Outcome::Throttled(seconds) => {
                let note = FieldNote::new("login-error-throttled", BTreeMap::from([("seconds", seconds)]));
                let errors = BTreeMap::from([("current", note)]);
                return show(&app, &signed, has_password, errors, StatusCode::TOO_MANY_REQUESTS);
            }
        }
    }
    let ends = if form.get("end_others").is_some() { Ends::AllBut(signed.session.id) } else { Ends::None };
    let place = signed.browser.place();
    match credentials::change(&app, signed.person(), signed.session.id, &value("password"), ends, &place).await {
        Ok(Ok(())) => Ok(saved(&app, urls::ACCOUNT_PASSWORD, "password")),
        Ok(Err(weak)) => wrong("password", FieldNote::new(weak.key(), weak.args())),
        // Signed out meanwhile: the page asks who is there.
        Err(Error::Conflict(_)) => Ok(page::see_other(&app.urls.local(urls::ACCOUNT_PASSWORD))),
        Err(error) => Err(error.into()),
    }
}

/// What has to be shown before: the second factor; and without a password to prove it with, a recent sign-in.
async fn first(app: &App, signed: &Signed, has_password: bool) -> Result<Option<Response>, PageError> {
    if has_password { signed.factor(app).await } else { signed.fresh(app).await }
}

/// Whether there is a password to change.
async fn check(app: &App, signed: &Signed) -> Result<bool, PageError> {
    if !app.config.login.password {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    }
    let sql = "SELECT 1 AS found FROM password_credentials WHERE user_id = ?";
    Ok(app.db.one(sql, [signed.person().id.into()]).await.map_err(Error::from)?.is_some())
}

fn show(
    app: &App,
    signed: &Signed,
    has_password: bool,
    errors: BTreeMap<&'static str, FieldNote>,
    status: StatusCode,
) -> Result<Response, PageError> {
    let context = Context {
        has_password,
        asks_current: !signed.is_fresh,
        min: passwords::min_length(app),
        username: signed.person().username.clone(),
        errors,
    };
    super::render_with(app, signed, "account/password.html", status, &context)
}
