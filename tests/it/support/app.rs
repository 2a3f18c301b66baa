//! One app with its own database and a clock that stands still until it is moved.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward::app::{App, Parts};
use doorward::config::{Config, Secret};
use doorward::domain::events::RefusalQueue;
use doorward::domain::users;
use doorward::mail::transport::{Memory, Transport};
use doorward::platform::clock::{Clock, ManualClock};
use doorward::platform::http_client::Fetch;
use doorward::platform::random::Random;
use doorward::platform::server::PeerAddr;
use sea_orm::EntityTrait;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use url::form_urlencoded;
use uuid::Uuid;

use super::template::{self, SECRET, template};
use super::{Answer, Ask, Browser, StubFetch, VERIFIER};

/// How a client proves who it is.
#[derive(Debug, Clone)]
pub(crate) enum Auth<'a> {
    /// It names itself only.
    None(&'a str),
    /// HTTP Basic with [`SECRET`].
    Basic(&'a str),
    /// In the body, with [`SECRET`].
    Post(&'a str),
    /// `client_assertion`.
    Assertion(String),
    /// Not even a name.
    Nothing,
}

impl<'a> Auth<'a> {
    /// As the persona `id` is registered.
    pub(crate) fn of(id: &'a str) -> Self {
        match id {
            "spa" | "cli" => Self::None(id),
            "wiki" => Self::Post(id),
            _ => Self::Basic(id),
        }
    }
}

/// An app under test.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) fetch: Arc<StubFetch>,
    /// What was sent, by every replica.
    pub(crate) mailbox: Arc<Memory>,
    pub(crate) router: Router,
    /// The writer of refusals, until a test starts it.
    pub(crate) refusals: Mutex<Option<RefusalQueue>>,
    database: Arc<TestDatabase>,
}

/// A folder, and a database on a server where one is named; the last app that uses them gives them back.
struct TestDatabase {
    _dir: TempDir,
    on_server: Option<String>,
}

/// The databases on the server that nobody uses. To make one takes a second, to empty it a moment. They go with the throw-away server.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Drop for TestDatabase {
    fn drop(&mut self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).extend(self.on_server.take());
    }
}

