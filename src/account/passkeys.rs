//! `/account/passkeys`: the passkeys of an account: add, rename, remove.
//!
//! ```text
//! script: POST …/options ─▶ navigator.credentials.create ─▶ form: POST /account/passkeys ─▶ the list
//! ```
//!
//! Adding and removing need a recent sign-in, and a second factor of who has one.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::second_factor::show_codes;
use super::when::When;
use super::{Fresh, Signed, render_page, saved};
use crate::app::App;
use crate::domain::passkeys::{self, Answer, Passkey, Refused};
use crate::domain::{Error, factors};
use crate::error::PageError;
use crate::page::Page;
use crate::platform::random::base64url;
use crate::platform::user_agent::UserAgent;
use crate::platform::webauthn::Refusal;
use crate::route::{get_post, post};
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    passkeys: Vec<View>,
    /// What a new one could be called.
    name: String,
    /// For the browser, so that it stops offering those that were removed.
    rp_id: String,
    user_handle: String,
    known: String,
    error: Option<Words>,
}

#[derive(Serialize)]
struct View {
    id: Uuid,
    name: String,
    created: When,
    used: Option<When>,
}

/// What is wrong: at the `passkey` button, at the `name` field, or with the `list`.
#[derive(Debug, Clone, Serialize)]
struct Words {
    field: &'static str,
    key: &'static str,
    args: [(); 0],
}

impl Words {
    fn new(field: &'static str, key: &'static str) -> Self {
        Self { field, key, args: [] }
    }
}

/// The pages and endpoints.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(urls::ACCOUNT_PASSKEYS, get_post(show_all, add))
        .route(urls::ACCOUNT_PASSKEYS_OPTIONS, post(options))
        .route(urls::ACCOUNT_PASSKEYS_RENAME, post(rename))
        .route(urls::ACCOUNT_PASSKEYS_REMOVE, post(remove))
}

/// Shows them.
///
/// # Errors
/// Of the database.
async fn show_all(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    show(&app, &signed, None).await
}

/// The options for a new passkey, for the script of the page; or where to prove first who one is.
///
/// # Errors
/// 403 for a form that is not ours.
async fn options(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let answer = match signed.fresh(&app).await? {
        Some(away) => json!({ "location": away.headers().get(header::LOCATION).and_then(|l| l.to_str().ok()) }),
        None => match passkeys::begin_registration(&app, signed.person(), &signed.browser.hash).await? {
            Ok(options) => json!({ "publicKey": options }),
            Err(refused) => json!({ "note": app.templates.message(signed.browser.lang, words(refused), &[]) }),
        },
    };
    Ok(for_script(answer))
}

fn for_script(answer: Value) -> Response {
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Adds one.
///
/// # Errors
/// 403 for a form that is not ours.
async fn add(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    let answer = Answer {
        credential: form.get("credential").unwrap_or_default(),
        name: form.get("name").unwrap_or_default(),
        is_first: fresh.session.acr != factors::ACR_MULTI,
    };
    match passkeys::finish_registration(&app, fresh.person().id, &answer, &fresh.browser.place()).await {
        Ok(Ok(added)) if added.codes.is_empty() => Ok(saved(&app, urls::ACCOUNT_PASSKEYS, "passkey-added")),
        Ok(Ok(added)) => show_codes(&app, &fresh, &added.codes),
        Ok(Err(refused)) => show(&app, &fresh, Some(Words::new("passkey", words(refused)))).await,
        Err(Error::Invalid { .. }) => show(&app, &fresh, Some(Words::new("name", "account-passkeys-error-name"))).await,
        Err(error) => Err(error.into()),
    }
}

/// Gives one another name.
///
/// # Errors
/// 403 for a form that is not ours, 404 for somebody else's passkey.
async fn rename(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let name = form.get("name").unwrap_or_default();
    match passkeys::rename(&app, signed.person().id, named(&form)?, name).await {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_PASSKEYS, "passkey-renamed")),
        Err(Error::Invalid { .. }) => {
            show(&app, &signed, Some(Words::new("list", "account-passkeys-error-name"))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes one.
///
/// # Errors
/// 403 for a form that is not ours, 404 for somebody else's passkey.
async fn remove(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    match passkeys::remove(&app, fresh.person().id, named(&form)?, &fresh.browser.place()).await {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_PASSKEYS, "passkey-removed")),
        Err(Error::Conflict(_)) => show(&app, &fresh, Some(Words::new("list", "account-passkeys-error-needed"))).await,
        Err(error) => Err(error.into()),
    }
}

fn named(form: &PageForm) -> Result<Uuid, PageError> {
    let id = form.get("passkey").and_then(|id| id.parse().ok());
    id.ok_or_else(|| PageError::new(StatusCode::NOT_FOUND, "not-found"))
}

fn words(refused: Refused) -> &'static str {
    match refused {
        Refused::Over | Refused::Unknown => "passkey-error-over",
        Refused::Taken => "passkey-error-known",
        Refused::TooMany => "passkey-error-too-many",
        Refused::Ceremony(Refusal::Unverified) => "passkey-error-unverified",
        Refused::Ceremony(_) => "passkey-error-not-added",
    }
}

async fn show(app: &App, signed: &Signed, error: Option<Words>) -> Result<Response, PageError> {
    let Some(party) = app.webauthn.as_ref().filter(|_| passkeys::are_offered(app)) else {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    };
    let person = signed.person();
    let mine = passkeys::list(app, person.id).await?;
    let now = app.clock.now_ms();
    let view = |passkey: &Passkey| View {
        id: passkey.id,
        name: passkey.name.clone(),
        created: When::of(now, passkey.created_at),
        used: passkey.last_used_at.map(|at| When::of(now, at)),
    };
    let context = Context {
        passkeys: mine.iter().map(view).collect(),
        name: signed.browser.user_agent.as_deref().map(UserAgent::read).unwrap_or_default().in_words(),
        rp_id: party.id().to_owned(),
        user_handle: base64url(person.id.as_bytes()),
        known: mine.iter().map(|p| base64url(&p.credential_id)).collect::<Vec<_>>().join(" "),
        error: error.clone(),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page { status, connects: true, ..Page::new("account/passkeys.html") };
    render_page(app, signed, page, &context)
}
