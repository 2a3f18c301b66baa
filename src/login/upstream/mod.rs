//! Signing in with an account elsewhere: at Google, GitHub, Apple, Microsoft, or any OpenID provider of the configuration.
//!
//! ```text
//! GET /login/upstream/NAME?flow=…  ─▶ state, nonce and PKCE, kept for this browser, once, ten minutes ─▶ 303 to the provider
//!      the provider ─▶ GET …/callback?state&code ─▶ state taken, code exchanged, ID token verified ─▶ whose account? (domain/upstream.rs)
//!                  └─▶ POST …/callback (form_post, no cookies) ─▶ kept, sealed ─▶ 303 to GET …/callback?answer=… ─┘
//!      ─┬─ a person ─▶ flow::proved
//!       ├─ an address of an account here ─▶ "sign in to it first" ─▶ link.rs asks for a confirmation
//!       └─ nobody, or something is wrong ─▶ a page that says so and leads back to the other methods
//! ```
//!
//! `anew.rs` knows when a provider's word is not enough. `oidc.rs` and `github.rs` speak the two protocols; `google.rs`, `apple.rs` and `entra.rs` know what is particular; `memory.rs` remembers
//! metadata and failures; `fault.rs` is what goes wrong. Everything goes out through the guarded client, in five seconds all in all.

mod anew;
mod apple;
mod entra;
mod fault;
mod github;
mod google;
pub mod link;
mod memory;
mod oidc;

use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

pub use memory::Memory;

use self::anew::Shown;
use self::fault::{Fault, addressed};
use super::flow;
use crate::app::App;
use crate::config::{Upstream, UpstreamKind};
use crate::domain::action_tokens::{self, New, Purpose, Token};
use crate::domain::factors::AMR_ELSEWHERE;
use crate::domain::flows::{self, Flow};
use crate::domain::upstream::{self, Account, Arrival, Refusal};
use crate::domain::{Error, Result as Outcome};
use crate::error::PageError;
use crate::page;
use crate::platform::random::{base64url, from_base64url};
use crate::session::{Browser, PageForm};
use crate::urls;

/// A federated sign-in.
pub(super) const AMR: &str = AMR_ELSEWHERE;
/// How long a provider may take for everything, in seconds.
const LIMIT_S: u64 = 5;
/// How long the person may take there, in seconds.
const STATE_S: u64 = 600;
/// How long a posted answer waits for the browser to come by itself, in seconds.
const ANSWER_S: u64 = 120;

/// A provider, for the sign-in page.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Its name in the configuration.
    pub name: String,
    /// As people know it.
    pub display_name: String,
    /// `google`, `github`, `oidc`, `apple` or `entra`: the end of its symbol's name.
    pub kind: &'static str,
    /// Where the sign-in with it begins; `?flow=` is to be added.
    pub path: String,
}

/// The providers of the configuration, by name.
#[must_use]
pub fn choices(app: &App) -> Vec<Choice> {
    let choice = |(name, rules): (&String, &Upstream)| Choice {
        name: name.clone(),
        display_name: rules.display_name(name),
        kind: rules.kind.as_str(),
        path: urls::LOGIN_UPSTREAM.replace("{provider}", name),
    };
    app.config.upstream.iter().map(choice).collect()
}

/// One provider of the configuration.
#[derive(Debug, Clone, Copy)]
struct Provider<'a> {
    name: &'a str,
    rules: &'a Upstream,
}

impl<'a> Provider<'a> {
    fn find(app: &'a App, name: &str) -> Result<Self, PageError> {
        let found = app.config.upstream.get_key_value(name);
        found
            .map(|(name, rules)| Self { name, rules })
            .ok_or_else(|| PageError::new(StatusCode::NOT_FOUND, "not-found"))
    }

    fn redirect_uri(self, app: &App) -> String {
        let own = || app.urls.absolute(&urls::LOGIN_UPSTREAM_CALLBACK.replace("{provider}", self.name));
        self.rules.redirect_uri.clone().unwrap_or_else(own)
    }

    fn secret(self, app: &App) -> Result<Option<String>, Fault> {
        match app.upstream.signer(self.name) {
            Some(signer) => apple::client_secret(app, self.rules, signer).map(Some),
            None => Ok(self.rules.client_secret.as_ref().map(|secret| secret.expose().to_owned())),
        }
    }

    fn fault(self, app: &App, fault: Fault, flow: &str) -> PageError {
        fault.page(app, (self.name, self.rules), flow)
    }

    fn page(self, app: &App, page: PageError, flow: &str) -> PageError {
        addressed(page, app, self.rules, self.name, flow)
    }
}

/// What only we and the provider know of a question.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// The PKCE verifier.
    verifier: String,
    nonce: String,
}

/// What belongs to a token of [`Purpose::Upstream`], whose text is the `state`.
#[derive(Serialize, Deserialize)]
struct Question {
    provider: String,
    flow: String,
    /// [`Asked`], sealed, as base64url.
    sealed: String,
}

