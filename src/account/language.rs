//! `GET` and `POST /account/language`: in which language pages and mail come.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;

use super::{Signed, saved};
use crate::app::App;
use crate::domain::profiles;
use crate::error::PageError;
use crate::platform::templates::Lang;
use crate::session::{self, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    languages: Vec<Row>,
    /// Whether what the browser asks for decides.
    is_browsers: bool,
}

#[derive(Serialize)]
struct Row {
    tag: &'static str,
    name: &'static str,
    is_chosen: bool,
}

/// Shows what can be chosen.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let chosen = signed.person().language.as_deref().and_then(Lang::lookup);
    let row = |lang: Lang| Row { tag: lang.as_str(), name: lang.name(), is_chosen: chosen == Some(lang) };
    let context = Context { languages: Lang::ALL.into_iter().map(row).collect(), is_browsers: chosen.is_none() };
    super::render(&app, &signed, "account/language.html", &context)
}

/// Takes the choice: a language, or `browser`.
///
/// # Errors
/// Where the form is not ours.
pub(super) async fn post(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let chosen = match form.get("language") {
        Some("browser") => None,
        Some(tag) => Some(
            Lang::ALL
                .into_iter()
                .find(|l| l.as_str() == tag)
                .ok_or_else(|| PageError::bad_request("invalid-request"))?,
        ),
        None => return Err(PageError::bad_request("invalid-request")),
    };
    profiles::set_language(&app, signed.person().id, chosen).await?;
    let mut response = saved(&app, urls::ACCOUNT_LANGUAGE, "language");
    // This browser keeps it when nobody is signed in.
    let cookie = match chosen {
        Some(lang) => session::set_cookie(&app, "lang", lang.as_str(), 400 * 86_400),
        None => session::set_cookie(&app, "lang", "", 0),
    };
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}
