//! The stored flow: begun by a feature that needs a person, found again only by the browser that began it, and returned to by every
//! method.
//!
//! ```text
//! start ─▶ a method ─▶ proved ─┬─ nothing is missing ──────────▶ signed in ─▶ where the flow leads
//!                              └─ pending ─▶ /login/second or enrol ─▶ second_proved ─┘
//! somebody is signed in, an app asks for more: step_up ─▶ /login/second ─▶ second_proved ─▶ where the flow leads
//! ```

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use uuid::Uuid;

use super::LOGIN_METHODS;
use super::after::After;
use crate::app::App;
use crate::domain::credentials;
use crate::domain::factors::{self, Missing};
use crate::domain::flows::{self, Flow, Pending};
use crate::domain::sessions::{Proof, Session};
use crate::domain::users::{self, Person};
use crate::error::PageError;
use crate::oidc::authorize::request::PARAMETERS;
use crate::oidc::params::Params;
use crate::page;
use crate::session::{self, Browser};
use crate::urls;

/// The longest authorization request that is stored, in bytes of its query.
const REQUEST_MAX: usize = 12 * 1024;

/// Begins a flow.
///
/// # Errors
/// Of the database, or 429 where one address begins too many.
pub async fn start(app: &App, browser: &Browser, after: &After) -> Result<String, PageError> {
    if !app.caches.flow_starts.allow(browser.address, app.config.throttle.flows_per_address, app.clock.now_ms()) {
        let mut error = PageError::new(StatusCode::TOO_MANY_REQUESTS, "throttled");
        error.retry_after = Some(60);
        return Err(error);
    }
    let after = serde_json::to_string(after).map_err(|e| PageError::from(crate::domain::Error::internal(e)))?;
    Ok(flows::start(app, &after, &browser.hash).await?)
}

/// Begins a flow that leads back to an authorization request.
///
/// # Errors
/// As [`start`].
pub async fn start_authorize(app: &App, browser: &Browser, params: &Params) -> Result<String, PageError> {
    let client_id = params.get("client_id").unwrap_or_default().to_owned();
    let query = params.only(&PARAMETERS).to_query();
    if query.len() > REQUEST_MAX {
        return Err(PageError::bad_request("invalid-request").detail("reason", "the request is longer than 12 kB"));
    }
    start(app, browser, &After::Authorize { client_id, query }).await
}

/// The flow, where it is still going and this is the browser that began it.
///
/// # Errors
/// A page that says which of the two it is.
pub async fn find(app: &App, browser: &Browser, id: &str) -> Result<Flow, PageError> {
    match flows::find(app, id, Some(&browser.hash)).await? {
        Ok(flow) => Ok(flow),
        Err(flows::Missing::Over) => Err(PageError::bad_request("flow-expired")),
        Err(flows::Missing::OtherBrowser) => Err(PageError::bad_request("flow-other-browser")),
    }
}

/// A first factor was proved: sign in, or ask for what is missing before there is a session.
///
/// # Errors
/// Of the database.
pub async fn proved(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    flow: Flow,
    proof: &Proof,
) -> Result<Response, PageError> {
    let person = open_person(app, proof).await?;
    let missing = factors::missing_at_sign_in(app, &person, proof, &browser.hash).await?;
    if missing == Missing::Nothing {
        return sign_in(app, record, browser, flow, proof).await;
    }
    wait(app, flow, proof, missing).await
}

/// A first factor was proved that is not enough for what the flow leads to: asks for the second that the person has, whatever the policy.
///
/// # Errors
/// Of the database.
pub async fn ask_second(app: &App, flow: Flow, proof: &Proof) -> Result<Response, PageError> {
    open_person(app, proof).await?;
    wait(app, flow, proof, Missing::Second).await
}

/// Whose proof it is, where they may come in.
async fn open_person(app: &App, proof: &Proof) -> Result<Person, PageError> {
    let person = users::find_maybe(app, proof.user_id).await?.filter(|p| !p.is_disabled);
    person.ok_or_else(|| PageError::new(StatusCode::FORBIDDEN, "account-closed"))
}

/// Keeps a first factor until the second is shown.
async fn wait(app: &App, mut flow: Flow, proof: &Proof, missing: Missing) -> Result<Response, PageError> {
    flow.state.enrolled = None;
    flow.state.pending = Some(Pending {
        user_id: proof.user_id,
        amr: proof.amr.clone(),
        at: proof.password.map_or_else(|| app.clock.now_ms(), |known| known.at),
        password: proof.password,
        must_enrol: missing == Missing::Enrolment,
    });
    flows::save(app, &flow).await?;
    Ok(page::see_other(&second_location(app, &flow, missing)))
}

/// Somebody is signed in, and what the flow leads to needs the second factor that this session has not seen: asks for it.
///
/// # Errors
/// Of the database.
pub async fn add_second(app: &App, mut flow: Flow, session: &Session) -> Result<Response, PageError> {
    // What somebody began in this flow before is over.
    flow.state.pending = None;
    flow.state.enrolled = None;
    flow.state.step_up = Some(session.id);
    flows::save(app, &flow).await?;
    Ok(page::see_other(&second_location(app, &flow, Missing::Second)))
}