/// What the provider sends back by the browser.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
    /// Apple's, at the first sign-in.
    user: Option<String>,
}

impl Returned {
    /// From the parameters; nothing where one of them stands there twice or is far too long.
    fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let mut found = Self::default();
        for (name, value) in pairs {
            let slot = match name {
                "state" => &mut found.state,
                "code" => &mut found.code,
                "error" => &mut found.error,
                "iss" => &mut found.iss,
                "user" => &mut found.user,
                _ => continue,
            };
            if slot.is_some() || value.len() > 4096 {
                return None;
            }
            *slot = Some(value.to_owned());
        }
        Some(found)
    }
}

/// Sends the browser to the provider.
///
/// # Errors
/// Where the flow is over or somebody else's, or the provider does not answer.
pub async fn start(
    State(app): State<App>,
    browser: Browser,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let provider = Provider::find(&app, &name)?;
    let query = query.unwrap_or_default();
    let Some((_, id)) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "flow") else {
        return Ok(page::see_other(&app.urls.local(urls::LOGIN)));
    };
    let flow = flow::find(&app, &browser, &id).await?;
    let asked =
        Asked { verifier: app.random.token().map_err(Error::from)?, nonce: app.random.token().map_err(Error::from)? };
    let state = remember(&app, provider, &browser, &flow, &asked).await?;
    let location = match provider.rules.kind {
        UpstreamKind::Github => github::location(&app, provider, &asked, &state),
        _ => {
            let wanted = oidc::Wanted { asked: &asked, state: &state, is_anew: anew::is_wanted(&flow)? };
            limited(&app, provider, Box::pin(oidc::location(&app, provider, &wanted))).await
        }
    };
    location.map(|location| page::see_other(&location)).map_err(|fault| provider.fault(&app, fault, &flow.id))
}

/// Keeps a question; gives its `state`. A newer question of the same flow ends the older.
async fn remember(
    app: &App,
    provider: Provider<'_>,
    browser: &Browser,
    flow: &Flow,
    asked: &Asked,
) -> Result<String, PageError> {
    let question = Question {
        provider: provider.name.to_owned(),
        flow: flow.id.clone(),
        sealed: seal(app, &browser.hash, asked)?,
    };
    let new = New {
        purpose: Purpose::Upstream,
        user_id: None,
        subject: Some(&flow.id),
        browser_hash: Some(&browser.hash),
        data: &question,
        ttl_s: STATE_S,
    };
    issue(app, &new).await
}

async fn issue<D: Serialize>(app: &App, new: &New<'_, D>) -> Result<String, PageError> {
    let tx = app.db.begin_write().await.map_err(Error::from)?;
    let text = action_tokens::issue(app, &tx, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(text)
}

/// What goes on with a provider, within the time that it has; after several failures it is not even asked.
async fn limited<T>(
    app: &App,
    provider: Provider<'_>,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let now = app.clock.now_ms();
    if app.upstream.is_resting(provider.name, now) {
        return Err(Fault::Unavailable("it failed several times a moment ago".to_owned()));
    }
    let limit = Duration::from_secs(app.config.outgoing.timeout.min(LIMIT_S));
    let outcome = tokio::time::timeout(limit, work).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Fault::Unavailable("no answer in time".to_owned())));
    if matches!(outcome, Err(Fault::Unavailable(_))) {
        app.upstream.failed(provider.name, now);
    }
    outcome
}

/// Takes the answer that a redirect brings, or the one that was posted before.
///
/// # Errors
/// A page that says what is wrong, with the way back to the sign-in.
pub async fn callback(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let provider = Provider::find(&app, &name)?;
    let query = query.unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).take(50).collect();
    let returned = match pairs.iter().find(|(name, _)| name == "answer") {
        Some((_, id)) => posted(&app, &browser, id).await?,
        None => Returned::read(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))),
    };
    let returned = returned.ok_or_else(|| PageError::bad_request("upstream-over"))?;
    let (token, question) = question(&app, provider, returned.state.as_deref()).await?;
    if !token.is_for(&browser.hash) {
        return Err(PageError::bad_request("flow-other-browser"));
    }
    let mut flow = flow::find(&app, &browser, &question.flow).await?;
    // Taken before anything is done with it, and kept taken whatever comes of it.
    if !action_tokens::consume(&app, app.db.write(), Purpose::Upstream, &token).await? {
        return Err(PageError::bad_request("upstream-over"));
    }
    let asked: Asked = open(&app, &browser.hash, &question.sealed)?;
    let identified = limited(&app, provider, Box::pin(identify(&app, provider, &asked, &returned))).await;
    if !matches!(identified, Err(Fault::Unavailable(_))) {
        app.upstream.answered(provider.name);
    }
    let (account, shown) = identified.map_err(|fault| provider.fault(&app, fault, &flow.id))?;
    if let Some(user_id) = flow.state.link_for {
        return link::asked_for(&app, &browser, provider, flow, &account, user_id).await;
    }
    match upstream::arrive(&app, &account, &browser.place()).await? {
        Arrival::Known(user_id) => {
            flow.state.method = Some(format!("upstream:{}", provider.name));
            anew::named(&app, &record, &browser, provider, flow, (user_id, shown)).await
        }
        Arrival::AddressKnown => link::prove_first(&app, &browser, provider, flow, &account).await,
        Arrival::Refused(refusal) => Err(refused(&app, provider, refusal, &flow.id)),
    }
}

