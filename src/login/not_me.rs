//! `GET` and `POST /not-me`: "this was not me", the link of a notice. Looking shows what it does, the button locks the account.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::app::App;
use crate::domain::action_tokens::Token;
use crate::domain::locks;
use crate::domain::users::Person;
use crate::error::PageError;
use crate::page::{self, Page, PersonView};
use crate::session::{Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context<'a> {
    token: &'a str,
    csrf: String,
    /// Whose account; none when it is done.
    user: Option<PersonView>,
    minutes: u64,
}

/// Shows what the link does, or that it is done.
///
/// # Errors
/// Where the link is no longer good.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let token = query.get("token").map_or("", String::as_str);
    let user = match query.get("done") {
        Some(_) => None,
        None => Some(PersonView::of(&find(&app, token).await?.1)),
    };
    let context = Context { token, csrf: browser.csrf(&app), user, minutes: app.config.login.reset_ttl.div_ceil(60) };
    page::render(&app, &browser, &Page::new("login/not_me.html"), &context)
}

/// Locks the account.
///
/// # Errors
/// As [`get`], or where the form is not ours.
pub async fn post(State(app): State<App>, browser: Browser, form: PageForm) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let (token, _) = find(&app, form.get("token").unwrap_or_default()).await?;
    if !locks::lock(&app, &token, browser.lang).await? {
        return Err(over());
    }
    metrics::counter!("doorward_accounts_locked_total").increment(1);
    Ok(page::see_other(&app.urls.local(&format!("{}?done=yes", urls::NOT_ME))))
}

async fn find(app: &App, token: &str) -> Result<(Token, Person), PageError> {
    locks::look(app, token).await?.ok_or_else(over)
}

fn over() -> PageError {
    PageError::new(StatusCode::GONE, "not-me-over")
}
