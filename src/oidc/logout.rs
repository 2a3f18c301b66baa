//! `GET` and `POST /logout` (OpenID Connect RP-Initiated Logout 1.0).
//!
//! With a hint that is right the person is signed out at once, since the client has shown that it was theirs; without one they are asked
//! first. Nobody is redirected to an address that is not registered.

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use url::form_urlencoded;

use super::authorize::{is_from_elsewhere, names, to, verify_id_token};
use super::issue::claims;
use super::params::{self, PageParams, Params};
use super::redirect_uri;
use crate::app::App;
use crate::domain::clients::Client;
use crate::error::PageError;
use crate::page::{self, AppView, FormTargets, Page, PersonView};
use crate::session::{self, Browser};
use crate::urls;

/// The parameters that are understood; no other is sent on.
const PARAMETERS: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

#[derive(Serialize)]
struct Confirm {
    csrf: String,
    app: Option<AppView>,
    user: Option<PersonView>,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Done {
    signed_out: bool,
    back: Option<Back>,
}

#[derive(Serialize)]
struct Back {
    href: String,
    name: String,
}

/// A request that is right in every part.
struct Logout {
    client: Option<Arc<Client>>,
    /// The subject that the hint names, as its client sees it.
    hinted: Option<String>,
    /// Where to go afterwards; registered.
    redirect: Option<String>,
}

/// Signs out, or asks first.
///
/// # Errors
/// As a page: nothing is redirected that is not proven.
pub async fn handle(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    method: Method,
    headers: HeaderMap,
    PageParams(params): PageParams,
) -> Result<Response, PageError> {
    if method == Method::POST && is_from_elsewhere(&app, &headers) {
        // Browsers keep SameSite=Lax cookies back from a foreign POST; a GET brings them, and with them who is to be signed out.
        return Ok(to(&app, urls::LOGOUT, &params.only(&PARAMETERS).to_query()));
    }
    if let Some(name) = params.repeated() {
        return Err(PageError::bad_request("invalid-request").detail("repeated", params::shown(name)));
    }
    let logout = validate(&app, &params)?;
    let session = session::current(&app, &record).await?;
    let is_confirmed = method == Method::POST && params.get("csrf").is_some_and(|t| browser.is_csrf(&app, t));
    if is_confirmed && params.get("cancel").is_some() {
        return done(&app, &browser, &logout, false, None);
    }
    // §2: the hint must be of somebody who is signed in here; of anybody else, ask.
    let hinted = match (&logout.client, &logout.hinted) {
        (Some(client), Some(hinted)) => session::all(&app, &record)
            .await?
            .into_iter()
            .find(|s| &claims::subject(&app, client, s.person.id) == hinted)
            .map(|s| s.id),
        _ => None,
    };
    let is_nobody = session.is_none() && session::all(&app, &record).await?.is_empty();
    if is_nobody || is_confirmed || hinted.is_some() {
        match hinted {
            Some(id) if !is_confirmed => session::sign_out_one(&app, &record, id).await?,
            _ => session::sign_out(&app, &record).await?,
        }
        return match &logout.redirect {
            Some(uri) => Ok(page::see_other(&with_state(uri, params.get("state")))),
            None => done(&app, &browser, &logout, true, None),
        };
    }
    confirm(&app, &browser, &params, &logout, session.as_ref().map(|s| PersonView::of(&s.person)))
}

fn validate(app: &App, params: &Params) -> Result<Logout, PageError> {
    let snapshot = app.directory.snapshot();
    let hint = match params.get("id_token_hint") {
        // §2: one that we did not issue is an error, shown to the person; it may have expired.
        Some(token) => Some(verify_id_token(app, token).ok_or_else(|| PageError::bad_request("logout-hint"))?),
        None => None,
    };
    let of_hint = hint.as_ref().and_then(|c| c.get("aud")).and_then(|a| a.as_str()).map(str::to_owned);
    let named = params.get("client_id").map(str::to_owned);
    if let (Some(named), Some(hint)) = (&named, &hint)
        && !names(hint, named)
    {
        // §2: where both are given, the hint must have been issued to that client.
        return Err(PageError::bad_request("logout-hint").detail("reason", "id_token_hint was not issued to client_id"));
    }
    let client = match named.or(of_hint) {
        Some(id) => Some(Arc::clone(
            snapshot
                .client(&id)
                .ok_or_else(|| PageError::bad_request("unknown-client").detail("client_id", params::shown(&id)))?,
        )),
        None => None,
    };
    let redirect = match (params.get("post_logout_redirect_uri"), &client) {
        (None, _) => None,
        (Some(uri), Some(client))
            if redirect_uri::is_registered(&client.metadata.post_logout_redirect_uris, uri, false) =>
        {
            Some(uri.to_owned())
        }
        // Nobody says whose address it is: sign out, and stay here.
        (Some(_), None) => None,
        // §3: an address that is not proven to be the client's is not redirected to.
        (Some(_), _) => return Err(PageError::bad_request("logout-redirect")),
    };
    let hinted = hint.and_then(|c| c.get("sub").and_then(|s| s.as_str()).map(str::to_owned));
    Ok(Logout { client, hinted, redirect })
}

fn confirm(
    app: &App,
    browser: &Browser,
    params: &Params,
    logout: &Logout,
    user: Option<PersonView>,
) -> Result<Response, PageError> {
    let fields =
        PARAMETERS.into_iter().filter_map(|name| Some(Field { name, value: params.get(name)?.to_owned() })).collect();
    let context = Confirm { csrf: browser.csrf(app), app: logout.client.as_deref().map(AppView::of), user, fields };
    let forms = logout.redirect.as_deref().map_or(FormTargets::Own, FormTargets::Redirect);
    page::render(app, browser, &Page { forms, ..Page::new("oidc/logout.html") }, &context)
}

fn done(
    app: &App,
    browser: &Browser,
    logout: &Logout,
    signed_out: bool,
    back: Option<Back>,
) -> Result<Response, PageError> {
    let back = back.or_else(|| {
        let client = logout.client.as_deref()?;
        let href = client.metadata.client_uri.clone()?;
        Some(Back { href, name: client.display_name().to_owned() })
    });
    page::render(app, browser, &Page::new("oidc/logged_out.html"), &Done { signed_out, back })
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let text = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let join = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{join}{text}")
}
