//! What is particular to Microsoft Entra ID (<https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference>).
//!
//! The metadata of an issuer for many tenants names `…/{tenantid}/v2.0`, and each ID token the tenant of its person. An address is whatever
//! a tenant's administrator wrote there; only `xms_edov` says that the tenant owns its domain.

use serde_json::{Map, Value};

use super::fault::Fault;
use crate::config::Upstream;

/// What stands for the tenant in the metadata.
const TEMPLATE: &str = "{tenantid}";
/// The claim that says whether the tenant owns the domain of the address beside it.
pub(super) const DOMAIN_OWNER: &str = "xms_edov";

/// Whether metadata with this issuer may be that of the configured one.
pub(super) fn is_issuer(rules: &Upstream, found: &str) -> bool {
    if !rules.is_many_tenants() {
        return found == rules.issuer();
    }
    // `https://host/common/v2.0` → `https://host/{tenantid}/v2.0`.
    let mut parts: Vec<&str> = rules.issuer().split('/').collect();
    if let Some(tenant) = parts.get_mut(3) {
        *tenant = TEMPLATE;
    }
    found == parts.join("/") || found == rules.issuer()
}

/// The issuer that an ID token must have: the metadata's, with the tenant that the token names. The signature says later whether it may.
pub(super) fn expected_issuer(
    rules: &Upstream,
    metadata: &str,
    unverified: &Map<String, Value>,
) -> Result<String, Fault> {
    if !rules.is_many_tenants() {
        return Ok(metadata.to_owned());
    }
    let tenant = unverified.get("tid").and_then(Value::as_str).unwrap_or_default();
    if uuid::Uuid::parse_str(tenant).is_err() {
        return Err(Fault::untrusted("the ID token names no tenant"));
    }
    let is_allowed = |allowed: &String| allowed.eq_ignore_ascii_case(tenant);
    if !rules.allowed_tenants.is_empty() && !rules.allowed_tenants.iter().any(is_allowed) {
        return Err(Fault::Outside);
    }
    Ok(metadata.replace(TEMPLATE, tenant))
}

/// Whether the tenant has proved that the domain of the address is its own.
pub(super) fn is_domain_owner(claims: &Map<String, Value>) -> bool {
    match claims.get(DOMAIN_OWNER) {
        Some(Value::Bool(is_owner)) => *is_owner,
        Some(Value::String(text)) => text == "1" || text.eq_ignore_ascii_case("true"),
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}
