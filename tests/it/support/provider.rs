//! A provider elsewhere: an OpenID provider at `https://idp.example`, and GitHub, both in memory. They play by the rules until a test makes them lie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward::config::{Secret, Upstream, UpstreamKind};
use doorward::platform::clock::{Clock, ManualClock};
use doorward::platform::random::sha256;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use url::Url;

use super::{Answer, Browser, ClientKey, TestApp};

pub(crate) const IDP: &str = "https://idp.example";
pub(crate) const CLIENT_ID: &str = "doorward-at-idp";
pub(crate) const CLIENT_SECRET: &str = "what-the-provider-gave-us-at-registration";

type Sign = Box<dyn Fn(&Value, &ClientKey) -> String + Send>;

/// What the provider says.
pub(crate) struct Play {
    /// Over the metadata; null takes a member away.
    pub(crate) metadata: Value,
    /// Over the claims of the ID token; null takes a claim away.
    pub(crate) claims: Value,
    /// What userinfo says.
    pub(crate) userinfo: Value,
    /// How the ID token is made.
    pub(crate) sign: Sign,
    /// The keys that are published.
    pub(crate) keys: Value,
    /// Whole answers instead of what a path would say: status, media type, body.
    pub(crate) instead: HashMap<String, (u16, &'static str, String)>,
    /// GitHub's.
    pub(crate) user: Value,
    pub(crate) emails: Value,
    /// How often each path was asked.
    pub(crate) asked: HashMap<String, usize>,
    /// The last form at the token endpoint.
    pub(crate) form: HashMap<String, String>,
    /// What the browser was sent with, by code.
    codes: HashMap<String, HashMap<String, String>>,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Provider {
    play: Arc<Mutex<Play>>,
    clock: Arc<ManualClock>,
    issuer: String,
}

impl Provider {
    /// At `issuer`; the rules of our registration there are in [`rules`].
    pub(crate) fn new(clock: &Arc<ManualClock>, issuer: &str) -> Self {
        let play = Play {
            metadata: json!({}),
            claims: json!({}),
            userinfo: json!({ "sub": "sub-1" }),
            sign: Box::new(|claims, key| key.sign(claims)),
            keys: ClientKey::es256(0).jwks(),
            instead: HashMap::new(),
            user: json!({ "id": 583_231, "login": "octocat", "name": "The Octocat", "avatar_url": "https://avatars.example/1" }),
            emails: json!([
                { "email": "old@cat.example", "primary": false, "verified": true },
                { "email": "octo@cat.example", "primary": true, "verified": true },
            ]),
            asked: HashMap::new(),
            form: HashMap::new(),
            codes: HashMap::new(),
        };
        Self { play: Arc::new(Mutex::new(play)), clock: Arc::clone(clock), issuer: issuer.to_owned() }
    }

    pub(crate) fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap()
    }

    pub(crate) fn asked(&self, path: &str) -> usize {
        self.play().asked.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    /// The person signs in there: what the browser brings back.
    pub(crate) fn answer(&self, location: &str) -> Vec<(String, String)> {
        let url = Url::parse(location).unwrap();
        let params: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let code = format!("code-{}", self.play().codes.len() + 1);
        let answer = vec![("state".to_owned(), params["state"].clone()), ("code".to_owned(), code.clone())];
        self.play().codes.insert(code, params);
        answer
    }

    fn id_token(&self, nonce: Option<&String>) -> String {
        let now = self.clock.now_ms() / 1000;
        let mut claims = json!({
            "iss": self.issuer, "sub": "sub-1", "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce,
            "email": "carol@example.org", "email_verified": true, "name": "Carol Clay", "preferred_username": "carol",
        });
        let play = self.play();
        overlay(&mut claims, &play.claims);
        (play.sign)(&claims, ClientKey::es256(0))
    }

    fn token(&self, headers: &HeaderMap, form: &HashMap<String, String>) -> (u16, Value) {
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        let is_basic = headers.get(header::AUTHORIZATION).is_some_and(|v| v.as_bytes() == basic.as_bytes());
        let is_posted = form.get("client_id").map(String::as_str) == Some(CLIENT_ID);
        self.play().form.clone_from(form);
        if !is_basic && !is_posted {
            return (401, json!({ "error": "invalid_client" }));
        }
        let asked = self.play().codes.remove(form.get("code").map_or("", String::as_str));
        let Some(asked) = asked else { return (400, json!({ "error": "invalid_grant" })) };
        let challenge = URL_SAFE_NO_PAD.encode(sha256(form["code_verifier"].as_bytes()));
        if asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"] {
            return (400, json!({ "error": "invalid_grant" }));
        }
        let id_token = self.id_token(asked.get("nonce"));
        (200, json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 60, "id_token": id_token }))
    }

    fn metadata(&self) -> Value {
        let issuer = &self.issuer;
        let mut metadata = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"), "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        overlay(&mut metadata, &self.play().metadata);
        metadata
    }
}

