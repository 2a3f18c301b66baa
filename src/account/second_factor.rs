//! `GET` and `POST /account/second-factor`: the authenticator app, the recovery codes and the trusted browsers; below it, the page that sets
//! up an app.
//!
//! Whoever has a second factor shows it before they change one: a password alone must not take away what stands beside it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::when::When;
use super::{FieldNote, Fresh, Signed, render, render_with, saved};
use crate::app::App;
use crate::domain::totp::{self, Confirmed};
use crate::domain::trusted_devices::{self, Device};
use crate::domain::{Error, factors, recovery_codes};
use crate::error::PageError;
use crate::page;
use crate::platform::qr;
use crate::platform::user_agent::UserAgent;
use crate::route::get_post;
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    totp: Option<Registered>,
    is_removable: bool,
    has_factor: bool,
    codes_left: u64,
    devices: Vec<DeviceView>,
}

#[derive(Serialize)]
struct Registered {
    since: When,
    used: Option<When>,
}

#[derive(Serialize)]
struct DeviceView {
    id: Uuid,
    browser: Option<&'static str>,
    system: Option<&'static str>,
    is_this: bool,
    since: When,
    until: When,
}

#[derive(Serialize)]
struct SetUp {
    secret: String,
    uri: String,
    qr_size: i32,
    qr_path: String,
    error: Option<FieldNote>,
}

#[derive(Serialize)]
struct Codes {
    codes: Vec<String>,
}

/// The page, and the one below it.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(urls::ACCOUNT_SECOND_FACTOR, get_post(show, change))
        .route(urls::ACCOUNT_SECOND_FACTOR_APP, get_post(get_app, post_app))
}

/// Shows what there is.
///
/// # Errors
/// Of the database.
async fn show(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let person = signed.person();
    let now = app.clock.now_ms();
    let factors = factors::of(&app, person.id).await?;
    let is_required = factors::is_required_of(&app, person).await?;
    let totp = totp::find(&app, person.id).await?;
    let devices = trusted_devices::list(&app, person.id).await?;
    let context = Context {
        totp: totp.map(|t| Registered {
            since: When::of(now, t.created_at),
            used: t.last_used_at.map(|at| When::of(now, at)),
        }),
        is_removable: !is_required || factors.passkeys > 0,
        has_factor: factors.is_any(),
        codes_left: factors.recovery_codes,
        devices: devices.iter().map(|d| view(now, &signed, d)).collect(),
    };
    render(&app, &signed, "account/second_factor.html", &context)
}

fn view(now: i64, signed: &Signed, device: &Device) -> DeviceView {
    let agent = device.user_agent.as_deref().map(UserAgent::read).unwrap_or_default();
    DeviceView {
        id: device.id,
        browser: agent.browser,
        system: agent.system,
        is_this: device.browser_hash == signed.browser.hash,
        since: When::of(now, device.created_at),
        until: When::of(now, device.expires_at),
    }
}

/// Takes one of the buttons: `remove` the app, make new `codes`, `forget` a browser or all of them. To trust fewer browsers needs no
/// more than being signed in.
///
/// # Errors
/// 403 for a form that is not ours, 404 for somebody else's browser, 409 for the last second factor of who needs one.
async fn change(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    match (form.get("action"), form.get("forget")) {
        (Some("forget-all"), _) => forget_all(&app, &signed).await,
        (_, Some(device)) => forget(&app, &signed, device).await,
        (action, None) => match (signed.fresh(&app).await?, action) {
            (Some(away), _) => Ok(away),
            (None, Some("remove")) => remove(&app, &signed).await,
            (None, Some("codes")) => make_codes(&app, &signed).await,
            (None, _) => Err(PageError::new(StatusCode::NOT_FOUND, "not-found")),
        },
    }
}

async fn remove(app: &App, signed: &Signed) -> Result<Response, PageError> {
    match totp::remove(app, signed.person().id, &signed.browser.place()).await {
        Ok(()) | Err(Error::NotFound(_)) => Ok(saved(app, urls::ACCOUNT_SECOND_FACTOR, "app-removed")),
        Err(Error::Conflict(_)) => Err(PageError::new(StatusCode::CONFLICT, "second-factor-required")),
        Err(error) => Err(error.into()),
    }
}

