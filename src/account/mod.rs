//! The account area: what people see and change of their own account. A file per page; its template in `templates/account/`.
//!
//! A page takes [`Signed`] (who is signed in; nobody is sent to sign in and comes back) or [`Fresh`] (the same, the sign-in is recent, and it
//! has seen the second factor that the person has: for whatever guards the account) and ends in [`render`]. A form carries
//! [`Signed::csrf`], which the handler checks with [`Signed::check`]; after a change it answers [`saved`]. What it names by id is looked up
//! *with its owner*.
//! To add a page: a constant in `urls`, a file here, a line in [`routes`] and in [`NAV`].

mod activity;
mod apps;
mod data;
mod delete;
mod emails;
mod keys;
mod language;
mod linked;
mod overview;
mod passkeys;
mod password;
mod profile;
mod second_factor;
mod sessions;
pub mod when;

use std::collections::BTreeMap;
use std::ops::Deref;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use ring::hmac;
use serde::Serialize;
use subtle::ConstantTimeEq;
use url::form_urlencoded;
use uuid::Uuid;

use crate::app::App;
use crate::domain::factors;
use crate::domain::names::Fault;
use crate::domain::sessions::{self as visits, Session};
use crate::domain::users::Person;
use crate::error::PageError;
use crate::login::after::{After, REPEAT};
use crate::login::flow;
use crate::page::{self, Page, PersonView};
use crate::platform::random::base64url;
use crate::route::{get, get_post, post};
use crate::session::{self, Browser, PageForm};
use crate::urls;

/// The pages. The router lays the session, and the check for forms of other sites, around them.
pub fn routes() -> Router<App> {
    Router::new()
        .route(urls::ACCOUNT, get(overview::get))
        .route(urls::ACCOUNT_PROFILE, get_post(profile::get, profile::post))
        .route(urls::ACCOUNT_USERNAME, get_post(profile::get, profile::post_username))
        .route(urls::ACCOUNT_EMAILS, get_post(emails::get, emails::post))
        .route(urls::ACCOUNT_PASSWORD, get_post(password::get, password::post))
        .route(urls::ACCOUNT_KEYS, get_post(keys::get, keys::post))
        .route(urls::ACCOUNT_KEYS_PROVE, post(keys::prove))
        .route(urls::ACCOUNT_KEYS_RENAME, post(keys::rename))
        .route(urls::ACCOUNT_KEYS_REMOVE, post(keys::remove))
        .route(urls::ACCOUNT_SESSIONS, get_post(sessions::get, sessions::post))
        .route(urls::ACCOUNT_APPS, get_post(apps::get, apps::post))
        .route(urls::ACCOUNT_ACTIVITY, get(activity::get))
        .route(urls::ACCOUNT_LANGUAGE, get_post(language::get, language::post))
        .route(urls::ACCOUNT_DATA, get_post(data::get, data::post))
        .route(urls::ACCOUNT_DELETE, get_post(delete::get, delete::post))
        .route(urls::ACCOUNT_DELETED, get(delete::deleted))
        .merge(linked::routes())
        .merge(passkeys::routes())
        .merge(second_factor::routes())
}

/// A line of the navigation.
pub struct Entry {
    /// The page.
    pub path: &'static str,
    /// Its name: the message `account-nav-KEY`.
    pub key: &'static str,
    /// Its symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// Whether this installation has it.
    pub is_shown: fn(&App) -> bool,
}

/// The navigation, in its order.
pub const NAV: &[Entry] = &[
    Entry { path: urls::ACCOUNT, key: "overview", icon: "home", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_PROFILE, key: "profile", icon: "person", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_EMAILS, key: "emails", icon: "mail", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_PASSWORD, key: "password", icon: "lock", is_shown: |app| app.config.login.password },
    Entry {
        path: urls::ACCOUNT_PASSKEYS,
        key: "passkeys",
        icon: "passkey",
        is_shown: crate::domain::passkeys::are_offered,
    },
    Entry { path: urls::ACCOUNT_SECOND_FACTOR, key: "second-factor", icon: "shield", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_LINKED, key: "linked", icon: "link", is_shown: |app| !app.config.upstream.is_empty() },
    Entry { path: urls::ACCOUNT_KEYS, key: "keys", icon: "key", is_shown: |app| app.config.login.signature },
    Entry { path: urls::ACCOUNT_SESSIONS, key: "sessions", icon: "screen", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_APPS, key: "apps", icon: "apps", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_ACTIVITY, key: "activity", icon: "clock", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_LANGUAGE, key: "language", icon: "globe", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_DATA, key: "data", icon: "download", is_shown: |_| true },
    Entry { path: urls::ACCOUNT_DELETE, key: "delete", icon: "trash", is_shown: |_| true },
];

