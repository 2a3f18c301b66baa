//! oxide-auth's I/O-free machines decide the order of the RFC 6749 checks; our executors around them do the work. This is the only
//! folder that imports oxide-auth.
//!
//! A machine says what it needs next, an executor gives it, and no I/O happens inside. What a machine does not know (OpenID Connect,
//! client authentication, errors, rotation) stands around it. `Input` borrows something that is not `Sync`, so each executor first
//! awaits and then builds the input: that keeps its future `Send`.

pub(super) mod authorization;
pub(super) mod client_credentials;
pub(super) mod code;
pub(super) mod refresh;

use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant, Value};
use oxide_auth::primitives::issuer::TokenType;
use oxide_auth::primitives::scope::Scope;

use super::error::OAuthError;
use super::scopes::Scopes;
use crate::domain::{self, grants};

/// What the machines take for a redirect URI where none is needed; it is never followed.
const NOWHERE: &str = "https://nowhere.invalid/";

/// The machines refuse what our own checks have let through: a fault of ours.
fn disagreed(machine: &str) -> OAuthError {
    OAuthError::from(domain::Error::internal(format!("the {machine} machine refused what was checked before")))
}

fn to_oxide(scopes: &Scopes) -> Result<Scope, OAuthError> {
    // The machines know no empty scope; a space alone parses as one.
    let text = if scopes.is_empty() { " ".to_owned() } else { super::scopes::print(scopes) };
    text.parse().map_err(|_| disagreed("scope"))
}

fn from_oxide(scope: &Scope) -> Scopes {
    scope.iter().map(str::to_owned).collect()
}

/// A grant as the machines see it. They compare its end with the machine's own clock; ours has decided before.
fn grant(grant: &grants::Grant) -> Result<OxideGrant, OAuthError> {
    let mut extensions = Extensions::new();
    if let Some(challenge) = &grant.code_challenge {
        // As `Pkce::challenge` encodes S256.
        extensions.set_raw("pkce".to_owned(), Value::private(Some(format!("{challenge}S"))));
    }
    Ok(OxideGrant {
        owner_id: grant.person.id.to_string(),
        client_id: grant.client_id.clone(),
        scope: to_oxide(&super::scopes::parse(&grant.scopes)?)?,
        redirect_uri: grant.redirect_uri.as_deref().unwrap_or(NOWHERE).parse().map_err(|_| disagreed("redirect"))?,
        until: chrono::DateTime::<chrono::Utc>::MAX_UTC,
        extensions,
    })
}

/// The machines want to see what was issued; the answer is ours.
fn issued() -> oxide_auth::primitives::issuer::IssuedToken {
    oxide_auth::primitives::issuer::IssuedToken {
        token: String::new(),
        refresh: None,
        until: chrono::DateTime::<chrono::Utc>::MAX_UTC,
        token_type: TokenType::Bearer,
    }
}
