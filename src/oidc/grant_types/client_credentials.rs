//! `client_credentials` (RFC 6749 §4.4): a token for the client itself. Nothing is written.

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::directory::{self, STANDARD_SCOPES, Snapshot};
use crate::oidc::error::{Code, OAuthError};
use crate::oidc::issue::{self, TokenSet};
use crate::oidc::oxide;
use crate::oidc::params::{Params, shown};
use crate::oidc::scopes::{self, Scopes};
use crate::oidc::target::{self, Asked};

/// Issues a token to the client.
#[expect(clippy::unused_async, reason = "every grant type has the same shape")]
pub(super) async fn run(app: &App, client: &Client, params: &Params) -> Result<TokenSet, OAuthError> {
    if !client.is_confidential() {
        // RFC 6749 §4.4: MUST only be used by confidential clients.
        return Err(OAuthError::new(Code::UnauthorizedClient, "a public client cannot use client_credentials"));
    }
    let snapshot = app.directory.snapshot();
    let mut named = target::check_resources(&snapshot, client, params.all("resource"))?;
    let negotiated = oxide::client_credentials::negotiate(client, params, |asked| {
        let scopes = match asked {
            Some(asked) => asked,
            // RFC 6749 §3.3: without a scope, the client gets what it is registered for.
            None => default_scopes(&snapshot, client, &mut named),
        };
        scopes::check_allowed(&snapshot, client, &scopes)?;
        match scopes.iter().find(|s| STANDARD_SCOPES.contains(&s.as_str())) {
            Some(bad) => Err(OAuthError::new(
                Code::InvalidScope,
                format!("the scope {} is about a person, and here is none", shown(bad)),
            )),
            None => Ok(scopes),
        }
    })?;
    let target = target::choose(app, &snapshot, client, &Asked { named: &named, granted: &[], scopes: &negotiated })?;
    if target.scopes.len() < negotiated.len() {
        let words = "a scope does not belong to the resource, or is not allowed at each that has it; ask for one resource at a time";
        return Err(OAuthError::new(Code::InvalidScope, words));
    }
    issue::for_client(app, client, &target)
}

fn default_scopes(snapshot: &Snapshot, client: &Client, named: &mut Vec<String>) -> Scopes {
    // A client of one API means that one.
    if let ([], [only]) = (named.as_slice(), client.metadata.resources.as_slice()) {
        named.push(only.clone());
    }
    let of_named = |audience: &String| named.is_empty() || named.contains(audience);
    let resources = snapshot.resources().filter(|r| of_named(&r.metadata.audience));
    resources.flat_map(|r| directory::scopes_at(client, r)).map(str::to_owned).collect()
}
