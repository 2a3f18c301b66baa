//! `GET` and `POST /setup`: the first administrator. The link is printed once by the first start of `serve`; it works once, in one
//! transaction, and is never opened again, even when every administrator is removed.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::app::App;
use crate::domain::Error;
use crate::domain::administrators::{self, Setup};
use crate::domain::passwords;
use crate::domain::users::NewUser;
use crate::error::PageError;
use crate::page::{self, Page};
use crate::person_form::{self, FieldErrors, message};
use crate::session::{Browser, PageForm};

#[derive(Serialize)]
struct Context<'a> {
    token: &'a str,
    csrf: String,
    values: BTreeMap<&'static str, &'a str>,
    errors: FieldErrors,
    password_min: u32,
}

#[derive(Serialize)]
struct Done<'a> {
    username: &'a str,
}

/// Shows the form; the link is not used up by looking.
///
/// # Errors
/// Where the link is not valid or was used.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let token = query.get("token").map_or("", String::as_str);
    check(administrators::look(&app, token).await?)?;
    show(&app, &browser, token, BTreeMap::new(), FieldErrors::new())
}

/// Creates the administrator.
///
/// # Errors
/// Where the link is not valid or was used, or the form is not ours.
pub async fn post(State(app): State<App>, browser: Browser, form: PageForm) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let token = form.get("token").unwrap_or_default();
    check(administrators::look(&app, token).await?)?;
    let field = |name| form.get(name).map(str::trim).unwrap_or_default();
    let new = NewUser {
        username: field("username").to_owned(),
        email: field("email").to_owned(),
        is_email_verified: true,
        name: Some(field("name").to_owned()).filter(|n| !n.is_empty()),
        is_admin: true,
        password: Zeroizing::new(form.get("password").unwrap_or_default().to_owned()),
        ..NewUser::default()
    };
    let errors = person_form::check(&app, &new, true).await?;
    if !errors.is_empty() {
        let values = ["email", "username", "name"].into_iter().map(|n| (n, field(n))).collect();
        return show(&app, &browser, token, values, errors);
    }
    match administrators::create_first(&app, token, new).await {
        Ok(Ok(())) => {
            page::render(&app, &browser, &Page::new("setup_done.html"), &Done { username: field("username") })
        }
        Ok(Err(refused)) => Err(check(refused).err().unwrap_or_else(|| PageError::bad_request("setup-used"))),
        Err(Error::Conflict(_)) => {
            let values = ["email", "username", "name"].into_iter().map(|n| (n, field(n))).collect();
            let errors = FieldErrors::from([("form", message("setup-error-taken"))]);
            show(&app, &browser, token, values, errors)
        }
        Err(error) => Err(error.into()),
    }
}

fn check(setup: Setup) -> Result<(), PageError> {
    match setup {
        Setup::Open => Ok(()),
        Setup::Used => Err(PageError::new(StatusCode::GONE, "setup-used")),
        Setup::Unknown => Err(PageError::bad_request("setup-invalid")),
    }
}

fn show(
    app: &App,
    browser: &Browser,
    token: &str,
    mut values: BTreeMap<&'static str, &str>,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    for name in ["email", "username", "name"] {
        values.entry(name).or_default();
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let context = Context { token, csrf: browser.csrf(app), values, errors, password_min: passwords::min_length(app) };
    page::render(app, browser, &Page { status, ..Page::new("setup.html") }, &context)
}
