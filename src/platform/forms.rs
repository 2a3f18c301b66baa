//! Form bodies.

use axum::http::{HeaderMap, header};

/// Whether a body says that it is `application/x-www-form-urlencoded`.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    is(headers, "application/x-www-form-urlencoded")
}

/// Whether a body says that it is `application/json`.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    is(headers, "application/json")
}

fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(wanted)
}
