//! Which audience an access token is for, and so its form: RFC 8707 and RFC 9068 §3.

use std::sync::Arc;

use super::error::{Code, OAuthError};
use super::params::shown;
use super::scopes::Scopes;
use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::directory::{self, STANDARD_SCOPES, Snapshot};
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

/// RFC 8707 §2.2: at the token endpoint a client asks for the resources that a person granted, or fewer; without any in the
/// authorization request, for those at which it may ask for a scope that was granted.
///
/// # Errors
/// `invalid_target`.
pub fn check_within(snapshot: &Snapshot, client: &Client, asked: &Asked<'_>) -> Result<(), OAuthError> {
    let is_by_scope = |audience: &String| {
        let resource = snapshot.resource(audience);
        resource.is_some_and(|r| asked.scopes.iter().any(|scope| directory::may_ask_at(client, r, scope)))
    };
    let is_asked = |audience| match asked.granted {
        [] => is_by_scope(audience),
        granted => granted.contains(audience),
    };
    if asked.named.iter().all(is_asked) {
        Ok(())
    } else {
        Err(invalid_target("the resource was not part of the authorization request".to_owned()))
    }
}

/// What a token is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The `resource` parameters of the token request, checked by [`check_resources`].
    pub named: &'a [String],
    /// Those of the authorization request; they were checked when the person came, and may be gone since.
    pub granted: &'a [String],
    /// What the token should do.
    pub scopes: &'a Scopes,
}

/// The target of a token for `client`.
///
/// `named` at the token endpoint narrows the token to those resources and their scopes (RFC 8707 §2.2); where they have none of those
/// asked for, the scopes of a sign-in stay. Otherwise it is for the resources `granted` at the authorization endpoint, or those at which
/// the client may ask for its scopes; and with `openid` for us too, so that userinfo accepts it.
///
/// # Errors
/// `invalid_target`; `invalid_scope` where nothing of what was asked for is to be had there, which no `scope` of an answer could tell
/// (RFC 6749 §3.3, §5.1).
pub fn choose(app: &App, snapshot: &Snapshot, client: &Client, asked: &Asked<'_>) -> Result<Target, OAuthError> {
    let Asked { named, granted, scopes } = *asked;
    let mut audiences = match (named, granted) {
        ([], []) => of_scopes(snapshot, client, scopes),
        ([], granted) => still_reached(snapshot, client, granted)?,
        (named, _) => named.to_vec(),
    };
    let resource = form_of(snapshot, &audiences)?;
    let mut kept: Scopes = scopes.iter().filter(|s| is_of(snapshot, client, &audiences, s)).cloned().collect();
    if named.is_empty() || kept.is_empty() {
        kept.extend(scopes.iter().filter(|s| STANDARD_SCOPES.contains(&s.as_str())).cloned());
    }
    if kept.is_empty() && !scopes.is_empty() {
        return Err(OAuthError::new(Code::InvalidScope, "none of the scopes belongs to the resource"));
    }
    // A token signed with a shared secret could be made by that API too: it must not open userinfo.
    let is_shared = resource.as_ref().is_some_and(|r| r.shared.is_some());
    if audiences.is_empty() || (named.is_empty() && kept.contains("openid") && !is_shared) {
        audiences.push(app.urls.issuer().to_owned());
    }
    Ok(Target { audiences, resource, scopes: kept })
}

/// The resources at which the client may ask for `scopes`; for each the first by audience, where several have one of its name.
fn of_scopes(snapshot: &Snapshot, client: &Client, scopes: &Scopes) -> Vec<String> {
    let mut audiences: Vec<String> = Vec::new();
    for resource in scopes.iter().filter_map(|scope| snapshot.resources_asked(client, scope).next()) {
        if !audiences.contains(&resource.metadata.audience) {
            audiences.push(resource.metadata.audience.clone());
        }
    }
    audiences
}

/// Those of the granted resources that are still registered, and still this client's to reach.
fn still_reached(snapshot: &Snapshot, client: &Client, granted: &[String]) -> Result<Vec<String>, OAuthError> {
    let is_reached = |a: &&String| snapshot.resource(a).is_some() && snapshot.may_reach(client, a);
    let reached: Vec<String> = granted.iter().filter(is_reached).cloned().collect();
    if reached.is_empty() {
        let words = "none of the resources of the authorization request is registered for this client any more";
        return Err(invalid_target(words.to_owned()));
    }
    Ok(reached)
}

/// Whether a token for `audiences` may carry `scope`: the client may ask for it at one of them, and at each that has one of that name.
fn is_of(snapshot: &Snapshot, client: &Client, audiences: &[String], scope: &str) -> bool {
    let mut at =
        snapshot.resources_of_scope(scope).iter().filter(|r| audiences.contains(&r.metadata.audience)).peekable();
    at.peek().is_some() && at.all(|r| directory::may_ask_at(client, r, scope))
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
