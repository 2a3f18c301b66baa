//! `GET` and `POST /recover`: asks for a mail with a link that sets a new password. `GET` and `POST /recover/reset`: that link. Whoever asks is
//! told the same, whether or not there is an account, and in the same time.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use super::after::After;
use super::page::FieldError;
use super::{flow, mail_asks};
use crate::app::App;
use crate::domain::action_tokens::Token;
use crate::domain::credentials::{self, Ends};
use crate::domain::users::Person;
use crate::domain::{Error, passwords, recovery};
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::session::{Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    username: String,
    sent: bool,
    minutes: u64,
    error: Option<FieldError>,
}

#[derive(Serialize)]
struct ResetContext<'a> {
    token: &'a str,
    flow: &'a str,
    csrf: String,
    user: PersonView,
    locked: bool,
    sign_out: bool,
    password_min: u32,
    error: Option<FieldError>,
}

/// Shows the form, or that a mail is on its way. Without a flow it begins one that leads to the start page.
///
/// # Errors
/// Where the flow is over or somebody else's.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let Some(id) = query.get("flow") else {
        let id = flow::start(&app, &browser, &After::Home).await?;
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={id}", urls::RECOVER))));
    };
    let found = flow::find(&app, &browser, id).await?;
    let after = After::read(&found)?;
    let sent = query.get("sent").is_some_and(|s| s == "yes");
    show(&app, &browser, &found.id, &after, sent, None)
}

/// Takes the address or user name.
///
/// # Errors
/// As [`get`], or where the form is not ours, or where one address asks for too many mails.
pub async fn post(State(app): State<App>, browser: Browser, form: PageForm) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    // One value: a field that is sent twice is none (lesson of every mailed link that went to a second address).
    let typed: String = form.get("username").unwrap_or_default().trim().chars().take(200).collect();
    if typed.is_empty() {
        let error = FieldError::new("username", "recover-error-missing", StatusCode::UNPROCESSABLE_ENTITY);
        return show(&app, &browser, &found.id, &After::read(&found)?, false, Some(error));
    }
    mail_asks(&app, &browser)?;
    recovery::ask(&app, &typed, browser.origin(), browser.lang, Some(&found.id)).await?;
    Ok(page::see_other(&app.urls.local(&format!("{}?flow={}&sent=yes", urls::RECOVER, found.id))))
}

/// Shows the form of the link, which is not used up by looking.
///
/// # Errors
/// Where the link is no longer good.
pub async fn get_reset(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let given = |name: &str| query.get(name).map_or("", String::as_str);
    let (_, person) = find(&app, given("token")).await?;
    show_reset(&app, &browser, &Link { token: given("token"), flow: given("flow") }, &person, true, None)
}

/// Sets the password.
///
/// # Errors
/// As [`get_reset`], or where the form is not ours.
pub async fn post_reset(State(app): State<App>, browser: Browser, form: PageForm) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let link = Link { token: form.get("token").unwrap_or_default(), flow: form.get("flow").unwrap_or_default() };
    let (token, person) = find(&app, link.token).await?;
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let signs_out = form.get("sign_out") == Some("yes");
    // A weak password is refused before the link is used up.
    let prepared = async {
        match passwords::check_new(&app, &password, &passwords::hints_of(&person)).await? {
            Ok(()) => Ok(Ok(credentials::hash_new(&app, &password).await?)),
            Err(weak) => {
                let error = FieldError::new("password", weak.key(), StatusCode::UNPROCESSABLE_ENTITY);
                Ok(Err(FieldError { args: weak.args(), ..error }))
            }
        }
    };
    let prepared = match prepared.await {
        Err(Error::Busy(wait_s)) => {
            let error = FieldError::new("password", "login-error-busy", StatusCode::SERVICE_UNAVAILABLE);
            Err(FieldError { retry_after: Some(wait_s), ..error })
        }
        prepared => prepared?,
    };
    let phc = match prepared {
        Ok(phc) => phc,
        Err(error) => return show_reset(&app, &browser, &link, &person, signs_out, Some(error)),
    };
    let ends = if signs_out { Ends::All } else { Ends::None };
    if !recovery::reset(&app, &token, &phc, ends, &browser.place()).await? {
        return Err(over());
    }
    metrics::counter!("doorward_password_resets_total").increment(1);
    // Second factors stay, so it goes on where everybody signs in.
    let flow = match flow::find(&app, &browser, link.flow).await {
        Ok(found) => found.id,
        Err(_) => flow::start(&app, &browser, &After::Home).await?,
    };
    Ok(page::see_other(&app.urls.local(&format!("{}?flow={flow}&reason=reset", urls::LOGIN))))
}

/// A link as it was opened.
struct Link<'a> {
    token: &'a str,
    flow: &'a str,
}

async fn find(app: &App, token: &str) -> Result<(Token, Person), PageError> {
    recovery::look(app, token).await?.ok_or_else(over)
}

fn over() -> PageError {
    PageError::new(StatusCode::GONE, "reset-over")
}

fn show(
    app: &App,
    browser: &Browser,
    flow: &str,
    after: &After,
    sent: bool,
    error: Option<FieldError>,
) -> Result<Response, PageError> {
    let context = Context {
        flow: flow.to_owned(),
        csrf: browser.csrf(app),
        app: after.app(app),
        username: String::new(),
        sent,
        minutes: app.config.login.reset_ttl.div_ceil(60),
        error: error.clone(),
    };
    let again = if sent { "&sent=yes" } else { "" };
    let page = Page {
        status: error.map_or(StatusCode::OK, |e| e.status),
        again: Some((urls::RECOVER, format!("flow={flow}{again}"))),
        ..Page::new("login/recover.html")
    };
    page::render(app, browser, &page, &context)
}

fn show_reset(
    app: &App,
    browser: &Browser,
    link: &Link<'_>,
    person: &Person,
    sign_out: bool,
    error: Option<FieldError>,
) -> Result<Response, PageError> {
    let status = error.as_ref().map_or(StatusCode::OK, |e| e.status);
    let retry_after = error.as_ref().and_then(|e| e.retry_after);
    let context = ResetContext {
        token: link.token,
        flow: link.flow,
        csrf: browser.csrf(app),
        user: PersonView::of(person),
        locked: person.is_locked,
        sign_out,
        password_min: passwords::min_length(app),
        error,
    };
    let page = Page { status, retry_after, ..Page::new("login/reset.html") };
    page::render(app, browser, &page, &context)
}
