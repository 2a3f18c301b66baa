//! Any OpenID provider: discovery, the way there, and who came back. The checks of OpenID Connect Core §3.1.3.7 are openidconnect's, with what
//! it leaves to its caller: `azp`, `iat`, `at_hash`, and that a subject is one.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthType, AuthUrl, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IdToken, IdTokenFields, IdTokenVerifier, IssuerUrl, JsonWebKeySetUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse, TokenUrl, UserInfoUrl,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::anew::Shown;
use super::fault::Fault;
use super::{Asked, Provider, Returned, apple, entra, google};
use crate::app::App;
use crate::config::{Upstream, UpstreamKind, UpstreamResponseMode};
use crate::domain::upstream::Account;
use crate::platform::http_client::FetchError;
use crate::platform::random::from_base64url;

/// What an ID token says beyond the claims that openidconnect knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More(Map<String, Value>);

impl AdditionalClaims for More {}

type Fields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type SignedIn = IdToken<More, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Party = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// What we read of a discovery document.
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: AuthUrl,
    token_endpoint: TokenUrl,
    userinfo_endpoint: Option<UserInfoUrl>,
    jwks_uri: JsonWebKeySetUrl,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// A provider's metadata and keys.
#[derive(Debug)]
pub(super) struct Discovered {
    metadata: Metadata,
    keys: CoreJsonWebKeySet,
}

/// How far a provider's clock may be ahead of ours, in seconds.
const AHEAD_S: i64 = 30;
/// How long newer metadata are waited for where there are older ones.
const REFRESH: Duration = Duration::from_secs(2);
/// The oldest ID token that answers a question of ours, in seconds.
const OLDEST_S: i64 = 600;

/// The metadata and keys of a provider: from memory while they are good.
pub(super) async fn discover(app: &App, provider: Provider<'_>) -> Result<Arc<Discovered>, Fault> {
    let now = app.clock.now_ms();
    if let Some(found) = app.upstream.fresh(provider.name, now) {
        return Ok(found);
    }
    let Some(stale) = app.upstream.stale(provider.name, now) else { return renew(app, provider.name, now).await };
    // Nobody waits for newer as long as for the first: what there is serves on where it is not there soon, and newer is kept when it comes.
    app.upstream.serve_on(provider.name, now);
    let (of, name) = (app.clone(), provider.name.to_owned());
    let renewal = tokio::spawn(async move {
        let renewed = renew(&of, &name, now).await;
        if let Err(fault) = &renewed {
            tracing::warn!(provider = name, ?fault, "newer metadata cannot be had, the known ones serve on");
        }
        renewed
    });
    Ok(match tokio::time::timeout(REFRESH, renewal).await {
        Ok(Ok(Ok(found))) => found,
        _ => stale,
    })
}

async fn renew(app: &App, name: &str, now: i64) -> Result<Arc<Discovered>, Fault> {
    let rules = app.config.upstream.get(name).ok_or_else(|| Fault::untrusted("it is not configured"))?;
    let found = Arc::new(fetch(app, rules).await?);
    app.upstream.keep(name, &found, now);
    Ok(found)
}

async fn fetch(app: &App, rules: &Upstream) -> Result<Discovered, Fault> {
    // OpenID Connect Discovery 1.0 §4.1: a slash at the end of the issuer is taken off first.
    let url = format!("{}/.well-known/openid-configuration", rules.issuer().trim_end_matches('/'));
    let metadata: Metadata = get(app, &url, None).await?;
    // §4.3: it must be the very issuer that was asked for.
    if !entra::is_issuer(rules, &metadata.issuer) {
        return Err(Fault::Untrusted(format!("the metadata is that of {:?}", metadata.issuer)));
    }
    let scheme = metadata.authorization_endpoint.url().scheme();
    if scheme != "https" && !rules.issuer().starts_with(&format!("{scheme}://")) {
        return Err(Fault::untrusted("the authorization endpoint is not https"));
    }
    let keys = get(app, metadata.jwks_uri.as_str(), None).await?;
    Ok(Discovered { metadata, keys })
}

