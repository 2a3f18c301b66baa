//! The pages of the demo: where a sign-in begins, and what happened, step by step.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use openidconnect::core::CoreAuthPrompt;
use serde::Serialize;
use serde_json::Value;

use super::apps::{APPS, DemoApp};
use super::party::Party;
use super::seed::{PASSWORD, PEOPLE};
use super::visits::{Fault, Pending, Run, Stage, Step, Tokens, User, Visits};
use super::wire::{Wire, shown_get, shown_json};
use crate::app::App;
use crate::domain::Error;
use crate::error::PageError;
use crate::page::{self, Page};
use crate::platform::random::from_base64url;
use crate::platform::templates::MessageArg;
use crate::session::{Browser, PageForm};
use crate::urls;

/// How long the server may take to answer the app.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the demo apps have in memory.
#[derive(Default)]
pub(super) struct Demo {
    visits: Visits,
    http: OnceLock<Result<reqwest::Client, String>>,
}

type Which = Extension<&'static DemoApp>;
type Kept = Extension<Arc<Demo>>;
type Parameters = Query<BTreeMap<String, String>>;

impl Demo {
    fn wire(&self, app: &App) -> crate::domain::Result<Wire> {
        let client = self.http.get_or_init(|| http_client(app).map_err(|e| e.to_string()));
        client.clone().map(Wire::new).map_err(Error::Internal)
    }

    fn note(&self, app: &App, browser: &Browser, which: &DemoApp, change: impl FnOnce(&mut Run)) -> Response {
        self.visits.change(&browser.hash, which, app.clock.now_ms(), change);
        page::see_other(&app.urls.local(which.steps))
    }
}

/// No redirects: an answer that leads elsewhere is none. No proxy: the server is on this machine.
fn http_client(app: &App) -> Result<reqwest::Client, Box<dyn std::error::Error>> {
    let mut builder =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).no_proxy();
    for path in &app.config.outgoing.ca_certificates {
        for certificate in reqwest::Certificate::from_pem_bundle(&std::fs::read(path)?)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    Ok(builder.build()?)
}

#[derive(Serialize)]
struct Index<'a> {
    issuer: &'a str,
    discovery_uri: String,
    apps: Vec<Tile>,
    people: Vec<PersonTile>,
    error: Option<ErrorView>,
}

#[derive(Serialize)]
struct Tile {
    name: &'static str,
    description: String,
    href: String,
}

#[derive(Serialize)]
struct PersonTile {
    name: &'static str,
    username: &'static str,
    password: &'static str,
}

/// `GET /demo`: the apps and the people. A sign-out comes back here.
pub(super) async fn index(
    State(app): State<App>,
    Extension(demo): Kept,
    browser: Browser,
    Query(query): Parameters,
) -> Result<Response, PageError> {
    if let Some(state) = query.get("state") {
        for which in &APPS {
            let run = demo.visits.find(&browser.hash, which, app.clock.now_ms());
            if run.is_some_and(|run| run.leaving.as_ref() == Some(state)) {
                return Ok(demo.note(&app, &browser, which, |run| {
                    run.push(Step {
                        kind: "logged-out",
                        request: Some(format!("GET {}\n?state={state}", urls::DEMO)),
                        response: None,
                    });
                    *run = Run { steps: std::mem::take(&mut run.steps), stage: Stage::SignedOut, ..Run::default() };
                }));
            }
        }
    }
    let context = Index {
        issuer: app.urls.issuer(),
        discovery_uri: app.urls.absolute(urls::OPENID_CONFIGURATION),
        apps: APPS
            .iter()
            .map(|demo| Tile {
                name: demo.name,
                description: app.templates.message(browser.lang, demo.description, &[]),
                // Absolute: a browser that came by another name of this machine would not find its cookie again.
                href: app.urls.absolute(&format!("{}/start", demo.path)),
            })
            .collect(),
        people: PEOPLE.into_iter().map(|(username, name)| PersonTile { name, username, password: PASSWORD }).collect(),
        error: None,
    };
    let page = Page { again: Some((urls::DEMO, String::new())), ..Page::new("demo/index.html") };
    page::render(&app, &browser, &page, &context)
}

