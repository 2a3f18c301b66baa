//! `GET` and `POST /account/data`: everything that is stored about the person, as one JSON file.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Fresh;
use crate::app::App;
use crate::domain::{Error, archive};
use crate::error::PageError;
use crate::platform::clock::rfc3339;
use crate::session::PageForm;

#[derive(Serialize)]
struct Context {}

/// Shows the page.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Fresh) -> Result<Response, PageError> {
    super::render(&app, &signed, "account/data.html", &Context {})
}

/// Gives the file.
///
/// # Errors
/// Where the form is not ours, or of the database.
pub(super) async fn post(State(app): State<App>, signed: Fresh, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let archive = archive::make(&app, signed.person().id).await?;
    let text = serde_json::to_vec_pretty(&archive).map_err(|e| PageError::from(Error::internal(e)))?;
    let now = rfc3339(app.clock.now_ms());
    let name = format!("attachment; filename=\"doorward-{}.json\"", now.get(..10).unwrap_or("data"));
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
