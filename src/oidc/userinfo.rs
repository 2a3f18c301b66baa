//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3): what the person let this client know, plain or signed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::access_token::{self, challenge};
use super::error::{Code, OAuthError};
use super::issue::{claims, id_token};
use super::params::{self, Params};
use super::scopes;
use crate::app::App;

/// Answers with claims.
///
/// # Errors
/// Those of RFC 6750 §3.1, with their challenge.
pub async fn handle(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let form = if method == Method::POST && params::is_form(&headers) {
        Some(Params::from_form(&headers, &body).map_err(|e| challenge(Some(e)))?)
    } else {
        None
    };
    let token = access_token::bearer(&headers, form.as_ref().and_then(|f| f.get("access_token")))?;
    let invalid = || {
        challenge(Some(OAuthError::new(Code::InvalidToken, "the access token is expired, revoked or not one of ours")))
    };
    let live = access_token::find_live(&app, token).await?.ok_or_else(invalid)?;
    // A token for an API must not open userinfo: that API could replay it here.
    if !live.claims.aud.iter().any(|a| a == app.urls.issuer()) {
        return Err(challenge(Some(OAuthError::new(Code::InvalidToken, "the access token is for another audience"))));
    }
    let Some(grant) = live.grant.as_deref().filter(|_| live.claims.has_scope("openid")) else {
        return Err(challenge(Some(OAuthError::new(
            Code::InsufficientScope,
            "the access token lacks the scope openid",
        ))));
    };
    let snapshot = app.directory.snapshot();
    let client = snapshot.client(&grant.client_id).ok_or_else(invalid)?;
    let mut claims = claims::for_userinfo(&app, grant, &scopes::parse(&live.claims.scope)?).await?;
    claims.insert("sub".into(), json!(live.claims.sub));
    let mut response = match client.metadata.userinfo_signed_response_alg {
        Some(alg) => {
            // §5.3.2: a signed answer says who made it and for whom.
            claims.insert("iss".into(), json!(app.urls.issuer()));
            claims.insert("aud".into(), json!(client.id));
            let mut response = id_token::sign(&app, client, alg, &claims)?.into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
            response
        }
        None => Json(claims).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
