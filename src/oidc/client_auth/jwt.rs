//! `client_secret_jwt` and `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9).

use crate::app::App;
use crate::domain::clients::{AuthMethod, Client};
use crate::domain::tokens;
use crate::jose::{Alg, ClientKeys, JwtError, Policy, Unverified, Verified, Verifier};
use crate::oidc::error::OAuthError;
use crate::urls;

/// RFC 7523 §2.2.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A longer `jti` than this is refused.
const JTI_MAX: usize = 500;

/// Takes an assertion apart and says which client it claims to come from; nothing of it is verified yet.
pub(super) fn parse(assertion: &str) -> Result<(String, Unverified<'_>), OAuthError> {
    let assertion = Unverified::parse(assertion).map_err(refused)?;
    // RFC 7523 §3: the subject is the client_id.
    let subject = assertion.claims.get("sub").and_then(serde_json::Value::as_str).map(str::to_owned);
    let subject = subject.ok_or_else(|| OAuthError::invalid_client("the client assertion has no sub"))?;
    Ok((subject, assertion))
}

/// Verifies an assertion and takes its `jti`.
pub(super) async fn check(
    app: &App,
    client: &Client,
    assertion: Unverified<'_>,
    endpoint: &str,
) -> Result<(), OAuthError> {
    let verified = match client.metadata.token_endpoint_auth_method {
        AuthMethod::ClientSecretJwt => verify_with_secret(app, client, assertion)?,
        _ => verify_with_key(app, client, assertion).await?,
    };
    if client.metadata.token_endpoint_auth_signing_alg.is_some_and(|alg| alg != verified.header.alg) {
        return Err(OAuthError::invalid_client("the client assertion is not signed with the registered algorithm"));
    }
    let (token, own) = (app.urls.absolute(urls::TOKEN), app.urls.absolute(endpoint));
    let ours = [app.urls.issuer(), token.as_str(), own.as_str()];
    let leeway_s = i64::try_from(app.config.oidc.clock_leeway).unwrap_or(10);
    let policy = Policy {
        issuer: Some(&client.id),
        subject: Some(&client.id),
        audience: &ours,
        leeway_s,
        require: &["jti", "exp"],
        max_lifetime_s: None,
        ..Policy::default()
    };
    let now = app.clock.now_s();
    policy.check(&verified, now).map_err(refused)?;
    // One that also names another audience could be replayed there, or come from there.
    let foreign = verified
        .claims
        .get("aud")
        .and_then(|a| a.as_array())
        .is_some_and(|all| all.iter().any(|a| a.as_str().is_none_or(|a| !ours.contains(&a))));
    if foreign {
        return Err(OAuthError::invalid_client("the client assertion names another audience beside this server"));
    }
    let exp = verified.claims.get("exp").and_then(serde_json::Value::as_f64).unwrap_or_default();
    let longest = i64::try_from(app.config.oidc.client_assertion_max_age).unwrap_or(3600) + leeway_s;
    #[expect(clippy::cast_possible_truncation, reason = "the policy made sure that it is a finite time near ours")]
    let exp = exp as i64;
    if exp - now > longest {
        return Err(OAuthError::invalid_client(format!(
            "the client assertion expires too late; at most {longest} seconds from now"
        )));
    }
    let jti = verified.claims.get("jti").and_then(serde_json::Value::as_str).unwrap_or_default();
    if jti.is_empty() || jti.len() > JTI_MAX {
        return Err(OAuthError::invalid_client(
            "the jti of the client assertion must be a text of 1 to 500 characters",
        ));
    }
    // Remembered for as long as it would be accepted.
    if !tokens::take_jti(app, &client.id, jti, (exp + leeway_s + 1) * 1000).await? {
        return Err(OAuthError::invalid_client("the jti of the client assertion was used before"));
    }
    Ok(())
}

fn verify_with_secret(app: &App, client: &Client, assertion: Unverified<'_>) -> Result<Verified, OAuthError> {
    let mut verifiers: Vec<Verifier> = Vec::new();
    for secret in client.live_secrets(app.clock.now_ms()) {
        let Some(sealed) = &secret.sealed else { continue };
        let opened = app.sealers.client_secret.open(client.id.as_bytes(), sealed);
        let opened = opened.map_err(|e| OAuthError::from(crate::domain::Error::internal(e)))?;
        verifiers.push(Verifier::hmac(&opened).map_err(|e| OAuthError::from(crate::domain::Error::internal(e)))?);
    }
    assertion
        .verify(|header| {
            // The registered method decides the family; the header does not.
            if header.alg == Alg::Hs256 { Ok(&verifiers) } else { Err(JwtError::AlgMismatch) }
        })
        .map_err(refused)
}

async fn verify_with_key(app: &App, client: &Client, assertion: Unverified<'_>) -> Result<Verified, OAuthError> {
    let verify = |assertion: Unverified<'_>, keys: &ClientKeys| {
        assertion.verify(|header| if header.alg == Alg::Hs256 { Err(JwtError::AlgMismatch) } else { keys.pick(header) })
    };
    if let Some(keys) = &client.keys {
        return verify(assertion, keys).map_err(refused);
    }
    let Some(uri) = &client.metadata.jwks_uri else {
        return Err(OAuthError::invalid_client("this client has no keys registered"));
    };
    let jwks = &app.caches.client_jwks;
    let keys = jwks.get(app, uri).await.map_err(|cause| {
        OAuthError::invalid_client("the client's jwks_uri cannot be fetched or read").because(cause)
    })?;
    match verify(assertion.clone(), &keys) {
        // The client may have rotated its keys.
        Err(error @ (JwtError::UnknownKey | JwtError::BadSignature)) => match jwks.get_newer(app, uri, &keys).await {
            Some(newer) => verify(assertion, &newer).map_err(refused),
            None => Err(refused(error)),
        },
        outcome => outcome.map_err(refused),
    }
}

fn refused(error: JwtError) -> OAuthError {
    OAuthError::invalid_client(format!("the client assertion is not accepted: {error}"))
}
