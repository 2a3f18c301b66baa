//! Drives the authorization machine: client and redirect URI are bound before anything may be sent there, then the response type, the
//! extensions, and the scope. It needs no I/O: clients are in memory.

use std::borrow::Cow;

use oxide_auth::code_grant::authorization::{Authorization, Input, Output, Request};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, GrantExtension};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};

use super::{disagreed, from_oxide, to_oxide};
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::scopes::Scopes;

/// What the machine asks us to decide. `E` is a refusal that knows where it may be shown.
pub(in crate::oidc) trait Steps {
    /// A refusal.
    type Error;
    /// Binds client and redirect URI; gives the URI to answer to.
    fn bind(&mut self) -> Result<String, Self::Error>;
    /// Everything that is checked once the redirect URI is proven, up to the scope. Says whether PKCE is required.
    fn check(&mut self) -> Result<bool, Self::Error>;
    /// Agrees on the scope.
    fn negotiate(&mut self, asked: Option<Scopes>) -> Result<Scopes, Self::Error>;
    /// A refusal of the machine's own, or a fault of ours.
    fn refuse(&mut self, error: OAuthError) -> Self::Error;
}

struct Asked<'a>(&'a Params);

impl Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.0.get("client_id").map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.get("scope").map(Cow::Borrowed)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.0.get("redirect_uri").map(Cow::Borrowed)
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.0.get("state").map(Cow::Borrowed)
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.0.get("response_type").map(Cow::Borrowed)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

/// Runs an authorization request through the machine; gives the agreed scope.
pub(in crate::oidc) fn run<S: Steps>(params: &Params, steps: &mut S) -> Result<Scopes, S::Error> {
    let request = Asked(params);
    let mut machine = Authorization::new(&request);
    let mut is_pkce_required = true;
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, .. } => {
                let uri = steps.bind()?;
                // Checked before the machine looks at them, with words of their own.
                is_pkce_required = steps.check()?;
                Input::Bound {
                    request: &request,
                    bound_client: BoundClient {
                        client_id: Cow::Owned(client_id),
                        redirect_uri: Cow::Owned(exact(uri, steps)?),
                    },
                }
            }
            Output::Extend => {
                let pkce = if is_pkce_required { Pkce::required() } else { Pkce::optional() };
                let value = |key| params.get(key).map(Cow::Borrowed);
                let challenge = pkce
                    .challenge(value("code_challenge_method"), value("code_challenge"))
                    .map_err(|()| steps.refuse(OAuthError::invalid_request("PKCE with S256 is required (RFC 7636)")))?;
                let mut extensions = Extensions::new();
                if let Some(challenge) = challenge {
                    extensions.set(&pkce as &dyn GrantExtension, challenge);
                }
                Input::Extended(extensions)
            }
            Output::Negotiate { bound_client, scope } => {
                let (client_id, redirect_uri) =
                    (bound_client.client_id.clone().into_owned(), bound_client.redirect_uri.clone().into_owned());
                let agreed = steps.negotiate(scope.as_ref().map(from_oxide))?;
                let scope = to_oxide(&agreed).map_err(|e| steps.refuse(e))?;
                Input::Negotiated {
                    pre_grant: PreGrant { client_id, redirect_uri, scope },
                    state: params.get("state").map(str::to_owned),
                }
            }
            Output::Ok { pre_grant, .. } => return Ok(from_oxide(&pre_grant.scope)),
            Output::Err(_) => return Err(steps.refuse(disagreed("authorization"))),
        };
    }
}

fn exact<S: Steps>(uri: String, steps: &mut S) -> Result<RegisteredUrl, S::Error> {
    match ExactUrl::new(uri) {
        Ok(exact) => Ok(RegisteredUrl::Exact(exact)),
        Err(_) => Err(steps.refuse(disagreed("redirect"))),
    }
}
