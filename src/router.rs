//! Every route of the product, grouped by audience with its layers.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::error::PageError;
use crate::oidc::error::OAuthError;
use crate::oidc::{authorize, discovery, introspect, jwks, logout, revoke, token, userinfo};
use crate::route::{get, get_post, post};
use crate::{account, demo, edge, health, home, login, session, setup, urls};

/// The whole product.
pub fn router(app: &App) -> Router {
    let state = || app.clone();
    // Public documents and what browser apps call with a token: CORS, no cookies.
    let browser_apps = Router::new()
        .route(urls::OPENID_CONFIGURATION, get(discovery::get))
        .route(urls::OAUTH_METADATA, get(discovery::get))
        .route(urls::JWKS, get(jwks::get))
        .route(urls::TOKEN, post(token::post))
        .route(urls::USERINFO, get_post(userinfo::handle, userinfo::handle))
        .route(urls::REVOKE, post(revoke::post))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(edge::cors));
    // What servers call.
    let servers =
        Router::new().route(urls::INTROSPECT, post(introspect::post)).method_not_allowed_fallback(wrong_method);
    // Pages: cookies, no CORS, forms of our own.
    let forms = Router::new()
        .route(urls::LOGIN, get_post(login::page::get, login::page::post))
        .route(urls::LOGIN_MAIL, get_post(login::magic_link::get, login::magic_link::post))
        .route(urls::LOGIN_LINK, get_post(login::magic_link::get_link, login::magic_link::post_link))
        .route(urls::RECOVER, get_post(login::recover::get, login::recover::post))
        .route(urls::RESET_PASSWORD, get_post(login::recover::get_reset, login::recover::post_reset))
        .route(urls::NOT_ME, get_post(login::not_me::get, login::not_me::post))
        .route(urls::LOGIN_CHOOSE, get_post(login::choose::get, login::choose::post))
        .route(urls::LOGIN_SECOND, get_post(login::second::get, login::second::post))
        .route(urls::LOGIN_ENROL, get_post(login::enrol::get, login::enrol::post))
        .route(urls::LOGIN_ENROL_PASSKEY, post(login::enrol_passkey::post))
        .route(urls::LOGIN_ENROL_PASSKEY_OPTIONS, post(login::enrol_passkey::options))
        .route(urls::LOGIN_PASSKEY, post(login::passkey::post))
        .route(urls::LOGIN_PASSKEY_OPTIONS, post(login::passkey::options))
        .route(urls::LOGIN_UPSTREAM, get(login::upstream::start))
        .route(urls::LOGIN_UPSTREAM_LINK, get_post(login::upstream::link::get, login::upstream::link::post))
        .route(urls::REGISTER, get_post(login::register::get, login::register::post))
        .route(urls::REGISTER_SENT, get(login::register::sent))
        .route(urls::VERIFY_EMAIL, get_post(login::verify_email::get, login::verify_email::post))
        .route(urls::CONSENT, get_post(authorize::consent::get, authorize::consent::post))
        .route(urls::SETUP, get_post(setup::get, setup::post))
        .merge(account::routes())
        .route_layer(from_fn_with_state(state(), edge::own_forms));
    let mut pages = Router::new()
        .route(urls::HOME, get(home::get))
        .route(urls::AUTHORIZE, get_post(authorize::handle, authorize::handle))
        .route(urls::LOGOUT, get_post(logout::handle, logout::handle))
        // Posted by other sites' pages, with a `state` of ours.
        .route(urls::LOGIN_UPSTREAM_CALLBACK, get_post(login::upstream::callback, login::upstream::post))
        // JSON, with a refusal of other sites of their own.
        .route(urls::SIGNATURE_CHALLENGE, post(login::signature::challenge))
        .route(urls::SIGNATURE, post(login::signature::post))
        .merge(forms);
    if app.is_dev {
        pages = pages.merge(demo::routes());
    }
    let pages = pages
        .method_not_allowed_fallback(wrong_method_page)
        .fallback(not_found)
        .layer(from_fn_with_state(state(), edge::own_language))
        .layer(session::layer(app))
        .layer(from_fn_with_state(state(), edge::pages));
    let plain = Router::new()
        .route(urls::STATIC, get(home::static_file))
        .route(urls::HEALTH, get(health::health))
        .route(urls::HEALTHZ, get(health::alive))
        .route(urls::READYZ, get(health::ready));
    let product = browser_apps.merge(servers).merge(plain).merge(pages);
    let product = match app.urls.base() {
        "" => product,
        // RFC 8414 §3.1: the well-known path stands before the issuer's own.
        base => Router::new()
            .route(&format!("{}{base}", urls::OAUTH_METADATA), get(discovery::get).layer(from_fn(edge::cors)))
            .nest(base, product)
            .route(urls::HEALTH, get(health::health))
            .route(urls::HEALTHZ, get(health::alive))
            .route(urls::READYZ, get(health::ready)),
    };
    product
        .layer(DefaultBodyLimit::max(app.config.server.body_limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state(), edge::edge))
        .with_state(state())
}

async fn wrong_method() -> OAuthError {
    OAuthError::invalid_request("this endpoint does not take this HTTP method")
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

async fn wrong_method_page() -> PageError {
    PageError::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
}

async fn not_found() -> PageError {
    PageError::new(StatusCode::NOT_FOUND, "not-found")
}

/// The panic itself was logged by the hook.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    metrics::counter!("doorward_panics_total").increment(1);
    OAuthError::new(crate::oidc::error::Code::ServerError, "the server met an unexpected condition").into_response()
}
