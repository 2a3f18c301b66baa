//! Who sits at the browser: one page, one dispatcher, one file per method.
//!
//! A feature that needs a person starts a flow ([`flow`]) that says where to go [`after`]wards, and sends the browser to the
//! sign-in page. Every method proves who it is, and ends in [`flow::proved`]. To add a method: a file here, a line in
//! [`LOGIN_METHODS`].

pub mod after;
pub mod choose;
pub mod enrol;
pub mod enrol_passkey;
pub mod flow;
pub mod magic_link;
pub mod not_me;
pub mod page;
pub mod passkey;
mod password;
pub mod recover;
pub mod register;
pub mod second;
pub mod signature;
pub mod upstream;
pub mod verify_email;

use axum::http::StatusCode;

use crate::app::App;
use crate::domain::passkeys;
use crate::error::PageError;
use crate::session::Browser;

/// One way to prove who one is.
pub struct Method {
    /// Its name on the page, in the log and in the browser's memory of what was used last.
    pub name: &'static str,
    /// Whether the operator allows it.
    pub is_enabled: fn(&App) -> bool,
    /// What it proves (RFC 8176), space-separated.
    pub amr: &'static str,
    /// Its own page, where it has one; the others stand on the sign-in page itself.
    pub path: Option<&'static str>,
}

/// All of them, strongest first.
pub const LOGIN_METHODS: &[Method] = &[
    Method { name: "passkey", is_enabled: passkeys::are_offered, amr: passkey::AMR, path: None },
    Method { name: "password", is_enabled: |app| app.config.login.password, amr: password::AMR, path: None },
    Method {
        name: "mail",
        is_enabled: |app| app.config.login.magic_link,
        amr: magic_link::AMR,
        path: Some(crate::urls::LOGIN_MAIL),
    },
    Method { name: "upstream", is_enabled: |app| !app.config.upstream.is_empty(), amr: upstream::AMR, path: None },
    Method { name: "signature", is_enabled: |app| app.config.login.signature, amr: signature::AMR, path: None },
];

/// Counts a mail that somebody asks for, whoever it would go to.
///
/// # Errors
/// 429 where one address asks for too many.
fn mail_asks(app: &App, browser: &Browser) -> Result<(), PageError> {
    if app.caches.mails_asked.allow(browser.address, app.config.throttle.login_per_address, app.clock.now_ms()) {
        return Ok(());
    }
    let mut error = PageError::new(StatusCode::TOO_MANY_REQUESTS, "throttled");
    error.retry_after = Some(60);
    Err(error)
}
