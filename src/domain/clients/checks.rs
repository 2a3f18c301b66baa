//! What of a registration is acceptable, member by member.

use std::collections::BTreeSet;

use sea_orm::EntityTrait;

use super::SECRET_MIN_CHARS;
use super::metadata::{AuthMethod, Metadata, SubjectType};
use crate::app::App;
use crate::domain::{Error, Result, directory, grants, names, resources};
use crate::jose::{Alg, ClientKeys};

/// Whether the secret is a key: of the client's assertions, or of its ID tokens or userinfo (OpenID Connect Core §10.1).
pub(super) fn signs_with_secret(metadata: &Metadata) -> bool {
    metadata.token_endpoint_auth_method == AuthMethod::ClientSecretJwt
        || metadata.id_token_signed_response_alg == Alg::Hs256
        || metadata.userinfo_signed_response_alg == Some(Alg::Hs256)
}

pub(super) async fn checked_id(app: &App, id: String) -> Result<String> {
    // RFC 6749 appendix A.1: VSCHAR; we leave out what would need escaping in a URL path or a log line.
    let fits = !id.is_empty()
        && id.len() <= 191
        && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'`'));
    if !fits {
        return Err(Error::invalid("client_id", "1 to 191 visible ASCII characters, for example \"my-app\""));
    }
    // RFC 9700 §4.15: the subject of a client must not be the subject of a person.
    if let Ok(uuid) = id.parse::<uuid::Uuid>()
        && entity::users::Entity::find_by_id(uuid).one(app.db.read()).await?.is_some()
    {
        return Err(Error::invalid("client_id", "this is the id of a person; choose another"));
    }
    Ok(id)
}

pub(super) fn checked_secret(secret: String) -> Result<String> {
    if secret.chars().count() < SECRET_MIN_CHARS {
        return Err(Error::invalid(
            "client_secret",
            format!("has fewer than {SECRET_MIN_CHARS} characters; leave it out and a strong one is made"),
        ));
    }
    if secret.len() > 512 || !secret.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(Error::invalid("client_secret", "at most 512 printable ASCII characters"));
    }
    Ok(secret)
}

/// Checks what a client registers, member by member. Of the resources it `had` one may be gone since: that stands in no other change's
/// way.
pub(super) fn checked(app: &App, mut metadata: Metadata, had: &[String]) -> Result<Metadata> {
    check(&metadata)?;
    let snapshot = app.directory.snapshot();
    for audience in &metadata.resources {
        if snapshot.resource(audience).is_none() && !had.contains(audience) {
            return Err(Error::invalid(
                "resources",
                format!("{audience:?} is not registered; add it first with `doorward resource add`"),
            ));
        }
    }
    metadata.grant_types.dedup();
    Ok(metadata)
}

/// What can be said of metadata alone.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    check_grants(metadata)?;
    check_redirect_uris(metadata)?;
    for (field, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
        ("initiate_login_uri", &metadata.initiate_login_uri),
        ("sector_identifier_uri", &metadata.sector_identifier_uri),
        ("jwks_uri", &metadata.jwks_uri),
    ] {
        if let Some(uri) = uri {
            check_web_uri(field, uri)?;
        }
    }
    for uri in &metadata.post_logout_redirect_uris {
        directory::check_redirect_uri("post_logout_redirect_uris", uri)?;
    }
    check_keys(metadata)?;
    check_algorithms(metadata)?;
    if metadata.client_name.as_ref().is_some_and(|name| !names::is_title(name)) {
        return Err(Error::invalid("client_name", "1 to 100 characters, no control characters, for example \"Wiki\""));
    }
    if metadata.default_max_age.is_some_and(|s| !(0..=i64::from(u32::MAX)).contains(&s)) {
        return Err(Error::invalid("default_max_age", "a number of seconds, 0 or more"));
    }
    if metadata.access_token_ttl.is_some_and(|s| s == 0 || s > 86_400) {
        return Err(Error::invalid("access_token_ttl", "1 to 86400 seconds, for example 600"));
    }
    if metadata.scope.as_ref().is_some_and(|s| s.len() > 2000) {
        return Err(Error::invalid("scope", "at most 2000 characters"));
    }
    if let Some(scope) = &metadata.scope
        && let Some(bad) = scope.split(' ').find(|s| !s.is_empty() && !resources::is_scope_token(s))
    {
        return Err(Error::invalid("scope", format!("{bad:?} is not a scope (RFC 6749 §3.3)")));
    }
    if !metadata.require_pkce && metadata.token_endpoint_auth_method == AuthMethod::None {
        return Err(Error::invalid(
            "require_pkce",
            "a public client cannot do without PKCE; only a client with a secret or a key may be registered so",
        ));
    }
    Ok(())
}

