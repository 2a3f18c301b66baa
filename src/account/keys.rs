//! `/account/keys`: the keys that sign this person in (`login.signature`): add, rename, remove.
//!
//! ```text
//! form: POST /account/keys {public_key, name} ─▶ a text to sign ─▶ form: POST /account/keys/prove {challenge, signature} ─▶ the list
//! ```
//!
//! Adding and removing need a recent sign-in, and a second factor of who has one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::when::When;
use super::{FieldNote, Fresh, Signed, render_with, saved};
use crate::app::App;
use crate::domain::Error;
use crate::domain::signature_keys::{self, Challenge, Refused, SignatureKey};
use crate::error::PageError;
use crate::platform::public_key::{PublicKey, bytes};
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    keys: Vec<View>,
    most: u64,
    /// What was typed for a new one.
    public_key: String,
    name: String,
    errors: Errors,
}

#[derive(Serialize)]
struct View {
    id: Uuid,
    name: String,
    kind: String,
    public_key: String,
    created: When,
    used: Option<When>,
}

/// What is wrong, by its place.
#[derive(Debug, Default, Serialize)]
struct Errors {
    public_key: Option<FieldNote>,
    name: Option<FieldNote>,
    list: Option<FieldNote>,
}

impl Errors {
    fn public_key(key: &str) -> Self {
        Self { public_key: Some(FieldNote::plain(key)), ..Self::default() }
    }

    fn name() -> Self {
        Self { name: Some(FieldNote::plain("account-keys-error-name")), ..Self::default() }
    }

    fn list(key: &str) -> Self {
        Self { list: Some(FieldNote::plain(key)), ..Self::default() }
    }

    fn is_any(&self) -> bool {
        self.public_key.is_some() || self.name.is_some() || self.list.is_some()
    }
}

#[derive(Serialize)]
struct Prove {
    challenge: String,
    message: String,
    minutes: u64,
    commands: [Command; 2],
    error: Option<FieldNote>,
}

/// How a key is made to sign on a command line, the text being in `message.txt`.
#[derive(Serialize)]
struct Command {
    label: &'static str,
    text: &'static str,
}

const COMMANDS: [Command; 2] = [
    Command {
        label: "Ed25519",
        text: "openssl pkeyutl -sign -rawin -inkey key.pem -in message.txt | openssl base64 -A",
    },
    Command { label: "secp256k1", text: "openssl dgst -sha256 -sign key.pem message.txt | openssl base64 -A" },
];

/// Shows them.
///
/// # Errors
/// 404 where the operator does not allow them.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    show(&app, &signed, Errors::default(), None).await
}

/// Takes a new key, and asks for its signature.
///
/// # Errors
/// 403 for a form that is not ours.
pub(super) async fn post(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    check_allowed(&app)?;
    let refused = async |errors| show(&app, &fresh, errors, Some(&form)).await;
    let person = fresh.person();
    let Ok(key) = PublicKey::parse(form.get("public_key").unwrap_or_default()) else {
        return refused(Errors::public_key("account-keys-error-key")).await;
    };
    if signature_keys::list(&app, person.id).await?.len() as u64 >= signature_keys::MOST {
        return refused(Errors::list("account-keys-error-too-many")).await;
    }
    let name = form.get("name").unwrap_or_default();
    match signature_keys::begin_adding(&app, person, &key, name, &fresh.browser.hash).await {
        Ok(challenge) => ask(&app, &fresh, challenge, None),
        Err(Error::Invalid { .. }) => refused(Errors::name()).await,
        Err(error) => Err(error.into()),
    }
}

/// Takes the signature, and adds the key.
///
/// # Errors
/// 403 for a form that is not ours.
pub(super) async fn prove(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    check_allowed(&app)?;
    let id = fresh.person().id;
    let challenge = form.get("challenge").unwrap_or_default();
    // A terminal breaks long lines, and people copy the breaks.
    let text: String = form.get("signature").unwrap_or_default().split_whitespace().collect();
    let signature = bytes(&text).unwrap_or_default();
    let outcome = signature_keys::add(&app, id, challenge, &signature, &fresh.browser.place()).await?;
    let key = match outcome {
        Ok(_) => return Ok(saved(&app, urls::ACCOUNT_KEYS, "key-added")),
        Err(Refused::Wrong) => {
            if let Some(again) = signature_keys::look(&app, id, challenge, &fresh.browser.hash).await? {
                return ask(&app, &fresh, again, Some(FieldNote::plain("account-keys-error-signature")));
            }
            "account-keys-error-over"
        }
        Err(Refused::Over) => "account-keys-error-over",
        Err(Refused::Taken) => "account-keys-error-taken",
        Err(Refused::TooMany) => "account-keys-error-too-many",
    };
    show(&app, &fresh, Errors::list(key), None).await
}

/// Gives one another name.
///
/// # Errors
/// 403 for a form that is not ours, 404 for somebody else's key.
pub(super) async fn rename(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let name = form.get("name").unwrap_or_default();
    match signature_keys::rename(&app, signed.person().id, named(&form)?, name).await {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_KEYS, "key-renamed")),
        Err(Error::Invalid { .. }) => show(&app, &signed, Errors::list("account-keys-error-name"), None).await,
        Err(error) => Err(error.into()),
    }
}

/// Removes one.
///
/// # Errors
/// 403 for a form that is not ours, 404 for somebody else's key.
pub(super) async fn remove(State(app): State<App>, fresh: Fresh, form: PageForm) -> Result<Response, PageError> {
    fresh.check(&app, &form)?;
    match signature_keys::remove(&app, fresh.person().id, named(&form)?, &fresh.browser.place()).await {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_KEYS, "key-removed")),
        Err(Error::Conflict(_)) => show(&app, &fresh, Errors::list("account-keys-error-needed"), None).await,
        Err(error) => Err(error.into()),
    }
}

fn check_allowed(app: &App) -> Result<(), PageError> {
    let off = || PageError::new(StatusCode::NOT_FOUND, "not-found");
    app.config.login.signature.then_some(()).ok_or_else(off)
}

fn named(form: &PageForm) -> Result<Uuid, PageError> {
    let id = form.get("key").and_then(|id| id.parse().ok());
    id.ok_or_else(|| PageError::new(StatusCode::NOT_FOUND, "not-found"))
}

async fn show(app: &App, signed: &Signed, errors: Errors, form: Option<&PageForm>) -> Result<Response, PageError> {
    check_allowed(app)?;
    let now = app.clock.now_ms();
    let view = |key: SignatureKey| View {
        id: key.id,
        name: key.name,
        kind: key.kind,
        public_key: key.public_key,
        created: When::of(now, key.created_at),
        used: key.last_used_at.map(|at| When::of(now, at)),
    };
    let typed = |name: &str| form.and_then(|f| f.get(name)).unwrap_or_default().chars().take(1024).collect();
    let status = if errors.is_any() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let context = Context {
        keys: signature_keys::list(app, signed.person().id).await?.into_iter().map(view).collect(),
        most: signature_keys::MOST,
        public_key: typed("public_key"),
        name: typed("name"),
        errors,
    };
    render_with(app, signed, "account/keys.html", status, &context)
}

fn ask(app: &App, signed: &Signed, challenge: Challenge, error: Option<FieldNote>) -> Result<Response, PageError> {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let context = Prove {
        challenge: challenge.token,
        message: challenge.message,
        minutes: challenge.expires_in.div_ceil(60),
        commands: COMMANDS,
        error,
    };
    render_with(app, signed, "account/keys_prove.html", status, &context)
}