/// A JSON document of a provider.
pub(super) async fn get<T: DeserializeOwned>(app: &App, url: &str, token: Option<&str>) -> Result<T, Fault> {
    let mut request = Request::get(url).header(header::ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Vec::new()).map_err(Fault::untrusted)?;
    let answer = Wire(app.clone()).call(request).await?;
    match answer.status() {
        StatusCode::OK => serde_json::from_slice(answer.body()).map_err(|e| Fault::Untrusted(format!("{url}: {e}"))),
        status => Err(Fault::Untrusted(format!("{url} answers {status}"))),
    }
}

/// The guarded client, as openidconnect and oauth2 take one; a server that fails is as good as none.
pub(super) struct Wire(pub(super) App);

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.fetch.send(request).await?;
            match answer.status() {
                status if status.is_server_error() => Err(FetchError::Status(status.as_u16())),
                _ => Ok(answer),
            }
        })
    }
}

/// What a provider is asked.
pub(super) struct Wanted<'a> {
    pub(super) asked: &'a Asked,
    pub(super) state: &'a str,
    /// Whether its user must show anew who they are.
    pub(super) is_anew: bool,
}

/// Where the browser goes to sign in there.
pub(super) async fn location(app: &App, provider: Provider<'_>, wanted: &Wanted<'_>) -> Result<String, Fault> {
    let asked = wanted.asked;
    let rules = provider.rules;
    let found = discover(app, provider).await?;
    let party = party(app, provider, &found, &found.metadata.issuer)?;
    let verifier = PkceCodeVerifier::new(asked.verifier.clone());
    let (state, nonce) = (wanted.state.to_owned(), asked.nonce.clone());
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let mut request = party
        .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    // `openid` is there already.
    for scope in scopes(rules).iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if rules.response_mode() == UpstreamResponseMode::FormPost {
        request = request.add_extra_param("response_mode", "form_post");
    }
    let anew = if wanted.is_anew { anew(app, rules) } else { Vec::new() };
    let is_other = |name: &str| anew.iter().all(|(ours, _)| *ours != name);
    for (name, value) in params(rules).into_iter().filter(|(name, _)| is_other(name)) {
        request = request.add_extra_param(name, value);
    }
    for (name, value) in &anew {
        request = request.add_extra_param(*name, value.clone());
    }
    Ok(request.url().0.to_string())
}

/// OpenID Connect Core §3.1.2.1: asks its user to sign in again. With `max_age` the ID token has to say when that was.
fn anew(app: &App, rules: &Upstream) -> Vec<(&'static str, String)> {
    let prompt = if rules.kind == UpstreamKind::Google { google::PROMPT_ANEW } else { "login" };
    vec![("prompt", prompt.to_owned()), ("max_age", app.config.login.fresh_ttl.to_string())]
}

fn scopes(rules: &Upstream) -> Vec<String> {
    match (&rules.scopes[..], rules.kind) {
        ([], UpstreamKind::Apple) => ["openid", "name", "email"].map(str::to_owned).to_vec(),
        ([], _) => ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        (own, _) => own.to_vec(),
    }
}

fn params(rules: &Upstream) -> Vec<(String, String)> {
    let own = rules.authorize_params.iter().filter_map(|pair| pair.split_once('='));
    let mut all: Vec<(String, String)> = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if let (UpstreamKind::Google, Some((name, value))) = (rules.kind, google::params(rules))
        && all.iter().all(|(other, _)| other != name)
    {
        all.push((name.to_owned(), value.to_owned()));
    }
    all
}

