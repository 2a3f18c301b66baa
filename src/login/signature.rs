//! Signing in with a registered key (`login.signature`), for command-line tools and wallets. JSON in, JSON out.
//!
//! ```text
//! POST /login/signature/challenge {public_key, flow?} ─▶ {challenge, message, public_key, expires_in}
//! POST /login/signature {challenge, public_key, signature, flow?, csrf?} ─▶ {location}, and the cookie of a session
//! ```
//!
//! In a browser a script names the `flow` of the sign-in page and the token of its form, and goes to `location`. A tool names no
//! flow: it gets a session of its own and asks for `/authorize` with the cookies it was given. Either ends in [`flow::proved`], so a second
//! factor that is missing is asked for at `location`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::after::After;
use super::flow;
use crate::app::App;
use crate::domain::Error;
use crate::domain::events::About;
use crate::domain::flows::Flow;
use crate::domain::sessions::Proof;
use crate::domain::signature_keys::{self, Refused};
use crate::domain::throttle::{self, Subject};
use crate::error::PageError;
use crate::platform::forms::is_json;
use crate::platform::public_key::{PublicKey, bytes};
use crate::session::{self, Browser};

/// RFC 8176 §2: proof of possession of a key.
pub(super) const AMR: &str = "pop";
/// Nothing that is asked here is longer.
const BODY_MAX: usize = 16 * 1024;

#[derive(Debug, Deserialize)]
struct Ask {
    public_key: String,
    flow: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    challenge: String,
    public_key: String,
    signature: String,
    flow: Option<String>,
    csrf: Option<String>,
}

/// `POST /login/signature/challenge`: a text to sign, for any key that could be somebody's.
pub async fn challenge(State(app): State<App>, browser: Browser, headers: HeaderMap, body: Bytes) -> Response {
    face(&app, &browser, issue(&app, &browser, &headers, &body).await)
}

async fn issue(app: &App, browser: &Browser, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let ask: Ask = read(app, headers, body)?;
    let key = key(&ask.public_key)?;
    let limit = app.config.throttle.flows_per_address;
    if !app.caches.flow_starts.allow(browser.address, limit, app.clock.now_ms()) {
        return Err(Refusal::throttled(60));
    }
    let bound = match &ask.flow {
        Some(id) => {
            flow::find(app, browser, id).await?;
            Some(&browser.hash)
        }
        None => None,
    };
    let challenge = signature_keys::begin_sign_in(app, &key, bound).await?;
    Ok(no_store(json!({
        "challenge": challenge.token,
        "message": challenge.message,
        "public_key": key.to_string(),
        "expires_in": challenge.expires_in,
    })))
}

/// `POST /login/signature`: the signature over the challenge's message.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    face(&app, &browser, sign_in(&app, &record, &browser, &headers, &body).await)
}

