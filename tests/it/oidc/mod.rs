//! One file per endpoint or subject of `src/oidc/`.

mod authorization_code;
mod authorize;
mod client_auth;
mod client_credentials;
mod consent;
mod discovery;
mod introspect;
mod jwks;
mod logout;
mod refresh_token;
mod revoke;
mod step_up;
mod token;
mod userinfo;
