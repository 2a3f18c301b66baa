//! The checks of an authorization request whose redirect URI is proven, one function each.

use super::request::Prompt;
use crate::app::App;
use crate::domain::clients::Client;
use crate::jose::{Alg, Policy, Unverified, Verifier};
use crate::oidc::error::{Code, OAuthError};
use crate::oidc::issue::claims::Wishes;
use crate::oidc::params::{Params, shown};
use crate::oidc::{pkce, scopes};

/// RFC 6749 §3.1: request parameters must not be included more than once.
pub(super) fn not_repeated(params: &Params) -> Result<(), OAuthError> {
    match params.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("the parameter {} is repeated", shown(name)))),
        None => Ok(()),
    }
}

/// What is stored or sent back is bounded.
pub(super) fn sizes(params: &Params) -> Result<(), OAuthError> {
    for (name, most) in [
        ("nonce", 1000),
        ("state", 4000),
        ("scope", 2000),
        ("claims", 8000),
        ("login_hint", 2000),
        ("id_token_hint", 16_384),
        ("acr_values", 1000),
        ("ui_locales", 500),
        ("claims_locales", 500),
        ("display", 100),
        ("prompt", 200),
        ("resource", 500),
    ] {
        if params.all(name).any(|v| v.len() > most) {
            return Err(OAuthError::invalid_request(format!("{name} is longer than {most} bytes")));
        }
    }
    if params.all("resource").count() > 20 {
        return Err(OAuthError::invalid_request("more than 20 resources"));
    }
    Ok(())
}

/// OpenID Connect Core §3.1.2.6, §6, §7.2.1.
pub(super) fn no_request_object(params: &Params) -> Result<(), OAuthError> {
    let unsupported =
        |code, what| Err(OAuthError::new(code, format!("{what} is not supported; send the parameters themselves")));
    if params.get("request").is_some() {
        return unsupported(Code::RequestNotSupported, "request");
    }
    if params.get("request_uri").is_some() {
        return unsupported(Code::RequestUriNotSupported, "request_uri");
    }
    if params.get("registration").is_some() {
        return unsupported(Code::RegistrationNotSupported, "registration");
    }
    Ok(())
}

/// RFC 6749 §3.1.1, §4.1.2.1.
pub(super) fn response_type(params: &Params, client: &Client) -> Result<(), OAuthError> {
    match params.get("response_type") {
        None => return Err(OAuthError::invalid_request("response_type is missing")),
        Some("code") => {}
        Some(other) => {
            let words = format!("response_type {} is not supported; use code", shown(other));
            return Err(OAuthError::new(Code::UnsupportedResponseType, words));
        }
    }
    if client.may_use_grant("authorization_code") && client.metadata.response_types.iter().any(|t| t == "code") {
        Ok(())
    } else {
        Err(OAuthError::new(Code::UnauthorizedClient, "this client is not registered for the authorization code flow"))
    }
}

/// RFC 6749 §3.3; the machine would drop a malformed scope as if none had been sent.
pub(super) fn scope_form(params: &Params) -> Result<(), OAuthError> {
    params.get("scope").map_or(Ok(()), |scope| scopes::parse(scope).map(drop))
}

/// RFC 9700 §2.1.1. Only a confidential client's OpenID request may do without, and only where it is registered so. Says whether
/// PKCE is required.
pub(super) fn pkce(params: &Params, client: &Client) -> Result<bool, OAuthError> {
    let is_openid = params.get("scope").is_some_and(|s| s.split(' ').any(|t| t == "openid"));
    let is_required = client.metadata.require_pkce || !client.is_confidential() || !is_openid;
    pkce::check_challenge(params.get("code_challenge"), params.get("code_challenge_method"), is_required)?;
    Ok(is_required)
}

/// OpenID Connect Core §3.1.2.1: `none` stands alone; an unknown value is refused rather than guessed.
pub(super) fn prompt(params: &Params) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let Some(text) = params.get("prompt") else { return Ok(prompt) };
    for value in text.split(' ').filter(|v| !v.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            // Initiating User Registration via OpenID Connect 1.0 §4: a new account means that nobody's session will do.
            "create" => (prompt.create, prompt.login) = (true, true),
            other => {
                return Err(OAuthError::invalid_request(format!("prompt {} is not supported", shown(other))));
            }
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(OAuthError::invalid_request("prompt none cannot be combined with another value"));
    }
    Ok(prompt)
}

