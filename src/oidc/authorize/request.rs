//! The authorization request in its three stages: raw parameters, bound to a client and a proven redirect URI, and valid.
//!
//! Until it is bound, an error is a page; after that it is an answer to the client. The order of the checks is the machine's
//! (`oidc/oxide/authorization.rs`); each check is a function in `checks.rs`.

use std::sync::Arc;

use axum::http::StatusCode;

use super::checks;
use super::respond::Answer;
use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::directory::Snapshot;
use crate::error::PageError;
use crate::oidc::error::{Code, OAuthError};
use crate::oidc::issue::claims::Wishes;
use crate::oidc::params::{Params, shown};
use crate::oidc::scopes::{self, Scopes};
use crate::oidc::{oxide, redirect_uri, target};

/// The values of `response_mode` (OAuth 2.0 Multiple Response Types 1.0, Form Post Response Mode 1.0).
pub const RESPONSE_MODES: [&str; 3] = ["query", "fragment", "form_post"];
/// The values of `prompt` (OpenID Connect Core §3.1.2.1). `create` is understood too; it is told of where people may sign up.
pub const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

/// The parameters that are understood; no other is stored.
pub const PARAMETERS: [&str; 22] = [
    "client_id",
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "claims",
    "claims_locales",
    "acr_values",
    "ui_locales",
    "display",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
    "registration",
];

/// How the answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// As a form that the browser posts.
    FormPost,
}

/// A request whose client and redirect URI are proven: errors may be sent there.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Who asks.
    pub client: Arc<Client>,
    /// Where the answer goes, exactly as it was registered or sent.
    pub redirect_uri: String,
    /// As the answer repeats it.
    pub state: Option<String>,
    /// How the answer travels.
    pub mode: ResponseMode,
}

/// What `prompt` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Sign in again, by making an account where people may.
    pub create: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose an account.
    pub select_account: bool,
}

/// A request that is right in every part.
#[derive(Debug, Clone)]
pub struct Valid {
    /// Client and redirect URI.
    pub bound: Bound,
    /// What is asked for.
    pub scopes: Scopes,
    /// For which APIs (RFC 8707).
    pub resources: Vec<String>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// What to show.
    pub prompt: Prompt,
    /// The oldest sign-in that will do, in seconds.
    pub max_age: Option<i64>,
    /// How well the person should prove who they are, the best first.
    pub acr_values: Vec<String>,
    /// Whom the client expects.
    pub expected_subject: Option<String>,
    /// What to fill in on the sign-in page.
    pub login_hint: Option<String>,
    /// Languages, the best first.
    pub ui_locales: Option<String>,
    /// Claims asked for one by one.
    pub claims: Option<Wishes>,
    /// PKCE.
    pub code_challenge: Option<String>,
    /// As sent; the token request must repeat it.
    pub redirect_uri_param: Option<String>,
}

/// A refusal that knows where it may be shown.
#[derive(Debug)]
pub enum Refusal {
    /// On a page of ours: nothing is proven yet.
    Page(Box<PageError>),
    /// As an answer to the client.
    Answer(Box<Answer>),
}

impl Bound {
    /// A refusal for this client.
    #[must_use]
    pub fn refuse(&self, error: OAuthError) -> Refusal {
        Refusal::Answer(Box::new(Answer::error(self, error)))
    }
}

