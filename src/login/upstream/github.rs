//! GitHub, which is OAuth 2 without OpenID (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>): who
//! came back is asked at its API. Only the primary, verified address counts.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use serde_json::Map;

use super::fault::Fault;
use super::oidc::{Wire, get, is_picture};
use super::{Asked, Provider, Returned};
use crate::app::App;
use crate::domain::upstream::Account;

type Party = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// `GET /user`.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
}

/// One of `GET /user/emails`.
#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

/// Where the browser goes to sign in there.
pub(super) fn location(app: &App, provider: Provider<'_>, asked: &Asked, state: &str) -> Result<String, Fault> {
    let rules = provider.rules;
    let verifier = PkceCodeVerifier::new(asked.verifier.clone());
    let own = ["read:user", "user:email"].map(str::to_owned).to_vec();
    let scopes = if rules.scopes.is_empty() { own } else { rules.scopes.clone() };
    let party = party(app, provider)?;
    let mut request = party
        .authorize_url(|| CsrfToken::new(state.to_owned()))
        .add_scopes(scopes.into_iter().map(Scope::new))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    for (name, value) in rules.authorize_params.iter().filter_map(|pair| pair.split_once('=')) {
        request = request.add_extra_param(name, value);
    }
    Ok(request.url().0.to_string())
}

fn party(app: &App, provider: Provider<'_>) -> Result<Party, Fault> {
    let base = provider.rules.issuer().trim_end_matches('/');
    let party = BasicClient::new(ClientId::new(provider.rules.client_id.clone().unwrap_or_default()))
        .set_redirect_uri(RedirectUrl::new(provider.redirect_uri(app)).map_err(Fault::untrusted)?)
        .set_auth_type(oauth2::AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(format!("{base}/login/oauth/authorize")).map_err(Fault::untrusted)?)
        .set_token_uri(TokenUrl::new(format!("{base}/login/oauth/access_token")).map_err(Fault::untrusted)?);
    Ok(match provider.secret(app)? {
        Some(secret) => party.set_client_secret(ClientSecret::new(secret)),
        None => party,
    })
}

/// Exchanges the code and asks who came back.
pub(super) async fn identify(
    app: &App,
    provider: Provider<'_>,
    asked: &Asked,
    returned: &Returned,
) -> Result<Account, Fault> {
    let code = AuthorizationCode::new(returned.code.clone().unwrap_or_default());
    let http = Wire(app.clone());
    let party = party(app, provider)?;
    let request = party.exchange_code(code).set_pkce_verifier(PkceCodeVerifier::new(asked.verifier.clone()));
    let tokens = request.request_async(&http).await.map_err(|error| match error {
        RequestTokenError::Request(cause) => Fault::from(cause),
        RequestTokenError::ServerResponse(answer) => Fault::Untrusted(format!("the token endpoint: {answer}")),
        // GitHub says with status 200 what is wrong; the body is not repeated, as there may be a token in it.
        RequestTokenError::Parse(cause, _) => Fault::Untrusted(format!("the token endpoint: {cause}")),
        RequestTokenError::Other(cause) => Fault::Untrusted(format!("the token endpoint: {cause}")),
    })?;
    let token = Some(tokens.access_token().secret().as_str());
    let base = provider.rules.issuer().trim_end_matches('/');
    let api = if base == "https://github.com" { "https://api.github.com".to_owned() } else { format!("{base}/api/v3") };
    let user: User = get(app, &format!("{api}/user"), token).await?;
    let emails: Vec<Email> = get(app, &format!("{api}/user/emails"), token).await?;
    let primary = emails.into_iter().find(|email| email.primary && email.verified).map(|email| email.email);
    let mut profile = Map::new();
    if let Some(picture) = user.avatar_url.filter(|uri| is_picture(uri)) {
        profile.insert("picture".to_owned(), picture.into());
    }
    Ok(Account {
        provider: provider.name.to_owned(),
        issuer: provider.rules.issuer().to_owned(),
        // The number: a login can be given up and taken by somebody else.
        subject: user.id.to_string(),
        is_email_verified: primary.is_some(),
        is_authoritative: true,
        email: primary,
        name: user.name,
        username: Some(user.login),
        groups: Vec::new(),
        profile,
    })
}
