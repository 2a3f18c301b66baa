//! Who calls the token endpoint, introspection and revocation (OpenID Connect Core §9, RFC 6749 §2.3).
//!
//! A request presents exactly one way, and it must be the registered one. To add a way: a file here, a line in `CLIENT_AUTH`.

pub mod jwt;
mod none;
mod request;
mod secret;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

pub use request::ClientRequest;

use super::error::{Code, OAuthError};
use super::params::{Params, shown};
use crate::app::App;
use crate::domain::clients::{AuthMethod, Client};
use crate::jose::{Alg, Unverified};
use crate::platform::window::prefix;

/// With which algorithms a client may sign its assertions.
pub const SIGNING_ALGS: [Alg; 6] = [Alg::Es256, Alg::Es384, Alg::Rs256, Alg::Ps256, Alg::EdDsa, Alg::Hs256];

/// What a request presents.
#[derive(Debug)]
pub struct Presented<'a> {
    /// The client as it names itself.
    pub client_id: String,
    /// How it proves that.
    pub proof: Proof<'a>,
}

/// How a client proves who it is.
#[derive(Debug)]
pub enum Proof<'a> {
    /// Not at all.
    None,
    /// `Authorization: Basic`.
    Basic(String),
    /// `client_secret` in the body.
    Post(&'a str),
    /// `client_assertion` (RFC 7523 §2.2).
    Assertion(Unverified<'a>),
}

/// One way to authenticate.
struct Way {
    method: AuthMethod,
    fits: fn(&Proof<'_>) -> bool,
}

/// The registered method, and what it looks like in a request.
const CLIENT_AUTH: &[Way] = &[
    Way { method: AuthMethod::None, fits: |p| matches!(p, Proof::None) },
    Way { method: AuthMethod::ClientSecretBasic, fits: |p| matches!(p, Proof::Basic(_)) },
    Way { method: AuthMethod::ClientSecretPost, fits: |p| matches!(p, Proof::Post(_)) },
    Way { method: AuthMethod::ClientSecretJwt, fits: |p| matches!(p, Proof::Assertion(_)) },
    Way { method: AuthMethod::PrivateKeyJwt, fits: |p| matches!(p, Proof::Assertion(_)) },
];

/// Finds out who calls.
///
/// # Errors
/// `invalid_client` with 401, and with `WWW-Authenticate` where the request used that header (RFC 6749 §5.2).
pub async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    params: &Params,
    address: Option<IpAddr>,
    endpoint: &str,
) -> Result<Arc<Client>, OAuthError> {
    let uses_header = headers.contains_key(header::AUTHORIZATION);
    let challenged = |mut error: OAuthError| {
        // RFC 6749 §5.2: who used the header is answered in its own way. Nobody else is, against RFC 9110 §15.5.2: clients such as
        // openid-client read the challenge and then not the error that says what is wrong.
        if error.code == Code::InvalidClient && uses_header {
            error.challenge = Some("Basic realm=\"doorward\", charset=\"UTF-8\"".to_owned());
        }
        error
    };
    let Presented { client_id, proof } = present(headers, params).map_err(challenged)?;
    let outcome = prove(app, &client_id, proof, endpoint).await;
    outcome.map_err(|mut error| {
        error.client_id = Some(client_id.chars().take(191).collect());
        if error.code == Code::InvalidClient {
            if let Some(wait) = app.caches.client_failures.note(app, &client_id, address) {
                error = OAuthError::new(
                    Code::TemporarilyUnavailable,
                    "too many failed attempts for this client; wait and try again",
                )
                .with_status(StatusCode::TOO_MANY_REQUESTS)
                .for_client(&client_id);
                error.retry_after = Some(wait);
            } else {
                error = challenged(error);
            }
        }
        error
    })
}

async fn prove(app: &App, client_id: &str, proof: Proof<'_>, endpoint: &str) -> Result<Arc<Client>, OAuthError> {
    let snapshot = app.directory.snapshot();
    let Some(client) = snapshot.client(client_id) else {
        let why = if snapshot.is_disabled(client_id) { "disabled client" } else { "unknown client" };
        return Err(refused().because(why));
    };
    let registered = client.metadata.token_endpoint_auth_method;
    if !CLIENT_AUTH.iter().any(|way| way.method == registered && (way.fits)(&proof)) {
        return Err(OAuthError::invalid_client(format!(
            "this client is registered to authenticate with {}, and the request does not",
            registered.as_str()
        )));
    }
    match proof {
        Proof::None => none::check(client)?,
        Proof::Basic(secret) => secret::check(app, client, &secret)?,
        Proof::Post(secret) => secret::check(app, client, secret)?,
        Proof::Assertion(assertion) => jwt::check(app, client, assertion, endpoint).await?,
    }
    Ok(Arc::clone(client))
}

/// The same words whether the client is unknown or its proof is wrong.
fn refused() -> OAuthError {
    OAuthError::invalid_client("the client is unknown or its credentials are not right")
}

/// Reads what a request presents; two ways at once are refused (RFC 6749 §2.3).
fn present<'a>(headers: &HeaderMap, params: &'a Params) -> Result<Presented<'a>, OAuthError> {
    let named = params.get("client_id");
    let basic = basic(headers)?;
    let post = params.get("client_secret");
    let assertion = params.get("client_assertion");
    if usize::from(basic.is_some()) + usize::from(post.is_some()) + usize::from(assertion.is_some()) > 1 {
        return Err(OAuthError::invalid_request(
            "the client authenticates in more than one way (RFC 6749 section 2.3)",
        ));
    }
    // RFC 7521 §4.2: the two go together; a variable that is empty must not pass for no assertion.
    if assertion.is_none() && params.get("client_assertion_type").is_some() {
        return Err(OAuthError::invalid_request("client_assertion is missing beside client_assertion_type"));
    }
    let (client_id, proof) = if let Some((id, secret)) = basic {
        (id, Proof::Basic(secret))
    } else if let Some(assertion) = assertion {
        // RFC 7523 §2.2.
        if params.get("client_assertion_type") != Some(jwt::ASSERTION_TYPE) {
            return Err(OAuthError::invalid_client(format!("client_assertion_type must be {}", jwt::ASSERTION_TYPE)));
        }
        let (id, assertion) = jwt::parse(assertion)?;
        (id, Proof::Assertion(assertion))
    } else if let Some(id) = named {
        (id.to_owned(), post.map_or(Proof::None, Proof::Post))
    } else {
        return Err(OAuthError::invalid_client("the request does not say which client it comes from"));
    };
    // A client_id beside the proof must be the same one.
    if named.is_some_and(|n| n != client_id) {
        return Err(OAuthError::invalid_request(format!(
            "client_id {} is not the client that authenticates",
            shown(named.unwrap_or_default())
        )));
    }
    Ok(Presented { client_id, proof })
}

