//! The error of an OAuth endpoint: a code of a specification, words for the client's developer, and a cause for the log.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain;

/// The registered error codes that we use, each with where it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §4.1.2.1, §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RegistrationNotSupported,
    /// OpenID Connect Core Unmet Authentication Requirements 1.0 §2.
    UnmetAuthenticationRequirements,
}

impl Code {
    /// As it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why an OAuth request was refused.
#[derive(Debug, Clone)]
pub struct OAuthError {
    /// The code.
    pub code: Code,
    /// For the client's developer; holds no secret and no person's data.
    pub description: Cow<'static, str>,
    /// For the log.
    pub cause: Option<String>,
    /// Where it is not the usual one of the code.
    pub status: Option<StatusCode>,
    /// The challenge of a 401 or 403 (RFC 6749 §5.2, RFC 6750 §3).
    pub challenge: Option<String>,
    /// Seconds to wait.
    pub retry_after: Option<u64>,
    /// The client, where it is known, for the record of refusals.
    pub client_id: Option<String>,
    /// Whether the body says code and description; else it is empty, and they are for the log alone.
    pub is_told: bool,
}

impl OAuthError {
    /// An error with its words.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            cause: None,
            status: None,
            challenge: None,
            retry_after: None,
            client_id: None,
            is_told: true,
        }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidGrant, description)
    }

    /// `invalid_client`.
    pub fn invalid_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidClient, description)
    }

    /// With what only the log learns.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// With another status than the usual one.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// With the client it concerns.
    #[must_use]
    pub fn for_client(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.to_owned());
        self
    }

    /// The words with only the characters that RFC 6749 §5.2 allows.
    #[must_use]
    pub fn safe_description(&self) -> String {
        let allowed = |c: char| matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        self.description.chars().take(400).map(|c| if allowed(c) { c } else { '\'' }).collect()
    }
}

impl From<domain::Error> for OAuthError {
    fn from(error: domain::Error) -> Self {
        let mut mapped = match &error {
            domain::Error::Database(_) => {
                Self::new(Code::TemporarilyUnavailable, "the server cannot reach its database; try again shortly")
            }
            domain::Error::Busy(_) => Self::new(Code::TemporarilyUnavailable, "the server is busy; try again shortly"),
            _ => Self::new(Code::ServerError, "the server met an unexpected condition"),
        };
        mapped.retry_after = match error {
            domain::Error::Database(_) => Some(2),
            domain::Error::Busy(seconds) => Some(seconds),
            _ => None,
        };
        mapped.because(error)
    }
}

impl From<crate::platform::random::RandomError> for OAuthError {
    fn from(error: crate::platform::random::RandomError) -> Self {
        domain::Error::from(error).into()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let status = self.status.unwrap_or_else(|| self.code.status());
        let body = || serde_json::json!({ "error": self.code.as_str(), "error_description": self.safe_description() });
        let mut response = if self.is_told { (status, Json(body())).into_response() } else { status.into_response() };
        let headers = response.headers_mut();
        // RFC 6749 §5.1, §5.2: an answer of the token endpoint must not be cached.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if let Some(challenge) = self.challenge.as_deref().and_then(|c| HeaderValue::from_str(c).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
