//! `[registration]`: who may make an account.

use figment::value::Value;
use serde::Serialize;

use super::field::{DAY, Rule, Setting, Shape, not, parsed, quote, seconds, section};

section! {
    /// Who may make an account.
    pub Registration "registration" {
        /// `closed`: only administrators make accounts. `invite`: who has an invitation. `open`: everybody.
        mode: RegistrationMode = RegistrationMode::Closed, Rule::Any, "\"open\"";
        /// The domains that an address may have; none for all.
        allowed_domains: Vec<String> = Vec::new(), Rule::Text("domain names", check_domain), "[\"example.com\"]";
        /// The groups of who signs up.
        groups: Vec<String> = Vec::new(), Rule::Any, "[\"members\"]";
        /// How long the link is good that proves an address.
        verify_ttl: u64 = DAY, seconds(60, 30 * DAY).rule(), "86400";
        /// How long an invitation is good where it does not say.
        invitation_ttl: u64 = 7 * DAY, seconds(60, 400 * DAY).rule(), "604800";
    }
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Only administrators make accounts.
    #[default]
    Closed,
    /// Who has an invitation.
    Invite,
    /// Everybody.
    Open,
}

parsed! {
    RegistrationMode, "closed, invite or open", |text| match text {
        "closed" => Ok(Self::Closed),
        "invite" => Ok(Self::Invite),
        "open" => Ok(Self::Open),
        _ => Err("is not closed, invite or open".to_owned()),
    };
}

pub(super) fn check_domain(text: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    if text.contains('.') && text.chars().all(is_plain) && !text.starts_with('.') && !text.ends_with('.') {
        Ok(())
    } else {
        Err(format!("{} is not a domain like example.com", quote(text)))
    }
}
