//! Rendering a page: its template, the layout around it, and the headers that every page has.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::users::Person;
use crate::error::PageError;
use crate::platform::templates::{Lang, Layout};
use crate::session::Browser;

/// Where the forms of a page may lead, for its Content-Security-Policy.
#[derive(Debug, Clone, Copy)]
pub enum FormTargets<'a> {
    /// To us only.
    Own,
    /// To us, and by the redirect that follows to an app. Browsers hold every step of that chain against the policy, and an app may
    /// lead on to another host, so the scheme is what is allowed.
    Redirect(&'a str),
}

/// A page to render.
#[derive(Debug)]
pub struct Page<'a> {
    /// The template's path under `templates/`.
    pub template: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// Seconds to wait, where that is the answer (RFC 9110 §10.2.3).
    pub retry_after: Option<u64>,
    /// Where its forms may lead.
    pub forms: FormTargets<'a>,
    /// Path and query of a GET that shows it again, for the language links.
    pub again: Option<(&'static str, String)>,
    /// Whether its script asks us for something.
    pub connects: bool,
}

impl Page<'_> {
    /// A plain 200 page.
    #[must_use]
    pub fn new(template: &'static str) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            retry_after: None,
            forms: FormTargets::Own,
            again: None,
            connects: false,
        }
    }
}

#[derive(Serialize)]
struct Framed<'a, C> {
    #[serde(flatten)]
    layout: Layout,
    #[serde(flatten)]
    context: &'a C,
}

/// An app as pages show it. A remote logo is not shown: it would tell its host who signs in.
#[derive(Debug, Clone, Serialize)]
pub struct AppView {
    name: String,
    logo_uri: Option<String>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
}

impl AppView {
    /// From a client.
    #[must_use]
    pub fn of(client: &Client) -> Self {
        Self {
            name: client.display_name().to_owned(),
            logo_uri: None,
            client_uri: client.metadata.client_uri.clone(),
            policy_uri: client.metadata.policy_uri.clone(),
            tos_uri: client.metadata.tos_uri.clone(),
        }
    }
}

impl AppView {
    /// An app that is not registered any more, or is switched off.
    #[must_use]
    pub fn named(id: &str) -> Self {
        Self { name: id.to_owned(), logo_uri: None, client_uri: None, policy_uri: None, tos_uri: None }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A person as pages show them.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    name: Option<String>,
    username: String,
}

impl PersonView {
    /// From a person.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        Self { name: person.name.clone(), username: person.username.clone() }
    }
}

/// Renders a page in the reader's language.
///
/// # Errors
/// Where the template fails.
pub fn render<C: Serialize>(app: &App, browser: &Browser, page: &Page<'_>, context: &C) -> Result<Response, PageError> {
    let mut layout = layout(app);
    if let Some((path, query)) = &page.again {
        layout = layout.with_languages(browser.lang, path, Some(query));
    }
    let html = app
        .templates
        .render(page.template, browser.lang, &Framed { layout, context })
        .map_err(|e| PageError::from(crate::domain::Error::internal(e)))?;
    let mut response = (page.status, html).into_response();
    headers(app, response.headers_mut(), page.forms, page.connects);
    if let Some(seconds) = page.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn layout(app: &App) -> Layout {
    let text = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    let mut layout = Layout::new(app.urls.base());
    layout.help_uri = text(&app.config.ui.help_url);
    layout.privacy_uri = text(&app.config.ui.privacy_url);
    layout
}

/// The headers of every page: never stored, never framed, no script or style but our own files.
fn headers(app: &App, headers: &mut HeaderMap, forms: FormTargets<'_>, connects: bool) {
    let form_action = match forms {
        FormTargets::Own => "'self'".to_owned(),
        FormTargets::Redirect(uri) => match uri.split_once(':') {
            Some(("https", _)) => "'self' https:".to_owned(),
            Some((scheme, _)) => format!("'self' https: {scheme}:"),
            None => "'self'".to_owned(),
        },
    };
    let connect = if connects { "'self'" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'none'; connect-src {connect}; \
         form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    );
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    if app.urls.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// 303: whatever the request was, what follows is a GET (RFC 9700 §4.12).
#[must_use]
pub fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Serialize)]
struct ErrorContext<'a> {
    key: &'a str,
    args: BTreeMap<&'a str, &'a str>,
    status: u16,
    reference: &'a str,
    retry_after: Option<u64>,
    back: Option<Back<'a>>,
    details: Vec<Detail<'a>>,
}

#[derive(Serialize)]
struct Back<'a> {
    href: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Detail<'a> {
    name: &'a str,
    value: &'a str,
}

/// The page of a refusal.
#[must_use]
pub fn error(app: &App, lang: Lang, reference: &str, error: &PageError) -> Response {
    let context = ErrorContext {
        key: error.key,
        args: error.args.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        status: error.status.as_u16(),
        reference,
        retry_after: error.retry_after,
        back: error.back.as_ref().map(|(href, name)| Back { href, name }),
        details: error.details.iter().map(|(name, value)| Detail { name, value }).collect(),
    };
    let framed = Framed { layout: layout(app), context: &context };
    let html = app.templates.render("error.html", lang, &framed).unwrap_or_else(|cause| {
        tracing::error!(%cause, key = error.key, "the error page cannot be rendered");
        format!("<!doctype html><title>Error</title><p>Something went wrong. Reference: {reference}</p>")
    });
    let mut response = (error.status, html).into_response();
    headers(app, response.headers_mut(), FormTargets::Own, false);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
