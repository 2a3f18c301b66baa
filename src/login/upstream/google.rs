//! What is particular to Google (<https://developers.google.com/identity/openid-connect/openid-connect>).

use serde_json::{Map, Value};

use super::fault::Fault;
use crate::config::Upstream;
use crate::domain::upstream::Account;

/// Where one domain alone may come in, the account chooser there offers no others. It is a wish; [`judge`] decides.
pub(super) fn params(rules: &Upstream) -> Option<(&'static str, &str)> {
    match &rules.allowed_domains[..] {
        [only] => Some(("hd", only)),
        _ => None,
    }
}

/// What asks its user to act at all: `prompt=login` is not known there, and nothing makes it ask for a password.
pub(super) const PROMPT_ANEW: &str = "select_account";

/// `hd` is the organisation of a Workspace account: an address alone does not make somebody a member of it.
pub(super) fn judge(rules: &Upstream, claims: &Map<String, Value>, account: &mut Account) -> Result<(), Fault> {
    let hosted = claims.get("hd").and_then(Value::as_str);
    if !rules.allowed_domains.is_empty()
        && !hosted.is_some_and(|hd| rules.allowed_domains.iter().any(|domain| domain.eq_ignore_ascii_case(hd)))
    {
        return Err(Fault::Outside);
    }
    // Google gives out these addresses itself; of any other it knows that it was somebody's once.
    let is_gmail = account.email.as_ref().is_some_and(|e| e.to_ascii_lowercase().ends_with("@gmail.com"));
    account.is_authoritative = is_gmail || hosted.is_some();
    Ok(())
}
