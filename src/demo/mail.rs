//! `GET /dev/mail`: the mails that `doorward dev` would have sent, newest first; `GET /dev/mail/{id}`: one as a mail program shows it.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::mail::Mail;
use crate::page::{self, Page};
use crate::platform::clock;
use crate::session::Browser;
use crate::urls;

#[derive(Serialize)]
struct Context {
    has_server: bool,
    mails: Vec<View>,
}

#[derive(Serialize)]
struct View {
    to: String,
    subject: String,
    at: String,
    text: String,
    links: Vec<String>,
    href: String,
}

/// Shows all of them.
///
/// # Errors
/// Where the template fails.
pub(super) async fn list(State(app): State<App>, browser: Browser) -> Result<Response, PageError> {
    let has_server = app.outbox.captured().is_none();
    let mails = captured(&app).into_iter().rev().map(|mail| View {
        at: clock::rfc3339(mail.date_ms),
        links: mail.text.split_whitespace().filter(|w| w.starts_with("http")).map(str::to_owned).collect(),
        href: app.urls.local(&urls::DEV_MAIL_ONE.replace("{id}", id_of(&mail))),
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
    });
    let context = Context { has_server, mails: mails.collect() };
    let page = Page { again: Some((urls::DEV_MAIL, String::new())), ..Page::new("demo/mail.html") };
    page::render(&app, &browser, &page, &context)
}

/// Shows the HTML of one.
///
/// # Errors
/// Where it is not there (any more).
pub(super) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let mail = captured(&app).into_iter().find(|mail| id_of(mail) == id);
    let mail = mail.ok_or_else(|| PageError::new(StatusCode::NOT_FOUND, "not-found"))?;
    let mut response = Html(mail.html).into_response();
    for (name, value) in [
        // A mail brings its styles with it; nothing else of it is let in.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn captured(app: &App) -> Vec<Mail> {
    app.outbox.captured().map(crate::mail::transport::Memory::mails).unwrap_or_default()
}

/// The id in `<id@host>`.
fn id_of(mail: &Mail) -> &str {
    mail.message_id.trim_start_matches('<').split('@').next().unwrap_or_default()
}
