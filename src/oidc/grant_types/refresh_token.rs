//! `refresh_token` (RFC 6749 §6): rotated at every use, idempotently; a true replay ends the grant (RFC 9700 §4.14.2).

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::grants::{self, Grant, Refresh, RefreshToken};
use crate::oidc::error::{Code, OAuthError};
use crate::oidc::issue::{self, TokenSet};
use crate::oidc::oxide;
use crate::oidc::params::Params;
use crate::oidc::scopes::{self, Scopes};
use crate::oidc::target::{self, Asked};

/// Refreshes.
pub(super) async fn run(app: &App, client: &Client, params: &Params) -> Result<TokenSet, OAuthError> {
    let snapshot = app.directory.snapshot();
    let named = target::check_resources(&snapshot, client, params.all("resource"))?;
    if let Some(scope) = params.get("scope") {
        scopes::parse(scope)?;
    }
    let steps = Refreshing { app, client, params, named: &named };
    oxide::refresh::refresh(client, params, &steps).await
}

struct Refreshing<'a> {
    app: &'a App,
    client: &'a Client,
    params: &'a Params,
    named: &'a [String],
}

impl oxide::refresh::Steps for Refreshing<'_> {
    type Token = RefreshToken;

    async fn recover(&self, token: &str) -> Result<(RefreshToken, Grant), OAuthError> {
        let Some(token) = grants::read_refresh_token(self.app, token, &self.client.id) else {
            return Err(OAuthError::invalid_grant("the refresh token is not known, or was given to another client"));
        };
        let grant = good(grants::check_refresh(self.app, token).await?)?;
        Ok((token, grant))
    }

    async fn refresh(&self, token: RefreshToken, grant: Grant) -> Result<TokenSet, OAuthError> {
        let snapshot = self.app.directory.snapshot();
        // What the client may no longer ask for, it no longer gets.
        let granted: Scopes =
            issue::claims::scopes_of(&grant)?.into_iter().filter(|s| snapshot.may_ask(self.client, s)).collect();
        let wanted = match self.params.get("scope") {
            Some(scope) => scopes::parse(scope)?,
            None => granted.clone(),
        };
        if !wanted.is_subset(&granted) {
            return Err(OAuthError::new(Code::InvalidScope, "the scope is wider than what was granted"));
        }
        let resources: Vec<String> = grant.resources.split_whitespace().map(str::to_owned).collect();
        let asked = Asked { named: self.named, granted: &resources, scopes: &granted };
        target::check_within(&snapshot, self.client, &asked)?;
        let target = target::choose(self.app, &snapshot, self.client, &Asked { scopes: &wanted, ..asked })?;
        let told = issue::claims::for_id_token(self.app, &grant).await?;
        // Everything that can be refused or fail was: the token is used now.
        let grant = good(grants::rotate(self.app, grant, token).await?)?;
        issue::for_grant(self.app, self.client, &grant, &target, told)
    }
}

fn good(refresh: Refresh) -> Result<Grant, OAuthError> {
    match refresh {
        Refresh::Good(grant) => Ok(*grant),
        Refresh::Ended => Err(OAuthError::invalid_grant("the grant has ended; the person must sign in again")),
        Refresh::Replayed => Err(OAuthError::invalid_grant(
            "this refresh token was used before; the grant is revoked and the person must sign in again",
        )),
    }
}