/// Validates a request.
///
/// # Errors
/// With the right place for it.
pub fn validate(app: &App, params: &Params) -> Result<Valid, Refusal> {
    let snapshot = app.directory.snapshot();
    let mut stages = Stages { app, snapshot: &snapshot, params, bound: None, checked: None };
    if params.single("client_id").is_none() {
        return Err(stages.unbound("client_id is missing or repeated"));
    }
    let scopes = oxide::authorization::run(params, &mut stages)?;
    match (stages.bound, stages.checked) {
        (Some(bound), Some(checked)) => Ok(Valid {
            scopes,
            resources: checked.resources,
            nonce: params.get("nonce").map(str::to_owned),
            prompt: checked.prompt,
            max_age: checked.max_age.or(bound.client.metadata.default_max_age),
            acr_values: match params.get("acr_values") {
                Some(values) => values.split_whitespace().map(str::to_owned).collect(),
                None => bound.client.metadata.default_acr_values.clone(),
            },
            expected_subject: checked.expected_subject,
            login_hint: params.get("login_hint").map(|h| h.chars().take(200).collect()),
            ui_locales: params.get("ui_locales").map(str::to_owned),
            claims: checked.claims,
            code_challenge: params.get("code_challenge").map(str::to_owned),
            redirect_uri_param: params.get("redirect_uri").map(str::to_owned),
            bound,
        }),
        _ => Err(Refusal::Page(Box::new(
            crate::domain::Error::internal("the authorization machine skipped a step").into(),
        ))),
    }
}

/// What the checks after binding find out.
struct Checked {
    resources: Vec<String>,
    prompt: Prompt,
    max_age: Option<i64>,
    expected_subject: Option<String>,
    claims: Option<Wishes>,
}

struct Stages<'a> {
    app: &'a App,
    snapshot: &'a Snapshot,
    params: &'a Params,
    bound: Option<Bound>,
    checked: Option<Checked>,
}

impl Stages<'_> {
    fn unbound(&self, why: &'static str) -> Refusal {
        Refusal::Page(Box::new(
            PageError::bad_request("invalid-request").detail("error", "invalid_request").detail("reason", why),
        ))
    }

    fn bound(&self) -> Result<&Bound, Refusal> {
        self.bound.as_ref().ok_or_else(|| self.unbound("not bound"))
    }
}

