//! The ID token (OpenID Connect Core §2).

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain;
use crate::domain::clients::Client;
use crate::domain::grants::Grant;
use crate::jose::{Alg, Signer, Typ, left_half_hash};
use crate::oidc::error::OAuthError;
use crate::oidc::issue::claims;

/// What an ID token goes with.
pub(super) struct Beside<'a> {
    /// The person, as the client sees them.
    pub(super) subject: &'a str,
    /// The access token of the same answer.
    pub(super) access_token: &'a str,
}

/// Makes an ID token for `client` that tells `told` of the person.
pub(super) fn issue(
    app: &App,
    client: &Client,
    grant: &Grant,
    beside: &Beside<'_>,
    told: Map<String, Value>,
) -> Result<String, OAuthError> {
    let alg = client.metadata.id_token_signed_response_alg;
    let now = app.clock.now_s();
    // Requested claims first: what follows is ours alone and overrides.
    let mut token = told;
    let lives = i64::try_from(app.config.oidc.id_token_ttl).unwrap_or(3600);
    token.insert("iss".into(), json!(app.urls.issuer()));
    token.insert("sub".into(), json!(beside.subject));
    token.insert("aud".into(), json!(client.id));
    token.insert("exp".into(), json!(now + lives));
    token.insert("iat".into(), json!(now));
    token.insert("auth_time".into(), json!(grant.auth_time / 1000));
    token.insert("acr".into(), json!(grant.acr));
    token.insert("amr".into(), json!(grant.amr.split(' ').collect::<Vec<_>>()));
    token.insert("at_hash".into(), json!(left_half_hash(alg, beside.access_token)));
    if let Some(sid) = grant.session_id {
        // §17.3: nor may the session tell sectors that it is the same person.
        token.insert("sid".into(), json!(claims::subject(app, client, sid)));
    }
    // §12.2: the ID token of a refresh should not have one; the first refresh makes generation 2.
    if let Some(nonce) = grant.nonce.as_ref().filter(|_| grant.generation == 1) {
        token.insert("nonce".into(), json!(nonce));
    }
    sign(app, client, alg, &token)
}

/// Signs for a client: with our key, or for HS256 with its secret (OpenID Connect Core §10.1).
pub(crate) fn sign(app: &App, client: &Client, alg: Alg, claims: &Map<String, Value>) -> Result<String, OAuthError> {
    let failed = |cause: &dyn std::fmt::Display| OAuthError::from(domain::Error::internal(cause));
    if alg == Alg::Hs256 {
        let sealed = client.live_secrets(app.clock.now_ms()).find_map(|s| s.sealed.as_ref());
        let sealed = sealed.ok_or_else(|| failed(&"no client secret to sign with"))?;
        let secret = app.sealers.client_secret.open(client.id.as_bytes(), sealed).map_err(|e| failed(&e))?;
        return Signer::hmac(&secret).and_then(|s| s.sign(Typ::Jwt, claims)).map_err(|e| failed(&e));
    }
    let keys = app.keys.current()?;
    let signer = keys.signer(alg, app.clock.now_ms()).ok_or_else(|| failed(&format!("no {} key", alg.as_str())))?;
    signer.sign(Typ::Jwt, claims).map_err(|e| failed(&e))
}
