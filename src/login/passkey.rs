//! Passkeys: as the only factor (they hold the key *and* proved that it is theirs to use), and as the second one.
//!
//! ```text
//! page ─▶ script: POST /login/passkey/options ─▶ navigator.credentials.get ─▶ form: POST /login/passkey ─▶ flow::proved
//! second factor, on /login/second: the same with `step=second` ─▶ flow::second_proved
//! ```
//!
//! The challenge waits in the flow, and the first answer takes it, right or wrong.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::flow;
use super::page::{self, FieldError};
use super::second;
use crate::app::App;
use crate::domain::events::About;
use crate::domain::flows::{self, Flow};
use crate::domain::passkeys::{self, Refused};
use crate::domain::sessions::Proof;
use crate::error::PageError;
use crate::platform::webauthn::Refusal;
use crate::session::{Browser, PageForm};

/// RFC 8176 §2: a key whose possession was proved, and a person who was there to unlock it.
pub(super) const AMR: &str = "pop user";
/// RFC 8176 §2: what a passkey adds to another factor.
pub(super) const AMR_SECOND: &str = "pop";

/// `POST /login/passkey/options`: a new challenge of this flow, for the script of the page.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn options(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let ceremony = if form.get("step") == Some("second") {
        let asked = flow::asked(&app, &record, &found).await?;
        passkeys::begin_second(&app, asked.user_id).await?
    } else {
        passkeys::begin_sign_in(&app)?
    };
    found.state.challenge = Some(ceremony.challenge);
    flows::save(&app, &found).await?;
    Ok(for_script(&ceremony.options))
}

/// Options as the script reads them.
pub(super) fn for_script(options: &Value) -> Response {
    let mut response = Json(json!({ "publicKey": options })).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `POST /login/passkey`: the answer of the browser.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    if form.get("step") == Some("second") {
        return post_second(&app, &record, &browser, found, &form).await;
    }
    match take(&app, &browser, &mut found, form.get("credential").unwrap_or_default(), None).await? {
        Ok(user_id) => {
            found.state.method = Some("passkey".to_owned());
            flow::proved(&app, &record, &browser, found, &Proof::multi(user_id, AMR)).await
        }
        Err(refused) => {
            metrics::counter!("doorward_sign_in_failures_total").increment(1);
            note(&app, &browser, None, refused);
            page::show_refused(&app, &browser, &record, &headers, &found, in_words(refused)).await
        }
    }
}

async fn post_second(
    app: &App,
    record: &tower_sessions::Session,
    browser: &Browser,
    mut found: Flow,
    form: &PageForm,
) -> Result<Response, PageError> {
    let asked = flow::asked(app, record, &found).await?;
    let credential = form.get("credential").unwrap_or_default();
    match take(app, browser, &mut found, credential, Some(asked.user_id)).await? {
        Ok(_) => flow::second_proved(app, record, browser, found, &asked, AMR_SECOND).await,
        Err(refused) => {
            metrics::counter!("doorward_second_factor_failures_total").increment(1);
            note(app, browser, Some(asked.user_id), refused);
            second::show_refused(app, browser, &found, &asked, in_words(refused)).await
        }
    }
}

/// Takes the challenge of the flow, and checks the answer to it.
async fn take(
    app: &App,
    browser: &Browser,
    found: &mut Flow,
    credential: &str,
    asked: Option<Uuid>,
) -> Result<Result<Uuid, Refused>, PageError> {
    match flows::take_challenge(app, found).await? {
        Some(challenge) => Ok(passkeys::prove(app, challenge, credential, asked, &browser.place()).await?),
        None => Ok(Err(Refused::Over)),
    }
}

/// So that "why was this refused" can be answered later.
pub(super) fn note(app: &App, browser: &Browser, user_id: Option<Uuid>, refused: Refused) {
    let about = About {
        user_id,
        reference: Some(browser.reference.to_string()),
        data: json!({ "reason": "passkey", "details": { "passkey": refused.as_str() } }),
        ..About::default()
    };
    app.refusals.note_attempt(about, app.clock.now_s());
}

/// What the person is told, at the button.
fn in_words(refused: Refused) -> FieldError {
    at_button(match refused {
        Refused::Over => "passkey-error-over",
        Refused::Unknown => "passkey-error-unknown",
        Refused::Ceremony(Refusal::Unverified) => "passkey-error-unverified",
        _ => "passkey-error-refused",
    })
}

/// The same of a passkey that was not added.
pub(super) fn not_added(refused: Refused) -> FieldError {
    at_button(match refused {
        Refused::Over => "passkey-error-over",
        Refused::Taken => "passkey-error-known",
        Refused::TooMany => "passkey-error-too-many",
        Refused::Ceremony(Refusal::Unverified) => "passkey-error-unverified",
        _ => "passkey-error-not-added",
    })
}

fn at_button(key: &'static str) -> FieldError {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    FieldError { field: "passkey", key, args: BTreeMap::new(), status, retry_after: None }
}
