//! `GET /`, who is signed in here; and the static files.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::page::{self, Page, PersonView};
use crate::platform::templates;
use crate::session::{self, Browser};
use crate::urls;

#[derive(Serialize)]
struct Context {
    user: Option<PersonView>,
    csrf: String,
    demo: bool,
}

/// Shows the start page.
///
/// # Errors
/// Of the database.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
) -> Result<Response, PageError> {
    let user = session::current(&app, &record).await?.map(|s| PersonView::of(&s.person));
    let context = Context { csrf: browser.csrf(&app), user, demo: app.is_dev };
    let page = Page { again: Some((urls::HOME, String::new())), ..Page::new("home.html") };
    page::render(&app, &browser, &page, &context)
}

/// A file under `/static/`; for ever where its fingerprint is asked for.
pub async fn static_file(Path(path): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(file) = templates::static_file(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let is_known =
        headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(&file.etag));
    let is_exact = query.is_some_and(|q| q == format!("v={}", file.version));
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { file.bytes.into_owned().into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    let caching = if is_exact { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&file.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
