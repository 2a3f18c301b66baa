//! Reading our own access tokens: of what form, whether we made them, and whether they are still good.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{Code, OAuthError};
use crate::app::App;
use crate::domain::grants::{self, Grant};
use crate::domain::{self, tokens};
use crate::jose::{Alg, Policy, Unverified};
use crate::platform::random::{base64url, from_base64url, sha256};

/// What an access token says (RFC 9068 §2.2; `gid` is ours and names the grant).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the claims keep their registered names and meanings")]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    #[serde(with = "one_or_many")]
    pub aud: Vec<String>,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    pub client_id: String,
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amr: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<Uuid>,
}

impl Claims {
    /// Whether the token may do `scope`.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|s| s == scope)
    }
}

/// `aud` is a string where there is one audience (RFC 7519 §4.1.3).
mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(all: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        match all {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(String),
            Many(Vec<String>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::One(one) => vec![one],
            Form::Many(many) => many,
        })
    }
}

/// A token of ours that is good now.
#[derive(Debug, Clone)]
pub struct Live {
    /// What it says.
    pub claims: Arc<Claims>,
    /// The grant it came from; none for a client's own token.
    pub grant: Option<Arc<Grant>>,
}

/// What opaque tokens begin with.
const OPAQUE: &str = "da_";

/// Makes an opaque token: the claims under AES-256-GCM. It can be neither read nor changed nor shortened by others.
///
/// # Errors
/// Of the random source.
pub fn seal(app: &App, claims: &Claims) -> Result<String, OAuthError> {
    let plain = serde_json::to_vec(claims).map_err(|e| OAuthError::from(domain::Error::internal(e)))?;
    let sealed = app.sealers.opaque_token.seal(&app.random, OPAQUE.as_bytes(), &plain)?;
    Ok(format!("{OPAQUE}{}", base64url(&sealed)))
}

/// What a token says, where we made it and its time is not over; whether it was revoked is not looked at.
#[must_use]
pub fn read(app: &App, token: &str) -> Option<Arc<Claims>> {
    let now = app.clock.now_ms();
    let key = sha256(token.as_bytes());
    if let Some(known) = app.caches.verified.get(&key, now) {
        return Some(known);
    }
    let claims =
        Arc::new(if let Some(sealed) = token.strip_prefix(OPAQUE) { open(app, sealed)? } else { verify(app, token)? });
    if claims.exp.saturating_mul(1000) <= now {
        return None;
    }
    app.caches.verified.insert(key, Arc::clone(&claims), claims.exp.saturating_mul(1000));
    Some(claims)
}

fn open(app: &App, sealed: &str) -> Option<Claims> {
    if sealed.len() > 16_384 {
        return None;
    }
    let plain = app.sealers.opaque_token.open(OPAQUE.as_bytes(), &from_base64url(sealed)?).ok()?;
    serde_json::from_slice(&plain).ok()
}

fn verify(app: &App, token: &str) -> Option<Claims> {
    let keys = app.keys.current().ok()?;
    let token = Unverified::parse(token).ok()?;
    let snapshot = app.directory.snapshot();
    let verified = if token.header.alg == Alg::Hs256 {
        // Shared secrets belong to resources; the audience says whose to try.
        let claimed: Claims = serde_json::from_value(serde_json::Value::Object(token.claims.clone())).ok()?;
        let resource = claimed.aud.iter().find_map(|a| snapshot.resource(a).filter(|r| r.shared.is_some()))?;
        // Whoever shares a secret can sign with it: it speaks for itself alone, never for us or for another API.
        if claimed.aud.iter().any(|a| *a != resource.metadata.audience) {
            return None;
        }
        token.verify(|_| Ok(resource.shared.as_ref().map(|s| &s.verifier))).ok()?
    } else {
        token.verify(|header| keys.pick(header)).ok()?
    };
    // RFC 9068 §4; `JWT` where the resource asks for it, but never an ID token, which has no client_id and no scope.
    let policy = Policy {
        typ: &["at+jwt", "JWT"],
        issuer: Some(app.urls.issuer()),
        require: &["sub", "aud", "exp", "iat", "jti", "client_id", "scope"],
        // Another replica that made it a moment ago may be ahead of us. `read` looks at the end again, without leeway.
        leeway_s: i64::try_from(app.config.oidc.clock_leeway).unwrap_or(10),
        ..Policy::default()
    };
    policy.check(&verified, app.clock.now_s()).ok()?;
    let is_plain_typ = verified.header.typ.as_deref() == Some("JWT");
    let claims: Claims = serde_json::from_value(serde_json::Value::Object(verified.claims)).ok()?;
    let may_be_plain = || claims.aud.iter().any(|a| snapshot.resource(a).is_some_and(|r| r.metadata.typ == "JWT"));
    if is_plain_typ && !may_be_plain() { None } else { Some(claims) }
}

