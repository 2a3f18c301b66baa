//! `GET` and `POST /login/second`: the second factor of who has proved the first, or of who is signed in and was sent here for more.
//!
//! The code of an authenticator app, or a recovery code in its place; a passkey has a button here and its own endpoint. Attempts are
//! counted per person, so another flow, browser or kind of code gives no further ones.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::after::After;
use super::flow::{self, Asked};
use super::page::{FieldError, redirect_target};
use crate::app::App;
use crate::domain::factors::{self, Factors};
use crate::domain::flows::Flow;
use crate::domain::totp::{self, Outcome};
use crate::domain::{events, recovery_codes, sessions, trusted_devices, users};
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::session::{self, Browser, PageForm};
use crate::urls;

/// RFC 8176 §2: a one-time password; a recovery code is one too.
pub(super) const AMR: &str = "otp";

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    user: PersonView,
    asks: Option<Code>,
    other: Option<Code>,
    has_passkey: bool,
    trust_days: Option<u64>,
    error: Option<FieldError>,
}

/// Which code is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    /// Of the authenticator app.
    App,
    /// A recovery code.
    Recovery,
}

impl Code {
    /// The name of its field.
    fn field(self) -> &'static str {
        match self {
            Self::App => "code",
            Self::Recovery => "recovery_code",
        }
    }
}

#[derive(Serialize)]
struct Left {
    left: u64,
    on: String,
    account: String,
}

/// Shows the page; with `with=recovery` the one for a recovery code, with `left` how many of those remain.
///
/// # Errors
/// Where the flow is over or somebody else's, or nobody is asked in it.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let found = flow::find(&app, &browser, query.get("flow").map_or("", String::as_str)).await?;
    if query.contains_key("left") {
        return left(&app, &record, &browser, &found).await;
    }
    let asked = flow::asked(&app, &record, &found).await?;
    let factors = factors::of(&app, asked.user_id).await?;
    if !factors.is_any() {
        return Ok(without_factor(&app, &found, &asked));
    }
    let wants_recovery = query.get("with").is_some_and(|w| w == "recovery");
    show(&app, &browser, &found, &asked, factors, (wants_recovery, None)).await
}

/// Takes the code.
///
/// # Errors
/// Where the flow is over or somebody else's, nobody is asked in it, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let asked = flow::asked(&app, &record, &found).await?;
    let factors = factors::of(&app, asked.user_id).await?;
    if !factors.is_any() {
        return Ok(without_factor(&app, &found, &asked));
    }
    let kind = if form.get(Code::Recovery.field()).is_some() { Code::Recovery } else { Code::App };
    if let Err(error) = take(&app, &browser, &form, &asked, kind).await? {
        return show(&app, &browser, &found, &asked, factors, (kind == Code::Recovery, Some(error))).await;
    }
    let location = format!("{}?flow={}&left", urls::LOGIN_SECOND, found.id);
    let mut response = flow::second_proved(&app, &record, &browser, found, &asked, AMR).await?;
    if kind == Code::Recovery
        && let Ok(location) = HeaderValue::try_from(app.urls.local(&location))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if is_trust_offered(&app, &asked, kind == Code::Recovery) && form.get("trust").is_some() {
        trusted_devices::trust(&app, asked.user_id, &browser.hash).await?;
    }
    Ok(response)
}

