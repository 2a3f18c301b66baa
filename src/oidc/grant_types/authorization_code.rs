//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6). The order of the checks is oxide-auth's; the steps are ours.

use oxide::code::Steps;

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::grants::{self, Code, Grant};
use crate::oidc::error::OAuthError;
use crate::oidc::issue::{self, TokenSet};
use crate::oidc::params::Params;
use crate::oidc::target::{self, Asked};
use crate::oidc::{oxide, pkce};

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
        let grant = good(grants::check_code(self.app, code, &self.client.id).await?)?;
        // RFC 6749 §4.1.3: the same redirect_uri as in the authorization request, if it had one; byte by byte.
        if grant.redirect_uri.as_deref() == self.params.get("redirect_uri") {
            return Ok(grant);
        }
        self.spoil(&grant).await?;
        Err(OAuthError::invalid_grant("redirect_uri is not the one of the authorization request"))
    }

    async fn spoil(&self, grant: &Grant) -> Result<(), OAuthError> {
        // A code that was presented wrongly is good no more, nor is what it gave to a faster one: who guesses gets one guess.
        grants::revoke(self.app, grant.id, "code_misused").await?;
        Ok(())
    }

    async fn issue(&self, grant: Grant) -> Result<TokenSet, OAuthError> {
        let snapshot = self.app.directory.snapshot();
        let granted: Vec<String> = grant.resources.split_whitespace().map(str::to_owned).collect();
        let scopes = issue::claims::scopes_of(&grant)?;
        let asked = Asked { named: self.named, granted: &granted, scopes: &scopes };
        target::check_within(&snapshot, self.client, &asked)?;
        let target = target::choose(self.app, &snapshot, self.client, &asked)?;
        let told = issue::claims::for_id_token(self.app, &grant).await?;
        // Everything that can be refused or fail was: the code is used now.
        let grant = good(grants::take_code(self.app, grant).await?)?;
        issue::for_grant(self.app, self.client, &grant, &target, told)
    }
}

fn good(code: Code) -> Result<Grant, OAuthError> {
    match code {
        Code::Good(grant) => Ok(*grant),
        Code::Unknown => Err(OAuthError::invalid_grant("the code is not known, or was given to another client")),
        Code::Expired => Err(OAuthError::invalid_grant("the code has expired; start the sign-in again")),
        Code::Replayed => Err(OAuthError::invalid_grant("the code was used before; what it gave is revoked")),
        Code::Ended => Err(OAuthError::invalid_grant("the grant has ended")),
    }
}