/// What is wrong with a field, or with what was asked for: a message and its arguments, for the component `field`.
#[derive(Debug, Clone, Serialize)]
pub struct FieldNote {
    key: String,
    args: BTreeMap<&'static str, u64>,
}

impl FieldNote {
    /// A message with arguments.
    #[must_use]
    pub fn new(key: impl Into<String>, args: BTreeMap<&'static str, u64>) -> Self {
        Self { key: key.into(), args }
    }

    /// A message without arguments.
    #[must_use]
    pub fn plain(key: impl Into<String>) -> Self {
        Self::new(key, BTreeMap::new())
    }

    /// The message `account-error-FIELD-CODE` of a fault.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Self {
        Self::plain(format!("account-error-{}-{}", fault.field.replace('_', "-"), fault.code))
    }
}

/// Who is signed in and asks for a page of their account.
#[derive(Debug)]
pub struct Signed {
    /// The session, as the database has it now.
    pub session: Session,
    /// The browser.
    pub browser: Browser,
    /// The page: one of [`urls::ACCOUNT_PAGES`].
    pub page: &'static str,
    /// Whether the sign-in is recent enough to change what guards the account.
    pub is_fresh: bool,
    saved: Option<String>,
    is_form: bool,
}

impl Signed {
    /// Whose account it is.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.session.person
    }

    /// The token of a form of this person at this browser: where somebody else has signed in meanwhile, it is not good.
    #[must_use]
    pub fn csrf(&self, app: &App) -> String {
        let mut context = hmac::Context::with_key(&app.csrf_key);
        context.update(b"account");
        context.update(self.person().id.as_bytes());
        context.update(self.browser.value.as_bytes());
        base64url(context.sign().as_ref())
    }

    /// Refuses a form that was not made for this person at this browser.
    ///
    /// # Errors
    /// 403.
    pub fn check(&self, app: &App, form: &PageForm) -> Result<(), PageError> {
        self.check_token(app, form.get("csrf").unwrap_or_default())
    }

    /// The same for a token that came otherwise than in a form.
    ///
    /// # Errors
    /// 403.
    pub fn check_token(&self, app: &App, token: &str) -> Result<(), PageError> {
        let is_ours: bool = self.csrf(app).as_bytes().ct_eq(token.as_bytes()).into();
        if is_ours { Ok(()) } else { Err(PageError::new(StatusCode::FORBIDDEN, "csrf")) }
    }

    /// The way to sign in again and come back, where the sign-in is not recent, or to show the second factor ([`Signed::factor`]); a page
    /// takes [`Fresh`] instead where it always needs that. Whoever signs in there as somebody else finds their own account.
    ///
    /// # Errors
    /// Of the database, or 429.
    pub async fn fresh(&self, app: &App) -> Result<Option<Response>, PageError> {
        if self.is_fresh {
            return self.factor(app).await;
        }
        sign_in(app, &self.browser, self.back(), Some(self.person().id)).await.map(Some)
    }

    /// Where somebody comes back to who has to prove more first. What was sent is not kept: it says to send it again.
    fn back(&self) -> String {
        format!("{}{}", self.page, if self.is_form { REPEAT } else { "" })
    }

    /// The way to show a second factor and come back, where the person has one and this session has not seen it: a password that somebody
    /// learned, at a browser that is trusted, changes nothing that guards the account.
    ///
    /// # Errors
    /// Of the database, or 429.
    pub async fn factor(&self, app: &App) -> Result<Option<Response>, PageError> {
        if !factors::is_left_out(app, &self.session).await? {
            return Ok(None);
        }
        let after = After::Account { path: self.back(), person: Some(self.person().id) };
        let id = flow::start(app, &self.browser, &after).await?;
        let begun = flow::find(app, &self.browser, &id).await?;
        flow::add_second(app, begun, &self.session).await.map(Some)
    }
}

/// The same, signed in within `login.fresh_ttl`, and with the second factor that the person has.
#[derive(Debug)]
pub struct Fresh(pub Signed);

impl Deref for Fresh {
    type Target = Signed;

    fn deref(&self) -> &Signed {
        &self.0
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let browser = Browser::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let record = tower_sessions::Session::from_request_parts(parts, app)
            .await
            .map_err(|(_, why)| PageError::from(crate::domain::Error::internal(why)).into_response())?;
        let page = page_of(parts.uri.path());
        let found = session::current_now(app, &record).await.map_err(|e| PageError::from(e).into_response())?;
        let Some(session) = found else {
            let away = sign_in(app, &browser, page.to_owned(), None).await;
            return Err(away.unwrap_or_else(IntoResponse::into_response));
        };
        let saved = parts.uri.query().and_then(|query| {
            let (_, word) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "saved")?;
            let is_word = word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            // Nothing from outside is shown: only what there are words for.
            (is_word && app.templates.has_message(&format!("account-saved-{word}"))).then(|| word.into_owned())
        });
        let is_fresh = visits::is_fresh(app, &session).await.map_err(|e| PageError::from(e).into_response())?;
        Ok(Self { session, browser, page, is_fresh, saved, is_form: parts.method == Method::POST })
    }
}