/// Checks the code and uses it up.
async fn take(
    app: &App,
    browser: &Browser,
    form: &PageForm,
    asked: &Asked,
    kind: Code,
) -> Result<Result<(), FieldError>, PageError> {
    let wrong = |key, status| FieldError { field: kind.field(), key, args: BTreeMap::new(), status, retry_after: None };
    let code = form.get(kind.field()).map(str::trim).unwrap_or_default();
    if code.is_empty() {
        return Ok(Err(wrong("second-error-missing", StatusCode::UNPROCESSABLE_ENTITY)));
    }
    let is_known_browser = sessions::is_known_browser(app, asked.user_id, &browser.hash).await?;
    let reserved = browser.origin().reserve(app, is_known_browser);
    let outcome = match (reserved, kind) {
        (Err(wait_s), _) => Outcome::Throttled(wait_s),
        (Ok(_), Code::App) => totp::check(app, asked.user_id, code).await?,
        (Ok(_), Code::Recovery) => recovery_codes::take(app, asked.user_id, code, &browser.place()).await?,
    };
    Ok(match outcome {
        Outcome::Proved => {
            browser.origin().give_back(app, reserved.ok().flatten());
            Ok(())
        }
        Outcome::Refused => {
            metrics::counter!("doorward_second_factor_failures_total").increment(1);
            let about =
                events::About { reference: Some(browser.reference.to_string()), ..events::About::user(asked.user_id) };
            let why = if kind == Code::App { "wrong-code" } else { "wrong-recovery-code" };
            app.refusals.note_attempt(about.with(serde_json::json!({ "reason": why })), app.clock.now_s());
            let key = if kind == Code::App { "second-error-code" } else { "second-error-recovery" };
            Err(wrong(key, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Outcome::Throttled(wait_s) => {
            let is_long = wait_s > 90;
            let key = if is_long { "login-error-throttled-minutes" } else { "login-error-throttled" };
            let mut error = wrong(key, StatusCode::TOO_MANY_REQUESTS);
            let (unit, count) = if is_long { ("minutes", wait_s.div_ceil(60)) } else { ("seconds", wait_s) };
            error.args.insert(unit, count);
            error.retry_after = Some(wait_s);
            Err(error)
        }
    })
}

/// Where who has no second factor goes: to set one up where it is needed, else back to the sign-in, which asks for none.
fn without_factor(app: &App, flow: &Flow, asked: &Asked) -> Response {
    let location = if asked.must_enrol {
        format!("{}?flow={}", urls::LOGIN_ENROL, flow.id)
    } else {
        format!("{}?flow={}&reason=expired", urls::LOGIN, flow.id)
    };
    page::see_other(&app.urls.local(&location))
}

/// Only at a sign-in, since trust spares the policy of sign-ins and nothing else; and not for a recovery code, by which nobody shows
/// that the factor is theirs still.
fn is_trust_offered(app: &App, asked: &Asked, is_recovery: bool) -> bool {
    asked.session.is_none() && !is_recovery && app.config.mfa.trust_device_ttl > 0
}

/// Shows the page with what is wrong with a passkey.
///
/// # Errors
/// Of the database.
pub(super) async fn show_refused(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    asked: &Asked,
    error: FieldError,
) -> Result<Response, PageError> {
    let factors = factors::of(app, asked.user_id).await?;
    show(app, browser, flow, asked, factors, (false, Some(error))).await
}

async fn show(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    asked: &Asked,
    factors: Factors,
    (wants_recovery, error): (bool, Option<FieldError>),
) -> Result<Response, PageError> {
    let asks = match (wants_recovery && factors.recovery_codes > 0, factors.has_totp) {
        (true, _) => Some(Code::Recovery),
        (false, true) => Some(Code::App),
        (false, false) => None,
    };
    let other = match asks {
        Some(Code::Recovery) => Some(Code::App),
        _ => (factors.recovery_codes > 0).then_some(Code::Recovery),
    };
    let is_trust_offered = is_trust_offered(app, asked, asks == Some(Code::Recovery));
    let context = Context {
        flow: flow.id.clone(),
        csrf: browser.csrf(app),
        app: After::read(flow)?.app(app),
        user: PersonView::of(&users::find(app, asked.user_id).await?),
        asks,
        other,
        has_passkey: factors.passkeys > 0,
        trust_days: is_trust_offered.then(|| app.config.mfa.trust_device_ttl.div_ceil(86_400)),
        error: error.clone(),
    };
    let request = After::read(flow)?.request().unwrap_or_default();
    let with = if asks == Some(Code::Recovery) { "&with=recovery" } else { "" };
    let page = Page {
        status: error.as_ref().map_or(StatusCode::OK, |e| e.status),
        retry_after: error.and_then(|e| e.retry_after),
        forms: redirect_target(&request),
        again: Some((urls::LOGIN_SECOND, format!("flow={}{with}", flow.id))),
        connects: context.has_passkey,
        ..Page::new("login/second.html")
    };
    page::render(app, browser, &page, &context)
}

/// After a recovery code: how many are left, and the way on.
async fn left(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    flow: &Flow,
) -> Result<Response, PageError> {
    let Some(session) = session::current_now(app, record).await? else {
        return Err(PageError::bad_request("flow-expired"));
    };
    let context = Left {
        left: factors::of(app, session.person.id).await?.recovery_codes,
        on: flow::on(app, flow)?,
        account: app.urls.local(urls::ACCOUNT_SECOND_FACTOR),
    };
    let page = Page {
        again: Some((urls::LOGIN_SECOND, format!("flow={}&left=", flow.id))),
        ..Page::new("login/second_left.html")
    };
    page::render(app, browser, &page, &context)
}