/// `GET …/start`: the app sends the browser to sign in, with `?prompt=` where one is given.
pub(super) async fn start(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    browser: Browser,
    Query(query): Parameters,
) -> Result<Response, PageError> {
    let prompt = match query.get("prompt").map(String::as_str) {
        Some("none") => Some(CoreAuthPrompt::None),
        Some("login") => Some(CoreAuthPrompt::Login),
        _ => None,
    };
    // `?app=` chooses by client_id, for links made by hand.
    let which = query.get("app").and_then(|id| APPS.iter().find(|a| a.client_id == *id)).unwrap_or(which);
    begin(&app, &demo, which, &browser, prompt).await
}

/// `GET …/silent`: signs in where that needs nobody to be asked.
pub(super) async fn silent(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    browser: Browser,
) -> Result<Response, PageError> {
    begin(&app, &demo, which, &browser, Some(CoreAuthPrompt::None)).await
}

/// `GET …/login`: signs in again, password and all.
pub(super) async fn login(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    browser: Browser,
) -> Result<Response, PageError> {
    begin(&app, &demo, which, &browser, Some(CoreAuthPrompt::Login)).await
}

async fn begin(
    app: &App,
    demo: &Demo,
    which: &'static DemoApp,
    browser: &Browser,
    prompt: Option<CoreAuthPrompt>,
) -> Result<Response, PageError> {
    let mut steps = Vec::new();
    let token = || app.random.token().map_err(Error::from);
    let pending = Pending { state: token()?, nonce: token()?, verifier: token()? };
    let party = match Party::discover(app, which, demo.wire(app)?, &mut steps).await {
        Ok(party) => party,
        Err(fault) => {
            return Ok(demo.note(app, browser, which, |run| *run = Run { steps, fault: Some(fault), ..Run::default() }));
        }
    };
    let url = party.authorize_url(&pending, prompt);
    steps.push(Step { kind: "authorize", request: Some(shown_get(&url)), response: None });
    demo.note(app, browser, which, |run| *run = Run { steps, pending: Some(pending), ..Run::default() });
    Ok(page::see_other(url.as_str()))
}

/// `GET …/callback`: the browser comes back with a code or an error.
pub(super) async fn callback(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    browser: Browser,
    Query(query): Parameters,
) -> Result<Response, PageError> {
    let shown: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = format!("GET {}/callback\n?{}", which.path, shown.join("\n&"));
    let mut steps = vec![Step { kind: "callback", request: Some(request), response: None }];
    let pending = demo.visits.change(&browser.hash, which, app.clock.now_ms(), |run| run.pending.take());
    let outcome = sign_in(&app, &demo, which, pending, &query, &mut steps).await?;
    Ok(demo.note(&app, &browser, which, |run| {
        let fault = match outcome {
            Ok((tokens, user)) => {
                run.stage = Stage::SignedIn;
                run.tokens = Some(tokens);
                match user {
                    Ok(user) => {
                        run.user = Some(user);
                        None
                    }
                    Err(fault) => Some(fault),
                }
            }
            Err(fault) => {
                if let Fault::Refused { .. } = fault
                    && let [step] = steps.as_mut_slice()
                {
                    step.kind = "error";
                }
                Some(fault)
            }
        };
        run.note(steps, fault);
    }))
}

type SignedIn = Result<(Tokens, Result<User, Fault>), Fault>;

async fn sign_in(
    app: &App,
    demo: &Demo,
    which: &'static DemoApp,
    pending: Option<Pending>,
    query: &BTreeMap<String, String>,
    steps: &mut Vec<Step>,
) -> Result<SignedIn, PageError> {
    let Some(pending) = pending.filter(|p| query.get("state") == Some(&p.state)) else {
        return Ok(Err(Fault::ForeignAnswer));
    };
    // RFC 9207 §2.4: compared before anything else in the answer is believed.
    if query.get("iss").map(String::as_str) != Some(app.urls.issuer()) {
        return Ok(Err(Fault::OtherIssuer));
    }
    if let Some(code) = query.get("error") {
        return Ok(Err(Fault::Refused { code: code.clone(), description: query.get("error_description").cloned() }));
    }
    let Some(code) = query.get("code") else { return Ok(Err(Fault::ForeignAnswer)) };
    let party = match Party::discover(app, which, demo.wire(app)?, &mut Vec::new()).await {
        Ok(party) => party,
        Err(fault) => return Ok(Err(fault)),
    };
    let tokens = match party.redeem(code.clone(), &pending, steps).await {
        Ok(tokens) => tokens,
        Err(fault) => return Ok(Err(fault)),
    };
    let user = party.userinfo(&tokens, steps).await;
    Ok(Ok((tokens, user)))
}

/// What a button of the page does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Userinfo,
    Refresh,
    Introspect,
    Revoke,
    Logout,
}

