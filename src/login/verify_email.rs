//! `GET` and `POST /verify-email`: the link of a mail that proves an address. Looking shows what would happen, a click does it: mail scanners
//! follow links.
//!
//! An account is made only for who asked for it: at the browser that did, or with the password that was chosen there. A stranger who signs up with
//! somebody's address has neither their mail nor can they use what its owner confirms.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use super::after::After;
use super::page::redirect_target;
use super::{flow, register};
use crate::app::App;
use crate::domain::action_tokens::{self, Token};
use crate::domain::flows::Flow;
use crate::domain::names;
use crate::domain::registrations::{self, Link, Refused, SignUp};
use crate::domain::sessions::Proof;
use crate::domain::users::{self, NewUser};
use crate::domain::{Error, flows};
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::person_form::{self, FieldErrors, message};
use crate::session::{Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context<'a> {
    token: &'a str,
    csrf: String,
    app: Option<AppView>,
    email: &'a str,
    /// Whose account gets the address; none where an account is made.
    user: Option<PersonView>,
    asks_password: bool,
    asks_username: bool,
    username: &'a str,
    errors: FieldErrors,
}

#[derive(Serialize)]
struct Done<'a> {
    email: &'a str,
    /// Whether an account was made.
    is_new: bool,
}

/// Guesses at the password, and other user names, that one link allows.
const GUESSES: i64 = 20;

/// Shows what the link does.
///
/// # Errors
/// Where the link is no longer good, or the address is somebody's meanwhile.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let text = query.get("token").map_or("", String::as_str);
    let (token, link) = find(&app, text).await?;
    let key = names::canonical(address_of(&link));
    let owner = users::find_id(app.db.read(), &key).await?;
    match &link {
        Link::SignUp(_) if owner.is_some() => Err(register::refusal(&app, Refused::EmailTaken)),
        Link::Address(person, _) if owner.is_some_and(|o| o != person.id) => {
            Err(register::refusal(&app, Refused::EmailTaken))
        }
        _ => show(&app, &browser, &Shown { text, token: &token, link: &link, username: None }, None).await,
    }
}

/// Takes the link.
///
/// # Errors
/// As [`get`], or where the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let text = form.get("token").unwrap_or_default();
    let (token, link) = find(&app, text).await?;
    match &link {
        Link::Address(person, address) => {
            let taken = registrations::take_address(&app, &token, person, address, &browser.place()).await?;
            taken.map_err(|refused| register::refusal(&app, refused))?;
            done(&app, &browser, address, false)
        }
        Link::SignUp(sign_up) => {
            let username = form.get("username").map(str::trim).filter(|n| !n.is_empty());
            let shown = Shown { text, token: &token, link: &link, username };
            let errors = check(&app, &browser, &shown, sign_up, form.get("password").unwrap_or_default()).await?;
            if !errors.is_empty() {
                return show(&app, &browser, &shown, Some(errors)).await;
            }
            let sign_up = match username {
                Some(name) => &SignUp { username: Some(name.to_owned()), ..sign_up.clone() },
                None => sign_up,
            };
            match registrations::take(&app, &token, sign_up).await? {
                Ok(user_id) => match waiting(&app, &browser, &token, sign_up).await? {
                    Some(flow) => flow::proved(&app, &record, &browser, flow, &Proof::single(user_id, "email")).await,
                    None => done(&app, &browser, &sign_up.email, true),
                },
                Err(Refused::UsernameTaken) => {
                    let errors = FieldErrors::from([("username", message("field-error-username-taken"))]);
                    show(&app, &browser, &shown, Some(errors)).await
                }
                Err(refused) => Err(register::refusal(&app, refused)),
            }
        }
    }
}

async fn find(app: &App, text: &str) -> Result<(Token, Link), PageError> {
    registrations::look(app, text).await?.ok_or_else(|| register::refusal(app, Refused::Over))
}

