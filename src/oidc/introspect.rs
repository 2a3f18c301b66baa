//! `POST /introspect` (RFC 7662): what a token is, for clients that may ask.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access_token;
use super::client_auth::ClientRequest;
use super::error::{Code, OAuthError};
use super::issue::claims;
use crate::app::App;
use crate::domain::clients::{Client, MayIntrospect, SubjectType};
use crate::domain::grants;

/// Answers about a token.
///
/// # Errors
/// Those of client authentication; `unauthorized_client` with 403 for a client that may not ask (RFC 7662 §2.3, §4).
pub async fn post(
    State(app): State<App>,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, OAuthError> {
    if !client.is_confidential() || client.metadata.may_introspect == MayIntrospect::Any(false) {
        let words = "this client may not introspect tokens; an operator allows it with may_introspect";
        return Err(OAuthError::new(Code::UnauthorizedClient, words)
            .with_status(StatusCode::FORBIDDEN)
            .for_client(&client.id));
    }
    let Some(token) = params.get("token") else {
        return Err(OAuthError::invalid_request("token is missing").for_client(&client.id));
    };
    // RFC 7662 §2.1: token_type_hint is a hint; the token says itself what it is.
    let answer = match access_token(&app, &client, token).await? {
        Some(answer) => Some(answer),
        None => refresh_token(&app, &client, token).await?,
    };
    let mut response = Json(answer.unwrap_or_else(|| json!({ "active": false }))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn access_token(app: &App, asker: &Client, token: &str) -> Result<Option<Value>, OAuthError> {
    let Some(live) = access_token::find_live(app, token).await? else { return Ok(None) };
    let token = &live.claims;
    if !may_see(asker, &token.aud) {
        return Ok(None);
    }
    let mut answer = serde_json::to_value(&**token).map_err(|e| OAuthError::from(crate::domain::Error::internal(e)))?;
    if let Some(map) = answer.as_object_mut() {
        map.remove("gid");
        map.insert("active".into(), json!(true));
        map.insert("token_type".into(), json!("Bearer"));
        if let Some(grant) = &live.grant
            && app.directory.snapshot().client(&token.client_id).is_some_and(|owner| may_name(owner, &token.scope))
        {
            map.insert("username".into(), json!(grant.person.username));
        }
    }
    Ok(Some(answer))
}

async fn refresh_token(app: &App, asker: &Client, token: &str) -> Result<Option<Value>, OAuthError> {
    let Some(id) = grants::grant_of_refresh_token(token) else { return Ok(None) };
    let Some(grant) = grants::load(app, id).await? else { return Ok(None) };
    let snapshot = app.directory.snapshot();
    let Some(owner) = snapshot.client(&grant.client_id) else { return Ok(None) };
    let Some(read) = grants::read_refresh_token(app, token, &grant.client_id) else { return Ok(None) };
    // A refresh token has no audience but us: only who may ask about everything, or the owner itself.
    let is_allowed = asker.metadata.may_introspect == MayIntrospect::Any(true) || asker.id == owner.id;
    if !is_allowed || !grants::is_current(app, &grant, read) {
        return Ok(None);
    }
    let ends = grant.expires_at.map_or(grant.idle_expires_at, |at| at.min(grant.idle_expires_at));
    let mut answer = json!({
        "active": true,
        "token_type": "refresh_token",
        "iss": app.urls.issuer(),
        "sub": claims::subject(app, owner, grant.person.id),
        "client_id": grant.client_id,
        "scope": grant.scopes,
        "iat": grant.rotated_at.unwrap_or(grant.auth_time) / 1000,
        "exp": ends / 1000,
    });
    if may_name(owner, &grant.scopes) {
        answer["username"] = json!(grant.person.username);
    }
    Ok(Some(answer))
}

/// Whether the user name is told (RFC 7662 §5): it is a claim of `profile`, and would undo a pairwise subject (OpenID Connect Core §8.1).
fn may_name(owner: &Client, scopes: &str) -> bool {
    owner.metadata.subject_type == SubjectType::Public && scopes.split(' ').any(|scope| scope == "profile")
}

fn may_see(asker: &Client, audiences: &[String]) -> bool {
    match &asker.metadata.may_introspect {
        MayIntrospect::Any(may) => *may,
        MayIntrospect::Audiences(allowed) => audiences.iter().any(|a| allowed.contains(a)),
    }
}
