//! Where a sign-in leads.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::domain::Error;
use crate::domain::flows::Flow;
use crate::error::PageError;
use crate::oidc::params::Params;
use crate::page::AppView;
use crate::urls;

/// Asks for what was sent to be sent again: somebody was led away to show first who they are.
pub const REPEAT: &str = "?saved=repeat";

/// Where to go when the person is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum After {
    /// Back to an authorization request.
    Authorize {
        /// The client, for the name on the page.
        client_id: String,
        /// The request as it came.
        query: String,
    },
    /// To a page of the account area.
    Account {
        /// Which: one of [`urls::ACCOUNT_PAGES`], with [`REPEAT`] where a form was sent there.
        path: String,
        /// Who is there and has to show it anew; none where nobody is.
        person: Option<Uuid>,
    },
    /// To the start page.
    Home,
}

impl After {
    /// From a stored flow.
    ///
    /// # Errors
    /// Where the row is damaged.
    pub fn read(flow: &Flow) -> Result<Self, PageError> {
        serde_json::from_str(&flow.after).map_err(|e| Error::internal(e).into())
    }

    /// The authorization request that it leads back to.
    ///
    /// # Errors
    /// Where it leads elsewhere.
    pub fn request(&self) -> Result<Params, PageError> {
        match self {
            Self::Authorize { query, .. } => {
                Params::parse(query.as_bytes()).map_err(|e| Error::internal(e.safe_description()).into())
            }
            Self::Account { .. } | Self::Home => Err(PageError::bad_request("flow-expired")),
        }
    }

    /// The client that waits for the answer.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Authorize { client_id, .. } => Some(client_id),
            Self::Account { .. } | Self::Home => None,
        }
    }

    /// Who is expected, to fill in on the sign-in page.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self {
            Self::Account { person, .. } => *person,
            _ => None,
        }
    }

    /// That client as pages show it.
    #[must_use]
    pub fn app(&self, app: &App) -> Option<AppView> {
        let snapshot = app.directory.snapshot();
        self.client_id().and_then(|id| snapshot.client(id)).map(|client| AppView::of(client))
    }

    /// The way on.
    #[must_use]
    pub fn location(&self, app: &App, flow: &Flow) -> String {
        match self {
            Self::Authorize { .. } => app.urls.local(&format!("{}?flow={}", urls::AUTHORIZE, flow.id)),
            Self::Account { path, .. } => {
                // Stored by us; looked up all the same, so that no row can lead elsewhere.
                let (path, repeat) = path.strip_suffix(REPEAT).map_or((path.as_str(), ""), |path| (path, REPEAT));
                let known = urls::ACCOUNT_PAGES.into_iter().find(|page| *page == path);
                app.urls.local(&format!("{}{repeat}", known.unwrap_or(urls::ACCOUNT)))
            }
            Self::Home => app.urls.local(urls::HOME),
        }
    }
}
