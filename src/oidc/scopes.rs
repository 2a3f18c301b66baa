//! Scope sets: space-separated, without order, and always printed sorted.

use std::collections::BTreeSet;

use super::error::{Code, OAuthError};
use super::params::shown;
use crate::domain::clients::Client;
use crate::domain::directory::{STANDARD_SCOPES, Snapshot};
use crate::domain::resources::is_scope_token;

/// A set of scopes.
pub type Scopes = BTreeSet<String>;

/// Reads a `scope` parameter (RFC 6749 §3.3).
///
/// # Errors
/// `invalid_scope` where it is not one.
pub fn parse(text: &str) -> Result<Scopes, OAuthError> {
    let mut scopes = Scopes::new();
    for token in text.split(' ').filter(|t| !t.is_empty()) {
        if !is_scope_token(token) {
            return Err(OAuthError::new(
                Code::InvalidScope,
                "the scope has characters that RFC 6749 section 3.3 forbids",
            ));
        }
        scopes.insert(token.to_owned());
    }
    Ok(scopes)
}

/// The scopes as they are sent.
#[must_use]
pub fn print(scopes: &Scopes) -> String {
    let mut text = String::new();
    for scope in scopes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(scope);
    }
    text
}

/// Refuses what this client may not ask for.
///
/// # Errors
/// `invalid_scope` with the first such scope.
pub fn check_allowed(snapshot: &Snapshot, client: &Client, scopes: &Scopes) -> Result<(), OAuthError> {
    match scopes.iter().find(|s| !snapshot.may_ask(client, s)) {
        None => Ok(()),
        Some(bad) => {
            let is_known = STANDARD_SCOPES.contains(&bad.as_str()) || !snapshot.resources_of_scope(bad).is_empty();
            let why = if is_known { "is not allowed for this client" } else { "is not known" };
            Err(OAuthError::new(Code::InvalidScope, format!("the scope {} {why}", shown(bad))).for_client(&client.id))
        }
    }
}
