//! A relying party, through the openidconnect crate: it knows the issuer and its own registration, and learns the rest by discovery.
//! It reaches its server over HTTP like any app would.

use axum::http::{HeaderValue, Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGenderClaim, CoreGrantType, CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AsyncHttpClient, AuthorizationCode, ClientId,
    ClientSecret, CsrfToken, EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, ErrorResponseType,
    HttpRequest, IntrospectionUrl, IssuerUrl, LogoutProviderMetadata, LogoutRequest, Nonce, NonceVerifier,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl,
    RefreshToken, RequestTokenError, RevocationUrl, Scope, StandardErrorResponse, SubjectIdentifier, TokenResponse,
    UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::apps::DemoApp;
use super::visits::{Fault, Pending, Step, Tokens, User};
use super::wire::Wire;
use crate::app::App;
use crate::urls;

/// What the crate does not read from the discovery document by itself (RFC 8414 §2).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct MoreEndpoints {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: RevocationUrl,
}

impl AdditionalProviderMetadata for MoreEndpoints {}

type Provider = ProviderMetadata<
    LogoutProviderMetadata<MoreEndpoints>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

type Outcome<T> = std::result::Result<T, Fault>;

/// One demo app, ready to talk to its server.
pub(super) struct Party {
    demo: &'static DemoApp,
    provider: Provider,
    client: Client,
    wire: Wire,
    now_ms: i64,
}

impl Party {
    /// Reads the discovery document and the keys.
    pub(super) async fn discover(
        app: &App,
        demo: &'static DemoApp,
        wire: Wire,
        steps: &mut Vec<Step>,
    ) -> Outcome<Self> {
        let issuer = IssuerUrl::new(app.urls.issuer().to_owned()).map_err(no_answer)?;
        let found = Provider::discover_async(issuer, &wire).await;
        push(steps, &wire, &["discovery", "keys"], found.is_ok());
        let provider = found.map_err(no_answer)?;
        let id = ClientId::new(demo.client_id.to_owned());
        let secret = demo.secret.map(|s| ClientSecret::new(s.to_owned()));
        let redirect = RedirectUrl::new(demo.redirect_uri(app)).map_err(no_answer)?;
        let introspection = provider.additional_metadata().additional_metadata.introspection_endpoint.clone();
        let client = CoreClient::from_provider_metadata(provider.clone(), id, secret)
            .set_redirect_uri(redirect)
            .set_introspection_url(introspection);
        Ok(Self { demo, provider, client, wire, now_ms: app.clock.now_ms() })
    }

