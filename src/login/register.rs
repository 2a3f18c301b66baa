//! `GET` and `POST /register`, with a flow or an invitation: making an account. `GET /register/sent`: look into your mail.
//!
//! ```text
//! form ─┬─ ask ─▶ 303 /register/sent, mail ─▶ /verify-email ─▶ account ─▶ where the flow leads
//!       └─ an invitation that was mailed to this address ─▶ account ─▶ where the flow leads
//! ```
//!
//! Whether the address or the user name is somebody's is told to nobody who has not proved the address: same words, same status, same work.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use super::after::After;
use super::flow;
use super::page::redirect_target;
use crate::app::App;
use crate::config::RegistrationMode;
use crate::domain::flows::{self, Flow};
use crate::domain::invitations::{self, Invitation};
use crate::domain::names;
use crate::domain::registrations::{self, Refused, SignUp};
use crate::domain::sessions::Proof;
use crate::domain::users::NewUser;
use crate::domain::{Error, credentials, passwords};
use crate::error::PageError;
use crate::page::{self, AppView, Page};
use crate::person_form::{self, FieldErrors, message};
use crate::session::{Browser, PageForm};
use crate::urls;

#[derive(Serialize)]
struct Context<'a> {
    flow: &'a str,
    csrf: String,
    app: Option<AppView>,
    /// The token of the invitation, or nothing.
    invitation: &'a str,
    /// The address that the invitation names: it cannot be changed.
    invited: Option<&'a str>,
    values: BTreeMap<&'static str, &'a str>,
    errors: FieldErrors,
    /// The domains that an address may have, in words.
    domains: String,
    asks_password: bool,
    password_min: u32,
}

#[derive(Serialize)]
struct Shut<'a> {
    flow: &'a str,
    app: Option<AppView>,
    /// `closed` or `invite`.
    mode: &'static str,
}

#[derive(Serialize)]
struct Sent<'a> {
    flow: &'a str,
}

/// What a request came with.
struct Came {
    flow: Option<Flow>,
    invitation: Option<(String, Invitation)>,
}

impl Came {
    async fn read(
        app: &App,
        browser: &Browser,
        flow: Option<&str>,
        invitation: Option<&str>,
    ) -> Result<Self, PageError> {
        let flow = match flow.filter(|id| !id.is_empty()) {
            Some(id) => going(app, browser, id).await?,
            None => None,
        };
        let invitation = match invitation.filter(|token| !token.is_empty()) {
            Some(token) => match invitations::look(app, token).await? {
                Some(found) => Some((token.to_owned(), found)),
                None => return Err(refusal(app, Refused::Invitation)),
            },
            None => None,
        };
        Ok(Self { flow, invitation })
    }

    fn invitation(&self) -> Option<&Invitation> {
        self.invitation.as_ref().map(|(_, invitation)| invitation)
    }

    fn invited(&self) -> Option<&str> {
        self.invitation().and_then(|i| i.email.as_deref())
    }

    fn flow_id(&self) -> &str {
        self.flow.as_ref().map_or("", |f| &f.id)
    }

    /// The app that waits.
    fn app_view(&self, app: &App) -> Option<AppView> {
        After::read(self.flow.as_ref()?).ok()?.app(app)
    }
}

/// The flow, where it is still going; one that is over leads nowhere, and the account is made all the same.
async fn going(app: &App, browser: &Browser, id: &str) -> Result<Option<Flow>, PageError> {
    match flows::find(app, id, Some(&browser.hash)).await? {
        Ok(flow) => Ok(Some(flow)),
        Err(flows::Missing::Over) => Ok(None),
        Err(flows::Missing::OtherBrowser) => Err(PageError::bad_request("flow-other-browser")),
    }
}

/// Shows the form, or that there is none for who has no invitation. Nothing is changed by looking.
///
/// # Errors
/// Where the invitation is no longer good, or the flow is somebody else's.
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let given = |name: &str| query.get(name).map(String::as_str);
    let came = Came::read(&app, &browser, given("flow"), given("invitation")).await?;
    if !registrations::may_sign_up(&app, came.invitation()) {
        return shut(&app, &browser, &came);
    }
    show(&app, &browser, &came, BTreeMap::new(), FieldErrors::new())
}