/// The question that a `state` answers.
async fn question(app: &App, provider: Provider<'_>, state: Option<&str>) -> Result<(Token, Question), PageError> {
    let over = || PageError::bad_request("upstream-over");
    let token = action_tokens::look(app, Purpose::Upstream, state.ok_or_else(over)?).await?.ok_or_else(over)?;
    let question: Question = token.data()?;
    // Each provider has a redirect URI of its own: one cannot answer for another (RFC 9700 §4.4.2.2).
    if question.provider != provider.name {
        return Err(over());
    }
    Ok((token, question))
}

/// Who came back, and when they had shown it there.
async fn identify(
    app: &App,
    provider: Provider<'_>,
    asked: &Asked,
    returned: &Returned,
) -> Result<(Account, Shown), Fault> {
    let is_github = provider.rules.kind == UpstreamKind::Github;
    if !is_github {
        oidc::check_iss(app, provider, returned.iss.as_deref()).await?;
    }
    if let Some(error) = &returned.error {
        return Err(Fault::Denied(error.chars().filter(char::is_ascii_graphic).take(100).collect()));
    }
    if returned.code.as_deref().is_none_or(str::is_empty) {
        return Err(Fault::untrusted("the answer holds no code"));
    }
    if is_github {
        // It says nothing of when.
        Ok((github::identify(app, provider, asked, returned).await?, Shown::Unsaid))
    } else {
        oidc::identify(app, provider, asked, returned).await
    }
}

fn refused(app: &App, provider: Provider<'_>, refusal: Refusal, flow: &str) -> PageError {
    let key = match refusal {
        Refusal::Unverified => "upstream-unverified",
        Refusal::Domain => "upstream-domain",
        Refusal::NoAccount => "upstream-no-account",
        Refusal::Address => "upstream-address",
    };
    provider.page(app, PageError::new(StatusCode::FORBIDDEN, key), flow)
}

/// Takes an answer that the provider's page posts (`response_mode=form_post`). The browser sends no cookies with it, so it is kept until the
/// browser comes by a GET of its own, which brings them.
///
/// # Errors
/// Where it answers no question.
pub async fn post(State(app): State<App>, Path(name): Path<String>, form: PageForm) -> Result<Response, PageError> {
    let provider = Provider::find(&app, &name)?;
    let returned = Returned::read(form.pairs()).ok_or_else(|| PageError::bad_request("upstream-over"))?;
    let (token, _) = question(&app, provider, returned.state.as_deref()).await?;
    let bound: [u8; 32] = token
        .browser_hash
        .as_deref()
        .and_then(|hash| hash.try_into().ok())
        .ok_or_else(|| PageError::bad_request("upstream-over"))?;
    let new = New {
        purpose: Purpose::UpstreamAnswer,
        user_id: None,
        // Only the newest answer to one question waits.
        subject: Some(&base64url(&token.hash)),
        browser_hash: Some(&bound),
        data: &seal(&app, &bound, &returned)?,
        ttl_s: ANSWER_S,
    };
    let id = issue(&app, &new).await?;
    let path = urls::LOGIN_UPSTREAM_CALLBACK.replace("{provider}", provider.name);
    Ok(page::see_other(&app.urls.local(&format!("{path}?answer={id}"))))
}

/// The answer that was posted, for the browser that was asked.
async fn posted(app: &App, browser: &Browser, id: &str) -> Result<Option<Returned>, PageError> {
    let Some(token) = action_tokens::look(app, Purpose::UpstreamAnswer, id).await? else { return Ok(None) };
    if !token.is_for(&browser.hash) {
        return Err(PageError::bad_request("flow-other-browser"));
    }
    if !action_tokens::consume(app, app.db.write(), Purpose::UpstreamAnswer, &token).await? {
        return Ok(None);
    }
    Ok(Some(open(app, &browser.hash, &token.data::<String>()?)?))
}

fn seal<T: Serialize>(app: &App, browser_hash: &[u8; 32], secret: &T) -> Outcome<String> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(secret).map_err(Error::internal)?);
    Ok(base64url(&app.sealers.upstream.seal(&app.random, browser_hash, &plain)?))
}

fn open<T: serde::de::DeserializeOwned>(app: &App, browser_hash: &[u8; 32], sealed: &str) -> Outcome<T> {
    let sealed = from_base64url(sealed).unwrap_or_default();
    let plain = app.sealers.upstream.open(browser_hash, &sealed).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// Clears what a flow knew of an account elsewhere.
async fn forget_link(app: &App, flow: &mut Flow) -> Result<(), PageError> {
    flow.state.link = None;
    flow.state.link_for = None;
    flows::save(app, flow).await?;
    Ok(())
}
