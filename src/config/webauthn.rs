//! `[webauthn]`: for which names passkeys are made.

use url::Url;

use super::Issuer;
use super::field::{Reader, Rule, quote, section};

section! {
    /// For which names passkeys are made. With nothing set: for the host of the issuer, and for its pages only. A change of `rp_id`, or of the issuer's
    /// host where none is set, makes every passkey useless.
    pub Webauthn "webauthn" {
        /// The domain that passkeys belong to: the issuer's host, or a parent of it, so that they outlive a change of host below it.
        rp_id: Option<String> = None, Rule::Text("a domain name", check_domain), "\"example.com\"";
        /// Other pages and apps that may use the same passkeys, by their origins.
        extra_origins: Vec<Url> = Vec::new(), Rule::Any, "[\"https://app.example.com\"]";
    }
}

impl Webauthn {
    pub(super) fn check(&self, issuer: &Issuer, reader: &mut Reader<'_>) {
        if let Some(rp_id) = &self.rp_id {
            let is_parent = issuer.host().strip_suffix(rp_id.as_str()).is_some_and(|rest| rest.ends_with('.'));
            reader.require(
                &[&fields::rp_id, &super::root::fields::issuer],
                issuer.host() == rp_id || (is_parent && rp_id.contains('.')),
                format_args!("{} is neither the issuer's host ({}) nor a parent of it", quote(rp_id), issuer.host()),
            );
        }
        for origin in &self.extra_origins {
            let is_page = origin.scheme() == "https" && origin.path() == "/" && origin.query().is_none();
            let is_app = origin.as_str().starts_with("android:apk-key-hash:");
            reader.require(
                &[&fields::extra_origins],
                is_page || is_app,
                format_args!("{} is not an origin: https:// and a host, nothing after it", quote(origin.as_str())),
            );
        }
    }
}

fn check_domain(text: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let is_name = !text.is_empty() && text.len() <= 253 && text.chars().all(is_plain);
    let is_whole = text.split('.').all(|label| !label.is_empty());
    if is_name && is_whole { Ok(()) } else { Err(format!("{} is not a domain name in lower case", quote(text))) }
}
