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
    /// Its name on the page.
    pub name: &'static str,
    /// Whether the operator allows it.
    pub is_enabled: fn(&App) -> bool,
    /// What it proves (RFC 8176).
    pub amr: &'static str,
}

/// All of them, strongest first, as the page lists them.
pub const LOGIN_METHODS: &[Method] = &[Method { name: "password", is_enabled: |_| true, amr: password::AMR }];
