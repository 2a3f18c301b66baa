//! What goes wrong with a provider, and the page that says so. Never a 500: the fault is not ours.

use axum::http::StatusCode;

use crate::app::App;
use crate::config::Upstream;
use crate::error::PageError;
use crate::platform::http_client::FetchError;
use crate::urls;

/// Why a provider proved nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be reached, is too slow, or is broken; the words are for the log.
    Unavailable(String),
    /// What it said cannot be believed.
    Untrusted(String),
    /// It refused, with this code.
    Denied(String),
    /// The account there is of another organisation than those that may come in.
    Outside,
}

impl From<FetchError> for Fault {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::TooLarge(_) | FetchError::NotJson(_) => Self::Untrusted(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl Fault {
    /// An answer that cannot be believed.
    #[expect(clippy::needless_pass_by_value, reason = "reads better as map_err(Fault::untrusted)")]
    pub(super) fn untrusted(cause: impl ToString) -> Self {
        Self::Untrusted(cause.to_string())
    }

    /// The page, with the way back to the sign-in.
    pub(super) fn page(self, app: &App, provider: (&str, &Upstream), flow: &str) -> PageError {
        let (name, rules) = provider;
        let outcome = match &self {
            Self::Unavailable(_) => "unavailable",
            Self::Untrusted(_) => "untrusted",
            Self::Denied(_) => "denied",
            Self::Outside => "outside",
        };
        metrics::counter!("doorward_upstream_failures_total", "provider" => name.to_owned(), "outcome" => outcome)
            .increment(1);
        let page = match self {
            Self::Unavailable(cause) => {
                PageError::new(StatusCode::SERVICE_UNAVAILABLE, "upstream-unavailable").because(cause)
            }
            Self::Untrusted(cause) => PageError::new(StatusCode::BAD_GATEWAY, "upstream-untrusted").because(cause),
            Self::Denied(code) => PageError::new(StatusCode::FORBIDDEN, "upstream-denied").because(code),
            Self::Outside => PageError::new(StatusCode::FORBIDDEN, "upstream-domain"),
        };
        addressed(page, app, rules, name, flow)
    }
}

/// A page about a provider: its name in the words, and the way back to the sign-in with its other methods.
pub(super) fn addressed(page: PageError, app: &App, rules: &Upstream, name: &str, flow: &str) -> PageError {
    let back = app.urls.local(&format!("{}?flow={flow}", urls::LOGIN));
    page.arg("provider", rules.display_name(name)).detail("provider", name).back(back, "")
}
