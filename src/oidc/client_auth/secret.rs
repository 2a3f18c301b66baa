//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use subtle::{Choice, ConstantTimeEq};

use crate::app::App;
use crate::domain::clients::Client;
use crate::oidc::error::OAuthError;
use crate::platform::random::sha256;

/// Compares hashes, in constant time, with every secret that has not expired.
pub(super) fn check(app: &App, client: &Client, secret: &str) -> Result<(), OAuthError> {
    let presented = sha256(secret.as_bytes());
    let mut is_right = Choice::from(0);
    for stored in client.live_secrets(app.clock.now_ms()) {
        is_right |= stored.hash.ct_eq(&presented);
    }
    if is_right.into() { Ok(()) } else { Err(super::refused().because("wrong client secret")) }
}
