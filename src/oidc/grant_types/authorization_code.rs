//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6). The order of the checks is oxide-auth's; the steps are ours.

use oxide::code::Steps;

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::grants::{self, Code, Grant};
use crate::oidc::error::OAuthError;
use crate::oidc::issue::{self, TokenSet};
use crate::oidc::params::Params;
use crate::oidc::{oxide, pkce, target};

/// Redeems a code.
pub(super) async fn run(app: &App, client: &Client, params: &Params) -> Result<TokenSet, OAuthError> {
    let snapshot = app.directory.snapshot();
    let named = target::check_resources(&snapshot, client, params.all("resource"))?;
    if let Some(verifier) = params.get("code_verifier") {
        pkce::check_verifier_form(verifier)?;
    }
    if params.get("code").is_none() {
        return Err(OAuthError::invalid_request("code is missing"));
    }
    let steps = Redemption { app, client, params, named: &named };
    oxide::code::redeem(client, params, &steps).await
}

struct Redemption<'a> {
    app: &'a App,
    client: &'a Client,
    params: &'a Params,
    named: &'a [String],
}

impl Steps for Redemption<'_> {
    async fn recover(&self, code: &str) -> Result<Grant, OAuthError> {
        match grants::take_code(self.app, code, &self.client.id).await? {
            Code::Taken(grant) => {
                // RFC 6749 §4.1.3: the same redirect_uri as in the authorization request, if it had one; byte by byte.
                if grant.redirect_uri.as_deref() == self.params.get("redirect_uri") {
                    return Ok(*grant);
                }
                self.spoil(&grant).await?;
                Err(OAuthError::invalid_grant("redirect_uri is not the one of the authorization request"))
            }
            Code::Unknown => Err(OAuthError::invalid_grant("the code is not known, or was given to another client")),
            Code::Expired => Err(OAuthError::invalid_grant("the code has expired; start the sign-in again")),
            Code::Replayed => Err(OAuthError::invalid_grant("the code was used before; what it gave is revoked")),
            Code::Ended => Err(OAuthError::invalid_grant("the grant has ended")),
        }
    }

    async fn spoil(&self, grant: &Grant) -> Result<(), OAuthError> {
        // A code that was presented wrongly stays taken: who guesses gets one guess.
        grants::revoke(self.app, grant.id, "code_misused").await?;
        Ok(())
    }

    async fn issue(&self, grant: &Grant) -> Result<TokenSet, OAuthError> {
        let snapshot = self.app.directory.snapshot();
        let granted: Vec<String> = grant.resources.split_whitespace().map(str::to_owned).collect();
        let scopes = issue::claims::scopes_of(grant)?;
        check_within(self.named, &granted, &snapshot, &scopes)?;
        let target = target::choose(self.app, &snapshot, self.named, &granted, &scopes)?;
        issue::for_grant(self.app, self.client, grant, &target).await
    }
}

/// RFC 8707 §2.2: at the token endpoint a client asks for what was granted, or less.
pub(super) fn check_within(
    named: &[String],
    granted: &[String],
    snapshot: &crate::domain::directory::Snapshot,
    scopes: &crate::oidc::scopes::Scopes,
) -> Result<(), OAuthError> {
    let by_scope = |audience: &String| {
        scopes.iter().any(|s| snapshot.resource_of_scope(s).is_some_and(|r| &r.metadata.audience == audience))
    };
    match named.iter().find(|a| !granted.contains(a) && !by_scope(a)) {
        None => Ok(()),
        Some(_) => Err(OAuthError::new(
            crate::oidc::error::Code::InvalidTarget,
            "the resource was not part of the authorization request",
        )),
    }
}
