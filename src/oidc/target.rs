//! Which audience an access token is for, and so its form: RFC 8707 and RFC 9068 §3.

use std::sync::Arc;

use super::error::{Code, OAuthError};
use super::params::shown;
use super::scopes::Scopes;
use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::directory::Snapshot;
use crate::domain::resources::Resource;

/// Whom a token is for and what it may do there.
#[derive(Debug, Clone)]
pub struct Target {
    /// The `aud`.
    pub audiences: Vec<String>,
    /// Decides the form, where the token is for a resource.
    pub resource: Option<Arc<Resource>>,
    /// The scopes that the token carries.
    pub scopes: Scopes,
}

/// Checks the `resource` parameters of a request: registered, and reachable for this client.
///
/// # Errors
/// `invalid_target` (RFC 8707 §2).
pub fn check_resources<'a>(
    snapshot: &Snapshot,
    client: &Client,
    named: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, OAuthError> {
    let mut resources = Vec::new();
    for audience in named {
        if snapshot.resource(audience).is_none() {
            return Err(invalid_target(format!("the resource {} is not registered", shown(audience))));
        }
        if !snapshot.may_reach(client, audience) {
            return Err(invalid_target(format!("this client may not ask for the resource {}", shown(audience))));
        }
        if !resources.iter().any(|r| r == audience) {
            resources.push(audience.to_owned());
        }
    }
    form_of(snapshot, &resources)?;
    Ok(resources)
}

/// The target of a token.
///
/// `named` at the token endpoint narrows the token to those resources and their scopes (RFC 8707 §2.2). Otherwise it is for the
/// resources `granted` at the authorization endpoint, or those that its scopes belong to; and with `openid` for us too, so that
/// userinfo accepts it.
///
/// # Errors
/// `invalid_target`.
pub fn choose(
    app: &App,
    snapshot: &Snapshot,
    named: &[String],
    granted: &[String],
    scopes: &Scopes,
) -> Result<Target, OAuthError> {
    if !named.is_empty() {
        let belongs = |scope: &String| {
            named.iter().any(|a| snapshot.resource(a).is_some_and(|r| r.metadata.scopes.0.contains_key(scope)))
        };
        return Ok(Target {
            audiences: named.to_vec(),
            resource: form_of(snapshot, named)?,
            scopes: scopes.iter().filter(|s| belongs(s)).cloned().collect(),
        });
    }
    let mut audiences = granted.to_vec();
    if audiences.is_empty() {
        for scope in scopes {
            if let Some(resource) = snapshot.resource_of_scope(scope)
                && !audiences.contains(&resource.metadata.audience)
            {
                audiences.push(resource.metadata.audience.clone());
            }
        }
    }
    let resource = form_of(snapshot, &audiences)?;
    // A token signed with a shared secret could be made by that API too: it must not open userinfo.
    let is_shared = resource.as_ref().is_some_and(|r| r.shared.is_some());
    if audiences.is_empty() || (scopes.contains("openid") && !is_shared) {
        audiences.push(app.urls.issuer().to_owned());
    }
    Ok(Target { audiences, resource, scopes: scopes.clone() })
}

/// The resource that decides the form of a token for all of `audiences`.
fn form_of(snapshot: &Snapshot, audiences: &[String]) -> Result<Option<Arc<Resource>>, OAuthError> {
    let mut all = audiences.iter().filter_map(|a| snapshot.resource(a));
    let Some(first) = all.next() else { return Ok(None) };
    let form = |r: &Resource| (r.metadata.token_format, r.metadata.signing_alg, r.metadata.typ.clone());
    let is_shared = first.shared.is_some();
    for other in all {
        // One token cannot be signed in two ways, nor with the secrets of two APIs.
        if form(other) != form(first) || is_shared {
            return Err(invalid_target(
                "these resources need different tokens; ask for one resource at a time".to_owned(),
            ));
        }
    }
    Ok(Some(Arc::clone(first)))
}

fn invalid_target(description: String) -> OAuthError {
    OAuthError::new(Code::InvalidTarget, description)
}