/// Where the flow leads now: an account elsewhere that waits to be linked comes first.
///
/// # Errors
/// Where the flow cannot be read.
pub fn on(app: &App, flow: &Flow) -> Result<String, PageError> {
    Ok(match &flow.state.link {
        Some(_) => super::upstream::link::location(app, flow),
        None => After::read(flow)?.location(app, flow),
    })
}

/// Who is asked for a second factor in this flow.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who.
    pub user_id: Uuid,
    /// The session it is added to; none where nobody is signed in yet.
    pub session: Option<Uuid>,
    /// Whether they have none yet and must set one up.
    pub must_enrol: bool,
}

/// Whom a page of a second factor is for: the person whose first factor was proved in this flow, or who is signed in and was sent
/// here for more.
///
/// # Errors
/// A page that leads back to the sign-in, where it is nobody.
pub async fn asked(app: &App, record: &tower_sessions::Session, flow: &Flow) -> Result<Asked, PageError> {
    if let Some(pending) = &flow.state.pending {
        let is_recent = pending.at + PENDING_MS > app.clock.now_ms() && is_still_proved(app, pending).await?;
        let person = users::find_maybe(app, pending.user_id).await?.filter(|p| !p.is_disabled);
        return match person {
            Some(_) if is_recent => {
                Ok(Asked { user_id: pending.user_id, session: None, must_enrol: pending.must_enrol })
            }
            _ => Err(PageError::bad_request("flow-expired")),
        };
    }
    match session::current_now(app, record).await? {
        Some(session) if flow.state.step_up == Some(session.id) => {
            let has_any = factors::of(app, session.person.id).await?.is_any();
            Ok(Asked { user_id: session.person.id, session: Some(session.id), must_enrol: !has_any })
        }
        _ => Err(PageError::bad_request("flow-expired")),
    }
}

/// Whether the password is the one that was shown; where another factor was shown, whether it was not changed since. Nor may the account
/// have been closed.
async fn is_still_proved(app: &App, pending: &Pending) -> Result<bool, PageError> {
    // Opened again meanwhile or not: whoever was on the way in when it was closed begins anew.
    if factors::was_closed_since(app, pending.user_id, pending.at).await? {
        return Ok(false);
    }
    Ok(match pending.password {
        Some(known) => credentials::is_still(app.db.write(), pending.user_id, known).await?,
        None => !factors::is_password_newer(app, pending.user_id, pending.at).await?,
    })
}

/// A second factor of `asked` was proved (or just set up): sign in, or raise the session, and go on.
///
/// # Errors
/// Of the database.
pub async fn second_proved(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    mut flow: Flow,
    asked: &Asked,
    amr: &str,
) -> Result<Response, PageError> {
    // What was set up in this flow counts once.
    flow.state.enrolled = None;
    match (asked.session, flow.state.pending.take()) {
        (None, Some(pending)) if pending.user_id == asked.user_id => {
            let both = Proof::multi(pending.user_id, &Proof::join(&pending.amr, amr));
            let proof = Proof { password: pending.password, ..both };
            sign_in(app, record, browser, flow, &proof).await
        }
        (Some(id), None) if session::step_up(app, record, id, asked.user_id, amr).await? => {
            flow.state.step_up = None;
            flows::save(app, &flow).await?;
            Ok(page::see_other(&on(app, &flow)?))
        }
        _ => Err(PageError::bad_request("flow-expired")),
    }
}

/// How long a first factor waits for the second, in milliseconds.
const PENDING_MS: i64 = 600_000;

/// The page where the missing factor is shown or set up.
#[must_use]
pub fn second_location(app: &App, flow: &Flow, missing: Missing) -> String {
    let path = if missing == Missing::Enrolment { urls::LOGIN_ENROL } else { urls::LOGIN_SECOND };
    app.urls.local(&format!("{path}?flow={}", flow.id))
}

async fn sign_in(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    mut flow: Flow,
    proof: &Proof,
) -> Result<Response, PageError> {
    let Some(id) = session::sign_in(app, record, browser, proof).await? else {
        // Locked, switched off, or another password, since it was proved.
        open_person(app, proof).await?;
        return Err(PageError::bad_request("flow-expired"));
    };
    metrics::counter!("doorward_sign_ins_total", "amr" => proof.amr.clone()).increment(1);
    let method = method_of(&flow, proof);
    flow.state.pending = None;
    flow.state.enrolled = None;
    flow.state.authenticated = Some(id);
    flows::save(app, &flow).await?;
    let mut response = page::see_other(&on(app, &flow)?);
    // The browser is remembered from its last sign-in on, not from its first request.
    let browser = Some(("browser", browser.value.clone()));
    for (name, value) in browser.into_iter().chain(method.map(|m| ("last", m))) {
        if let Ok(cookie) = HeaderValue::from_str(&session::set_cookie(app, name, &value, 400 * 86_400)) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// The method that was used, for the page to show first next time.
fn method_of(flow: &Flow, proof: &Proof) -> Option<String> {
    let by_amr = || LOGIN_METHODS.iter().find(|m| proof.amr.starts_with(m.amr)).map(|m| m.name.to_owned());
    flow.state.method.clone().or_else(by_amr)
}
