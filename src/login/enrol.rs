//! `GET` and `POST /login/enrol`: sets up a second factor where one is required and the person has none, before they go on.
//!
//! ```text
//! secret and QR code ──▶ its first code ──▶ recovery codes, shown once ──▶ on, with two factors proved
//! ```

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::after::After;
use super::flow::{self, Asked};
use super::page::{FieldError, redirect_target};
use super::second;
use crate::app::App;
use crate::domain::flows::{self, Enrolled, Flow};
use crate::domain::totp::{self, Confirmed};
use crate::domain::{factors, passkeys, sessions, users};
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::platform::qr;
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    user: PersonView,
    secret: String,
    uri: String,
    qr_size: i32,
    qr_path: String,
    has_passkey: bool,
    error: Option<FieldError>,
}

#[derive(Serialize)]
struct Done {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    codes: Vec<String>,
}

/// Shows the secret; the same one as long as it waits.
///
/// # Errors
/// Where the flow is over or somebody else's, or nothing is to be set up in it.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let found = flow::find(&app, &browser, query.get("flow").map_or("", String::as_str)).await?;
    match step(&app, &record, &found).await? {
        Step::SetUp(asked) => show(&app, &browser, &found, &asked, None).await,
        // The codes were shown; this is the page that was left or loaded again.
        Step::GoOn(..) => done(&app, &browser, &found, Vec::new()),
        Step::Elsewhere(away) => Ok(away),
    }
}

/// Takes the first code; and, when the recovery codes were shown, goes on.
///
/// # Errors
/// Where the flow is over or somebody else's, nothing is to be set up in it, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let asked = match step(&app, &record, &found).await? {
        Step::SetUp(asked) => asked,
        Step::GoOn(asked, amr) if form.get("done").is_some() => {
            return flow::second_proved(&app, &record, &browser, found, &asked, &amr).await;
        }
        Step::GoOn(..) => return done(&app, &browser, &found, Vec::new()),
        Step::Elsewhere(away) => return Ok(away),
    };
    let code = form.get("code").map(str::trim).unwrap_or_default();
    if code.is_empty() {
        return show(&app, &browser, &found, &asked, Some("second-error-missing")).await;
    }
    let enrolment = totp::enrolment(&app, asked.user_id, &browser.hash).await?;
    match totp::confirm(&app, asked.user_id, &enrolment, code, true, &browser.place()).await? {
        Confirmed::Done(codes) => {
            found.state.enrolled = Some(Enrolled { user_id: asked.user_id, amr: second::AMR.to_owned() });
            flows::save(&app, &found).await?;
            done(&app, &browser, &found, codes.iter().map(|c| c.to_string()).collect())
        }
        Confirmed::Wrong => show(&app, &browser, &found, &asked, Some("second-error-enrol")).await,
        Confirmed::Over => Ok(page::see_other(&app.urls.local(&format!("{}?flow={}", urls::LOGIN_ENROL, found.id)))),
    }
}

/// What this page is for.
pub(super) enum Step {
    /// A factor is to be set up.
    SetUp(Asked),
    /// It was, in this flow; what it proves.
    GoOn(Asked, String),
    /// Another page comes first.
    Elsewhere(Response),
}

pub(super) async fn step(app: &App, record: &tower_sessions::Session, flow: &Flow) -> Result<Step, PageError> {
    let asked = flow::asked(app, record, flow).await?;
    if let Some(enrolled) = flow.state.enrolled.as_ref().filter(|e| e.user_id == asked.user_id) {
        let amr = enrolled.amr.clone();
        return Ok(Step::GoOn(asked, amr));
    }
    let to = |location: String| Step::Elsewhere(page::see_other(&app.urls.local(&location)));
    // Whoever has a factor shows it: one who knows the password only must not set up another beside it.
    if factors::of(app, asked.user_id).await?.is_any() {
        return Ok(to(format!("{}?flow={}", urls::LOGIN_SECOND, flow.id)));
    }
    if !asked.must_enrol {
        return Ok(to(format!("{}?flow={}&reason=expired", urls::LOGIN, flow.id)));
    }
    // Who is signed in since long proves again who they are, as for every change of what guards the account.
    if asked.session.is_some() {
        let is_fresh = match session::current_now(app, record).await? {
            Some(session) => sessions::is_fresh(app, &session).await?,
            None => false,
        };
        if !is_fresh {
            return Ok(to(format!("{}?flow={}&reason=reauthenticate", urls::LOGIN, flow.id)));
        }
    }
    Ok(Step::SetUp(asked))
}

async fn show(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    asked: &Asked,
    error: Option<&'static str>,
) -> Result<Response, PageError> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let error = error.map(|key| FieldError { field: "code", key, args: BTreeMap::new(), status, retry_after: None });
    show_with(app, browser, flow, asked, error).await
}

/// The address of this page.
pub(super) fn location(app: &App, flow: &Flow) -> String {
    app.urls.local(&format!("{}?flow={}", urls::LOGIN_ENROL, flow.id))
}

/// Shows the page, with what is wrong with the code or a passkey.
pub(super) async fn show_with(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    asked: &Asked,
    error: Option<FieldError>,
) -> Result<Response, PageError> {
    let person = users::find(app, asked.user_id).await?;
    let enrolment = totp::enrolment(app, person.id, &browser.hash).await?;
    let uri = enrolment.uri(app, &person.username)?;
    let (qr_size, qr_path) = qr::code(&uri).map_or((0, String::new()), |qr| (qr.size, qr.path));
    let status = error.as_ref().map_or(StatusCode::OK, |e| e.status);
    let connects = passkeys::are_offered(app);
    let context = Context {
        flow: flow.id.clone(),
        csrf: browser.csrf(app),
        app: After::read(flow)?.app(app),
        user: PersonView::of(&person),
        secret: enrolment.text()?.to_string(),
        uri: uri.to_string(),
        qr_size,
        qr_path,
        has_passkey: connects,
        error,
    };
    render(app, browser, flow, Page { status, connects, ..Page::new("login/enrol.html") }, &context)
}

pub(super) fn done(app: &App, browser: &Browser, flow: &Flow, codes: Vec<String>) -> Result<Response, PageError> {
    let context = Done { flow: flow.id.clone(), csrf: browser.csrf(app), app: After::read(flow)?.app(app), codes };
    render(app, browser, flow, Page::new("login/enrol_done.html"), &context)
}

fn render<C: Serialize>(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    mut page: Page<'_>,
    context: &C,
) -> Result<Response, PageError> {
    let request = After::read(flow)?.request().unwrap_or_default();
    page.again = Some((urls::LOGIN_ENROL, format!("flow={}", flow.id)));
    page::render(app, browser, &Page { forms: redirect_target(&request), ..page }, context)
}