/// A token that is good now: ours, in time, its grant live, its client registered, not revoked by itself.
///
/// # Errors
/// Of the database.
pub async fn find_live(app: &App, token: &str) -> Result<Option<Live>, domain::Error> {
    let Some(claims) = read(app, token) else { return Ok(None) };
    if app.directory.snapshot().client(&claims.client_id).is_none() {
        return Ok(None);
    }
    let grant = match claims.gid {
        Some(gid) => match grants::find_live(app, gid).await? {
            // Who shares a secret with us could write more into a token than was granted.
            Some(grant) if is_of(&claims, &grant) => Some(grant),
            _ => return Ok(None),
        },
        None => None,
    };
    // A token from a grant is revoked with its grant; only a client's own is revoked by itself.
    if grant.is_none() && tokens::is_revoked(app, &claims.jti).await? {
        return Ok(None);
    }
    Ok(Some(Live { claims, grant }))
}

/// Whether a token says no more than its grant.
fn is_of(claims: &Claims, grant: &Grant) -> bool {
    let is_granted = |scope: &str| grant.scopes.split(' ').any(|granted| granted == scope);
    claims.client_id == grant.client_id && claims.scope.split_whitespace().all(is_granted)
}

/// The bearer token of a request: in the header, or in a form body (RFC 6750 §2.1, §2.2); never in the query.
///
/// # Errors
/// `invalid_request` where it is sent twice; a bare 401 where there is none (RFC 6750 §3.1).
pub fn bearer<'a>(headers: &'a HeaderMap, form: Option<&'a str>) -> Result<&'a str, OAuthError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let value = all.next();
    if all.next().is_some() || (value.is_some() && form.is_some()) {
        return Err(challenge(Some(OAuthError::invalid_request("the access token is sent in more than one way"))));
    }
    match (value, form) {
        (Some(value), _) => {
            let text = value.to_str().unwrap_or_default();
            match text.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
                    Ok(token.trim())
                }
                Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
                    Err(challenge(Some(OAuthError::invalid_request("the Authorization header holds no token"))))
                }
                _ => Err(challenge(None)),
            }
        }
        (None, Some(token)) => Ok(token),
        (None, None) => Err(challenge(None)),
    }
}

/// An error as RFC 6750 §3 wants it; without one the request simply had no token.
#[must_use]
pub fn challenge(error: Option<OAuthError>) -> OAuthError {
    match error {
        Some(mut error) => {
            let mut text = format!(
                "Bearer realm=\"doorward\", error=\"{}\", error_description=\"{}\"",
                error.code.as_str(),
                error.safe_description()
            );
            if error.code == Code::InsufficientScope {
                text.push_str(", scope=\"openid\"");
            }
            error.challenge = Some(text);
            error
        }
        None => {
            let mut error = OAuthError::new(Code::InvalidToken, "send an access token: Authorization: Bearer ...");
            error.status = Some(StatusCode::UNAUTHORIZED);
            // RFC 6750 §3.1: no error code and no other words where the request lacks any authentication information.
            error.is_told = false;
            error.challenge = Some("Bearer realm=\"doorward\"".to_owned());
            error
        }
    }
}
