//! Drives the refresh machine.

use std::borrow::Cow;

use oxide_auth::code_grant::refresh::{Input, Output, Refresh, Request};
use oxide_auth::primitives::issuer::{RefreshedToken, TokenType};

use super::{disagreed, grant};
use crate::domain::clients::Client;
use crate::domain::grants::Grant;
use crate::oidc::error::{Code, OAuthError};
use crate::oidc::issue::TokenSet;
use crate::oidc::params::Params;

/// What the machine asks us to do.
pub(in crate::oidc) trait Steps {
    /// A refresh token that was read.
    type Token;
    /// Finds the grant of a refresh token; nothing is used up yet.
    async fn recover(&self, token: &str) -> Result<(Self::Token, Grant), OAuthError>;
    /// Uses the token and makes new ones.
    async fn refresh(&self, token: Self::Token, grant: Grant) -> Result<TokenSet, OAuthError>;
}

struct Authenticated<'a> {
    client: &'a Client,
    params: &'a Params,
}

impl Request for Authenticated<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.params.get("refresh_token").map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("refresh_token"))
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        // Authenticated before; the machine only compares the name with the grant's.
        Some((Cow::Borrowed(&self.client.id), Cow::Borrowed(b"")))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

enum Step {
    Start,
    Authenticate,
    Recover(String),
    Refresh,
}

/// Refreshes for an authenticated client.
pub(in crate::oidc) async fn refresh<S: Steps>(
    client: &Client,
    params: &Params,
    steps: &S,
) -> Result<TokenSet, OAuthError> {
    if params.get("refresh_token").is_none() {
        return Err(OAuthError::invalid_request("refresh_token is missing"));
    }
    let scope = params.get("scope");
    let mut machine = Refresh::new(&Authenticated { client, params });
    let mut saved = None;
    let mut step = Step::Start;
    loop {
        let mut tokens = None;
        let input = match step {
            Step::Start => Input::None,
            Step::Authenticate => Input::Authenticated { scope: scope.map(Cow::Borrowed) },
            Step::Recover(token) => {
                let (token, found) = steps.recover(&token).await?;
                let shown = grant(&found)?;
                saved = Some((token, found));
                Input::Recovered { scope: scope.map(Cow::Borrowed), grant: Some(Box::new(shown)) }
            }
            Step::Refresh => {
                let (token, found) = saved.take().ok_or_else(|| disagreed("refresh"))?;
                tokens = Some(steps.refresh(token, found).await?);
                Input::Refreshed(RefreshedToken {
                    token: String::new(),
                    refresh: None,
                    until: chrono::DateTime::<chrono::Utc>::MAX_UTC,
                    token_type: TokenType::Bearer,
                })
            }
        };
        step = match machine.advance(input) {
            Output::Unauthenticated { .. } => Step::Authenticate,
            Output::RecoverRefresh { token } => Step::Recover(token.to_owned()),
            Output::Refresh { .. } => Step::Refresh,
            Output::Ok(_) => return tokens.ok_or_else(|| disagreed("refresh")),
            // The scope is all that is left to refuse here (RFC 6749 §6).
            Output::Err(_) => {
                return Err(OAuthError::new(Code::InvalidScope, "the scope is wider than what was granted"));
            }
        };
    }
}
