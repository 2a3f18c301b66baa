//! The access token: a JWT (RFC 9068), or an opaque text that only we can open.

use crate::app::App;
use crate::domain::clients::{Client, SubjectType, TokenFormat};
use crate::domain::grants::Grant;
use crate::domain::{self};
use crate::jose::{Alg, Typ};
use crate::oidc::access_token::{Claims, seal};
use crate::oidc::error::OAuthError;
use crate::oidc::scopes;
use crate::oidc::target::Target;
use crate::platform::random::base64url;

/// Whose token it is.
pub(super) enum Subject<'a> {
    /// A person's, from a grant.
    Person {
        /// As this client sees them.
        subject: &'a str,
        /// The grant.
        grant: &'a Grant,
    },
    /// The client's own.
    Client,
}

/// A token with its lifetime.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) lives_s: u64,
}

/// Makes an access token.
pub(super) fn issue(app: &App, client: &Client, target: &Target, subject: &Subject<'_>) -> Result<Issued, OAuthError> {
    let resource = target.resource.as_deref();
    let lives_s = resource
        .and_then(|r| r.metadata.access_token_ttl)
        .or(client.metadata.access_token_ttl)
        .unwrap_or(app.config.oidc.access_token_ttl);
    let now = app.clock.now_s();
    let mut claims = Claims {
        iss: app.urls.issuer().to_owned(),
        sub: String::new(),
        aud: target.audiences.clone(),
        exp: now + i64::try_from(lives_s).unwrap_or(600),
        iat: now,
        jti: base64url(&app.random.bytes::<16>()?),
        client_id: client.id.clone(),
        scope: scopes::print(&target.scopes),
        auth_time: None,
        acr: None,
        amr: None,
        gid: None,
        sid: None,
    };
    match subject {
        Subject::Person { subject, grant } => {
            claims.sub = (*subject).to_owned();
            claims.auth_time = Some(grant.auth_time / 1000);
            claims.acr = Some(grant.acr.clone());
            claims.amr = Some(grant.amr.split(' ').map(str::to_owned).collect());
            claims.gid = Some(grant.id);
            // OpenID Connect Core §17.3: it would tell sectors that it is the same person.
            claims.sid = grant.session_id.filter(|_| client.metadata.subject_type == SubjectType::Public);
        }
        // RFC 9068 §2.2: where no person is involved, the subject is the client.
        Subject::Client => claims.sub.clone_from(&client.id),
    }
    let format =
        resource.map(|r| r.metadata.token_format).or(client.metadata.access_token_format).unwrap_or(TokenFormat::Jwt);
    let token = match format {
        TokenFormat::Opaque => seal(app, &claims)?,
        TokenFormat::Jwt => sign(app, target, &claims)?,
    };
    Ok(Issued { token, lives_s })
}

fn sign(app: &App, target: &Target, claims: &Claims) -> Result<String, OAuthError> {
    let failed = |cause: &dyn std::fmt::Display| OAuthError::from(domain::Error::internal(cause));
    let resource = target.resource.as_deref();
    let typ = if resource.is_some_and(|r| r.metadata.typ == "JWT") { Typ::Jwt } else { Typ::AtJwt };
    if let Some(shared) = resource.and_then(|r| r.shared.as_ref()) {
        return shared.signer.sign(typ, claims).map_err(|e| failed(&e));
    }
    let alg = resource.map_or(Alg::Es256, |r| r.metadata.signing_alg);
    let keys = app.keys.current()?;
    let signer = keys.signer(alg, app.clock.now_ms()).ok_or_else(|| failed(&format!("no {} key", alg.as_str())))?;
    signer.sign(typ, claims).map_err(|e| failed(&e))
}
