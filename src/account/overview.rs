//! `GET /account`: the way to everything else.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::Signed;
use crate::app::App;
use crate::error::PageError;

#[derive(Serialize)]
struct Context {}

/// Shows the page.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    super::render(&app, &signed, "account/overview.html", &Context {})
}