/// We, as the provider knows us.
fn party(app: &App, provider: Provider<'_>, found: &Discovered, issuer: &str) -> Result<Party, Fault> {
    let rules = provider.rules;
    let id = ClientId::new(rules.client_id.clone().unwrap_or_default());
    let issuer = IssuerUrl::new(issuer.to_owned()).map_err(Fault::untrusted)?;
    let redirect = RedirectUrl::new(provider.redirect_uri(app)).map_err(Fault::untrusted)?;
    let methods = found.metadata.token_endpoint_auth_methods_supported.as_deref();
    // OpenID Connect Discovery 1.0 §3: Basic where nothing is said.
    let is_basic = methods.is_none_or(|all| all.iter().any(|m| m == "client_secret_basic"));
    let mut party = Client::new(id, issuer, found.keys.clone())
        .set_redirect_uri(redirect)
        .set_auth_type(if is_basic { AuthType::BasicAuth } else { AuthType::RequestBody })
        .set_auth_uri(found.metadata.authorization_endpoint.clone())
        .set_token_uri(found.metadata.token_endpoint.clone());
    if let Some(secret) = provider.secret(app)? {
        party = party.set_client_secret(ClientSecret::new(secret));
    }
    Ok(party)
}

/// Whether an answer's `iss` is the provider's (RFC 9207 §2.4).
pub(super) async fn check_iss(app: &App, provider: Provider<'_>, iss: Option<&str>) -> Result<(), Fault> {
    let found = discover(app, provider).await?;
    match iss {
        Some(iss) if iss != found.metadata.issuer && !provider.rules.is_many_tenants() => {
            Err(Fault::Untrusted(format!("the answer is of {iss:?}")))
        }
        None if found.metadata.authorization_response_iss_parameter_supported => {
            Err(Fault::untrusted("the answer does not say whose it is, though the metadata promises so"))
        }
        _ => Ok(()),
    }
}

/// Exchanges the code and finds out who came back.
pub(super) async fn identify(
    app: &App,
    provider: Provider<'_>,
    asked: &Asked,
    returned: &Returned,
) -> Result<(Account, Shown), Fault> {
    let found = discover(app, provider).await?;
    let party = party(app, provider, &found, &found.metadata.issuer)?;
    let code = AuthorizationCode::new(returned.code.clone().unwrap_or_default());
    let http = Wire(app.clone());
    let request = party.exchange_code(code).set_pkce_verifier(PkceCodeVerifier::new(asked.verifier.clone()));
    let tokens = request.request_async(&http).await.map_err(from_token_endpoint)?;
    let id = tokens.id_token().ok_or_else(|| Fault::untrusted("the answer holds no ID token"))?;
    let (issuer, mut claims) = verified(app, provider, &found, id, &tokens, &asked.nonce).await?;
    // To the letter (OpenID Connect Core §2: a case-sensitive string of at most 255 characters).
    let is_subject = |s: &&str| !s.is_empty() && s.len() <= 255 && !s.contains(char::is_control);
    let subject = claims.get("sub").and_then(Value::as_str).filter(is_subject).map(str::to_owned);
    let subject =
        subject.ok_or_else(|| Fault::untrusted("the subject is empty, too long, or holds control characters"))?;
    // Of the ID token alone: it is signed for this question.
    let shown = Shown::of(app, claims.get("auth_time"));
    if is_more_wanted(provider.rules, &claims)
        && let Some(url) = &found.metadata.userinfo_endpoint
    {
        let access = tokens.access_token().secret();
        let more: Map<String, Value> = get(app, url.as_str(), Some(access)).await?;
        // OpenID Connect Core §5.3.2: it must be about the same person.
        if more.get("sub").and_then(Value::as_str) != Some(subject.as_str()) {
            return Err(Fault::untrusted("userinfo is about somebody else"));
        }
        add(provider.rules, &mut claims, more);
    }
    Ok((account(provider, issuer, subject, &claims, returned)?, shown))
}

fn from_token_endpoint(error: RequestTokenError<FetchError, StandardErrorResponse<CoreErrorResponseType>>) -> Fault {
    match error {
        RequestTokenError::Request(cause) => cause.into(),
        RequestTokenError::ServerResponse(answer) => Fault::Untrusted(format!("the token endpoint: {answer}")),
        // The body is not repeated: there may be tokens in it.
        RequestTokenError::Parse(cause, _) => Fault::Untrusted(format!("the token endpoint: {cause}")),
        RequestTokenError::Other(cause) => Fault::Untrusted(format!("the token endpoint: {cause}")),
    }
}

