//! `GET` and `POST /account/sessions`: where somebody is signed in, and how to end that.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::when::When;
use super::{Signed, saved};
use crate::app::App;
use crate::domain::sessions;
use crate::error::PageError;
use crate::page;
use crate::platform::user_agent::UserAgent;
use crate::session::{self, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context {
    sessions: Vec<Row>,
    has_others: bool,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    is_this: bool,
    browser: Option<&'static str>,
    system: Option<&'static str>,
    address: Option<String>,
    seen: When,
    started: When,
}

/// Shows them, this one first.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let now = app.clock.now_ms();
    let mut rows: Vec<Row> = sessions::list(&app, signed.person().id)
        .await?
        .into_iter()
        .map(|session| {
            let agent = UserAgent::read(session.user_agent.as_deref().unwrap_or_default());
            Row {
                is_this: session.id == signed.session.id,
                id: session.id,
                browser: agent.browser,
                system: agent.system,
                address: session.address,
                seen: When::of(now, session.seen_at),
                started: When::of(now, session.created_at),
            }
        })
        .collect();
    rows.sort_by_key(|row| !row.is_this);
    let context = Context { has_others: rows.iter().any(|row| !row.is_this), sessions: rows };
    super::render(&app, &signed, "account/sessions.html", &context)
}

/// Ends one of them, by its id in `end`, with `others` all but this one, or with `all` every one.
///
/// # Errors
/// Where the form is not ours, or of the database.
pub(super) async fn post(
    State(app): State<App>,
    signed: Signed,
    record: tower_sessions::Session,
    form: PageForm,
) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let user_id = signed.person().id;
    let is_all = form.get("all").is_some();
    if is_all || form.get("others").is_some() {
        sessions::sign_out_others(&app, user_id, signed.session.id).await?;
        if is_all {
            session::sign_out_one(&app, &record, signed.session.id).await?;
            return Ok(page::see_other(&app.urls.local(urls::HOME)));
        }
        return Ok(saved(&app, urls::ACCOUNT_SESSIONS, "sessions-ended"));
    }
    let Some(id) = form.get("end").and_then(|id| id.parse::<Uuid>().ok()) else {
        return Err(PageError::bad_request("invalid-request"));
    };
    if id == signed.session.id {
        session::sign_out_one(&app, &record, id).await?;
        return Ok(page::see_other(&app.urls.local(urls::HOME)));
    }
    if !sessions::end_of(&app, user_id, id).await? {
        return Err(PageError::new(axum::http::StatusCode::NOT_FOUND, "not-found"));
    }
    Ok(saved(&app, urls::ACCOUNT_SESSIONS, "session-ended"))
}
