//! `GET` and `POST /authorize` (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2): validate, decide what must be shown, answer.
//!
//! A request that needs a person becomes a stored flow, and the browser goes to the sign-in or consent page with the flow's id. Every
//! step leads back here with that id; the request is read from the flow and validated again, so nothing can be changed on the way.

pub(crate) mod checks;
pub mod consent;
pub mod interaction;
pub mod request;
pub mod respond;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(super) use checks::{names, verify_id_token};
use interaction::Next;
use request::{Refusal, Valid};
use respond::Answer;

use super::error::{Code, OAuthError};
use super::issue::claims;
use super::params::{PageParams, Params};
use super::scopes;
use crate::app::App;
use crate::config::RegistrationMode;
use crate::domain::factors::{self, Missing};
use crate::domain::flows::{self, Flow};
use crate::domain::grants::{self, NewGrant};
use crate::domain::sessions::{self, Session};
use crate::domain::{consents, flows::State as FlowState};
use crate::error::PageError;
use crate::login;
use crate::session::{self, Browser};
use crate::urls;

/// Answers an authorization request, or sends the browser where a person must act.
///
/// # Errors
/// As a page, as long as no redirect URI is proven.
pub async fn handle(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    method: Method,
    headers: HeaderMap,
    PageParams(params): PageParams,
) -> Result<Response, PageError> {
    if method == Method::POST && is_from_elsewhere(&app, &headers) {
        // Browsers keep SameSite=Lax cookies back from a foreign POST; a GET brings them.
        return Ok(to(&app, urls::AUTHORIZE, &params.only(&request::PARAMETERS).to_query()));
    }
    if let Some(id) = params.single("flow").filter(|_| params.get("client_id").is_none()) {
        let flow = login::flow::find(&app, &browser, id).await?;
        let stored = login::after::After::read(&flow)?.request()?;
        return go_on(&app, &record, &browser, &stored, Some(flow)).await;
    }
    go_on(&app, &record, &browser, &params, None).await
}

/// Whether another site's page posted this, and the browser kept our cookies back.
pub(super) fn is_from_elsewhere(app: &App, headers: &HeaderMap) -> bool {
    session::is_foreign(app, headers) && session::cookie(headers, &session::cookie_name(app, "browser")).is_none()
}

async fn go_on(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    params: &Params,
    flow: Option<Flow>,
) -> Result<Response, PageError> {
    let valid = match request::validate(app, params) {
        Ok(valid) => valid,
        Err(Refusal::Page(page)) => return Err(*page),
        Err(Refusal::Answer(answer)) => return answer.send(app, browser),
    };
    // In a flow the person has just acted, perhaps at another replica.
    let session = match &flow {
        Some(_) => session::current_now(app, record).await?,
        None => session::current(app, record).await?,
    };
    let (next, session) = match hinted(app, record, &valid, session.as_ref(), flow.as_ref()).await? {
        Some((next, hinted)) => (next, Some(hinted)),
        None => (decide(app, &valid, session.as_ref(), flow.as_ref()).await?, session),
    };
    if valid.prompt.none
        && let Some(error) = interaction::refused_silently(next)
    {
        return Answer::error(&valid.bound, error).send(app, browser);
    }
    match (next, session) {
        (Next::Answer, Some(session)) => answer(app, browser, &valid, &session, flow).await,
        (next, session) => {
            let id = match flow {
                Some(flow) => flow.id,
                None => login::flow::start_authorize(app, browser, params).await?,
            };
            if let (Next::StepUp(_), Some(session)) = (next, &session) {
                let mut flow = login::flow::find(app, browser, &id).await?;
                flow.state.step_up = Some(session.id);
                flows::save(app, &flow).await?;
            }
            Ok(show(app, &valid, next, &id))
        }
    }
}

/// OpenID Connect Core §3.1.2.1: the person whom `id_token_hint` names may be signed in at this browser beside the current one. The
/// answer is for them where nothing has to be shown, and for this request alone; pages speak to who is current.
async fn hinted(
    app: &App,
    record: &tower_sessions::Session,
    valid: &Valid,
    current: Option<&Session>,
    flow: Option<&Flow>,
) -> Result<Option<(Next, Session)>, PageError> {
    let (Some(expected), None) = (&valid.expected_subject, flow) else { return Ok(None) };
    let is_expected = |s: &Session| &claims::subject(app, &valid.bound.client, s.person.id) == expected;
    if current.is_some_and(is_expected) {
        return Ok(None);
    }
    let Some(other) = session::all(app, record).await?.into_iter().find(is_expected) else { return Ok(None) };
    let next = decide(app, valid, Some(&other), None).await?;
    Ok((next == Next::Answer || valid.prompt.none).then_some((next, other)))
}

