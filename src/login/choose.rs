//! `GET` and `POST /login/choose`: go on as one of the people who are signed in here, or as another (`prompt=select_account`).

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::after::After;
use super::flow;
use super::page::redirect_target;
use crate::app::App;
use crate::domain::flows;
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    people: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    session: Uuid,
    user: PersonView,
}

/// Shows who is signed in, who is current first.
///
/// # Errors
/// Where the flow is over or somebody else's.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let found = flow::find(&app, &browser, query.get("flow").map_or("", String::as_str)).await?;
    let people: Vec<Choice> = session::all(&app, &record)
        .await?
        .into_iter()
        .map(|s| Choice { session: s.id, user: PersonView::of(&s.person) })
        .collect();
    if people.is_empty() {
        return Ok(page::see_other(&app.urls.local(&format!("{}?flow={}", urls::LOGIN, found.id))));
    }
    let after = After::read(&found)?;
    let request = after.request().unwrap_or_default();
    let context = Context { flow: found.id.clone(), csrf: browser.csrf(&app), app: after.app(&app), people };
    let page = Page {
        forms: redirect_target(&request),
        again: Some((urls::LOGIN_CHOOSE, format!("flow={}", found.id))),
        ..Page::new("login/choose.html")
    };
    page::render(&app, &browser, &page, &context)
}

/// Takes the choice: the id of a session of this browser; anything else leads to the sign-in.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let chosen = form.get("choice").and_then(|c| c.parse::<Uuid>().ok());
    match chosen {
        Some(id) if session::switch(&app, &record, id).await? => {
            found.state.chosen = Some(id);
            flows::save(&app, &found).await?;
            Ok(page::see_other(&After::read(&found)?.location(&app, &found)))
        }
        _ => Ok(page::see_other(&app.urls.local(&format!("{}?flow={}&reason=switch", urls::LOGIN, found.id)))),
    }
}