impl TestApp {
    /// With the configuration of every test.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut config = template::config(dir.path());
        change(&mut config);
        let on_server = match std::env::var("DOORWARD_TEST_DATABASE_URL") {
            Err(_) => {
                template().copy_file(dir.path());
                None
            }
            Ok(server) => {
                let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let made = || format!("doorward_test_{}", hex(&Random::default().bytes::<8>().unwrap()));
                let name = free.unwrap_or_else(made);
                let mut url = url::Url::parse(&server).unwrap();
                url.set_path(&name);
                config.database.url = Some(Secret::new(url.as_str()));
                config.database.max_connections = 8;
                template().copy_rows(&config).await;
                Some(name)
            }
        };
        let database = Arc::new(TestDatabase { _dir: dir, on_server });
        let clock = Arc::new(ManualClock::new(template().made_at));
        Self::open(config, clock, Arc::default(), Arc::default(), None, database).await
    }

    async fn open(
        config: Config,
        clock: Arc<ManualClock>,
        fetch: Arc<StubFetch>,
        mailbox: Arc<Memory>,
        way_out: Option<Arc<dyn Transport>>,
        database: Arc<TestDatabase>,
    ) -> Self {
        let parts = Parts {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            fetch: Some(Arc::clone(&fetch) as Arc<dyn Fetch>),
            mail: Some(way_out.unwrap_or_else(|| Arc::clone(&mailbox) as Arc<dyn Transport>)),
            is_dev: false,
        };
        let (app, refusals) = App::open(config, parts).await.unwrap();
        let refusals = Mutex::new(Some(refusals));
        Self { router: doorward::router::router(&app), app, clock, fetch, mailbox, refusals, database }
    }

    /// A second process on the same database, with the same time.
    pub(crate) async fn replica(&self) -> Self {
        self.replica_with(|_| {}).await
    }

    /// The same, with another configuration.
    pub(crate) async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.app.config.clone();
        change(&mut config);
        self.another(config, None).await
    }

    /// The same, with another way out for its mail.
    pub(crate) async fn replica_by(&self, way_out: Arc<dyn Transport>) -> Self {
        self.another(self.app.config.clone(), Some(way_out)).await
    }

    async fn another(&self, config: Config, way_out: Option<Arc<dyn Transport>>) -> Self {
        let (clock, fetch, mailbox) = (Arc::clone(&self.clock), Arc::clone(&self.fetch), Arc::clone(&self.mailbox));
        Self::open(config, clock, fetch, mailbox, way_out, Arc::clone(&self.database)).await
    }

    /// Registers a client; its secret is [`SECRET`].
    pub(crate) async fn client(&self, id: &str, metadata: Value) {
        template::client(&self.app, id, metadata).await;
    }

    /// The id of a person.
    pub(crate) async fn id_of(&self, username: &str) -> Uuid {
        users::find_id(self.app.db.read(), username).await.unwrap().unwrap()
    }

    /// Sends a request as it stands.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let here = PeerAddr(Some(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        request.extensions_mut().get_or_insert(here);
        let path = request.uri().to_string();
        let response = self.router.clone().oneshot(request).await.unwrap();
        Answer::read(path, response).await
    }

    /// GET without cookies.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// GET with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request("GET", path, headers, Body::empty()).await
    }

    /// Any method with headers and body.
    pub(crate) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    /// POST of a form without cookies.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[]).await
    }

    /// POST of a form with headers.
    pub(crate) async fn post_with(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.request("POST", path, &all, Body::from(body)).await
    }

    /// POST of a form by a client.
    pub(crate) async fn post_as(&self, path: &str, auth: &Auth<'_>, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let mut headers = Vec::new();
        let basic;
        match auth {
            Auth::None(id) => fields.push(("client_id", id)),
            Auth::Basic(id) => {
                basic = basic_header(id, SECRET);
                headers.push((header::AUTHORIZATION.as_str(), basic.as_str()));
            }
            Auth::Post(id) => fields.extend([("client_id", *id), ("client_secret", SECRET)]),
            Auth::Assertion(jwt) => fields.extend([
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", jwt.as_str()),
            ]),
            Auth::Nothing => {}
        }
        self.post_with(path, &fields, &headers).await
    }

    /// A token request.
    pub(crate) async fn token(&self, auth: &Auth<'_>, fields: &[(&str, &str)]) -> Answer {
        self.post_as("/token", auth, fields).await
    }

    /// Redeems the code that answers `ask`.
    pub(crate) async fn redeem(&self, ask: &Ask, code: &str) -> Answer {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code)];
        if let Some(uri) = ask.get("redirect_uri") {
            fields.push(("redirect_uri", uri));
        }
        if ask.get("code_challenge").is_some() {
            fields.push(("code_verifier", VERIFIER));
        }
        self.token(&Auth::of(ask.get("client_id").unwrap()), &fields).await
    }

    /// Uses a refresh token of a persona.
    pub(crate) async fn refresh(&self, client: &str, token: &str) -> Answer {
        self.token(&Auth::of(client), &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What introspection says, asked by the API.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let answer = self.post_as("/introspect", &Auth::Basic("api"), &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Whether introspection calls a token active.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    /// Userinfo with a bearer token.
    pub(crate) async fn userinfo(&self, token: &str) -> Answer {
        self.get_with("/userinfo", &[("authorization", &format!("Bearer {token}"))]).await
    }

    /// A fresh browser.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A fresh browser at an address.
    pub(crate) fn browser_at(&self, address: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.address = Some(address.parse().unwrap());
        browser
    }

    /// A browser in which alice is signed in.
    pub(crate) async fn alice(&self) -> Browser<'_> {
        self.signed_in("alice").await
    }

    /// A browser in which somebody is signed in.
    pub(crate) async fn signed_in(&self, username: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(username).await;
        browser
    }

    /// The code that alice's consent to `ask` gives, in a browser of its own.
    pub(crate) async fn code(&self, ask: &Ask) -> String {
        let answer = self.alice().await.allow(ask).await;
        answer.param("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// The tokens of alice's consent to `ask`.
    pub(crate) async fn tokens(&self, ask: &Ask) -> Value {
        let code = self.code(ask).await;
        let answer = self.redeem(ask, &code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Every row of a table as text.
    pub(crate) async fn dump(&self, table: &str) -> String {
        macro_rules! rows {
            ($($name:ident),+) => {
                match table {
                    $(stringify!($name) => format!("{:?}", entity::$name::Entity::find().all(self.app.db.write()).await.unwrap()),)+
                    _ => panic!("{table} is not among these"),
                }
            };
        }
        rows!(
            outbox,
            action_tokens,
            throttles,
            events,
            grants,
            browser_sessions,
            http_sessions,
            login_flows,
            revoked_tokens
        )
    }

    /// How many rows fulfil a condition.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        let row = self.app.db.one(&format!("SELECT COUNT(*) AS n FROM {table} WHERE {condition}"), []).await.unwrap();
        row.unwrap().try_get("", "n").unwrap()
    }
}

/// `Authorization: Basic`, with name and secret as RFC 6749 §2.3.1 encodes them.
pub(crate) fn basic_header(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
