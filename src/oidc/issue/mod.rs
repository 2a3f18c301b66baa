//! What one grant yields: access token, ID token, refresh token. Every grant type ends here, so none can forget a claim.

pub mod access_token;
pub mod claims;
pub mod id_token;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::OAuthError;
use super::scopes;
use super::target::Target;
use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::grants::{self, Grant};

/// A successful answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenSet {
    /// The access token.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    pub expires_in: u64,
    /// What the access token may do; left out where it has no scope, for which RFC 6749 §3.3 has no text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The refresh token, where the client may refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, where `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl IntoResponse for TokenSet {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // RFC 6749 §5.1.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

/// Tokens for a person's grant. What the ID token tells of the person, [`claims::for_id_token`], was read before the code or the
/// refresh token was used up: from there on the database is not needed.
///
/// # Errors
/// Of the keys.
pub fn for_grant(
    app: &App,
    client: &Client,
    grant: &Grant,
    target: &Target,
    told: Map<String, Value>,
) -> Result<TokenSet, OAuthError> {
    let granted = scopes::parse(&grant.scopes)?;
    let subject = claims::subject(app, client, grant.person.id);
    let issued = access_token::issue(app, client, target, &access_token::Subject::Person { subject: &subject, grant })?;
    let id_token = if granted.contains("openid") {
        Some(id_token::issue(
            app,
            client,
            grant,
            &id_token::Beside { subject: &subject, access_token: &issued.token },
            told,
        )?)
    } else {
        None
    };
    let refresh_token =
        if client.may_use_grant("refresh_token") { Some(grants::refresh_token(app, grant)?) } else { None };
    Ok(TokenSet {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.lives_s,
        scope: scopes::print(&target.scopes),
        refresh_token,
        id_token,
    })
}

/// A token for the client itself (RFC 6749 §4.4.3: no refresh token). Nothing is written.
///
/// # Errors
/// Of the keys.
pub fn for_client(app: &App, client: &Client, target: &Target) -> Result<TokenSet, OAuthError> {
    let issued = access_token::issue(app, client, target, &access_token::Subject::Client)?;
    Ok(TokenSet {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.lives_s,
        scope: scopes::print(&target.scopes),
        refresh_token: None,
        id_token: None,
    })
}
