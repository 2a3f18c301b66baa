//! The ways to get a token. To add one: a file here, and a line in [`GRANT_TYPES`]; the client is authenticated and registered for
//! it before it runs, and tokens come from `issue/` alone.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use std::future::Future;
use std::pin::Pin;

use super::error::OAuthError;
use super::issue::TokenSet;
use super::params::Params;
use crate::app::App;
use crate::domain::clients::Client;

type Run = for<'a> fn(
    &'a App,
    &'a Client,
    &'a Params,
) -> Pin<Box<dyn Future<Output = Result<TokenSet, OAuthError>> + Send + 'a>>;

/// One grant type.
pub struct GrantType {
    /// The value of `grant_type`.
    pub name: &'static str,
    /// What it does for an authenticated client.
    pub run: Run,
}

/// All of them, as discovery lists them.
pub const GRANT_TYPES: &[GrantType] = &[
    GrantType {
        name: "authorization_code",
        run: |app, client, params| Box::pin(authorization_code::run(app, client, params)),
    },
    GrantType { name: "refresh_token", run: |app, client, params| Box::pin(refresh_token::run(app, client, params)) },
    GrantType {
        name: "client_credentials",
        run: |app, client, params| Box::pin(client_credentials::run(app, client, params)),
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn clients_may_register_exactly_these() {
        let names: Vec<_> = super::GRANT_TYPES.iter().map(|g| g.name).collect();
        assert_eq!(names, crate::domain::grants::GRANT_TYPES);
    }
}
