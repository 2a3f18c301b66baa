//! `GET /login`, the sign-in page, and `POST /login`, its form. The page shows the methods that this operator allows.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::after::After;
use super::{LOGIN_METHODS, flow, password, upstream};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::domain::flows::Flow;
use crate::domain::passkeys;
use crate::domain::users;
use crate::error::PageError;
use crate::oidc::params::Params;
use crate::page::{self, AppView, FormTargets, Page};
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    username: String,
    error: Option<FieldError>,
    asks: Asks,
    has_passkey: bool,
    ways: Vec<Way>,
    last: Option<String>,
    recover: bool,
    register: bool,
    choose: bool,
    reason: Option<&'static str>,
}

/// The form at the top of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Asks {
    /// Name and password.
    Both,
    /// The name; the password comes on the next page.
    Name,
    /// The password of a name that was given.
    Password,
    /// Nothing: passwords are not used here.
    Nothing,
}

/// Another way in, below the form.
#[derive(Debug, Clone, Serialize)]
struct Way {
    /// A method, or `upstream:NAME`.
    name: String,
    href: String,
    /// What an account elsewhere is called.
    provider: Option<String>,
    /// Which icon.
    icon: String,
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

impl FieldError {
    /// Without arguments.
    pub(super) fn new(field: &'static str, key: &'static str, status: StatusCode) -> Self {
        Self { field, key, args: BTreeMap::new(), status, retry_after: None }
    }
}

/// Why the page is shown again; anything else in the query is ignored.
const REASONS: [&str; 5] = ["reauthenticate", "expired", "switch", "reset", "closed"];

/// Shows the page. Without a flow it begins one that leads to the start page.
///
/// # Errors
/// Where the flow is over or somebody else's.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    headers: HeaderMap,
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
    let hint = match after.person() {
        Some(id) => users::find_maybe(&app, id).await?.map(|person| person.username),
        None => hint,
    };
    let shown = Shown { username: hint.unwrap_or_default(), reason, ..Shown::default() };
    show(&app, &browser, &record, &headers, &found, shown).await
}

/// Takes the form.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let username = |form: &PageForm| form.get("username").unwrap_or_default().chars().take(200).collect::<String>();
    if !app.config.login.password {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    }
    // Identifier first: the name alone leads to the page that asks for the password, whether or not it is anybody's.
    let is_name_only = app.config.login.identifier_first && form.get("password").is_none();
    if is_name_only && !username(&form).trim().is_empty() {
        let shown = Shown { username: username(&form), is_named: true, ..Shown::default() };
        return show(&app, &browser, &record, &headers, &found, shown).await;
    }
    match password::take(&app, &browser, &form).await? {
        Ok(proof) => flow::proved(&app, &record, &browser, found, &proof).await,
        Err(error) => {
            let is_named = error.field != "username";
            let shown = Shown { username: username(&form), is_named, error: Some(error), ..Shown::default() };
            show(&app, &browser, &record, &headers, &found, shown).await
        }
    }
}

/// What is shown of an earlier step.
#[derive(Debug, Default)]
struct Shown {
    username: String,
    /// The name was given already.
    is_named: bool,
    reason: Option<&'static str>,
    error: Option<FieldError>,
}

/// Shows the page with what is wrong with another method than the password.
pub(super) async fn show_refused(
    app: &App,
    browser: &Browser,
    record: &tower_sessions::Session,
    headers: &HeaderMap,
    flow: &Flow,
    error: FieldError,
) -> Result<Response, PageError> {
    show(app, browser, record, headers, flow, Shown { error: Some(error), ..Shown::default() }).await
}

async fn show(
    app: &App,
    browser: &Browser,
    record: &tower_sessions::Session,
    headers: &HeaderMap,
    flow: &Flow,
    shown: Shown,
) -> Result<Response, PageError> {
    let after = After::read(flow)?;
    let request = after.request().unwrap_or_default();
    let login = &app.config.login;
    let error = shown.error;
    let context = Context {
        flow: flow.id.clone(),
        csrf: browser.csrf(app),
        app: after.app(app),
        username: shown.username,
        asks: match (login.password, login.identifier_first, shown.is_named) {
            (false, ..) => Asks::Nothing,
            (true, false, _) => Asks::Both,
            (true, true, true) => Asks::Password,
            (true, true, false) => Asks::Name,
        },
        has_passkey: passkeys::are_offered(app),
        ways: ways(app, flow),
        last: session::cookie(headers, &session::cookie_name(app, "last")),
        recover: login.password,
        register: app.config.registration.mode == RegistrationMode::Open,
        choose: shown.reason != Some("reauthenticate") && !session::all(app, record).await?.is_empty(),
        reason: shown.reason,
        error: error.clone(),
    };
    let page = Page {
        status: error.as_ref().map_or(StatusCode::OK, |e| e.status),
        retry_after: error.and_then(|e| e.retry_after),
        forms: redirect_target(&request),
        again: Some((urls::LOGIN, format!("flow={}", flow.id))),
        connects: context.has_passkey,
        ..Page::new("login/login.html")
    };
    page::render(app, browser, &page, &context)
}

/// The ways in that have a page of their own.
fn ways(app: &App, flow: &Flow) -> Vec<Way> {
    let own = LOGIN_METHODS.iter().filter(|m| (m.is_enabled)(app)).filter_map(|m| Some((m.name, m.path?)));
    let own = own.map(|(name, path)| Way {
        name: name.to_owned(),
        href: format!("{path}?flow={}", flow.id),
        provider: None,
        icon: name.to_owned(),
    });
    let elsewhere = upstream::choices(app).into_iter().map(|choice| Way {
        name: format!("upstream:{}", choice.name),
        href: format!("{}?flow={}", choice.path, flow.id),
        provider: Some(choice.display_name),
        icon: format!("upstream-{}", choice.kind),
    });
    own.chain(elsewhere).collect()
}

/// The form leads on to the app that waits.
pub(super) fn redirect_target(request: &Params) -> FormTargets<'_> {
    request.get("redirect_uri").map_or(FormTargets::Own, FormTargets::Redirect)
}