/// Takes the form.
///
/// # Errors
/// As [`get`], or where the form is not ours, or 429 where one address asks too often.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let came = Came::read(&app, &browser, form.get("flow"), form.get("invitation")).await?;
    if !registrations::may_sign_up(&app, came.invitation()) {
        return shut(&app, &browser, &came);
    }
    let most = app.config.throttle.sign_ups_per_address;
    if !app.caches.sign_ups.allow(browser.address, most, app.clock.now_ms()) {
        let mut error = PageError::new(StatusCode::TOO_MANY_REQUESTS, "throttled");
        error.retry_after = Some(60);
        return Err(error);
    }
    let typed = |name: &str| form.get(name).unwrap_or_default().trim();
    let values = || ["email", "username", "name"].into_iter().map(|n| (n, typed(n))).collect::<BTreeMap<_, _>>();
    let email = came.invited().unwrap_or_else(|| typed("email"));
    let asks_password = app.config.login.password;
    let new = NewUser {
        // A name that was not chosen is not wrong.
        username: if typed("username").is_empty() { "user" } else { typed("username") }.to_owned(),
        email: email.to_owned(),
        name: Some(typed("name").to_owned()).filter(|n| !n.is_empty()),
        password: Zeroizing::new(form.get("password").unwrap_or_default().to_owned()),
        ..NewUser::default()
    };
    let checked = async {
        let mut errors = person_form::check(&app, &new, asks_password).await?;
        let key = names::canonical(email);
        if !errors.contains_key("email") && !registrations::is_allowed_domain(&app, &key, came.invitation()) {
            errors.insert("email", message("field-error-email-domain"));
        }
        let is_wrong = !errors.is_empty() || !asks_password;
        let phc = if is_wrong { None } else { Some(credentials::hash_new(&app, &new.password).await?) };
        Ok::<_, Error>((errors, phc))
    };
    let (errors, phc) = match checked.await {
        Err(Error::Busy(wait_s)) => return busy(&app, &browser, &came, values(), wait_s),
        checked => checked?,
    };
    if !errors.is_empty() {
        return show(&app, &browser, &came, values(), errors);
    }
    let sign_up = SignUp {
        email: new.email,
        username: Some(typed("username").to_owned()).filter(|n| !n.is_empty()),
        name: new.name,
        phc,
        language: browser.lang,
        flow: came.flow.as_ref().map(|f| f.id.clone()),
        invitation: came.invitation().map(|i| i.id),
    };
    let Some(invitation) = came.invitation().filter(|i| i.email.is_some()) else {
        registrations::ask(&app, &sign_up, browser.origin()).await?;
        let query = if came.flow_id().is_empty() { String::new() } else { format!("?flow={}", came.flow_id()) };
        return Ok(page::see_other(&app.urls.local(&format!("{}{query}", urls::REGISTER_SENT))));
    };
    match registrations::accept(&app, &sign_up, invitation).await? {
        Ok(user_id) => {
            let flow = match came.flow {
                Some(flow) => flow,
                None => {
                    let id = flow::start(&app, &browser, &After::Home).await?;
                    flow::find(&app, &browser, &id).await?
                }
            };
            flow::proved(&app, &record, &browser, flow, &proof(&app, user_id)).await
        }
        // Who has the mail may know.
        Err(Refused::UsernameTaken) => {
            let errors = FieldErrors::from([("username", message("field-error-username-taken"))]);
            show(&app, &browser, &came, values(), errors)
        }
        Err(refused) => Err(refusal(&app, refused)),
    }
}

/// What making an account proves: a password was chosen, or the address alone where passwords are not used.
pub(super) fn proof(app: &App, user_id: uuid::Uuid) -> Proof {
    Proof::single(user_id, if app.config.login.password { super::password::AMR } else { "email" })
}

/// The page of a refusal.
pub(super) fn refusal(app: &App, refused: Refused) -> PageError {
    let page = match refused {
        Refused::Over => PageError::bad_request("verify-link-over"),
        Refused::Closed | Refused::Domain => PageError::new(StatusCode::FORBIDDEN, "sign-up-closed"),
        Refused::EmailTaken => PageError::new(StatusCode::CONFLICT, "email-taken"),
        Refused::UsernameTaken => PageError::new(StatusCode::CONFLICT, "username-taken"),
        Refused::Invitation => PageError::bad_request("invitation-over"),
    };
    page.back(app.urls.local(urls::LOGIN), "")
}

/// "We have written to you", whatever was written.
///
/// # Errors
/// Where the page does not render.
pub async fn sent(
    State(app): State<App>,
    browser: Browser,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let flow = query.get("flow").map_or("", String::as_str);
    let flow = match flows::find(&app, flow, Some(&browser.hash)).await? {
        Ok(_) => flow,
        Err(_) => "",
    };
    let page =
        Page { again: Some((urls::REGISTER_SENT, format!("flow={flow}"))), ..Page::new("login/register_sent.html") };
    page::render(&app, &browser, &page, &Sent { flow })
}

fn shut(app: &App, browser: &Browser, came: &Came) -> Result<Response, PageError> {
    let mode = if app.config.registration.mode == RegistrationMode::Invite { "invite" } else { "closed" };
    let context = Shut { flow: came.flow_id(), app: came.app_view(app), mode };
    let page = Page {
        status: StatusCode::FORBIDDEN,
        again: Some((urls::REGISTER, format!("flow={}", came.flow_id()))),
        ..Page::new("login/register_shut.html")
    };
    page::render(app, browser, &page, &context)
}

fn busy(
    app: &App,
    browser: &Browser,
    came: &Came,
    values: BTreeMap<&'static str, &str>,
    wait_s: u64,
) -> Result<Response, PageError> {
    let mut response = show(app, browser, came, values, FieldErrors::from([("form", message("login-error-busy"))]))?;
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    Ok(response)
}

fn show(
    app: &App,
    browser: &Browser,
    came: &Came,
    mut values: BTreeMap<&'static str, &str>,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    for name in ["email", "username", "name"] {
        values.entry(name).or_default();
    }
    let token = came.invitation.as_ref().map_or("", |(token, _)| token);
    let request =
        came.flow.as_ref().and_then(|f| After::read(f).ok()).and_then(|a| a.request().ok()).unwrap_or_default();
    let page = Page {
        status: if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY },
        forms: redirect_target(&request),
        again: Some((urls::REGISTER, format!("flow={}&invitation={token}", came.flow_id()))),
        ..Page::new("login/register.html")
    };
    let context = Context {
        flow: came.flow_id(),
        csrf: browser.csrf(app),
        app: came.app_view(app),
        invitation: token,
        invited: came.invited(),
        values,
        errors,
        domains: app.config.registration.allowed_domains.join(", "),
        asks_password: app.config.login.password,
        password_min: passwords::min_length(app),
    };
    page::render(app, browser, &page, &context)
}
