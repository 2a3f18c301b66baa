//! Where somebody must show anew who they are: a provider whose own session is still going answers by itself, and shows nobody.
//!
//! ```text
//! the ID token says: signed in there just now ─▶ counts
//! it says: long ago, or nothing ─┬─ nothing is to be shown anew ─▶ signs in, and guards nothing (`sessions::is_fresh`)
//!                                ├─ the account has a second factor ─▶ that one is asked
//!                                ├─ it has a password or mail ─▶ a page that names them
//!                                └─ it has nothing else ─▶ counts where nothing was said; a page where it was long ago
//! ```

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::super::after::After;
use super::{AMR, Provider, flow};
use crate::app::App;
use crate::domain::factors::{self, AMR_PRESENT};
use crate::domain::flows::Flow;
use crate::domain::sessions::Proof;
use crate::domain::ways_in;
use crate::error::PageError;
use crate::session::Browser;

/// How far `auth_time` may be ahead of our clock, in seconds: as far as the whole token.
const AHEAD_S: i64 = 30;

/// When its user had shown a provider who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Within `login.fresh_ttl`.
    JustNow,
    /// Before that.
    LongAgo,
    /// The provider does not say.
    Unsaid,
}

impl Shown {
    /// By the `auth_time` of an ID token (OpenID Connect Core §2).
    pub(super) fn of(app: &App, auth_time: Option<&Value>) -> Self {
        let Some(at) = auth_time.and_then(Value::as_i64) else { return Self::Unsaid };
        let lately = app.ms(app.config.login.fresh_ttl + app.config.oidc.clock_leeway) / 1000;
        let age = app.clock.now_s().saturating_sub(at);
        if (-AHEAD_S..=lately).contains(&age) { Self::JustNow } else { Self::LongAgo }
    }
}

/// Whether this flow is for somebody to show anew who they are.
pub(super) fn is_wanted(flow: &Flow) -> Result<bool, PageError> {
    let state = &flow.state;
    // Who links an account elsewhere is asked who they are there, not here.
    if state.link_for.is_some() {
        return Ok(false);
    }
    // What waits in such a flow guards the account: a link to confirm, a second factor to set up.
    if state.link.is_some() || state.step_up.is_some() {
        return Ok(true);
    }
    let after = After::read(flow)?;
    Ok(match &after {
        After::Account { person, .. } => person.is_some(),
        After::Authorize { .. } => {
            let request = after.request()?;
            // OpenID Connect Core §3.1.2.1.
            let is_login = request.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "login"));
            is_login || request.get("max_age").is_some()
        }
        After::Home => false,
    })
}

/// Goes on with a person whom a provider has named.
pub(super) async fn named(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    provider: Provider<'_>,
    flow: Flow,
    (user_id, shown): (Uuid, Shown),
) -> Result<Response, PageError> {
    let proof = Proof::single(user_id, if shown == Shown::JustNow { AMR_PRESENT } else { AMR });
    if shown == Shown::JustNow || !is_wanted(&flow)? {
        return flow::proved(app, record, browser, flow, &proof).await;
    }
    if factors::of(app, user_id).await?.is_any() {
        return flow::ask_second(app, flow, &proof).await;
    }
    let ways = ways_in::of(app, app.db.write(), user_id).await.map_err(PageError::from)?;
    let ways = match (ways.has_password, ways.has_mail) {
        (true, true) => "both",
        (true, false) => "password",
        (false, true) => "mail",
        // Else nobody with this account could ever change what guards it.
        (false, false) if shown == Shown::Unsaid => return flow::proved(app, record, browser, flow, &proof).await,
        (false, false) => "none",
    };
    let page = PageError::new(StatusCode::FORBIDDEN, "upstream-not-anew").arg("ways", ways);
    Err(provider.page(app, page, &flow.id))
}