impl FromRequestParts<App> for Fresh {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let signed = Signed::from_request_parts(parts, app).await?;
        match signed.fresh(app).await {
            Ok(None) => Ok(Self(signed)),
            Ok(Some(away)) => Err(away),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// The page that a path belongs to: itself, or the one it stands below.
fn page_of(path: &str) -> &'static str {
    let is_at = |page: &&str| path.strip_prefix(*page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    urls::ACCOUNT_PAGES.into_iter().filter(is_at).max_by_key(|page| page.len()).unwrap_or(urls::ACCOUNT)
}

/// To the sign-in, and back to `path`; `person` is who has to show anew that it is them.
async fn sign_in(app: &App, browser: &Browser, path: String, person: Option<Uuid>) -> Result<Response, PageError> {
    let after = After::Account { path, person };
    let id = flow::start(app, browser, &after).await?;
    let reason = if person.is_some() { "&reason=reauthenticate" } else { "" };
    Ok(page::see_other(&app.urls.local(&format!("{}?flow={id}{reason}", urls::LOGIN))))
}

/// What every page of the account area has besides its own.
#[derive(Serialize)]
struct Framed<'a, C> {
    user: PersonView,
    /// The token of the page's own forms.
    csrf: String,
    /// The token of the sign-out form.
    sign_out_csrf: String,
    nav: Vec<Link>,
    saved: Option<&'a str>,
    #[serde(flatten)]
    content: &'a C,
}

#[derive(Serialize)]
struct Link {
    href: String,
    key: &'static str,
    icon: &'static str,
    current: bool,
}

/// Renders a page: its template extends `parts/account.html` and fills the block `content`.
///
/// # Errors
/// Where the template fails.
pub fn render<C: Serialize>(
    app: &App,
    signed: &Signed,
    template: &'static str,
    context: &C,
) -> Result<Response, PageError> {
    render_with(app, signed, template, StatusCode::OK, context)
}

/// The same with another status: 422 where a form is shown again with what is wrong.
///
/// # Errors
/// Where the template fails.
pub fn render_with<C: Serialize>(
    app: &App,
    signed: &Signed,
    template: &'static str,
    status: StatusCode,
    context: &C,
) -> Result<Response, PageError> {
    render_page(app, signed, Page { status, ..Page::new(template) }, context)
}

/// The same for a page that needs more than a template.
///
/// # Errors
/// Where the template fails.
pub fn render_page<C: Serialize>(
    app: &App,
    signed: &Signed,
    mut page: Page<'static>,
    context: &C,
) -> Result<Response, PageError> {
    let nav = NAV.iter().filter(|entry| (entry.is_shown)(app)).map(|entry| Link {
        href: app.urls.local(entry.path),
        key: entry.key,
        icon: entry.icon,
        current: entry.path == signed.page,
    });
    let framed = Framed {
        user: PersonView::of(signed.person()),
        csrf: signed.csrf(app),
        sign_out_csrf: signed.browser.csrf(app),
        nav: nav.collect(),
        saved: signed.saved.as_deref().filter(|_| page.status == StatusCode::OK),
        content: context,
    };
    page.again = Some((signed.page, String::new()));
    page::render(app, &signed.browser, &page, &framed)
}

/// 303 to a page of ours, which says what was done: the message `account-saved-WORD`.
#[must_use]
pub fn saved(app: &App, page: &'static str, word: &'static str) -> Response {
    page::see_other(&app.urls.local(&format!("{page}?saved={word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_page_it_stands_below() {
        for (path, page) in [
            ("/account", urls::ACCOUNT),
            ("/account/emails", urls::ACCOUNT_EMAILS),
            ("/account/emails/verify", urls::ACCOUNT_EMAILS),
            ("/account/emailsx", urls::ACCOUNT),
            ("/account/", urls::ACCOUNT),
            ("//evil.example", urls::ACCOUNT),
        ] {
            assert_eq!(page_of(path), page, "{path}");
        }
    }

    #[test]
    fn every_line_of_the_navigation_leads_to_a_page_of_the_account_area() {
        for entry in NAV {
            assert!(urls::ACCOUNT_PAGES.contains(&entry.path), "{}", entry.path);
        }
    }
}
