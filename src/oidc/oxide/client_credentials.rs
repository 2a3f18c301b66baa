//! Drives the client-credentials machine. It needs no I/O at all.

use std::borrow::Cow;

use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};

use super::{NOWHERE, disagreed, from_oxide, to_oxide};
use crate::domain::clients::Client;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::scopes::{self, Scopes};

struct Authenticated<'a> {
    client: &'a Client,
    params: &'a Params,
}

impl Request for Authenticated<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(&self.client.id), Cow::Borrowed(b"")))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("client_credentials"))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Agrees on the scopes of a token for an authenticated client.
pub(in crate::oidc) fn negotiate(
    client: &Client,
    params: &Params,
    mut decide: impl FnMut(Option<Scopes>) -> Result<Scopes, OAuthError>,
) -> Result<Scopes, OAuthError> {
    if let Some(scope) = params.get("scope") {
        scopes::parse(scope)?;
    }
    let nowhere = || -> Result<RegisteredUrl, OAuthError> {
        Ok(RegisteredUrl::Exact(ExactUrl::new(NOWHERE.to_owned()).map_err(|_| disagreed("client-credentials"))?))
    };
    let mut machine = ClientCredentials::new(&Authenticated { client, params });
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Binding { client_id } => Input::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(nowhere()?),
                },
            },
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { bound_client, scope } => {
                let decided = decide(scope.as_ref().map(from_oxide))?;
                Input::Negotiated {
                    pre_grant: PreGrant {
                        client_id: bound_client.client_id.clone().into_owned(),
                        redirect_uri: nowhere()?,
                        scope: to_oxide(&decided)?,
                    },
                }
            }
            Output::Ok { pre_grant, .. } => return Ok(from_oxide(&pre_grant.scope)),
            Output::Err(_) => return Err(disagreed("client-credentials")),
        };
    }
}
