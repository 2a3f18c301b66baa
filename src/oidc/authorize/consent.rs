//! `GET` and `POST /consent`: who asks, for what, on behalf of whom; allow or deny.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request::{self, Refusal, Valid};
use super::respond::Answer;
use crate::app::App;
use crate::domain::consents;
use crate::domain::flows::{self, Flow};
use crate::error::PageError;
use crate::login;
use crate::oidc::error::{Code, OAuthError};
use crate::page::{self, AppView, FormTargets, Page, PersonView};
use crate::rights::{self, Rights};
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: AppView,
    user: PersonView,
    #[serde(flatten)]
    rights: Rights,
    account_uri: String,
}

/// Shows the page.
///
/// # Errors
/// Where the flow is over or somebody else's.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let mut flow = login::flow::find(&app, &browser, query.get("flow").map_or("", String::as_str)).await?;
    let valid = valid(&app, &flow)?;
    let Some(session) = session::current(&app, &record).await? else {
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={}", urls::LOGIN, flow.id))));
    };
    if flow.state.asked != Some(session.id) {
        flow.state.asked = Some(session.id);
        flows::save(&app, &flow).await?;
    }
    let claims = valid.claims.as_ref().map(|wishes| wishes.about_person()).unwrap_or_default();
    let context = Context {
        csrf: browser.csrf(&app),
        app: AppView::of(&valid.bound.client),
        user: PersonView::of(&session.person),
        rights: rights::asked_by(&app, &valid.bound.client, &valid.scopes, &claims, browser.lang),
        account_uri: app.urls.local(urls::ACCOUNT_APPS),
        flow: flow.id.clone(),
    };
    let page = Page {
        forms: FormTargets::Redirect(&valid.bound.redirect_uri),
        again: Some((urls::CONSENT, format!("flow={}", flow.id))),
        ..Page::new("oidc/consent.html")
    };
    page::render(&app, &browser, &page, &context)
}

/// Takes the answer: the first button allows, `deny` refuses, `switch` goes back to the sign-in.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut flow = login::flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let valid = valid(&app, &flow)?;
    let back = app.urls.local(&format!("{}?flow={}", urls::AUTHORIZE, flow.id));
    if form.get("switch").is_some() {
        flow.state = flows::State::default();
        flows::save(&app, &flow).await?;
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={}&reason=switch", urls::LOGIN, flow.id))));
    }
    if form.get("deny").is_some() {
        if !flows::finish(&app, &flow).await? {
            return Err(PageError::bad_request("flow-expired"));
        }
        // RFC 6749 §4.1.2.1.
        let error = OAuthError::new(Code::AccessDenied, "the person did not allow it");
        return Answer::error(&valid.bound, error).send(&app, &browser);
    }
    // Only the person who was asked can answer: in another tab somebody else may have signed in meanwhile.
    if let Some(session) = session::current(&app, &record).await?.filter(|s| flow.state.asked == Some(s.id)) {
        let client = &valid.bound.client;
        consents::allow(&app, session.person.id, &client.id, &request::asked_consent(&valid)).await?;
        flow.state.consented = Some(session.id);
        flows::save(&app, &flow).await?;
    }
    Ok(page::see_other(&back).into_response())
}

fn valid(app: &App, flow: &Flow) -> Result<Valid, PageError> {
    let params = login::after::After::read(flow)?.request()?;
    match request::validate(app, &params) {
        Ok(valid) => Ok(valid),
        Err(Refusal::Page(page)) => Err(*page),
        // It was valid when the flow began: the client was changed meanwhile.
        Err(Refusal::Answer(_)) => Err(PageError::bad_request("invalid-request")),
    }
}