fn overlay(value: &mut Value, over: &Value) {
    let value = value.as_object_mut().unwrap();
    for (name, new) in over.as_object().unwrap() {
        if new.is_null() {
            value.remove(name);
        } else {
            value.insert(name.clone(), new.clone());
        }
    }
}

async fn serve(State(provider): State<Provider>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    *provider.play().asked.entry(path.clone()).or_default() += 1;
    let instead = provider.play().instead.get(&path).cloned();
    if let Some((status, kind, body)) = instead {
        let moved = [(header::CONTENT_TYPE, kind), (header::LOCATION, "https://evil.example/")];
        return (StatusCode::from_u16(status).unwrap(), moved, body).into_response();
    }
    let body: Bytes = body.collect().await.unwrap().to_bytes();
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let is_bearer = parts.headers.get(header::AUTHORIZATION).is_some_and(|v| v == "Bearer at-1");
    let (status, value) = match path.as_str() {
        "/.well-known/openid-configuration" => (200, provider.metadata()),
        "/jwks" => (200, provider.play().keys.clone()),
        "/token" | "/login/oauth/access_token" => provider.token(&parts.headers, &form),
        "/userinfo" if is_bearer => (200, provider.play().userinfo.clone()),
        "/user" | "/api/v3/user" if is_bearer => (200, provider.play().user.clone()),
        "/user/emails" | "/api/v3/user/emails" if is_bearer => (200, provider.play().emails.clone()),
        _ => (404, json!({ "message": "not found" })),
    };
    (StatusCode::from_u16(status).unwrap(), axum::Json(value)).into_response()
}

/// Our registration at the provider; a first sign-in makes an account.
pub(crate) fn rules(kind: UpstreamKind) -> Upstream {
    Upstream {
        kind,
        client_id: Some(CLIENT_ID.to_owned()),
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        issuer: (kind == UpstreamKind::Oidc).then(|| IDP.to_owned()),
        sign_up: Some(true),
        ..Upstream::default()
    }
}

/// Sends the browser to the provider from the sign-in page; gives the flow and where it was sent.
pub(crate) async fn leave(browser: &mut Browser<'_>, name: &str) -> (String, Answer) {
    let to_page = browser.get("/login").await;
    let flow = to_page.location().unwrap().split_once("flow=").unwrap().1.to_owned();
    let answer = browser.get(&format!("/login/upstream/{name}?flow={flow}")).await;
    (flow, answer)
}

/// Brings an answer back.
pub(crate) async fn come_back(browser: &mut Browser<'_>, name: &str, answer: &[(String, String)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
    browser.get(&format!("/login/upstream/{name}/callback?{query}")).await
}

/// There and back.
pub(crate) async fn sign_in(browser: &mut Browser<'_>, provider: &Provider, name: &str) -> Answer {
    let (_, away) = leave(browser, name).await;
    let Some(location) = away.location().filter(|_| away.status == 303) else { return away };
    let answer = provider.answer(location);
    come_back(browser, name, &answer).await
}

impl TestApp {
    /// With an OpenID provider `idp`, its rules changed.
    pub(crate) async fn with_idp(change: impl FnOnce(&mut Upstream)) -> (Self, Provider) {
        let mut rules = rules(UpstreamKind::Oidc);
        change(&mut rules);
        let t = Self::with(|config| {
            config.upstream.insert("idp".to_owned(), rules);
        })
        .await;
        let provider = Provider::new(&t.clock, IDP);
        t.fetch.serve(IDP, provider.router());
        (t, provider)
    }
}
