//! PKCE (RFC 7636), S256 only.

use super::error::OAuthError;

/// RFC 7636 §4.2: the base64url of a SHA-256 has 43 characters.
const CHALLENGE_CHARS: usize = 43;

/// Checks challenge and method of an authorization request.
///
/// # Errors
/// `invalid_request` (RFC 7636 §4.4.1).
pub fn check_challenge(challenge: Option<&str>, method: Option<&str>, is_required: bool) -> Result<(), OAuthError> {
    let Some(challenge) = challenge else {
        if method.is_some() {
            return Err(OAuthError::invalid_request("code_challenge_method is given without code_challenge"));
        }
        if is_required {
            return Err(OAuthError::invalid_request(
                "code_challenge is missing: this client must use PKCE with S256 (RFC 7636)",
            ));
        }
        return Ok(());
    };
    // RFC 7636 §4.3: an absent method means plain, which RFC 9700 §2.1.1 rules out.
    if method != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256 (RFC 7636)"));
    }
    if challenge.len() != CHALLENGE_CHARS
        || !challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Err(OAuthError::invalid_request("code_challenge must be the base64url of a SHA-256, 43 characters"));
    }
    Ok(())
}

/// Checks the form of a verifier (RFC 7636 §4.1).
///
/// # Errors
/// `invalid_request` where it is malformed; whether it fits the challenge is decided by the code's redemption.
pub fn check_verifier_form(verifier: &str) -> Result<(), OAuthError> {
    let fits = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
    if fits {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant("code_verifier must have 43 to 128 unreserved characters (RFC 7636 section 4.1)"))
    }
}
