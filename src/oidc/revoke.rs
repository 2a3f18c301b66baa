//! `POST /revoke` (RFC 7009): a client gives back a token of its own, and with it the whole grant.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::access_token;
use super::client_auth::ClientRequest;
use super::error::OAuthError;
use crate::app::App;
use crate::domain::{grants, tokens};

/// Revokes a token. 200 whether or not it was one (RFC 7009 §2.2), and only after the commit.
///
/// # Errors
/// Those of client authentication, and `temporarily_unavailable` where the revocation could not be written.
pub async fn post(
    State(app): State<App>,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, OAuthError> {
    let Some(token) = params.get("token") else {
        return Err(OAuthError::invalid_request("token is missing").for_client(&client.id));
    };
    // RFC 7009 §2.1: the token must be the client's own; another's is left alone without a word about it.
    if let Some(refresh) = grants::read_refresh_token(&app, token, &client.id) {
        grants::revoke(&app, refresh.grant_id, "revoked_by_client").await?;
    } else if let Some(claims) = access_token::read(&app, token).filter(|c| c.client_id == client.id) {
        match claims.gid {
            // RFC 7009 §2.1: the grant goes with it, so that no refresh token outlives what the client gave back.
            Some(gid) => {
                if grants::load(&app, gid).await?.is_some_and(|g| g.client_id == client.id) {
                    grants::revoke(&app, gid, "revoked_by_client").await?;
                }
            }
            None => tokens::revoke(&app, &claims.jti, claims.exp.saturating_mul(1000)).await?,
        }
    }
    Ok(StatusCode::OK.into_response())
}
