//! `/account/linked`: the accounts elsewhere that sign this person in here. Linking another begins with the sign-in there and ends with a
//! confirmation (`login/upstream/link.rs`).

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::when::When;
use super::{Fresh, Signed};
use crate::app::App;
use crate::domain::flows;
use crate::domain::upstream::{self, Unlinked};
use crate::error::PageError;
use crate::login::after::After;
use crate::login::flow;
use crate::page::{self, FormTargets, Page};
use crate::route::{get_post, post};
use crate::session::PageForm;
use crate::urls;

/// The routes of this page.
pub(super) fn routes() -> Router<App> {
    Router::new().route(urls::ACCOUNT_LINKED, get_post(show, link)).route(urls::ACCOUNT_LINKED_REMOVE, post(unlink))
}

#[derive(Serialize)]
struct Context {
    links: Vec<Linked>,
    providers: Vec<Provider>,
    last_way: bool,
}

#[derive(Serialize)]
struct Provider {
    name: String,
    display_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Linked {
    id: Uuid,
    provider: String,
    icon: String,
    label: String,
    since: When,
    last_used: Option<When>,
}

async fn show(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    render(&app, &signed, StatusCode::OK).await
}

async fn render(app: &App, signed: &Signed, status: StatusCode) -> Result<Response, PageError> {
    let now = app.clock.now_ms();
    let linked = |link: upstream::Link| {
        let rules = app.config.upstream.get(&link.provider);
        Linked {
            id: link.id,
            // A provider that the operator has taken away keeps its bare name.
            provider: rules.map_or_else(|| link.provider.clone(), |rules| rules.display_name(&link.provider)),
            icon: rules.map_or("oidc", |rules| rules.kind.as_str()).to_owned(),
            label: link.label,
            since: When::of(now, link.created_at),
            last_used: link.last_used_at.map(|at| When::of(now, at)),
        }
    };
    let context = Context {
        links: upstream::list(app, signed.person().id).await?.into_iter().map(linked).collect(),
        providers: providers(app),
        last_way: status == StatusCode::CONFLICT,
    };
    // The form that links another leads on to its provider.
    let is_http = app.config.upstream.values().any(|rules| rules.issuer().starts_with("http:"));
    let target = if is_http { "http:" } else { "https:" };
    let page = Page { status, forms: FormTargets::Redirect(target), ..Page::new("account/linked.html") };
    super::render_page(app, signed, page, &context)
}

fn providers(app: &App) -> Vec<Provider> {
    let provider = |(name, rules): (&String, &crate::config::Upstream)| Provider {
        name: name.clone(),
        display_name: rules.display_name(name),
        kind: rules.kind.as_str(),
    };
    app.config.upstream.iter().map(provider).collect()
}

/// Begins to link another: the flow remembers for whom, and the provider is asked.
async fn link(State(app): State<App>, signed: Fresh, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let wanted = form.get("provider").unwrap_or_default();
    if !app.config.upstream.contains_key(wanted) {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    }
    let after = After::Account { path: urls::ACCOUNT_LINKED.to_owned(), person: Some(signed.person().id) };
    let id = flow::start(&app, &signed.browser, &after).await?;
    let mut begun = flow::find(&app, &signed.browser, &id).await?;
    begun.state.link_for = Some(signed.person().id);
    flows::save(&app, &begun).await?;
    let path = urls::LOGIN_UPSTREAM.replace("{provider}", wanted);
    Ok(page::see_other(&app.urls.local(&format!("{path}?flow={id}"))))
}

/// Takes a link away.
async fn unlink(State(app): State<App>, signed: Fresh, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let Some(id) = form.get("id").and_then(|id| id.parse::<Uuid>().ok()) else {
        return Err(PageError::new(StatusCode::NOT_FOUND, "not-found"));
    };
    match upstream::unlink(&app, signed.person().id, id, &signed.browser.place()).await? {
        Unlinked::Done => Ok(super::saved(&app, urls::ACCOUNT_LINKED, "unlinked")),
        Unlinked::LastWay => render(&app, &signed, StatusCode::CONFLICT).await,
        Unlinked::NotThere => Err(PageError::new(StatusCode::NOT_FOUND, "not-found")),
    }
}