/// The issuer and the claims of an ID token that is all that it must be.
async fn verified(
    app: &App,
    provider: Provider<'_>,
    found: &Arc<Discovered>,
    id: &SignedIn,
    tokens: &Tokens,
    nonce: &str,
) -> Result<(String, Map<String, Value>), Fault> {
    let rules = provider.rules;
    let unverified = payload(id)?;
    let issuer = entra::expected_issuer(rules, &found.metadata.issuer, &unverified)?;
    let mut verifier = verifier(app, rules, &issuer, found.keys.clone())?;
    let nonce = Nonce::new(nonce.to_owned());
    let mut outcome = id.claims(&verifier, &nonce);
    let is_unknown = matches!(
        outcome,
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
    );
    if is_unknown && app.upstream.may_refetch(provider.name, app.clock.now_ms()) {
        let keys: CoreJsonWebKeySet = get(app, found.metadata.jwks_uri.as_str(), None).await?;
        let newer = Arc::new(Discovered { metadata: found.metadata.clone(), keys: keys.clone() });
        app.upstream.keep(provider.name, &newer, app.clock.now_ms());
        verifier = self::verifier(app, rules, &issuer, keys)?;
        outcome = id.claims(&verifier, &nonce);
    }
    let claims = outcome.map_err(|e| Fault::Untrusted(format!("the ID token: {e}")))?;
    let client_id = rules.client_id.as_deref().unwrap_or_default();
    // OpenID Connect Core §3.1.3.7, 4 and 5. Another audience beside us was refused before.
    if claims.authorized_party().is_some_and(|azp| azp.as_str() != client_id) {
        return Err(Fault::untrusted("the ID token was issued to another client (azp)"));
    }
    if let Some(expected) = claims.access_token_hash() {
        // §3.1.3.8: the two tokens belong together.
        let alg = id.signing_alg().map_err(Fault::untrusted)?;
        let key = id.signing_key(&verifier).map_err(Fault::untrusted)?;
        if AccessTokenHash::from_token(tokens.access_token(), alg, key).map_err(Fault::untrusted)? != *expected {
            return Err(Fault::untrusted("at_hash is of another access token"));
        }
    }
    // The texts as they were signed, whatever the claims are called.
    Ok((issuer, unverified))
}

fn verifier<'a>(
    app: &App,
    rules: &Upstream,
    issuer: &str,
    keys: CoreJsonWebKeySet,
) -> Result<IdTokenVerifier<'a, CoreJsonWebKey>, Fault> {
    let id = ClientId::new(rules.client_id.clone().unwrap_or_default());
    let issuer = IssuerUrl::new(issuer.to_owned()).map_err(Fault::untrusted)?;
    let algs: HashSet<CoreJwsSigningAlgorithm> = rules
        .id_token_signed_response_algs
        .iter()
        .filter_map(|alg| serde_json::from_value(Value::from(alg.as_str())).ok())
        .collect();
    let now_ms = app.clock.now_ms();
    let now = chrono::DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    // As for a public client: a signature by a shared secret proves nothing, whatever the header says.
    Ok(IdTokenVerifier::new_public_client(id, issuer, keys)
        .set_allowed_algs(algs)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |issued| match issued.timestamp() - now_ms / 1000 {
            ahead if ahead > AHEAD_S => Err("it was issued in the future".to_owned()),
            ahead if ahead < -OLDEST_S => Err("it was issued long ago".to_owned()),
            _ => Ok(()),
        }))
}

/// The claims of a token, as they stand there.
fn payload(id: &SignedIn) -> Result<Map<String, Value>, Fault> {
    let text = id.to_string();
    let part = text.split('.').nth(1).and_then(from_base64url);
    let part = part.ok_or_else(|| Fault::untrusted("the ID token is no JWT"))?;
    serde_json::from_slice(&part).map_err(Fault::untrusted)
}

