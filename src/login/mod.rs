//! Who sits at the browser: one page, one dispatcher, one file per method.
//!
//! A feature that needs a person starts a flow ([`flow`]) that says where to go [`after`]wards, and sends the browser to the
//! sign-in page. Every method proves who it is, and ends in [`flow::proved`]. To add a method: a file here, a line in
//! [`LOGIN_METHODS`].

pub mod after;
pub mod choose;
pub mod flow;
pub mod page;
mod password;

use crate::app::App;

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
    Method { name: "passkey", is_enabled: |app| app.config.login.passkey, amr: "pop user", path: None },
    Method { name: "password", is_enabled: |app| app.config.login.password, amr: password::AMR, path: None },
    Method {
        name: "mail",
        is_enabled: |app| app.config.login.magic_link,
        amr: "email",
        path: Some(crate::urls::LOGIN_MAIL),
    },
    Method { name: "upstream", is_enabled: |_| true, amr: "fed", path: None },
    Method { name: "signature", is_enabled: |app| app.config.login.signature, amr: "pop", path: None },
];