/// OpenID Connect Core §3.1.2.1: seconds.
pub(super) fn max_age(params: &Params) -> Result<Option<i64>, OAuthError> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) => Ok(Some(i64::from(seconds))),
        Err(_) => Err(OAuthError::invalid_request("max_age must be a number of seconds, 0 or more")),
    }
}

/// OpenID Connect Core §3.1.2.1: an ID token that we issued to this client; it may have expired. Gives its subject.
pub(super) fn id_token_hint(app: &App, params: &Params, client: &Client) -> Result<Option<String>, OAuthError> {
    let Some(token) = params.get("id_token_hint") else { return Ok(None) };
    let claims = verify_id_token(app, token).filter(|c| names(c, &client.id));
    let Some(claims) = claims else {
        return Err(OAuthError::invalid_request("id_token_hint is not an ID token that was issued to this client"));
    };
    Ok(claims.get("sub").and_then(|s| s.as_str()).map(str::to_owned))
}

/// The claims of an ID token of ours, whatever its age.
pub(in crate::oidc) fn verify_id_token(app: &App, token: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let (keys, removed) = (app.keys.current().ok()?, app.keys.removed().ok()?);
    let token = Unverified::parse(token).ok()?;
    let verified = if token.header.alg == Alg::Hs256 {
        let snapshot = app.directory.snapshot();
        let client = snapshot.client(token.claims.get("aud")?.as_str()?)?;
        // Whoever has a secret that was replaced must not be able to write as us.
        let opened: Vec<_> = client
            .live_secrets(app.clock.now_ms())
            .filter_map(|s| app.sealers.client_secret.open(client.id.as_bytes(), s.sealed.as_ref()?).ok())
            .filter_map(|s| Verifier::hmac(&s).ok())
            .collect();
        token.verify(|_| Ok(&opened)).ok()?
    } else {
        token.verify(|header| Ok(keys.pick(header)?.or(removed.pick(header)?))).ok()?
    };
    // An access token is not an ID token, though we signed it too: it has another typ, or a client_id.
    let policy =
        Policy { typ: &["JWT"], issuer: Some(app.urls.issuer()), require: &["sub", "aud"], ..Policy::default() };
    let mut timeless = verified.clone();
    for time in ["exp", "nbf", "iat"] {
        timeless.claims.remove(time);
    }
    policy.check(&timeless, app.clock.now_s()).ok()?;
    // Nor is a signed userinfo answer, which has no times.
    let is_id_token = ["exp", "iat"].iter().all(|name| verified.claims.contains_key(*name));
    (is_id_token && !verified.claims.contains_key("client_id")).then_some(verified.claims)
}

/// Whether an ID token was issued to `client_id`.
pub(in crate::oidc) fn names(claims: &serde_json::Map<String, serde_json::Value>, client_id: &str) -> bool {
    claims.get("aud").and_then(|a| a.as_str()) == Some(client_id)
}

/// OpenID Connect Core §5.5.
pub(crate) fn claims(params: &Params) -> Result<Option<Wishes>, OAuthError> {
    let Some(text) = params.get("claims") else { return Ok(None) };
    let is_shaped = |all: &serde_json::Value| {
        // serde would take an array for a struct.
        let wish = |w: &serde_json::Value| w.is_null() || w.is_object();
        let claims = |part: &str| all.get(part).and_then(|c| c.as_object()).is_none_or(|c| c.values().all(wish));
        all.is_object() && claims("userinfo") && claims("id_token")
    };
    let parsed = serde_json::from_str(text).ok().filter(is_shaped);
    match parsed.and_then(|all| serde_json::from_value(all).ok()) {
        Some(wishes) => Ok(Some(wishes)),
        None => Err(OAuthError::invalid_request(
            "claims must be a JSON object with userinfo and id_token (OpenID Connect Core 5.5)",
        )),
    }
}
