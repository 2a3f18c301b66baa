//! `GET` and `POST /login/mail`: asks for a mail with a link and a code, and takes the code. `GET` and `POST /login/link`: the link, which
//! works in the browser that asked. Looking at a link changes nothing, as mail scanners follow links; the button does.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::after::After;
use super::page::{FieldError, redirect_target};
use super::{flow, mail_asks};
use crate::app::App;
use crate::domain::action_tokens::Token;
use crate::domain::flows::{self, Flow};
use crate::domain::mail_sign_in::{self, Ask, Code};
use crate::domain::sessions::Proof;
use crate::error::PageError;
use crate::page::{self, AppView, Page};
use crate::session::{Browser, PageForm};
use crate::urls;

/// What a mail proves: not in RFC 8176 §2, which has no value for it.
pub(super) const AMR: &str = "email";
/// Its name in the table of methods.
const METHOD: &str = "mail";

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    username: String,
    asks: Asks,
    minutes: u64,
    error: Option<FieldError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Asks {
    /// Where to send a mail.
    Address,
    /// The code of the mail that is on its way.
    Code,
}

#[derive(Serialize)]
struct LinkContext<'a> {
    token: &'a str,
    flow: &'a str,
    csrf: String,
    app: Option<AppView>,
}

/// Asks for the address; or for the code, where a mail was sent in this flow. Without a flow it begins one that leads to the start page.
///
/// # Errors
/// Where the flow is over or somebody else's, or the operator does not allow the method.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    check_enabled(&app)?;
    let Some(id) = query.get("flow") else {
        let id = flow::start(&app, &browser, &After::Home).await?;
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={id}", urls::LOGIN_MAIL))));
    };
    let found = flow::find(&app, &browser, id).await?;
    let asks = match &found.state.mailed {
        Some(_) if !query.contains_key("again") => Asks::Code,
        _ => Asks::Address,
    };
    show(&app, &browser, &found, asks, None)
}

/// Takes the address, or the code.
///
/// # Errors
/// As [`get`], or where the form is not ours, or where one address asks for too many mails.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    check_enabled(&app)?;
    form.check_csrf(&app, &browser)?;
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    match form.get("code") {
        Some(code) => take_code(&app, &record, &browser, found, code).await,
        None => ask(&app, &browser, found, form.get("username").unwrap_or_default()).await,
    }
}

async fn ask(app: &App, browser: &Browser, mut found: Flow, typed: &str) -> Result<Response, PageError> {
    let typed: String = typed.trim().chars().take(200).collect();
    if typed.is_empty() {
        let error = FieldError::new("username", "magic-error-missing", StatusCode::UNPROCESSABLE_ENTITY);
        return show(app, browser, &found, Asks::Address, Some(error));
    }
    mail_asks(app, browser)?;
    let after = After::read(&found)?;
    let snapshot = app.directory.snapshot();
    let client = after.client_id().and_then(|id| snapshot.client(id));
    let ask = Ask {
        typed: &typed,
        origin: browser.origin(),
        lang: browser.lang,
        flow: &found.id,
        app: client.map(|c| c.display_name().to_owned()),
    };
    let hash = mail_sign_in::ask(app, &ask).await?;
    found.state.mailed = Some(hash.iter().map(|byte| format!("{byte:02x}")).collect());
    found.state.mailed_to = Some(typed);
    flows::save(app, &found).await?;
    Ok(page::see_other(&app.urls.local(&format!("{}?flow={}", urls::LOGIN_MAIL, found.id))))
}

async fn take_code(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    found: Flow,
    code: &str,
) -> Result<Response, PageError> {
    let (Some(hash), Some(typed)) = (mailed(&found), found.state.mailed_to.clone()) else {
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={}", urls::LOGIN_MAIL, found.id))));
    };
    let wrong = |key, status| FieldError::new("code", key, status);
    if code.trim().is_empty() {
        let error = wrong("magic-error-missing-code", StatusCode::UNPROCESSABLE_ENTITY);
        return show(app, browser, &found, Asks::Code, Some(error));
    }
    let error = match mail_sign_in::check_code(app, &hash, &typed, code, browser.origin()).await? {
        Code::Right(token) => match mail_sign_in::take(app, &token).await? {
            Some(user_id) => return proved(app, record, browser, found, user_id).await,
            // Somebody else took it at the same moment.
            None => wrong("magic-error-code", StatusCode::UNPROCESSABLE_ENTITY),
        },
        Code::Wrong => {
            metrics::counter!("doorward_sign_in_failures_total").increment(1);
            wrong("magic-error-code", StatusCode::UNPROCESSABLE_ENTITY)
        }
        Code::Throttled(wait_s) => {
            let mut error = wrong("login-error-throttled", StatusCode::TOO_MANY_REQUESTS);
            error.args.insert("seconds", wait_s);
            FieldError { retry_after: Some(wait_s), ..error }
        }
    };
    show(app, browser, &found, Asks::Code, Some(error))
}