/// `Authorization: Basic`, form-urlencoded inside (RFC 6749 §2.3.1).
pub(crate) fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let bad =
        || OAuthError::invalid_client("the Authorization header is not HTTP Basic with client_id and client_secret");
    if all.next().is_some() {
        return Err(OAuthError::invalid_request("the Authorization header is repeated"));
    }
    let value = value.to_str().map_err(|_| bad())?;
    let (scheme, encoded) = value.split_once(' ').ok_or_else(bad)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(bad());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| bad())?;
    let decoded = String::from_utf8(decoded).map_err(|_| bad())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(bad)?;
    let unescape = |text: &str| {
        // A form with one name and no value is the text itself, decoded.
        form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Ok(Some((unescape(id), unescape(secret))))
}

/// Counts failed proofs per client and address. A right proof is never held up, so nobody can lock a client out.
#[derive(Debug, Default)]
pub struct Failures(Mutex<HashMap<Caller, (u32, i64)>>);

/// The client as it names itself, and the address it comes from.
type Caller = (String, Option<IpAddr>);

impl Failures {
    /// Notes a failure; says how long to wait where there were too many.
    fn note(&self, app: &App, client_id: &str, address: Option<IpAddr>) -> Option<u64> {
        let limits = &app.config.throttle;
        let now = app.clock.now_ms();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= 10_000 {
            all.retain(|_, (_, until)| *until > now);
            if all.len() >= 10_000 {
                all.clear();
            }
        }
        let key = (client_id.chars().take(191).collect(), address.map(|a| prefix(a, 32, limits.ipv6_prefix)));
        let (count, until) = all.entry(key).or_insert((0, now));
        if *until + app.ms(limits.client_forget_after) <= now {
            *count = 0;
        }
        *count = count.saturating_add(1);
        let free = limits.client_free_failures;
        if *count <= free {
            *until = now;
            return None;
        }
        let doublings = (*count - free - 1).min(16);
        let delay = limits.client_delay.saturating_mul(1 << doublings).min(limits.client_max_delay);
        *until = now + app.ms(delay);
        Some(delay.max(1))
    }
}
