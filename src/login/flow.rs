//! The stored flow: begun by a feature that needs a person, found again only by the browser that began it, and returned to by every
//! method.

use axum::http::StatusCode;
use axum::response::Response;

use super::after::After;
use crate::app::App;
use crate::domain::flows::{self, Flow, Missing};
use crate::domain::sessions::Proof;
use crate::error::PageError;
use crate::oidc::authorize::request::PARAMETERS;
use crate::oidc::params::Params;
use crate::page;
use crate::session::{self, Browser};

/// The longest authorization request that is stored, in bytes of its query.
const REQUEST_MAX: usize = 12 * 1024;

/// Begins a flow.
///
/// # Errors
/// Of the database, or 429 where one address begins too many.
pub async fn start(app: &App, browser: &Browser, after: &After) -> Result<String, PageError> {
    if !app.caches.flow_starts.allow(browser.address, app.config.throttle.flows_per_address, app.clock.now_ms()) {
        let mut error = PageError::new(StatusCode::TOO_MANY_REQUESTS, "throttled");
        error.retry_after = Some(60);
        return Err(error);
    }
    let after = serde_json::to_string(after).map_err(|e| PageError::from(crate::domain::Error::internal(e)))?;
    Ok(flows::start(app, &after, &browser.hash).await?)
}

/// Begins a flow that leads back to an authorization request.
///
/// # Errors
/// As [`start`].
pub async fn start_authorize(app: &App, browser: &Browser, params: &Params) -> Result<String, PageError> {
    let client_id = params.get("client_id").unwrap_or_default().to_owned();
    let query = params.only(&PARAMETERS).to_query();
    if query.len() > REQUEST_MAX {
        return Err(PageError::bad_request("invalid-request").detail("reason", "the request is longer than 12 kB"));
    }
    start(app, browser, &After::Authorize { client_id, query }).await
}

/// The flow, where it is still going and this is the browser that began it.
///
/// # Errors
/// A page that says which of the two it is.
pub async fn find(app: &App, browser: &Browser, id: &str) -> Result<Flow, PageError> {
    match flows::find(app, id, Some(&browser.hash)).await? {
        Ok(flow) => Ok(flow),
        Err(Missing::Over) => Err(PageError::bad_request("flow-expired")),
        Err(Missing::OtherBrowser) => Err(PageError::bad_request("flow-other-browser")),
    }
}

/// Somebody proved who they are: sign them in at this browser, and go on.
///
/// # Errors
/// Of the database.
pub async fn proved(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    mut flow: Flow,
    proof: &Proof,
) -> Result<Response, PageError> {
    let id = session::sign_in(app, record, browser, proof).await?;
    metrics::counter!("doorward_sign_ins_total", "amr" => proof.amr.clone()).increment(1);
    flow.state.authenticated = Some(id);
    flows::save(app, &flow).await?;
    Ok(page::see_other(&After::read(&flow)?.location(app, &flow)))
}
