//! `GET` and `POST /login/upstream-link`: an account elsewhere is linked to an account here, once its owner has proved the account here, in a
//! recent sign-in, and confirms it, seeing which two they are.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::super::after::After;
use super::super::page::redirect_target;
use super::{Provider, flow, forget_link};
use crate::app::App;
use crate::domain::Error;
use crate::domain::action_tokens::Token;
use crate::domain::factors;
use crate::domain::flows::{self, Flow};
use crate::domain::names;
use crate::domain::sessions::{self, Session};
use crate::domain::upstream::{self, Account, Refusal};
use crate::domain::users;
use crate::error::PageError;
use crate::page::{self, AppView, Page, PersonView};
use crate::session::{self, Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Exists {
    flow: String,
    app: Option<AppView>,
    provider: String,
    email: String,
}

#[derive(Serialize)]
struct Confirm {
    flow: String,
    csrf: String,
    app: Option<AppView>,
    provider: String,
    account: String,
    user: PersonView,
}

/// The account elsewhere has an address of an account here: that one is signed in to first.
pub(super) async fn prove_first(
    app: &App,
    browser: &Browser,
    provider: Provider<'_>,
    mut flow: Flow,
    account: &Account,
) -> Result<Response, PageError> {
    // Only whose address it is can confirm; whoever else signs in here meanwhile cannot.
    let owner = match &account.email {
        Some(address) => users::find_id(app.db.read(), &names::canonical(address)).await?,
        None => None,
    };
    flow.state.link = Some(upstream::wait(app, account, owner, &browser.hash).await?);
    flows::save(app, &flow).await?;
    let context = Exists {
        flow: flow.id.clone(),
        app: After::read(&flow)?.app(app),
        provider: provider.rules.display_name(provider.name),
        email: account.email.clone().unwrap_or_default(),
    };
    page::render(app, browser, &Page::new("login/upstream_exists.html"), &context)
}

/// Somebody asked, in the account area, to link an account elsewhere, and came back with it.
pub(super) async fn asked_for(
    app: &App,
    browser: &Browser,
    provider: Provider<'_>,
    mut flow: Flow,
    account: &Account,
    user_id: Uuid,
) -> Result<Response, PageError> {
    if let Some(refusal) = upstream::may_not(app, account) {
        return Err(super::refused(app, provider, refusal, &flow.id));
    }
    flow.state.link = Some(upstream::wait(app, account, Some(user_id), &browser.hash).await?);
    flows::save(app, &flow).await?;
    Ok(page::see_other(&location(app, &flow)))
}

/// The page that asks for the confirmation.
#[must_use]
pub fn location(app: &App, flow: &Flow) -> String {
    app.urls.local(&format!("{}?flow={}", urls::LOGIN_UPSTREAM_LINK, flow.id))
}

/// What there is to confirm, and by whom.
struct Ready {
    token: Token,
    account: Account,
    session: Session,
}

/// Or the way on, where nothing waits, or nobody has proved enough.
async fn ready(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    flow: &mut Flow,
) -> Result<Result<Ready, Response>, PageError> {
    let waiting = match &flow.state.link {
        Some(hash) => upstream::waiting(app, hash, &browser.hash).await?,
        None => None,
    };
    let Some((token, account)) = waiting else {
        forget_link(app, flow).await?;
        return Ok(Err(page::see_other(&After::read(flow)?.location(app, flow))));
    };
    let fresh = match session::current_now(app, record).await? {
        Some(session) if sessions::is_fresh(app, &session).await? => Some(session),
        _ => None,
    };
    let Some(session) = fresh else {
        let again = app.urls.local(&format!("{}?flow={}&reason=reauthenticate", urls::LOGIN, flow.id));
        return Ok(Err(page::see_other(&again)));
    };
    if token.user_id.is_some_and(|meant| meant != session.person.id) {
        forget_link(app, flow).await?;
        return Err(PageError::bad_request("flow-expired"));
    }
    // An account elsewhere opens this one: as every other change of what guards it, it takes the second factor.
    if factors::is_left_out(app, &session).await? {
        return flow::add_second(app, flow.clone(), &session).await.map(Err);
    }
    match upstream::owner(app, &account).await? {
        None => Ok(Ok(Ready { token, account, session })),
        Some(owner) if owner == session.person.id => {
            forget_link(app, flow).await?;
            Ok(Err(page::see_other(&After::read(flow)?.location(app, flow))))
        }
        Some(_) => {
            forget_link(app, flow).await?;
            Err(elsewhere(app, &account, flow))
        }
    }
}

fn elsewhere(app: &App, account: &Account, flow: &Flow) -> PageError {
    let page = PageError::new(StatusCode::CONFLICT, "upstream-linked-elsewhere");
    match Provider::find(app, &account.provider) {
        Ok(provider) => provider.page(app, page, &flow.id),
        Err(gone) => gone,
    }
}

/// Asks for the confirmation.
///
/// # Errors
/// Where the flow is over or somebody else's, or the account elsewhere is linked to another person.
pub async fn get(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let mut flow = flow::find(&app, &browser, query.get("flow").map_or("", String::as_str)).await?;
    let ready = match ready(&app, &record, &browser, &mut flow).await? {
        Ok(ready) => ready,
        Err(away) => return Ok(away),
    };
    if flow.state.asked != Some(ready.session.id) {
        flow.state.asked = Some(ready.session.id);
        flows::save(&app, &flow).await?;
    }
    let provider = Provider::find(&app, &ready.account.provider)?;
    let after = After::read(&flow)?;
    let request = after.request().unwrap_or_default();
    let context = Confirm {
        flow: flow.id.clone(),
        csrf: browser.csrf(&app),
        app: after.app(&app),
        provider: provider.rules.display_name(provider.name),
        account: ready.account.label(),
        user: PersonView::of(&ready.session.person),
    };
    let page = Page {
        forms: redirect_target(&request),
        again: Some((urls::LOGIN_UPSTREAM_LINK, format!("flow={}", flow.id))),
        ..Page::new("login/upstream_link.html")
    };
    page::render(&app, &browser, &page, &context)
}

/// Takes the confirmation: `choice=link`; anything else is a no.
///
/// # Errors
/// As [`get`], and where the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut flow = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let after = After::read(&flow)?;
    let mut on = after.location(&app, &flow);
    if form.get("choice") == Some("link") {
        let ready = match ready(&app, &record, &browser, &mut flow).await? {
            Ok(ready) => ready,
            Err(away) => return Ok(away),
        };
        // Somebody else became current in another tab: ask again, showing who it would be.
        if flow.state.asked != Some(ready.session.id) {
            return Ok(page::see_other(&location(&app, &flow)));
        }
        // A tenant or a domain may have been taken off the list while it waited.
        if let Some(refusal @ Refusal::Domain) = upstream::may_not(&app, &ready.account) {
            return Err(super::refused(&app, Provider::find(&app, &ready.account.provider)?, refusal, &flow.id));
        }
        let person = ready.session.person.id;
        match upstream::confirm(&app, &ready.token, &ready.account, person, &browser.place()).await {
            Ok(true) => {}
            Ok(false) => return Err(PageError::bad_request("upstream-over")),
            Err(Error::Conflict(_)) => return Err(elsewhere(&app, &ready.account, &flow)),
            Err(error) => return Err(error.into()),
        }
        if matches!(after, After::Account { .. }) {
            on.push_str("?saved=linked");
        }
    }
    forget_link(&app, &mut flow).await?;
    Ok(page::see_other(&on))
}