/// Whether userinfo may know what the ID token does not say. What makes an account nicer is worth the way there where the operator has
/// said by which claim it comes.
fn is_more_wanted(rules: &Upstream, claims: &Map<String, Value>) -> bool {
    let usual = Upstream::default();
    let mapped = |own: &'_ String, usual: &String| (own != usual).then(|| own.clone());
    // Entra ID never says it, neither here nor there.
    let is_flag_wanted = !rules.assume_email_verified && rules.kind != UpstreamKind::Entra;
    let named = [
        Some(rules.claim_email.clone()),
        is_flag_wanted.then(|| rules.claim_email_verified.clone()),
        Some(rules.claim_name.clone()),
        rules.claim_groups.clone(),
        mapped(&rules.claim_username, &usual.claim_username),
        mapped(&rules.claim_picture, &usual.claim_picture),
    ];
    named.into_iter().flatten().any(|name| !claims.contains_key(&name))
}

/// Adds what userinfo knows to what the ID token says. An address and whether it is verified are one statement: they are taken from the same
/// of the two, from that which makes it whole, else from that which names an address.
fn add(rules: &Upstream, claims: &mut Map<String, Value>, mut more: Map<String, Value>) {
    let (email, flag) = (&rules.claim_email, &rules.claim_email_verified);
    let names = |from: &Map<String, Value>| text(from, email).is_some();
    let is_whole = |from: &Map<String, Value>| names(from) && from.contains_key(flag);
    if !is_whole(claims) && names(&more) && (is_whole(&more) || !names(claims)) {
        if text(claims, email) != text(&more, email) {
            claims.remove(entra::DOMAIN_OWNER);
        }
        claims.remove(email);
        claims.remove(flag);
    } else {
        more.remove(email);
        more.remove(flag);
    }
    for (name, value) in more {
        claims.entry(name).or_insert(value);
    }
}

fn account(
    provider: Provider<'_>,
    issuer: String,
    subject: String,
    claims: &Map<String, Value>,
    returned: &Returned,
) -> Result<Account, Fault> {
    let rules = provider.rules;
    let email = text(claims, &rules.claim_email).filter(|e| e.len() <= 255);
    let is_said = match claims.get(&rules.claim_email_verified) {
        Some(Value::Bool(is_verified)) => *is_verified,
        // Apple writes it as a text.
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    let is_owners = rules.kind == UpstreamKind::Entra && entra::is_domain_owner(claims);
    let groups = rules.claim_groups.as_ref().and_then(|name| claims.get(name)).and_then(Value::as_array);
    let mut profile = Map::new();
    for name in ["given_name", "family_name", "locale"] {
        if let Some(value) = text(claims, name).filter(|v| v.chars().count() <= 100) {
            profile.insert(name.to_owned(), value.into());
        }
    }
    if let Some(picture) = text(claims, &rules.claim_picture).filter(|uri| is_picture(uri)) {
        profile.insert("picture".to_owned(), picture.into());
    }
    let name = text(claims, &rules.claim_name);
    let posted = returned.user.as_deref().filter(|_| rules.kind == UpstreamKind::Apple);
    let mut account = Account {
        provider: provider.name.to_owned(),
        issuer,
        subject,
        is_email_verified: email.is_some() && (is_said || is_owners || rules.assume_email_verified),
        is_authoritative: true,
        email,
        name: name.or_else(|| posted.and_then(apple::name)),
        username: text(claims, &rules.claim_username),
        groups: groups
            .map_or_else(Vec::new, |all| all.iter().filter_map(Value::as_str).take(200).map(str::to_owned).collect()),
        profile,
    };
    if rules.kind == UpstreamKind::Google {
        google::judge(rules, claims, &mut account)?;
    }
    Ok(account)
}

/// A claim that is a text, without control characters, which no name has and not every database keeps.
pub(super) fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text: String = claims.get(name)?.as_str()?.chars().filter(|c| !c.is_control()).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether an address may be that of a picture: it is told on to apps, which show it.
pub(super) fn is_picture(uri: &str) -> bool {
    uri.len() <= 1000 && url::Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && url.host().is_some())
}