async fn decide(app: &App, valid: &Valid, session: Option<&Session>, flow: Option<&Flow>) -> Result<Next, PageError> {
    let subject = session.map(|s| claims::subject(app, &valid.bound.client, s.person.id));
    let nothing_done = FlowState::default();
    let mut facts = interaction::Facts {
        valid,
        session,
        subject: subject.as_deref(),
        state: flow.map_or(&nothing_done, |f| &f.state),
        missing: match session {
            Some(s) => {
                factors::missing_of_session(app, &s.person, &s.acr, interaction::acr_wish(valid, &s.acr)).await?
            }
            None => Missing::Nothing,
        },
        is_consented: true,
        now: app.clock.now_ms(),
    };
    // The database is asked for consent only where everything else is there, and the client needs it.
    let next = interaction::next(&facts);
    match session {
        Some(session) if next == Next::Answer && !valid.bound.client.metadata.trusted => {
            let allowed = consents::find(app, session.person.id, &valid.bound.client.id).await?;
            facts.is_consented = allowed.covers(&request::asked_consent(valid));
            Ok(interaction::next(&facts))
        }
        _ => Ok(next),
    }
}

/// Sends the browser to the page where the person acts.
fn show(app: &App, valid: &Valid, next: Next, flow: &str) -> Response {
    let is_closed = app.config.registration.mode == RegistrationMode::Closed;
    let path = match next {
        Next::Choose => urls::LOGIN_CHOOSE,
        Next::StepUp(Missing::Enrolment) => urls::LOGIN_ENROL,
        Next::StepUp(_) => urls::LOGIN_SECOND,
        Next::Consent => urls::CONSENT,
        // Initiating User Registration via OpenID Connect 1.0 §4.
        Next::Login(_) if valid.prompt.create && !is_closed => urls::REGISTER,
        Next::Login(_) | Next::Answer => urls::LOGIN,
    };
    let mut query = form_query(flow);
    let reason = match next {
        Next::Login(_) if valid.prompt.create && is_closed => Some("closed"),
        Next::Login(reason) => reason,
        _ => None,
    };
    if let Some(reason) = reason {
        query.append_pair("reason", reason);
    }
    if let Some(locales) = &valid.ui_locales {
        query.append_pair("ui_locales", locales);
    }
    to(app, path, &query.finish())
}

fn form_query(flow: &str) -> url::form_urlencoded::Serializer<'static, String> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("flow", flow);
    query
}

/// 303 to a page of ours.
pub(super) fn to(app: &App, path: &str, query: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = format!("{}?{query}", app.urls.local(path));
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Makes the grant and answers with its code.
async fn answer(
    app: &App,
    browser: &Browser,
    valid: &Valid,
    session: &Session,
    flow: Option<Flow>,
) -> Result<Response, PageError> {
    // OpenID Connect Core §5.5.1: an essential claim that cannot be given as asked.
    if let Some(error) = unmet(app, valid, session) {
        return Answer::error(&valid.bound, error).send(app, browser);
    }
    if let Some(flow) = flow
        && !flows::finish(app, &flow).await?
    {
        return Err(PageError::bad_request("flow-expired"));
    }
    let client = &valid.bound.client;
    let new = NewGrant {
        session,
        acr: interaction::acr_stated(valid, &session.acr),
        client_id: &client.id,
        scopes: scopes::print(&valid.scopes),
        resources: valid.resources.join(" "),
        claims: valid.claims.as_ref().and_then(|c| serde_json::to_string(c).ok()),
        nonce: valid.nonce.clone(),
        redirect_uri: valid.redirect_uri_param.clone(),
        code_challenge: valid.code_challenge.clone(),
        is_offline: valid.scopes.contains("offline_access"),
    };
    match grants::create(app, new).await {
        Ok(code) => {
            sessions::note_client(app, session.id, &client.id).await?;
            Answer::code(&valid.bound, code).send(app, browser)
        }
        Err(error) => Answer::error(&valid.bound, error.into()).send(app, browser),
    }
}

/// OpenID Connect Core §5.5.1 and §5.5.1.1: a subject or an essential `acr` that this session does not have.
fn unmet(app: &App, valid: &Valid, session: &Session) -> Option<OAuthError> {
    let wishes = valid.claims.as_ref()?;
    let subject = claims::subject(app, &valid.bound.client, session.person.id);
    let of_subject = [&wishes.id_token, &wishes.userinfo].map(|claims| claims.get("sub").and_then(Option::as_ref));
    if of_subject.into_iter().flatten().any(|wish| !wish.accepts(&serde_json::json!(subject))) {
        return Some(OAuthError::new(Code::LoginRequired, "another person is signed in than the one asked for"));
    }
    if let Some(Some(wish)) = wishes.id_token.get("acr")
        && wish.essential
        && !wish.accepts(&serde_json::json!(interaction::acr_stated(valid, &session.acr)))
    {
        return Some(OAuthError::new(Code::UnmetAuthenticationRequirements, "the essential acr cannot be met"));
    }
    None
}
