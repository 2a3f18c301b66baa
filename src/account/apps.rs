//! `GET` and `POST /account/apps`: which apps have access, what they may do, and how to take it back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::when::When;
use super::{Signed, saved};
use crate::app::App;
use crate::domain::consents;
use crate::error::PageError;
use crate::page::AppView;
use crate::rights::{self, Rights};
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    apps: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    client_id: String,
    app: AppView,
    rights: Rights,
    since: When,
    last_used: Option<When>,
    is_trusted: bool,
}

/// Shows them by name.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let snapshot = app.directory.snapshot();
    let now = app.clock.now_ms();
    let mut rows = Vec::new();
    for (client_id, access) in consents::of_person(&app, signed.person().id).await? {
        let client = snapshot.client(&client_id);
        let mut scopes = access.allowed.scopes;
        if !access.is_offline {
            scopes.remove("offline_access");
        }
        let (claims, lang) = (&access.allowed.claims, signed.browser.lang);
        let rights = match client {
            Some(client) => rights::asked_by(&app, client, &scopes, claims, lang),
            None => rights::in_words(&app, &scopes, claims, lang),
        };
        rows.push(Row {
            app: client.map_or_else(|| AppView::named(&client_id), |c| AppView::of(c)),
            rights,
            since: When::of(now, access.since),
            last_used: access.last_used_at.map(|at| When::of(now, at)),
            is_trusted: client.is_some_and(|c| c.metadata.trusted),
            client_id,
        });
    }
    rows.sort_by_cached_key(|row| row.app.name().to_lowercase());
    super::render(&app, &signed, "account/apps.html", &Context { apps: rows })
}

/// Takes back what the app in `revoke` was allowed, and ends its tokens.
///
/// # Errors
/// Where the form is not ours, or the app has no access of this person.
pub(super) async fn post(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let client_id = form.get("revoke").unwrap_or_default();
    if client_id.contains(char::is_control) || !consents::withdraw(&app, signed.person().id, client_id).await? {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    }
    Ok(saved(&app, urls::ACCOUNT_APPS, "app-revoked"))
}
