//! Drives the access-token machine for an authorization code.

use std::borrow::Cow;
use std::mem;

use oxide_auth::code_grant::accesstoken::{AccessToken, Authorization, Input, Output, Request};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::Extensions;

use super::{NOWHERE, disagreed, grant, issued};
use crate::domain::clients::Client;
use crate::domain::grants::Grant;
use crate::oidc::error::OAuthError;
use crate::oidc::issue::TokenSet;
use crate::oidc::params::Params;

/// What the machine asks us to do.
pub(in crate::oidc) trait Steps {
    /// Finds the grant of a code; nothing is used up yet.
    async fn recover(&self, code: &str) -> Result<Grant, OAuthError>;
    /// Ends a grant whose code was presented wrongly.
    async fn spoil(&self, grant: &Grant) -> Result<(), OAuthError>;
    /// Takes the code, which is gone for everybody else then, and makes the tokens.
    async fn issue(&self, grant: Grant) -> Result<TokenSet, OAuthError>;
}

/// The request of a client that is already authenticated: no secret reaches the machine.
struct Authenticated<'a> {
    client: &'a Client,
    params: &'a Params,
}

impl Request for Authenticated<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.params.get("code").map(Cow::Borrowed)
    }
    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(&self.client.id))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        // Compared byte by byte when the code was found; the machine needs one to go on.
        Some(Cow::Borrowed(self.params.get("redirect_uri").unwrap_or(NOWHERE)))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        if key == "client_secret" { None } else { self.params.get(key).map(Cow::Borrowed) }
    }
}

enum Step {
    Start,
    Authenticate,
    Recover(String),
    Extend(Extensions),
    Issue,
}

/// Redeems a code for an authenticated client.
pub(in crate::oidc) async fn redeem<S: Steps>(
    client: &Client,
    params: &Params,
    steps: &S,
) -> Result<TokenSet, OAuthError> {
    if params.get("redirect_uri").is_some_and(|uri| url::Url::parse(uri).is_err()) {
        return Err(OAuthError::invalid_grant("redirect_uri is not the one of the authorization request"));
    }
    let mut machine = AccessToken::new(&Authenticated { client, params });
    let mut saved: Option<Grant> = None;
    let mut step = Step::Start;
    loop {
        let mut tokens = None;
        let input = match step {
            Step::Start => Input::None,
            Step::Authenticate => Input::Authenticated,
            Step::Recover(code) => {
                let found = steps.recover(&code).await?;
                let shown = grant(&found)?;
                saved = Some(found);
                Input::Recovered(Some(Box::new(shown)))
            }
            Step::Extend(mut extensions) => {
                let found = saved.as_ref().ok_or_else(|| disagreed("code"))?;
                if let Err(error) = check_pkce(found, &mut extensions, params) {
                    steps.spoil(found).await?;
                    return Err(error);
                }
                Input::Extended { access_extensions: extensions }
            }
            Step::Issue => {
                tokens = Some(steps.issue(saved.take().ok_or_else(|| disagreed("code"))?).await?);
                Input::Issued(issued())
            }
        };
        step = match machine.advance(input) {
            Output::Authenticate { .. } => Step::Authenticate,
            Output::Recover { code } => Step::Recover(code.to_owned()),
            Output::Extend { extensions } => Step::Extend(mem::take(extensions)),
            Output::Issue { .. } => Step::Issue,
            Output::Ok(_) => return tokens.ok_or_else(|| disagreed("code")),
            Output::Err(_) => return Err(disagreed("code")),
        };
    }
}

/// RFC 7636 §4.6; and RFC 9700 §2.1.1: a verifier for a request that had no challenge is a downgrade.
fn check_pkce(grant: &Grant, extensions: &mut Extensions, params: &Params) -> Result<(), OAuthError> {
    let verifier = params.get("code_verifier");
    match (&grant.code_challenge, verifier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            return Err(OAuthError::invalid_grant(
                "code_verifier is given, but the authorization request had no code_challenge",
            ));
        }
        (Some(_), None) => return Err(OAuthError::invalid_grant("code_verifier is missing")),
        (Some(_), Some(_)) => {}
    }
    let pkce = Pkce::required();
    pkce.verify(extensions.remove(&pkce), verifier.map(Cow::Borrowed))
        .map_err(|()| OAuthError::invalid_grant("code_verifier does not fit the code_challenge"))
}
