//! What the specifications define. A file is named like its endpoint; what several share is beside them.
//!
//! | endpoint | file | specification |
//! |---|---|---|
//! | `GET /.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` | `discovery.rs` | OpenID Connect Discovery 1.0, RFC 8414 |
//! | `GET /jwks` | `jwks.rs` | RFC 7517 |
//! | `GET, POST /authorize` | `authorize/` | RFC 6749 §4.1, OpenID Connect Core 1.0 §3.1.2, RFC 7636, RFC 8707, RFC 9207 |
//! | `GET, POST /consent` | `authorize/consent.rs` | OpenID Connect Core 1.0 §3.1.2.4 |
//! | `POST /token` | `token.rs`, `client_auth/`, `grant_types/`, `issue/` | RFC 6749 §3.2, OpenID Connect Core 1.0 §3.1.3 |
//! | `GET, POST /userinfo` | `userinfo.rs` | OpenID Connect Core 1.0 §5.3 |
//! | `POST /introspect` | `introspect.rs` | RFC 7662 |
//! | `POST /revoke` | `revoke.rs` | RFC 7009 |
//! | `GET, POST /logout` | `logout.rs` | OpenID Connect RP-Initiated Logout 1.0 |
//!
//! To add an endpoint: a file here, a line in this table, a path in `urls.rs`, a route in `router.rs`. To add a grant type or a way of
//! client authentication: a file in its folder and a line in its table.

pub mod access_token;
pub mod authorize;
pub mod client_auth;
pub mod client_jwks;
pub mod discovery;
pub mod error;
pub mod grant_types;
pub mod introspect;
pub mod issue;
pub mod jwks;
pub mod logout;
mod oxide;
pub mod params;
pub mod pkce;
#[cfg(test)]
mod properties;
pub mod redirect_uri;
pub mod revoke;
pub mod scopes;
pub mod target;
pub mod token;
pub mod userinfo;

use std::sync::Arc;

use crate::platform::cache::Cache;
use crate::platform::window::PerAddress;

/// What the protocol remembers between requests; all of it is bounded and can be lost.
#[derive(Debug)]
pub struct Caches {
    /// Access tokens whose signature was verified.
    pub verified: Cache<Arc<access_token::Claims>>,
    /// Keys behind the `jwks_uri` of clients.
    pub client_jwks: client_jwks::ClientJwks,
    /// Clients that failed to authenticate a moment ago.
    pub client_failures: client_auth::Failures,
    /// The discovery document, rendered.
    pub discovery: discovery::Rendered,
    /// Sign-ins that one address began in this minute.
    pub flow_starts: PerAddress,
    /// Mails that one address asked for in this minute.
    pub mails_asked: PerAddress,
    /// Sign-ins that failed from one address in this minute.
    pub login_failures: PerAddress,
    /// Accounts that one address asked for in this minute.
    pub sign_ups: PerAddress,
}

impl Caches {
    /// Empty ones.
    #[must_use]
    pub fn new(config: &crate::config::Config) -> Self {
        let throttle = &config.throttle;
        let per_address = || PerAddress::new(throttle.ipv6_prefix, throttle.max_addresses as usize);
        Self {
            verified: Cache::new(16_384),
            client_jwks: client_jwks::ClientJwks::default(),
            client_failures: client_auth::Failures::default(),
            discovery: discovery::Rendered::default(),
            flow_starts: per_address(),
            mails_asked: per_address(),
            login_failures: per_address(),
            sign_ups: per_address(),
        }
    }
}
