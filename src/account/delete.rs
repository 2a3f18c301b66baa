//! `GET` and `POST /account/delete`: the end of the account, confirmed by its name; and `GET /account/deleted`, what is shown after it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{FieldNote, Fresh};
use crate::app::App;
use crate::domain::names;
use crate::domain::removal::{self, Refused};
use crate::error::PageError;
use crate::page::{self, Page};
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    username: String,
    /// Whether somebody must become an administrator first.
    is_last_administrator: bool,
    error: Option<FieldNote>,
}

#[derive(Serialize)]
struct Deleted {}

/// Shows what would go.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Fresh) -> Result<Response, PageError> {
    show(&app, &signed, None, StatusCode::OK).await
}

/// Deletes the account whose user name was typed.
///
/// # Errors
/// Where the form is not ours, or of the database.
pub(super) async fn post(
    State(app): State<App>,
    signed: Fresh,
    record: tower_sessions::Session,
    form: PageForm,
) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let person = signed.person();
    let typed = form.get("username").unwrap_or_default();
    if names::canonical(typed) != names::canonical(&person.username) {
        let error = FieldNote::plain("account-delete-error-username");
        return show(&app, &signed, Some(error), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match removal::by_owner(&app, person.id).await? {
        Ok(()) => {}
        Err(Refused::LastAdministrator) => return show(&app, &signed, None, StatusCode::UNPROCESSABLE_ENTITY).await,
    }
    session::sign_out_one(&app, &record, signed.session.id).await?;
    Ok(page::see_other(&app.urls.local(urls::ACCOUNT_DELETED)))
}

/// Says that it is done; to anybody who asks.
///
/// # Errors
/// Where the template fails.
pub(super) async fn deleted(State(app): State<App>, browser: Browser) -> Result<Response, PageError> {
    let page = Page { again: Some((urls::ACCOUNT_DELETED, String::new())), ..Page::new("account/deleted.html") };
    page::render(&app, &browser, &page, &Deleted {})
}

async fn show(app: &App, signed: &Fresh, error: Option<FieldNote>, status: StatusCode) -> Result<Response, PageError> {
    let person = signed.person();
    let is_last_administrator = removal::is_last_administrator(app, app.db.write(), person.id).await?;
    let context = Context { username: person.username.clone(), is_last_administrator, error };
    super::render_with(app, signed, "account/delete.html", status, &context)
}