    /// Where the browser goes to sign in.
    pub(super) fn authorize_url(&self, pending: &Pending, prompt: Option<CoreAuthPrompt>) -> Url {
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let mut request = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(self.demo.scopes.iter().map(|s| Scope::new((*s).to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(prompt) = prompt {
            request = request.add_prompt(prompt);
        }
        request.url().0
    }

    /// Exchanges the code and checks the ID token.
    pub(super) async fn redeem(&self, code: String, pending: &Pending, steps: &mut Vec<Step>) -> Outcome<Tokens> {
        let request = self.client.exchange_code(AuthorizationCode::new(code)).map_err(no_answer)?;
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let answer = request.set_pkce_verifier(verifier).request_async(&self.wire).await;
        push(steps, &self.wire, &["token"], answer.is_ok());
        let tokens = self.checked(&answer.map_err(refused)?, &Nonce::new(pending.nonce.clone()))?;
        steps.push(Step { kind: "id-token", request: None, response: None });
        Ok(tokens)
    }

    /// Gets new tokens for the refresh token.
    pub(super) async fn refresh(&self, old: &Tokens, refresh: &str, steps: &mut Vec<Step>) -> Outcome<Tokens> {
        let refresh = RefreshToken::new(refresh.to_owned());
        let request = self.client.exchange_refresh_token(&refresh).map_err(no_answer)?;
        let answer = request.request_async(&self.wire).await;
        push(steps, &self.wire, &["refresh"], answer.is_ok());
        let answer = answer.map_err(refused)?;
        if answer.id_token().is_none() {
            // OpenID Connect Core §12.2: the answer might not hold an ID token.
            let access = answer.access_token().secret().clone();
            return Ok(Tokens { access, refresh: answer.refresh_token().map(|t| t.secret().clone()), ..old.clone() });
        }
        // §12.2: a nonce need not be in it; the subject must be the same.
        let tokens = self.checked(&answer, |_: Option<&Nonce>| Ok(()))?;
        if tokens.subject != old.subject {
            return Err(Fault::BadIdToken("the new ID token is of somebody else".to_owned()));
        }
        Ok(tokens)
    }

    fn checked(&self, answer: &CoreTokenResponse, nonce: impl NonceVerifier) -> Outcome<Tokens> {
        let id = answer.id_token().ok_or_else(|| Fault::BadIdToken("the answer holds no ID token".to_owned()))?;
        let now = chrono::DateTime::from_timestamp_millis(self.now_ms).unwrap_or_default();
        let verifier: CoreIdTokenVerifier<'_> = self.client.id_token_verifier().set_time_fn(move || now);
        let claims = id.claims(&verifier, nonce).map_err(bad_id_token)?;
        if let Some(expected) = claims.access_token_hash() {
            // OpenID Connect Core §3.1.3.8: the two tokens belong together.
            let alg = id.signing_alg().map_err(bad_id_token)?;
            let key = id.signing_key(&verifier).map_err(bad_id_token)?;
            if AccessTokenHash::from_token(answer.access_token(), alg, key).map_err(bad_id_token)? != *expected {
                return Err(Fault::BadIdToken("at_hash is of another access token".to_owned()));
            }
        }
        Ok(Tokens {
            id: id.clone(),
            subject: claims.subject().to_string(),
            access: answer.access_token().secret().clone(),
            refresh: answer.refresh_token().map(|t| t.secret().clone()),
        })
    }

    /// Asks userinfo who it is.
    pub(super) async fn userinfo(&self, tokens: &Tokens, steps: &mut Vec<Step>) -> Outcome<User> {
        let subject = SubjectIdentifier::new(tokens.subject.clone());
        let request =
            self.client.user_info(AccessToken::new(tokens.access.clone()), Some(subject)).map_err(no_answer)?;
        let answer: Result<UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>, _> =
            request.request_async(&self.wire).await;
        let error = push(steps, &self.wire, &["userinfo"], answer.is_ok());
        match answer {
            Ok(claims) => Ok(User {
                name: claims.name().and_then(|n| n.get(None)).map(|n| n.to_string()),
                username: claims.preferred_username().map_or_else(|| tokens.subject.clone(), |n| n.to_string()),
            }),
            Err(cause) => Err(error.unwrap_or_else(|| no_answer(cause))),
        }
    }

    /// Asks whether the access token still counts.
    pub(super) async fn introspect(&self, tokens: &Tokens, steps: &mut Vec<Step>) -> Outcome<()> {
        let token = AccessToken::new(tokens.access.clone());
        let answer = self.client.introspect(&token).set_token_type_hint("access_token").request_async(&self.wire).await;
        push(steps, &self.wire, &["introspect"], answer.is_ok());
        answer.map(|_| ()).map_err(refused)
    }

    /// Gives the refresh token back (RFC 7009). The crate insists on https here, which this machine alone does not need.
    pub(super) async fn revoke(&self, refresh: &str, steps: &mut Vec<Step>) -> Outcome<()> {
        let endpoint = &self.provider.additional_metadata().additional_metadata.revocation_endpoint;
        let mut request = HttpRequest::new(self.revocation_form(refresh).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = endpoint.as_str().parse().map_err(no_answer)?;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(secret) = self.demo.secret {
            let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", self.demo.client_id)));
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&basic).map_err(no_answer)?);
        }
        let answer = self.wire.call(request).await;
        let is_done = answer.as_ref().is_ok_and(|a| a.status() == StatusCode::OK);
        let error = push(steps, &self.wire, &["revoke"], is_done);
        match answer {
            Ok(_) if is_done => Ok(()),
            Ok(response) => Err(error.unwrap_or_else(|| no_answer(response.status()))),
            Err(cause) => Err(no_answer(cause)),
        }
    }

    fn revocation_form(&self, refresh: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", refresh).append_pair("token_type_hint", "refresh_token");
        if self.demo.secret.is_none() {
            form.append_pair("client_id", self.demo.client_id);
        }
        form.finish()
    }

    /// Where the browser goes to sign out (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub(super) fn logout_url(&self, app: &App, id: &CoreIdToken, state: &str) -> Outcome<Url> {
        let endpoint = self.provider.additional_metadata().end_session_endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| no_answer("discovery names no end_session_endpoint"))?;
        let back = PostLogoutRedirectUrl::new(app.urls.absolute(urls::DEMO)).map_err(no_answer)?;
        let request = LogoutRequest::from(endpoint)
            .set_id_token_hint(id)
            .set_post_logout_redirect_uri(back)
            .set_state(CsrfToken::new(state.to_owned()));
        Ok(request.http_get_url())
    }
}

/// Turns what went over the wire into steps. Where it went wrong, the last one is an error, which is given back where the server named it.
fn push(steps: &mut Vec<Step>, wire: &Wire, kinds: &[&'static str], is_done: bool) -> Option<Fault> {
    let seen = wire.take();
    let last = seen.len().saturating_sub(1);
    let error = seen.last().filter(|_| !is_done).and_then(|exchange| {
        let text = |name: &str| exchange.json.as_ref()?.get(name)?.as_str().map(str::to_owned);
        Some(Fault::Refused { code: text("error")?, description: text("error_description") })
    });
    for (index, exchange) in seen.into_iter().enumerate() {
        let kind = kinds.get(index).or(kinds.last()).copied().unwrap_or("error");
        let kind = if is_done || index < last { kind } else { "error" };
        steps.push(Step { kind, request: Some(exchange.request), response: exchange.response });
    }
    error
}

fn refused<E, T>(error: RequestTokenError<E, StandardErrorResponse<T>>) -> Fault
where
    E: std::error::Error + 'static,
    T: ErrorResponseType + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => {
            Fault::Refused { code: answer.error().to_string(), description: answer.error_description().cloned() }
        }
        other => no_answer(other),
    }
}

fn no_answer(cause: impl std::fmt::Display) -> Fault {
    Fault::NoAnswer(cause.to_string())
}

fn bad_id_token(cause: impl std::fmt::Display) -> Fault {
    Fault::BadIdToken(cause.to_string())
}