impl oxide::authorization::Steps for Stages<'_> {
    type Error = Refusal;

    fn bind(&mut self) -> Result<String, Refusal> {
        let id = self.params.single("client_id").unwrap_or_default();
        let Some(client) = self.snapshot.client(id) else {
            let key = if self.snapshot.is_disabled(id) { "client-disabled" } else { "unknown-client" };
            return Err(Refusal::Page(Box::new(PageError::bad_request(key).detail("client_id", shown(id)))));
        };
        let redirect_uri = proven_redirect_uri(client, self.params)?;
        let mut bound = Bound {
            client: Arc::clone(client),
            redirect_uri: redirect_uri.clone(),
            state: self.params.single("state").map(str::to_owned),
            mode: ResponseMode::Query,
        };
        // OAuth 2.0 Multiple Response Types §5: what would put a token into the front channel answers in the fragment.
        let response_type = self.params.get("response_type").unwrap_or_default();
        if response_type.split(' ').any(|t| t == "token" || t == "id_token") {
            bound.mode = ResponseMode::Fragment;
        }
        match self.params.single("response_mode") {
            None => {}
            Some("query") => bound.mode = ResponseMode::Query,
            Some("fragment") => bound.mode = ResponseMode::Fragment,
            Some("form_post") => bound.mode = ResponseMode::FormPost,
            Some(other) => {
                let words = format!("response_mode {} is not supported", shown(other));
                return Err(bound.refuse(OAuthError::invalid_request(words)));
            }
        }
        self.bound = Some(bound);
        Ok(redirect_uri)
    }

    fn check(&mut self) -> Result<bool, Refusal> {
        let bound = self.bound()?;
        let refuse = |error| bound.refuse(error);
        let params = self.params;
        checks::not_repeated(params).map_err(refuse)?;
        checks::sizes(params).map_err(refuse)?;
        checks::no_request_object(params).map_err(refuse)?;
        checks::response_type(params, &bound.client).map_err(refuse)?;
        checks::scope_form(params).map_err(refuse)?;
        let is_required = checks::pkce(params, &bound.client).map_err(refuse)?;
        let claims = checks::claims(params)
            .map_err(refuse)?
            .map(|wishes| wishes.within(|scope| self.snapshot.may_ask(&bound.client, scope)));
        let hinted = checks::id_token_hint(self.app, params, &bound.client).map_err(refuse)?;
        let checked = Checked {
            resources: target::check_resources(self.snapshot, &bound.client, params.all("resource")).map_err(refuse)?,
            prompt: checks::prompt(params).map_err(refuse)?,
            max_age: checks::max_age(params).map_err(refuse)?,
            // OpenID Connect Core §3.1.2.2: a person is asked for by either.
            expected_subject: hinted.or_else(|| claims.as_ref()?.subject().map(str::to_owned)),
            claims,
        };
        self.checked = Some(checked);
        Ok(is_required)
    }

    fn negotiate(&mut self, asked: Option<Scopes>) -> Result<Scopes, Refusal> {
        let bound = self.bound()?;
        let refuse = |error| bound.refuse(error);
        let mut scopes = match asked {
            Some(scopes) if !scopes.is_empty() => scopes,
            // RFC 6749 §3.3: what the client registered, or a refusal.
            _ => bound.client.scopes.clone().filter(|s| !s.is_empty()).ok_or_else(|| {
                refuse(OAuthError::new(
                    Code::InvalidScope,
                    "scope is missing; an OpenID Connect request has at least openid",
                ))
            })?,
        };
        scopes::check_allowed(self.snapshot, &bound.client, &scopes).map_err(refuse)?;
        // OpenID Connect Core §11: it asks for a refresh token; to whom none can be issued it is not granted either.
        if !bound.client.may_use_grant("refresh_token") {
            scopes.remove("offline_access");
        }
        // A resource that knows none of the scopes is told now, and not when the code is redeemed.
        let resources = self.checked.as_ref().map_or(&[][..], |checked| &checked.resources);
        if !resources.is_empty() {
            let asked = target::Asked { named: &[], granted: resources, scopes: &scopes };
            target::choose(self.app, self.snapshot, &bound.client, &asked).map_err(refuse)?;
        }
        // OpenID Connect Core §3.1.2.1: redirect_uri is required.
        if scopes.contains("openid") && self.params.get("redirect_uri").is_none() {
            return Err(Refusal::Page(Box::new(PageError::bad_request("redirect-uri-missing"))));
        }
        Ok(scopes)
    }

    fn refuse(&mut self, error: OAuthError) -> Refusal {
        match &self.bound {
            Some(bound) => bound.refuse(error),
            None => self.unbound("the request is malformed"),
        }
    }
}

/// The redirect URI where it is one of the client's, compared as raw text, before anything is parsed.
fn proven_redirect_uri(client: &Client, params: &Params) -> Result<String, Refusal> {
    let page = |key| Err(Refusal::Page(Box::new(PageError::bad_request(key).detail("client_id", client.id.clone()))));
    let registered = &client.metadata.redirect_uris;
    match (params.single("redirect_uri"), params.get("redirect_uri"), registered.as_slice()) {
        (Some(sent), _, _) if redirect_uri::is_registered(registered, sent, client.has_free_loopback_port()) => {
            Ok(sent.to_owned())
        }
        // RFC 6749 §3.1.2.3: may be left out where there is one; OpenID Connect asks for it later.
        (None, None, [only]) => Ok(only.clone()),
        (None, None, _) => page("redirect-uri-missing"),
        (Some(sent), _, _) => {
            let mut error = PageError::bad_request("redirect-uri-mismatch").detail("client_id", client.id.clone());
            error = error.detail("redirect_uri", sent.chars().take(300).collect::<String>());
            error.status = StatusCode::BAD_REQUEST;
            Err(Refusal::Page(Box::new(error)))
        }
        (None, Some(_), _) => page("redirect-uri-mismatch"),
    }
}

/// The scopes and claims that a person must have allowed: all but the bare sign-in itself.
#[must_use]
pub fn asked_consent(valid: &Valid) -> crate::domain::consents::Consent {
    crate::domain::consents::Consent {
        scopes: valid.scopes.clone(),
        claims: valid.claims.as_ref().map(Wishes::about_person).unwrap_or_default(),
    }
}
