//! `POST /token` (RFC 6749 §3.2): parse, who calls, which grant type, may they, issue, answer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::client_auth::ClientRequest;
use super::error::{Code, OAuthError};
use super::grant_types::GRANT_TYPES;
use super::params::shown;
use crate::app::App;

/// Answers a token request.
///
/// # Errors
/// Those of RFC 6749 §5.2.
pub async fn post(
    State(app): State<App>,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, OAuthError> {
    let Some(name) = params.get("grant_type") else {
        return Err(OAuthError::invalid_request("grant_type is missing").for_client(&client.id));
    };
    let Some(grant_type) = GRANT_TYPES.iter().find(|g| g.name == name) else {
        let words = format!("the grant type {} is not supported", shown(name));
        return Err(OAuthError::new(Code::UnsupportedGrantType, words).for_client(&client.id));
    };
    if !client.may_use_grant(grant_type.name) {
        let words = format!("this client is not registered for the grant type {}", grant_type.name);
        return Err(OAuthError::new(Code::UnauthorizedClient, words).for_client(&client.id));
    }
    let tokens = (grant_type.run)(&app, &client, &params).await.map_err(|e| e.for_client(&client.id))?;
    metrics::counter!("doorward_tokens_issued_total", "grant_type" => grant_type.name).increment(1);
    Ok(tokens.into_response())
}