fn address_of(link: &Link) -> &str {
    match link {
        Link::SignUp(sign_up) => &sign_up.email,
        Link::Address(_, address) => address,
    }
}

/// What is wrong with what was typed: the password that proves who asked, at another browser; another user name.
async fn check(
    app: &App,
    browser: &Browser,
    shown: &Shown<'_>,
    sign_up: &SignUp,
    password: &str,
) -> Result<FieldErrors, PageError> {
    let asked = sign_up.phc.as_deref().filter(|_| !shown.token.is_for(&browser.hash));
    if asked.is_none() && shown.username.is_none() {
        return Ok(FieldErrors::new());
    }
    if !action_tokens::reserve_guess(app, shown.token, GUESSES).await? {
        return Err(register::refusal(app, Refused::Over));
    }
    let mut errors = FieldErrors::new();
    if let Some(name) = shown.username {
        let new = NewUser { username: name.to_owned(), email: sign_up.email.clone(), ..NewUser::default() };
        let faults = users::faults(&new);
        errors.extend(faults.iter().filter(|f| f.field == "username").map(|f| (f.field, person_form::words(f))));
    }
    if let Some(phc) = asked
        && !registrations::is_password(app, &Zeroizing::new(password.to_owned()), phc).await?
    {
        errors.insert("password", message("verify-error-password"));
    }
    Ok(errors)
}

/// The sign-in that waits for this account at this browser.
async fn waiting(app: &App, browser: &Browser, token: &Token, sign_up: &SignUp) -> Result<Option<Flow>, Error> {
    match &sign_up.flow {
        Some(id) if token.is_for(&browser.hash) => Ok(flows::find(app, id, Some(&browser.hash)).await?.ok()),
        _ => Ok(None),
    }
}

fn done(app: &App, browser: &Browser, email: &str, is_new: bool) -> Result<Response, PageError> {
    page::render(app, browser, &Page::new("login/verify_done.html"), &Done { email, is_new })
}

/// What the page is about.
struct Shown<'a> {
    /// The text of the token.
    text: &'a str,
    token: &'a Token,
    link: &'a Link,
    /// The user name that was typed.
    username: Option<&'a str>,
}

async fn show(
    app: &App,
    browser: &Browser,
    shown: &Shown<'_>,
    refused: Option<FieldErrors>,
) -> Result<Response, PageError> {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut errors = refused.unwrap_or_default();
    let (mut user, mut asks_password, mut asks_username, mut username) = (None, false, false, "");
    let mut after = None;
    match shown.link {
        Link::Address(person, _) => user = Some(PersonView::of(person)),
        Link::SignUp(sign_up) => {
            asks_password = sign_up.phc.is_some() && !shown.token.is_for(&browser.hash);
            username = shown.username.or(sign_up.username.as_deref()).unwrap_or_default();
            let is_taken = match &sign_up.username {
                Some(name) => users::find_id(app.db.read(), &names::canonical(name)).await?.is_some(),
                None => false,
            };
            asks_username = is_taken || shown.username.is_some();
            if is_taken && shown.username.is_none() {
                errors.entry("username").or_insert_with(|| message("field-error-username-taken"));
            }
            let flow = waiting(app, browser, shown.token, sign_up).await?;
            after = flow.map(|f| After::read(&f)).transpose()?;
        }
    }
    let request = after.as_ref().and_then(|a| a.request().ok()).unwrap_or_default();
    let page = Page {
        status,
        forms: redirect_target(&request),
        again: Some((urls::VERIFY_EMAIL, format!("token={}", shown.text))),
        ..Page::new("login/verify_email.html")
    };
    let context = Context {
        token: shown.text,
        csrf: browser.csrf(app),
        app: after.as_ref().and_then(|a| a.app(app)),
        email: address_of(shown.link),
        user,
        asks_password,
        asks_username,
        username,
        errors,
    };
    page::render(app, browser, &page, &context)
}