/// Shows the button of a link.
///
/// # Errors
/// Where the link is no longer good, or belongs to another browser, which does not use it up.
pub async fn get_link(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let given = |name: &str| query.get(name).map_or("", String::as_str);
    find(&app, &browser, given("token")).await?;
    let flow = flow::find(&app, &browser, given("flow")).await.ok();
    let after = flow.as_ref().map_or(Ok(After::Home), After::read)?;
    let context =
        LinkContext { token: given("token"), flow: given("flow"), csrf: browser.csrf(&app), app: after.app(&app) };
    let request = after.request().unwrap_or_default();
    let page = Page { forms: redirect_target(&request), ..Page::new("login/link.html") };
    page::render(&app, &browser, &page, &context)
}

/// Takes the link and signs in.
///
/// # Errors
/// As [`get_link`], or where the form is not ours.
pub async fn post_link(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let token = find(&app, &browser, form.get("token").unwrap_or_default()).await?;
    // The sign-in that waits may have taken longer than the mail; then it ends at the start page.
    let found = match flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await {
        Ok(found) => found,
        Err(_) => {
            let id = flow::start(&app, &browser, &After::Home).await?;
            flow::find(&app, &browser, &id).await?
        }
    };
    match mail_sign_in::take(&app, &token).await? {
        Some(user_id) => proved(&app, &record, &browser, found, user_id).await,
        None => Err(over()),
    }
}

async fn proved(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    mut found: Flow,
    user_id: uuid::Uuid,
) -> Result<Response, PageError> {
    found.state.mailed = None;
    found.state.mailed_to = None;
    found.state.method = Some(METHOD.to_owned());
    flow::proved(app, record, browser, found, &Proof::single(user_id, AMR)).await
}

async fn find(app: &App, browser: &Browser, token: &str) -> Result<Token, PageError> {
    check_enabled(app)?;
    let token = mail_sign_in::look(app, token).await?.ok_or_else(over)?;
    if token.is_for(&browser.hash) {
        Ok(token)
    } else {
        Err(PageError::new(StatusCode::FORBIDDEN, "sign-in-link-elsewhere"))
    }
}

fn over() -> PageError {
    PageError::new(StatusCode::GONE, "sign-in-link-over")
}

fn check_enabled(app: &App) -> Result<(), PageError> {
    if app.config.login.magic_link { Ok(()) } else { Err(PageError::new(StatusCode::NOT_FOUND, "not-found")) }
}

/// The hash of the token that was mailed in this flow.
fn mailed(flow: &Flow) -> Option<[u8; 32]> {
    let text = flow.state.mailed.as_deref()?;
    let bytes: Option<Vec<u8>> = (0..32).map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

fn show(
    app: &App,
    browser: &Browser,
    found: &Flow,
    asks: Asks,
    error: Option<FieldError>,
) -> Result<Response, PageError> {
    let after = After::read(found)?;
    let request = after.request().unwrap_or_default();
    let hint = || request.get("login_hint").map(|h| h.chars().take(200).collect::<String>());
    let status = error.as_ref().map_or(StatusCode::OK, |e| e.status);
    let retry_after = error.as_ref().and_then(|e| e.retry_after);
    let context = Context {
        flow: found.id.clone(),
        csrf: browser.csrf(app),
        app: after.app(app),
        username: found.state.mailed_to.clone().or_else(hint).unwrap_or_default(),
        asks,
        minutes: app.config.login.magic_link_ttl.div_ceil(60),
        error,
    };
    let again = if asks == Asks::Address && found.state.mailed.is_some() { "&again=yes" } else { "" };
    let page = Page {
        status,
        retry_after,
        forms: redirect_target(&request),
        again: Some((urls::LOGIN_MAIL, format!("flow={}{again}", found.id))),
        ..Page::new("login/mail.html")
    };
    page::render(app, browser, &page, &context)
}
