//! `GET /login`, the sign-in page, and `POST /login`, its form. The page shows the methods that this operator allows.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::after::After;
use super::{LOGIN_METHODS, flow, password};
use crate::app::App;
use crate::domain::flows::Flow;
use crate::error::PageError;
use crate::oidc::params::Params;
use crate::page::{self, AppView, FormTargets, Page};
use crate::session::{Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    username: String,
    error: Option<FieldError>,
    methods: Vec<MethodView>,
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct MethodView {
    name: &'static str,
}

/// What is wrong with the form, said at its field.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FieldError {
    pub(super) field: &'static str,
    pub(super) key: &'static str,
    pub(super) args: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    pub(super) status: StatusCode,
    #[serde(skip)]
    pub(super) retry_after: Option<u64>,
}

/// Why the page is shown again; anything else in the query is ignored.
const REASONS: [&str; 3] = ["reauthenticate", "expired", "switch"];

/// Shows the page. Without a flow it begins one that leads to the start page.
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
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={id}", urls::LOGIN))));
    };
    let found = flow::find(&app, &browser, id).await?;
    let reason = query.get("reason").and_then(|r| REASONS.into_iter().find(|known| known == r));
    let after = After::read(&found)?;
    let hint = after.request().ok().and_then(|p| p.get("login_hint").map(|h| h.chars().take(200).collect::<String>()));
    show(&app, &browser, &found, &hint.unwrap_or_default(), reason, None)
}

/// Takes the form.
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
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    match password::take(&app, &browser, &form).await? {
        Ok(proof) => flow::proved(&app, &record, &browser, found, &proof).await,
        Err(error) => {
            let username: String = form.get("username").unwrap_or_default().chars().take(200).collect();
            show(&app, &browser, &found, &username, None, Some(error))
        }
    }
}

fn show(
    app: &App,
    browser: &Browser,
    flow: &Flow,
    username: &str,
    reason: Option<&'static str>,
    error: Option<FieldError>,
) -> Result<Response, PageError> {
    let after = After::read(flow)?;
    let snapshot = app.directory.snapshot();
    let client = after.client_id().and_then(|id| snapshot.client(id));
    let request = after.request().unwrap_or_default();
    let context = Context {
        flow: flow.id.clone(),
        csrf: browser.csrf(app),
        app: client.map(|c| AppView::of(c)),
        username: username.to_owned(),
        methods: LOGIN_METHODS.iter().filter(|m| (m.is_enabled)(app)).map(|m| MethodView { name: m.name }).collect(),
        reason,
        error: error.clone(),
    };
    let page = Page {
        status: error.as_ref().map_or(StatusCode::OK, |e| e.status),
        forms: redirect_target(&request),
        again: Some((urls::LOGIN, format!("flow={}", flow.id))),
        ..Page::new("login/login.html")
    };
    let mut response = page::render(app, browser, &page, &context)?;
    if let Some(seconds) = error.and_then(|e| e.retry_after) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// The form leads on to the app that waits.
pub(super) fn redirect_target(request: &Params) -> FormTargets<'_> {
    request.get("redirect_uri").map_or(FormTargets::Own, FormTargets::Redirect)
}
