//! What happens to every request before and after its handler: its name, its address, its line in the log, its headers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::domain::events::About;
use crate::error::PageError;
use crate::oidc::error::OAuthError;
use crate::page;
use crate::platform::logging::RequestId;
use crate::platform::random::sha256;
use crate::platform::real_ip::{ClientAddress, client_ip};
use crate::platform::server::PeerAddr;
use crate::platform::templates::Lang;
use crate::session::{self, Browser};

/// The name of a request, in its answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, finds its address, and notes a refusal: once in the log, once among the events.
pub async fn edge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.request_ids.next();
    let peer = request.extensions().get::<PeerAddr>().and_then(|p| p.0).map(|a| a.ip());
    let server = &app.config.server;
    let address = client_ip(peer, request.headers(), &server.trusted_proxies, server.trust_unix_peer);
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(ClientAddress(address));
    let is_logged = app.config.log.access;
    let line = is_logged.then(|| (request.method().clone(), request.uri().path().to_owned(), app.clock.now_ms()));
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<OAuthError>>() {
        let user_id = response.extensions().get::<Who>().map(|who| who.user_id);
        note_oauth(&app, id, response.status(), &error, user_id);
    }
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE
        && !response.headers().contains_key(header::CONTENT_SECURITY_POLICY)
    {
        let before = std::mem::take(response.headers_mut());
        response = OAuthError::invalid_request("the body is too large")
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            .into_response();
        for name in [header::ACCESS_CONTROL_ALLOW_ORIGIN, header::ACCESS_CONTROL_EXPOSE_HEADERS] {
            if let Some(value) = before.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some((method, path, began)) = line {
        let took_ms = app.clock.now_ms() - began;
        tracing::info!(request.id = %id, %method, path, status = response.status().as_u16(), took_ms, "request");
    }
    response
}

fn note_oauth(app: &App, id: RequestId, status: StatusCode, error: &OAuthError, user_id: Option<Uuid>) {
    let code = error.code.as_str();
    metrics::counter!("doorward_refusals_total", "code" => code).increment(1);
    let cause = error.cause.as_deref().unwrap_or("");
    let client = error.client_id.as_deref().unwrap_or("");
    if status.is_server_error() {
        tracing::error!(request.id = %id, client.id = client, code, description = %error.description, cause, "request failed");
    } else {
        tracing::info!(request.id = %id, client.id = client, code, description = %error.description, cause, "refused");
    }
    app.refusals.note(
        About {
            user_id,
            client_id: error.client_id.clone(),
            reference: Some(id.to_string()),
            data: json!({ "reason": code, "description": error.description }),
        },
        app.clock.now_s(),
    );
}

fn note_page(app: &App, id: RequestId, error: &PageError, user_id: Option<Uuid>) {
    let cause = error.cause.as_deref().unwrap_or("");
    metrics::counter!("doorward_refusals_total", "code" => error.key).increment(1);
    if error.status.is_server_error() {
        tracing::error!(request.id = %id, reason = error.key, cause, "page failed");
    } else {
        tracing::info!(request.id = %id, reason = error.key, cause, "page refused");
    }
    // Whoever asks for what is not there asks nothing that somebody will ask about later.
    if matches!(error.key, "not-found" | "method-not-allowed") {
        return;
    }
    let details: serde_json::Map<_, _> = error.details.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
    app.refusals.note(
        About {
            user_id,
            client_id: error.details.iter().find(|(n, _)| *n == "client_id").map(|(_, v)| v.clone()),
            reference: Some(id.to_string()),
            data: json!({ "reason": error.key, "details": details }),
        },
        app.clock.now_s(),
    );
}

/// The page layer: which browser asks, in which language; and the face of an error.
pub async fn pages(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let known = Browser::read_value(session::cookie(headers, &session::cookie_name(&app, "browser")));
    let is_new = known.is_none();
    let value = match known.map_or_else(|| app.random.token(), Ok) {
        Ok(value) => value,
        Err(cause) => return PageError::from(crate::domain::Error::from(cause)).into_response(),
    };
    let chosen = query_locales(request.uri().query());
    let kept = session::cookie(headers, &session::cookie_name(&app, "lang"));
    let lang = language(&app, chosen.as_deref().or(kept.as_deref()), headers);
    let id = request.extensions().get::<RequestId>().copied().unwrap_or_else(|| app.request_ids.next());
    let browser = Browser {
        hash: sha256(value.as_bytes()),
        value,
        lang,
        address: request.extensions().get::<ClientAddress>().and_then(|a| a.0),
        user_agent: headers
            .get(header::USER_AGENT)
            .and_then(|v| v.to_str().ok())
            .map(|v| v.chars().take(191).collect()),
        reference: id,
    };
    // A foreign POST comes without our cookies: it must not replace the ones that the browser holds.
    let is_kept_back = request.method() == Method::POST && session::is_foreign(&app, headers);
    let cookie = (is_new && !is_kept_back).then(|| session::set_cookie(&app, "browser", &browser.value, 400 * 86_400));
    request.extensions_mut().insert(browser);
    let mut response = next.run(request).await;
    session::lock_removal(&app, response.headers_mut());
    if let Some(error) = response.extensions_mut().remove::<Arc<PageError>>() {
        let who = response.extensions().get::<Who>().copied();
        note_page(&app, id, &error, who.map(|who| who.user_id));
        let lang = who.map_or(lang, |who| who.lang);
        let before = std::mem::take(response.headers_mut());
        response = page::error(&app, lang, id.as_str(), &error);
        // RFC 9110 §15.5.6: a 405 says which methods would do.
        for name in [header::SET_COOKIE, header::ALLOW] {
            for value in before.get_all(&name) {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
    }
    let language_cookie = chosen.map(|_| session::set_cookie(&app, "lang", lang.as_str(), 400 * 86_400));
    for text in cookie.into_iter().chain(language_cookie) {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Who is signed in at the browser that asks, for what is noted of a refusal and for its page.
#[derive(Debug, Clone, Copy)]
struct Who {
    user_id: Uuid,
    lang: Lang,
}

/// Inside the session layer: pages come in the language that the signed-in person has chosen, unless this request asks for one.
pub async fn own_language(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let record = request.extensions().get::<tower_sessions::Session>().cloned();
    let current = match record {
        // Where the database does not answer, the page itself says so.
        Some(record) => session::current(&app, &record).await.ok().flatten(),
        None => None,
    };
    let Some(session) = current else { return next.run(request).await };
    let is_asked = query_locales(request.uri().query()).is_some();
    let chosen = session.person.language.as_deref().and_then(Lang::lookup).filter(|_| !is_asked);
    let mut lang = chosen.unwrap_or_default();
    if let Some(browser) = request.extensions_mut().get_mut::<Browser>() {
        lang = chosen.unwrap_or(browser.lang);
        browser.lang = lang;
    }
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Who { user_id: session.person.id, lang });
    response
}

fn query_locales(query: Option<&str>) -> Option<String> {
    let query = query?;
    let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ui_locales")?;
    Some(value.chars().take(200).collect())
}

fn language(app: &App, wanted: Option<&str>, headers: &HeaderMap) -> Lang {
    let default = Lang::lookup(&app.config.ui.default_language).unwrap_or(Lang::En);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    Lang::negotiate(wanted, accepted, default)
}

/// Refuses a POST that another site's page made (lesson of every login CSRF); the form's token is checked besides.
pub async fn own_forms(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST && session::is_foreign(&app, request.headers()) {
        return PageError::new(StatusCode::FORBIDDEN, "csrf")
            .because("the form was sent from another site")
            .into_response();
    }
    next.run(request).await
}

/// CORS for what browser apps call: any origin, never with cookies. The headers stand on every answer, whoever asks: a shared cache may
/// give an answer to a browser app that it got for a server (Fetch, "CORS protocol and HTTP caches").
pub async fn cors(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("www-authenticate, retry-after, x-request-id"),
    );
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, accept, dpop, if-none-match"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    response
}
