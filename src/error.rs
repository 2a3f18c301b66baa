//! The face that an error has on a page. (Its face for clients is `oidc::error::OAuthError`.)
//!
//! A handler returns a [`PageError`]; the page layer of the router renders it in the reader's language, with the reference id that is
//! also in the log.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain;

/// A refusal that a person meets.
#[derive(Debug, Clone)]
pub struct PageError {
    /// The HTTP status.
    pub status: StatusCode,
    /// Which messages: `error-KEY-title`, `-text`, `-remedy`.
    pub key: &'static str,
    /// Arguments of the messages.
    pub args: Vec<(&'static str, String)>,
    /// The proven way back to the app: address and name.
    pub back: Option<(String, String)>,
    /// Seconds to wait.
    pub retry_after: Option<u64>,
    /// For the app's developer: name and value, shown folded.
    pub details: Vec<(&'static str, String)>,
    /// For the log.
    pub cause: Option<String>,
}

impl PageError {
    /// A refusal with its messages.
    #[must_use]
    pub fn new(status: StatusCode, key: &'static str) -> Self {
        Self { status, key, args: Vec::new(), back: None, retry_after: None, details: Vec::new(), cause: None }
    }

    /// 400.
    #[must_use]
    pub fn bad_request(key: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, key)
    }

    /// A body that is too large, or did not come whole or in time.
    #[must_use]
    pub fn unreadable_body(rejection: &BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            status => Self::new(status, "invalid-request").detail("reason", "the form did not arrive whole"),
        }
        .because(rejection)
    }

    /// With a value for its messages.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// With a fact for the app's developer.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// With what only the log learns.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// With the proven way back.
    #[must_use]
    pub fn back(mut self, href: impl Into<String>, name: impl Into<String>) -> Self {
        self.back = Some((href.into(), name.into()));
        self
    }
}

impl From<domain::Error> for PageError {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Database(_) => {
                let mut page = Self::new(StatusCode::SERVICE_UNAVAILABLE, "database").because(&error);
                page.retry_after = Some(2);
                page
            }
            domain::Error::Busy(seconds) => {
                let mut page = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy");
                page.retry_after = Some(seconds);
                page
            }
            domain::Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not-found").because(&error),
            domain::Error::Invalid { .. } | domain::Error::Conflict(_) => {
                Self::bad_request("invalid-request").because(&error)
            }
            domain::Error::Internal(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").because(&error),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