fn check_grants(metadata: &Metadata) -> Result<()> {
    for grant in &metadata.grant_types {
        if !grants::GRANT_TYPES.contains(&grant.as_str()) {
            return Err(Error::invalid(
                "grant_types",
                format!("{grant:?} is not supported; choose from {}", grants::GRANT_TYPES.join(", ")),
            ));
        }
    }
    for response_type in &metadata.response_types {
        if response_type != "code" {
            return Err(Error::invalid(
                "response_types",
                format!("{response_type:?} is not supported; only \"code\" is"),
            ));
        }
    }
    let has = |grant: &str| metadata.grant_types.iter().any(|g| g == grant);
    if has("client_credentials") && metadata.token_endpoint_auth_method == AuthMethod::None {
        // RFC 6749 §4.4: only for confidential clients.
        return Err(Error::invalid("grant_types", "client_credentials needs a client with a secret or a key"));
    }
    if has("refresh_token") && !has("authorization_code") {
        return Err(Error::invalid("grant_types", "refresh_token needs authorization_code beside it"));
    }
    Ok(())
}

fn check_redirect_uris(metadata: &Metadata) -> Result<()> {
    let uses_code = metadata.grant_types.iter().any(|g| g == "authorization_code");
    if uses_code && metadata.redirect_uris.is_empty() {
        return Err(Error::invalid(
            "redirect_uris",
            "an app that signs people in needs at least one, for example [\"https://app.example/callback\"]; a service that only \
             calls others registers \"grant_types\": [\"client_credentials\"]",
        ));
    }
    if metadata.redirect_uris.len() > 100 {
        return Err(Error::invalid("redirect_uris", "at most 100"));
    }
    for uri in &metadata.redirect_uris {
        directory::check_redirect_uri("redirect_uris", uri)?;
    }
    if metadata.subject_type == SubjectType::Pairwise && metadata.sector_identifier_uri.is_none() {
        // OpenID Connect Core §8.1: without a sector identifier all redirect URIs share one host.
        let hosts: BTreeSet<Option<String>> = metadata
            .redirect_uris
            .iter()
            .map(|u| url::Url::parse(u).ok().and_then(|u| u.host_str().map(str::to_owned)))
            .collect();
        if hosts.len() > 1 {
            return Err(Error::invalid(
                "sector_identifier_uri",
                "pairwise subjects with redirect URIs on several hosts need one",
            ));
        }
    }
    Ok(())
}

/// OpenID Connect Registration §5: the document at `sector_identifier_uri` lists every redirect URI, which proves that they
/// belong together.
pub(super) async fn check_sector(app: &App, metadata: &Metadata) -> Result<()> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let bad = |reason: String| Error::invalid("sector_identifier_uri", reason);
    let fetched = app.fetch.get(uri).await.map_err(|e| bad(format!("cannot be fetched: {e}")))?;
    let listed: Vec<String> = serde_json::from_slice(&fetched.bytes)
        .map_err(|_| bad("must answer with a JSON array of redirect URIs".to_owned()))?;
    match metadata.redirect_uris.iter().find(|u| !listed.contains(u)) {
        None => Ok(()),
        Some(missing) => Err(bad(format!("does not list {missing:?}"))),
    }
}

fn check_web_uri(field: &str, uri: &str) -> Result<()> {
    let bad = || Error::invalid(field, format!("{uri:?} is not an https URL"));
    let parsed = url::Url::parse(uri).map_err(|_| bad())?;
    let is_loopback = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let fits = parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback);
    if fits && uri.len() <= 2000 && parsed.username().is_empty() && parsed.password().is_none() {
        Ok(())
    } else {
        Err(bad())
    }
}

fn check_keys(metadata: &Metadata) -> Result<()> {
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        // OpenID Connect Registration §2: the two must not be used together.
        return Err(Error::invalid("jwks", "give either jwks or jwks_uri, not both"));
    }
    if let Some(jwks) = &metadata.jwks {
        let keys = ClientKeys::parse(jwks.to_string().as_bytes()).map_err(|e| Error::invalid("jwks", e.to_string()))?;
        if keys.is_empty() && metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt {
            return Err(Error::invalid("jwks", "holds no public key that a signature could be checked with"));
        }
    }
    if metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt
        && metadata.jwks.is_none()
        && metadata.jwks_uri.is_none()
    {
        return Err(Error::invalid("jwks", "private_key_jwt needs the client's public keys as jwks or jwks_uri"));
    }
    Ok(())
}

fn check_algorithms(metadata: &Metadata) -> Result<()> {
    if let Some(alg) = metadata.token_endpoint_auth_signing_alg {
        let fits = match metadata.token_endpoint_auth_method {
            AuthMethod::ClientSecretJwt => alg == Alg::Hs256,
            AuthMethod::PrivateKeyJwt => alg != Alg::Hs256,
            _ => true,
        };
        if !fits {
            return Err(Error::invalid(
                "token_endpoint_auth_signing_alg",
                "HS256 goes with client_secret_jwt, the others with private_key_jwt",
            ));
        }
    }
    let uses_secret_key = metadata.id_token_signed_response_alg == Alg::Hs256
        || metadata.userinfo_signed_response_alg == Some(Alg::Hs256);
    if uses_secret_key && !metadata.token_endpoint_auth_method.uses_secret() {
        return Err(Error::invalid(
            "id_token_signed_response_alg",
            "HS256 is keyed with the client secret, so the client must authenticate with one",
        ));
    }
    Ok(())
}