async fn sign_in(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Refusal> {
    let answer: Answer = read(app, headers, body)?;
    let key = key(&answer.public_key)?;
    let signature = bytes(answer.signature.trim()).filter(|s| (64..=72).contains(&s.len()));
    let signature =
        signature.ok_or_else(|| Refusal::invalid("signature is not a signature in hexadecimal or base64url"))?;
    let begun = match &answer.flow {
        Some(id) => Some(begun(app, browser, id, answer.csrf.as_deref()).await?),
        None => None,
    };
    let origin = browser.origin();
    let taken = origin.reserve(app, false).map_err(Refusal::throttled)?;
    // By network too: the key is public, and strangers must not keep its owner out.
    let subject = Subject::Key(key.hash(), origin.network(app));
    if let Some(wait_s) = throttle::reserve(app, &subject).await? {
        return Err(Refusal::throttled(wait_s));
    }
    let user_id = match signature_keys::prove(app, &answer.challenge, &key, &signature, &browser.hash).await? {
        Ok(user_id) => user_id,
        Err(refused) => {
            metrics::counter!("doorward_sign_in_failures_total").increment(1);
            return Err(Refusal::of(refused));
        }
    };
    throttle::release(app, &subject).await?;
    origin.give_back(app, taken);
    let mut begun = match begun {
        Some(begun) => begun,
        None => flow::find(app, browser, &flow::start(app, browser, &After::Home).await?).await?,
    };
    begun.state.method = Some("signature".to_owned());
    let proved = flow::proved(app, record, browser, begun, &Proof::single(user_id, AMR)).await?;
    Ok(with_location(app, &proved))
}

/// The flow of the sign-in page, asked for by its own script.
async fn begun(app: &App, browser: &Browser, id: &str, csrf: Option<&str>) -> Result<Flow, Refusal> {
    if !csrf.is_some_and(|token| browser.is_csrf(app, token)) {
        return Err(Refusal::foreign("csrf is not the token of the sign-in page's form"));
    }
    Ok(flow::find(app, browser, id).await?)
}

/// The way on as JSON, with the cookies of the redirect.
fn with_location(app: &App, redirect: &Response) -> Response {
    let location = redirect.headers().get(header::LOCATION).and_then(|l| l.to_str().ok()).unwrap_or_default();
    let mut response = no_store(json!({ "location": format!("{}{location}", app.urls.origin()) }));
    for cookie in redirect.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// Who may ask at all, and the members.
fn read<T: DeserializeOwned>(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<T, Refusal> {
    if !app.config.login.signature {
        return Err(Refusal::Off);
    }
    if session::is_foreign(app, headers) {
        return Err(Refusal::foreign("the request comes from the page of another site"));
    }
    // A form of another site cannot say this without asking first (and no CORS answers it).
    if !is_json(headers) {
        let words = "the body must be application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", words));
    }
    if body.len() > BODY_MAX {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"));
    }
    serde_json::from_slice(body).map_err(|e| Refusal::invalid(&format!("the body is not what it should be: {e}")))
}

fn key(text: &str) -> Result<PublicKey, Refusal> {
    PublicKey::parse(text).map_err(|error| Refusal::invalid(&format!("public_key is {error}")))
}

/// Why there is no answer.
#[derive(Debug)]
enum Refusal {
    /// The operator does not allow it: there is nothing here.
    Off,
    Said {
        status: StatusCode,
        code: &'static str,
        words: String,
        retry_after: Option<u64>,
        /// What only the log learns.
        cause: Option<String>,
    },
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, words: &str) -> Self {
        Self::Said { status, code, words: words.to_owned(), retry_after: None, cause: None }
    }

    fn invalid(words: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", words)
    }

    fn foreign(words: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "access_denied", words)
    }

    fn throttled(wait_s: u64) -> Self {
        Self::Said {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "too_many_requests",
            words: format!("too many attempts; try again in {wait_s} seconds"),
            retry_after: Some(wait_s),
            cause: None,
        }
    }

    fn of(refused: Refused) -> Self {
        match refused {
            Refused::Over => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_challenge",
                "the challenge is unknown, used, expired, or was made for another key or browser",
            ),
            _ => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_signature",
                "nobody signs in with this key and this signature",
            ),
        }
    }
}

/// What a page would say, in short.
impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        let (code, words) = match error.status {
            StatusCode::BAD_REQUEST => ("invalid_request", "the sign-in has expired, or belongs to another browser"),
            StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "too many attempts; try again later"),
            // Who was locked a moment ago.
            StatusCode::FORBIDDEN => return Self::of(Refused::Wrong),
            StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "try again later"),
            _ => ("server_error", "the server met an unexpected condition"),
        };
        Self::Said {
            status: error.status,
            code,
            words: words.to_owned(),
            retry_after: error.retry_after,
            cause: error.cause,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        PageError::from(error).into()
    }
}

/// The answer, or the refusal: on the wire, in the log, and among the events.
fn face(app: &App, browser: &Browser, outcome: Result<Response, Refusal>) -> Response {
    let (status, code, words, retry_after, cause) = match outcome {
        Ok(response) => return response,
        Err(Refusal::Off) => return PageError::new(StatusCode::NOT_FOUND, "not-found").into_response(),
        Err(Refusal::Said { status, code, words, retry_after, cause }) => (status, code, words, retry_after, cause),
    };
    let id = &browser.reference;
    let cause = cause.unwrap_or_default();
    metrics::counter!("doorward_refusals_total", "code" => code).increment(1);
    if status.is_server_error() {
        tracing::error!(request.id = %id, code, cause, "signature login failed");
    } else {
        tracing::info!(request.id = %id, code, cause, "signature login refused");
    }
    let about = About {
        reference: Some(id.to_string()),
        data: json!({ "reason": "signature", "details": { "signature": code } }),
        ..About::default()
    };
    app.refusals.note_attempt(about, app.clock.now_s());
    let mut response = no_store(json!({ "error": code, "error_description": words }));
    *response.status_mut() = status;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn no_store(value: serde_json::Value) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