impl Action {
    pub(super) const ALL: [Self; 5] = [Self::Userinfo, Self::Refresh, Self::Introspect, Self::Revoke, Self::Logout];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Userinfo => "userinfo",
            Self::Refresh => "refresh",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Logout => "logout",
        }
    }

    fn fits(self, which: &DemoApp, tokens: &Tokens) -> bool {
        match self {
            Self::Userinfo | Self::Logout => true,
            Self::Refresh | Self::Revoke => tokens.refresh.is_some(),
            Self::Introspect => which.secret.is_some(),
        }
    }
}

/// `POST …/userinfo` and the others: one request more.
pub(super) async fn act(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    Extension(action): Extension<Action>,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let run = demo.visits.find(&browser.hash, which, app.clock.now_ms());
    // Forgotten after an hour: begin anew.
    let Some(tokens) = run.and_then(|run| run.tokens).filter(|t| action.fits(which, t)) else {
        return Ok(page::see_other(&app.urls.local(urls::DEMO)));
    };
    let mut steps = Vec::new();
    let party = match Party::discover(&app, which, demo.wire(&app)?, &mut Vec::new()).await {
        Ok(party) => party,
        Err(fault) => return Ok(demo.note(&app, &browser, which, |run| run.fault = Some(fault))),
    };
    let refresh = tokens.refresh.as_deref().unwrap_or_default();
    let mut change: Box<dyn FnOnce(&mut Run) + Send> = Box::new(|_| ());
    let outcome = match action {
        Action::Userinfo => party.userinfo(&tokens, &mut steps).await.map(|user| {
            change = Box::new(|run| run.user = Some(user));
        }),
        Action::Refresh => party.refresh(&tokens, refresh, &mut steps).await.map(|tokens| {
            change = Box::new(|run| run.tokens = Some(tokens));
        }),
        Action::Introspect => party.introspect(&tokens, &mut steps).await,
        Action::Revoke => party.revoke(refresh, &mut steps).await,
        Action::Logout => {
            let state = app.random.token().map_err(Error::from)?;
            match party.logout_url(&app, &tokens.id, &state) {
                Ok(url) => {
                    steps.push(Step { kind: "logout", request: Some(shown_get(&url)), response: None });
                    demo.note(&app, &browser, which, |run| {
                        run.leaving = Some(state);
                        run.note(steps, None);
                    });
                    return Ok(page::see_other(url.as_str()));
                }
                Err(fault) => Err(fault),
            }
        }
    };
    let is_done = outcome.is_ok();
    let there = demo.note(&app, &browser, which, |run| {
        change(run);
        run.note(steps, outcome.err());
    });
    // The newest step stands first below the tokens; what went wrong, at the top.
    Ok(if is_done { page::see_other(&app.urls.local(&format!("{}#steps", which.steps))) } else { there })
}

#[derive(Serialize)]
struct StepPage {
    title: String,
    app: AppName,
    user: Option<User>,
    error: Option<ErrorView>,
    actions: Vec<ActionView>,
    csrf: String,
    steps: Vec<StepView>,
    tokens: Vec<TokenView>,
}

#[derive(Serialize)]
struct AppName {
    name: &'static str,
}

