//! What is particular to Apple (<https://developer.apple.com/documentation/signinwithapple>).
//!
//! The client secret is a JWT that we sign with a key from Apple's developer pages, and the name comes once, beside the code, from the
//! browser: it is a wish, not a proof.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::app::App;
use crate::config::Upstream;
use crate::jose::{Signer, Typ};

/// A client secret is good for so many seconds; it is made anew for each use.
const SECRET_S: i64 = 300;

#[derive(Serialize)]
struct Secret<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

/// The signer of the configured key file, where there is one.
pub(super) fn signer(rules: &Upstream) -> Result<Option<Signer>, String> {
    let (Some(path), Some(kid)) = (&rules.client_key_file, &rules.client_key_id) else { return Ok(None) };
    let pem = zeroize::Zeroizing::new(std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?);
    Signer::es256_from_pem(kid, &pem).map(Some).map_err(|e| format!("{}: {e}", path.display()))
}

/// A client secret for the next request.
pub(super) fn client_secret(app: &App, rules: &Upstream, signer: &Signer) -> Result<String, Fault> {
    let now = app.clock.now_s();
    let claims = Secret {
        iss: rules.client_team_id.as_deref().unwrap_or_default(),
        iat: now,
        exp: now + SECRET_S,
        aud: rules.issuer(),
        sub: rules.client_id.as_deref().unwrap_or_default(),
    };
    signer.sign(Typ::Jwt, &claims).map_err(|cause| Fault::Unavailable(format!("the client secret: {cause}")))
}

#[derive(Deserialize)]
struct User {
    name: Option<Name>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    first_name: Option<String>,
    last_name: Option<String>,
}

/// The full name in the form field `user`, which comes at the first sign-in only.
pub(super) fn name(user: &str) -> Option<String> {
    let name = serde_json::from_str::<User>(user).ok()?.name?;
    let parts: Vec<String> = [name.first_name, name.last_name].into_iter().flatten().collect();
    let name = parts.join(" ").trim().to_owned();
    (!name.is_empty()).then_some(name)
}