async fn make_codes(app: &App, signed: &Signed) -> Result<Response, PageError> {
    match recovery_codes::make(app, signed.person().id, &signed.browser.place()).await {
        Ok(codes) => show_codes(app, signed, &codes),
        Err(Error::Conflict(_)) => Ok(page::see_other(&app.urls.local(urls::ACCOUNT_SECOND_FACTOR))),
        Err(error) => Err(error.into()),
    }
}

async fn forget(app: &App, signed: &Signed, device: &str) -> Result<Response, PageError> {
    let device = device.parse::<Uuid>().map_err(|_| PageError::new(StatusCode::NOT_FOUND, "not-found"))?;
    trusted_devices::forget(app, signed.person().id, device).await?;
    Ok(saved(app, urls::ACCOUNT_SECOND_FACTOR, "device-forgotten"))
}

async fn forget_all(app: &App, signed: &Signed) -> Result<Response, PageError> {
    let tx = app.db.begin_write().await.map_err(Error::from)?;
    trusted_devices::forget_all(app, &tx, signed.person().id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(saved(app, urls::ACCOUNT_SECOND_FACTOR, "devices-forgotten"))
}

/// Shows a new secret; the same one as long as it waits.
///
/// # Errors
/// Of the database.
async fn get_app(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    if let Some(away) = has_app(&app, &signed).await? {
        return Ok(away);
    }
    match signed.fresh(&app).await? {
        Some(away) => Ok(away),
        None => show_set_up(&app, &signed, None).await,
    }
}

/// Takes the first code of the new secret.
///
/// # Errors
/// 403 for a form that is not ours.
async fn post_app(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    if let Some(away) = has_app(&app, &fresh).await? {
        return Ok(away);
    }
    let code = form.get("code").map(str::trim).unwrap_or_default();
    if code.is_empty() {
        return show_set_up(&app, &fresh, Some("second-error-missing")).await;
    }
    let id = fresh.person().id;
    let enrolment = totp::enrolment(&app, id, &fresh.browser.hash).await?;
    match totp::confirm(&app, id, &enrolment, code, false, &fresh.browser.place()).await? {
        Confirmed::Done(codes) if codes.is_empty() => Ok(saved(&app, urls::ACCOUNT_SECOND_FACTOR, "app-added")),
        Confirmed::Done(codes) => show_codes(&app, &fresh, &codes),
        Confirmed::Wrong => show_set_up(&app, &fresh, Some("second-error-enrol")).await,
        Confirmed::Over => Ok(page::see_other(&app.urls.local(urls::ACCOUNT_SECOND_FACTOR))),
    }
}

/// Who has an app sees it.
async fn has_app(app: &App, signed: &Signed) -> Result<Option<Response>, PageError> {
    let has_app = totp::find(app, signed.person().id).await?.is_some();
    Ok(has_app.then(|| page::see_other(&app.urls.local(urls::ACCOUNT_SECOND_FACTOR))))
}

async fn show_set_up(app: &App, signed: &Signed, error: Option<&'static str>) -> Result<Response, PageError> {
    let person = signed.person();
    let enrolment = totp::enrolment(app, person.id, &signed.browser.hash).await?;
    let uri = enrolment.uri(app, &person.username)?;
    let (qr_size, qr_path) = qr::code(&uri).map_or((0, String::new()), |qr| (qr.size, qr.path));
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let context = SetUp {
        secret: enrolment.text()?.to_string(),
        uri: uri.to_string(),
        qr_size,
        qr_path,
        error: error.map(FieldNote::plain),
    };
    render_with(app, signed, "account/second_factor_app.html", status, &context)
}

/// Shows recovery codes, this once.
///
/// # Errors
/// Where the template fails.
pub(super) fn show_codes(
    app: &App,
    signed: &Signed,
    codes: &[zeroize::Zeroizing<String>],
) -> Result<Response, PageError> {
    let codes = codes.iter().map(|c| c.to_string()).collect();
    render(app, signed, "account/second_factor_codes.html", &Codes { codes })
}