#[derive(Serialize)]
struct ErrorView {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct ActionView {
    name: &'static str,
    path: String,
    method: &'static str,
}

#[derive(Serialize)]
struct StepView {
    title: String,
    explanation: String,
    request: Option<String>,
    response: Option<String>,
}

#[derive(Serialize)]
struct TokenView {
    name: String,
    explanation: String,
    header: Option<String>,
    claims: Option<String>,
    raw: String,
}

/// `GET …/steps`: what happened, and what can be tried next.
pub(super) async fn steps(
    State(app): State<App>,
    Extension(demo): Kept,
    Extension(which): Which,
    browser: Browser,
) -> Result<Response, PageError> {
    let Some(run) = demo.visits.find(&browser.hash, which, app.clock.now_ms()) else {
        return Ok(page::see_other(&app.urls.local(urls::DEMO)));
    };
    let words = |key: &str, args: &[(&str, MessageArg<'_>)]| app.templates.message(browser.lang, key, args);
    let name = run.user.as_ref().map(|u| u.name.clone().unwrap_or_else(|| u.username.clone()));
    let title = match (run.stage, &name) {
        (Stage::SignedIn, Some(name)) => words("demo-title-signed-in", &[("name", name.as_str().into())]),
        (Stage::SignedIn, None) => words("demo-title-somebody", &[]),
        (Stage::SignedOut, _) => words("demo-title-signed-out", &[]),
        (Stage::Begun, _) if run.fault.is_some() => words("demo-title-stopped", &[]),
        (Stage::Begun, _) => words("demo-title-begun", &[]),
    };
    let context = StepPage {
        title,
        app: AppName { name: which.name },
        error: run.fault.as_ref().map(|fault| fault_view(&app, &browser, fault)),
        actions: actions(which, run.tokens.as_ref()),
        csrf: browser.csrf(&app),
        steps: run
            .steps
            .into_iter()
            .rev()
            .map(|step| StepView {
                title: words(&format!("demo-step-{}-title", step.kind), &[]),
                explanation: words(&format!("demo-step-{}-text", step.kind), &[]),
                request: step.request,
                response: step.response,
            })
            .collect(),
        tokens: run.tokens.as_ref().map(|tokens| token_views(&app, &browser, tokens)).unwrap_or_default(),
        user: run.user,
    };
    let page = Page { again: Some((which.steps, String::new())), ..Page::new("demo/step.html") };
    page::render(&app, &browser, &page, &context)
}

fn actions(which: &DemoApp, tokens: Option<&Tokens>) -> Vec<ActionView> {
    let view = |name, method, path: &str| ActionView { name, path: format!("{path}/{name}"), method };
    let mut all: Vec<ActionView> = Action::ALL
        .into_iter()
        .filter(|action| tokens.is_some_and(|t| action.fits(which, t)))
        .map(|action| view(action.name(), "post", which.path))
        .collect();
    let logout = all.pop();
    for name in if tokens.is_some() { ["silent", "login"].as_slice() } else { &["start", "silent"] } {
        all.push(view(name, "get", which.path));
    }
    if let Some(other) = APPS.iter().find(|a| tokens.is_some() && a.index != which.index) {
        all.push(ActionView { name: "other", path: format!("{}/start", other.path), method: "get" });
    }
    all.extend(logout);
    all
}

fn fault_view(app: &App, browser: &Browser, fault: &Fault) -> ErrorView {
    let words = |key: &str, args: &[(&str, MessageArg<'_>)]| app.templates.message(browser.lang, key, args);
    let stopped = || words("demo-error-title", &[]);
    let because = |key: &str, cause: &String| words(key, &[("cause", cause.as_str().into())]);
    match fault {
        Fault::Refused { code, description } => {
            let known =
                ["access_denied", "login_required", "consent_required", "interaction_required", "invalid_grant"];
            let key = known.into_iter().find(|k| k == code).map(|k| format!("demo-fault-{}", k.replace('_', "-")));
            let mut text = words(key.as_deref().unwrap_or("demo-step-error-text"), &[]);
            if let Some(description) = description {
                text += &format!(" {}", words("demo-fault-description", &[("text", description.as_str().into())]));
            }
            ErrorView { title: code.clone(), text }
        }
        Fault::ForeignAnswer => ErrorView { title: stopped(), text: words("demo-fault-state", &[]) },
        Fault::OtherIssuer => ErrorView { title: stopped(), text: words("demo-fault-iss", &[]) },
        Fault::BadIdToken(cause) => ErrorView { title: stopped(), text: because("demo-fault-id-token", cause) },
        Fault::NoAnswer(cause) => ErrorView { title: stopped(), text: because("demo-fault-no-answer", cause) },
    }
}

fn token_views(app: &App, browser: &Browser, tokens: &Tokens) -> Vec<TokenView> {
    let view = |kind: &str, raw: &str| {
        let words = |part: &str| app.templates.message(browser.lang, &format!("demo-token-{kind}{part}"), &[]);
        let (header, claims) = decoded(raw).unzip();
        TokenView { name: words(""), explanation: words("-text"), header, claims, raw: raw.to_owned() }
    };
    let mut views = vec![view("id", &tokens.id.to_string()), view("access", &tokens.access)];
    views.extend(tokens.refresh.as_deref().map(|raw| view("refresh", raw)));
    views
}

/// Header and claims of a JWT, to read; nothing where it is none.
fn decoded(token: &str) -> Option<(String, String)> {
    let mut parts = token.split('.');
    let mut part = || {
        let json: Value = serde_json::from_slice(&from_base64url(parts.next()?)?).ok()?;
        json.is_object().then(|| shown_json(&json, false))
    };
    Some((part()?, part()?))
}
