//! `GET` and `POST /setup`: the first administrator. The link is printed once by the first start of `serve`; it works once, in one
//! transaction, and is never opened again, even when every administrator is removed.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::app::App;
use crate::domain::Error;
use crate::domain::administrators::{self, Setup};
use crate::domain::passwords;
use crate::domain::users::NewUser;
use crate::error::PageError;
use crate::page::{self, Page};
use crate::session::{Browser, PageForm};

#[derive(Serialize)]
struct Context<'a> {
    token: &'a str,
    csrf: String,
    values: BTreeMap<&'static str, &'a str>,
    errors: BTreeMap<&'static str, Value>,
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
    show(&app, &browser, token, BTreeMap::new(), BTreeMap::new())
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
    let values = || ["email", "username", "name"].into_iter().map(|n| (n, field(n))).collect();
    let hints = [field("username"), field("name"), field("email")];
    if let Err(weak) = passwords::check_new(&app, &new.password, &hints).await? {
        let error = json!({ "key": weak.key(), "args": weak.args() });
        return show(&app, &browser, token, values(), BTreeMap::from([("password", error)]));
    }
    match administrators::create_first(&app, token, new).await {
        Ok(Ok(())) => {
            page::render(&app, &browser, &Page::new("setup_done.html"), &Done { username: field("username") })
        }
        Ok(Err(refused)) => Err(check(refused).err().unwrap_or_else(|| PageError::bad_request("setup-used"))),
        Err(Error::Invalid { field: name, .. }) => {
            let (name, error) = words(&name);
            show(&app, &browser, token, values(), BTreeMap::from([(name, error)]))
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

fn words(field: &str) -> (&'static str, Value) {
    let key = |key: &str| json!({ "key": key, "args": {} });
    match field {
        "email" => ("email", key("setup-error-email")),
        "username" => ("username", key("setup-error-username")),
        _ => ("name", key("setup-error-name")),
    }
}

fn show(
    app: &App,
    browser: &Browser,
    token: &str,
    mut values: BTreeMap<&'static str, &str>,
    errors: BTreeMap<&'static str, Value>,
) -> Result<Response, PageError> {
    for name in ["email", "username", "name"] {
        values.entry(name).or_default();
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let context = Context { token, csrf: browser.csrf(app), values, errors, password_min: passwords::min_length(app) };
    page::render(app, browser, &Page { status, ..Page::new("setup.html") }, &context)
}
