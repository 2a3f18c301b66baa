//! `none`: a public client names itself and proves nothing; PKCE and the redirect URI stand in for the secret.

use crate::domain::clients::Client;
use crate::oidc::error::OAuthError;

/// A confidential client never passes without its proof.
pub(super) fn check(client: &Client) -> Result<(), OAuthError> {
    if client.is_confidential() { Err(super::refused()) } else { Ok(()) }
}
