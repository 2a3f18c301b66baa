//! The metadata document at both of its paths (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), made from the tables we run on.

use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::authorize::request::{PROMPTS, RESPONSE_MODES};
use super::grant_types::GRANT_TYPES;
use super::{client_auth, jwks};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::domain::clients::AuthMethod;
use crate::domain::directory::STANDARD_SCOPES;
use crate::domain::factors::ACR_VALUES;
use crate::domain::users::PROFILE_CLAIMS;
use crate::jose::Alg;
use crate::platform::random::{base64url, sha256};
use crate::urls;

/// How long the document may be kept, in seconds.
const MAX_AGE_S: u64 = 300;

/// The document at one version of the directory.
#[derive(Debug, Default)]
pub struct Rendered(RwLock<Option<Arc<Document>>>);

/// Version of the directory, body, and ETag.
type Document = (i64, Vec<u8>, String);

/// Answers with the document.
pub async fn get(State(app): State<App>, headers: HeaderMap) -> Response {
    let version = app.directory.snapshot().version;
    let cell = &app.caches.discovery.0;
    let known = cell.read().unwrap_or_else(PoisonError::into_inner).clone().filter(|d| d.0 == version);
    let document = match known {
        Some(document) => document,
        None => {
            let body = document(&app).to_string().into_bytes();
            let etag = format!("\"{}\"", base64url(&sha256(&body)[..12]));
            let made = Arc::new((version, body, etag));
            *cell.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&made));
            made
        }
    };
    jwks::document(&headers, &document.1, &document.2, "application/json", MAX_AGE_S)
}

/// The document itself.
#[must_use]
pub fn document(app: &App) -> Value {
    let url = |path: &str| app.urls.absolute(path);
    let asymmetric: Vec<&str> = Alg::ASYMMETRIC.iter().map(|a| a.as_str()).collect();
    let mut all_algs = asymmetric.clone();
    all_algs.push(Alg::Hs256.as_str());
    let auth_methods: Vec<&str> = AuthMethod::ALL.iter().map(|m| m.as_str()).collect();
    let confidential: Vec<&str> = auth_methods.iter().copied().filter(|m| *m != AuthMethod::None.as_str()).collect();
    let snapshot = app.directory.snapshot();
    let mut scopes: Vec<&str> = STANDARD_SCOPES.to_vec();
    scopes.extend(snapshot.resource_scopes());
    let mut claims = vec![
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "sid",
        "at_hash",
        "name",
        "email",
        "email_verified",
        "groups",
        "updated_at",
    ];
    claims.extend(PROFILE_CLAIMS);
    let mut prompts = PROMPTS.to_vec();
    if app.config.registration.mode != RegistrationMode::Closed {
        prompts.push("create");
    }
    let mut document = json!({
        "issuer": app.urls.issuer(),
        "authorization_endpoint": url(urls::AUTHORIZE),
        "token_endpoint": url(urls::TOKEN),
        "userinfo_endpoint": url(urls::USERINFO),
        "jwks_uri": url(urls::JWKS),
        "introspection_endpoint": url(urls::INTROSPECT),
        "revocation_endpoint": url(urls::REVOKE),
        "end_session_endpoint": url(urls::LOGOUT),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": RESPONSE_MODES,
        "grant_types_supported": GRANT_TYPES.iter().map(|g| g.name).collect::<Vec<_>>(),
        "prompt_values_supported": prompts,
        "acr_values_supported": ACR_VALUES,
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": all_algs,
        "userinfo_signing_alg_values_supported": all_algs,
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": client_auth::SIGNING_ALGS.map(Alg::as_str),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": client_auth::SIGNING_ALGS.map(Alg::as_str),
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": client_auth::SIGNING_ALGS.map(Alg::as_str),
        "code_challenge_methods_supported": ["S256"],
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "ui_locales_supported": crate::config::LANGUAGES,
        "claims_parameter_supported": true,
        // OpenID Connect Core §6: until they exist, the answer is request_not_supported and request_uri_not_supported.
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    for (field, value) in
        [("op_policy_uri", &app.config.ui.privacy_url), ("service_documentation", &app.config.ui.help_url)]
    {
        if let (Some(map), Some(value)) = (document.as_object_mut(), value) {
            map.insert(field.to_owned(), Value::String(value.to_string()));
        }
    }
    document
}
