//! `GET /jwks`: the public keys (RFC 7517), rendered once per change.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::OAuthError;
use crate::app::App;

/// Answers with the JWK Set, or 304.
///
/// # Errors
/// Before the keys are loaded.
pub async fn get(State(app): State<App>, headers: HeaderMap) -> Result<Response, OAuthError> {
    let keys = app.keys.current()?;
    let max_age = app.config.keys.jwks_max_age;
    Ok(document(&headers, keys.jwks(), keys.etag(), "application/json", max_age))
}

/// A public document with its ETag (RFC 9110 §8.8.3) and how long it may be kept.
pub(super) fn document(
    headers: &HeaderMap,
    body: &[u8],
    etag: &str,
    content_type: &'static str,
    max_age_s: u64,
) -> Response {
    let is_known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| {
        v.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = body.to_vec().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={max_age_s}, must-revalidate")) {
        headers.insert(header::CACHE_CONTROL, value);
    }
    response
}
