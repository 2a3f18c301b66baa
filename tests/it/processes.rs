//! Whatever is good once, taken by 32 at two processes of the binary over HTTP: one of them gets it, and nobody meets an error of ours.
//! What the doors take it with is raced in `races.rs` and beside each door; here the processes share nothing but the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorward::config::{Config, RegistrationMode};
use doorward::domain::administrators;
use doorward::domain::invitations::{self, NewInvitation};
use doorward::platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::support::provider::{CLIENT_ID, CLIENT_SECRET, Provider, come_back, leave};
use crate::support::{
    Answer, Ask, Auth, Authenticator, Browser, ClientKey, PASSWORD, Phone, TestApp, UserKey, at_once, form,
};

const TAKERS: usize = 32;
const FRESH: &str = "violet kestrel 47 lanterns";

/// What the processes need of the configuration below.
const SETTINGS: [(&str, &str); 7] = [
    ("HASHING__WAIT", "30"),
    ("LOGIN__SIGNATURE", "true"),
    ("REGISTRATION__MODE", "open"),
    ("THROTTLE__LOGIN_FREE_ATTEMPTS", "1000"),
    ("THROTTLE__LOGIN_PER_ADDRESS", "0"),
    ("THROTTLE__FLOWS_PER_ADDRESS", "0"),
    ("THROTTLE__SIGN_UPS_PER_ADDRESS", "0"),
];

fn settings(config: &mut Config) {
    config.login.signature = true;
    config.registration.mode = RegistrationMode::Open;
    config.throttle.login_free_attempts = 1000;
}

/// The app that prepares and looks, and two processes.
struct House {
    t: TestApp,
    processes: [TestApp; 2],
}

impl House {
    /// What is to be mailed first is mailed before: the processes send to their logs.
    async fn of(t: TestApp, more: &[(&str, &str)]) -> Arc<Self> {
        let settings = [&SETTINGS[..], more].concat();
        let processes = [t.process(&settings).await, t.process(&settings).await];
        Arc::new(Self { t, processes })
    }

    fn at(&self, n: usize) -> &TestApp {
        &self.processes[n % 2]
    }

    /// Everybody does it at the same moment; gives what came of it in the order of the takers.
    async fn race<T, F>(self: &Arc<Self>, take: impl Fn(Arc<Self>, usize) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let taken = at_once(TAKERS, |n| {
            let take = take(Arc::clone(self), n);
            async move { (n, take.await) }
        });
        let mut all = taken.await;
        all.sort_by_key(|(n, _)| *n);
        all.into_iter().map(|(_, what)| what).collect()
    }

    /// Everybody sends the form of a page, as the same browser; gives the statuses.
    async fn post(
        self: &Arc<Self>,
        browser: &Browser<'_>,
        page: &Answer,
        more: fn(usize) -> Vec<(&'static str, String)>,
    ) -> Vec<u16> {
        let cookies = browser.cookies.clone();
        let form = form(page);
        let shared = Arc::new((cookies, form.action, form.fields));
        self.race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let (cookies, action, fields) = &*shared;
                let mut browser = house.at(n).browser();
                browser.cookies.clone_from(cookies);
                let mine = more(n);
                let mut sent: Vec<(&str, &str)> = mine.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let typed: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
                let hidden = fields.iter().filter(|(name, _)| !typed.contains(&name.as_str()));
                sent.extend(hidden.map(|(name, value)| (name.as_str(), value.as_str())));
                browser.post(action, &sent).await.status
            }
        })
        .await
    }
}

/// One is told that it worked, the others that it did not, by a reason of theirs.
#[track_caller]
fn assert_one(statuses: &[u16]) {
    assert_eq!(statuses.iter().filter(|s| **s < 400).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| *s < 500), "{statuses:?}");
}

/// Its clock shows the time of the processes, whenever the template of all tests was made.
async fn app() -> TestApp {
    let t = TestApp::with(settings).await;
    t.clock.advance_s(SystemClock.now_s() - t.clock.now_s());
    t
}

/// The link in the newest mail of a kind, to be opened by the browser that asked.
async fn link(t: &TestApp, address: &str, kind: &str, path: &str) -> String {
    t.mail(address, kind).await.path(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_and_every_generation_of_a_refresh_token() {
    let t = app().await;
    let code = Arc::new(t.code(&Ask::new("web")).await);
    let refresh = t.tokens(&Ask::new("web")).await["refresh_token"].as_str().unwrap().to_owned();
    let house = House::of(t, &[]).await;
    let answers = house
        .race(|house, n| {
            let code = Arc::clone(&code);
            async move { house.at(n).redeem(&Ask::new("web"), &code).await }
        })
        .await;
    assert_one(&answers.iter().map(|a| a.status).collect::<Vec<_>>());
    let won = answers.iter().find(|a| a.status == 200).unwrap();
    house.at(1).refresh("web", &won.member("refresh_token")).await.assert_refused(400, "invalid_grant");

    let mut token = Arc::new(refresh);
    for _ in 0..3 {
        let answers = house
            .race(|house, n| {
                let token = Arc::clone(&token);
                async move { house.at(n).refresh("web", &token).await }
            })
            .await;
        assert!(answers.iter().all(|a| a.status == 200), "{answers:?}");
        let successors: BTreeSet<String> = answers.iter().map(|a| a.member("refresh_token")).collect();
        assert_eq!(successors.len(), 1);
        token = Arc::new(successors.into_iter().next().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_without_grace() {
    let t = app().await;
    let token = Arc::new(t.tokens(&Ask::new("web")).await["refresh_token"].as_str().unwrap().to_owned());
    let house = House::of(t, &[("OIDC__REFRESH_GRACE", "0")]).await;
    let answers = house
        .race(|house, n| {
            let token = Arc::clone(&token);
            async move { house.at(n).refresh("web", &token).await }
        })
        .await;
    assert_one(&answers.iter().map(|a| a.status).collect::<Vec<_>>());
    let won = answers.iter().find(|a| a.status == 200).unwrap().member("refresh_token");
    house.at(0).refresh("web", &won).await.assert_refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_of_a_client() {
    let t = app().await;
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": ClientKey::es256(0).jwks() });
    t.client("signer", metadata).await;
    let now = t.clock.now_s();
    let claims = json!({ "iss": "signer", "sub": "signer", "aud": "https://id.example", "jti": "raced", "iat": now, "exp": now + 120 });
    let assertion = Arc::new(ClientKey::es256(0).sign(&claims));
    let house = House::of(t, &[]).await;
    let statuses = house
        .race(|house, n| {
            let assertion = Arc::clone(&assertion);
            async move {
                let fields = [("grant_type", "client_credentials")];
                house.at(n).token(&Auth::Assertion(assertion.to_string()), &fields).await.status
            }
        })
        .await;
    assert_one(&statuses);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_password_and_one_against_a_stranger() {
    let t = app().await;
    let mut browser = t.browser();
    let page = browser.open("/recover").await;
    browser.submit(&page, &[("username", "alice")], "").await;
    let reset = link(&t, "alice@example.com", "reset_password", "/recover/reset").await;
    t.alice().await;
    t.clock.advance_s(1);
    t.alice().await;
    let not_me = link(&t, "alice@example.com", "notice", "/not-me").await;
    let house = House::of(t, &[]).await;

    let mut browser = house.at(0).browser();
    let page = browser.open(&reset).await;
    let statuses = house.post(&browser, &page, |n| vec![("password", format!("{FRESH} {n}"))]).await;
    assert_one(&statuses);
    assert_eq!(house.t.count("events", "kind = 'password.changed'").await, 1);
    let winner = statuses.iter().position(|s| *s == 303).unwrap();
    for n in [winner, (winner + 1) % TAKERS] {
        let mut browser = house.at(n).browser();
        let page = browser.open("/login").await;
        let answer =
            browser.submit_once(&page, &[("username", "alice"), ("password", &format!("{FRESH} {n}"))], "").await;
        assert_eq!(answer.status == 303, n == winner, "{answer:?}");
    }

    let mut browser = house.at(1).browser();
    let page = browser.open(&not_me).await;
    assert_one(&house.post(&browser, &page, |_| Vec::new()).await);
    assert_eq!(house.t.count("events", "kind = 'user.locked'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_and_its_code() {
    let t = app().await;
    let mut prepared = Vec::new();
    for address in ["alice@example.com", "bob@example.com"] {
        let mut browser = t.browser();
        let page = browser.open("/login/mail").await;
        let page = browser.submit(&page, &[("username", address)], "").await;
        let mail = t.mail(address, "magic_link").await;
        let opened = browser.open(&mail.path("/login/link")).await;
        prepared.push((browser.cookies.clone(), page, opened, mail.code()));
    }
    let house = House::of(t, &[]).await;
    for one in prepared {
        let one = Arc::new(one);
        let outcomes = house
            .race(|house, n| {
                let one = Arc::clone(&one);
                async move {
                    let (cookies, page, opened, code) = &*one;
                    let mut browser = house.at(n).browser();
                    browser.cookies.clone_from(cookies);
                    // Few guess, as guesses are counted.
                    let answer = if n % 8 < 2 {
                        browser.submit_once(page, &[("code", code)], "").await
                    } else {
                        browser.submit_once(opened, &[], "").await
                    };
                    (answer.status, browser.cookies.keys().any(|name| name.ends_with("session")))
                }
            })
            .await;
        // By the session: whose mail was just taken from the flow is led back to the page that sends another.
        assert_eq!(outcomes.iter().filter(|(_, is_in)| *is_in).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|(status, _)| *status < 500), "{outcomes:?}");
    }
    assert_eq!(house.t.count("events", "kind = 'session.started'").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_that_proves_an_address_and_an_invitation() {
    let t = app().await;
    let mut browser = t.browser();
    let page = browser.open("/register").await;
    let fields = [("email", "new@example.com"), ("username", "newbie"), ("password", FRESH)];
    browser.submit(&page, &fields, "").await;
    let proof = link(&t, "new@example.com", "verify_email", "/verify-email").await;
    let invitation =
        NewInvitation { email: Some("guest@example.com"), groups: Vec::new(), ttl_s: None, created_by: None };
    invitations::create(&t.app, invitation).await.unwrap();
    let invited = link(&t, "guest@example.com", "invitation", "/register").await;
    let cookies = browser.cookies.clone();
    let house = House::of(t, &[]).await;

    let mut browser = house.at(0).browser();
    browser.cookies = cookies;
    let page = browser.open(&proof).await;
    assert_one(&house.post(&browser, &page, |_| Vec::new()).await);
    assert_eq!(house.t.count("users", "username_key = 'newbie'").await, 1);
    assert_eq!(house.t.count("user_emails", "address_key = 'new@example.com'").await, 1);

    let mut browser = house.at(1).browser();
    let page = browser.open(&invited).await;
    let person = |n| vec![("username", format!("guest{n}")), ("password", format!("{FRESH} {n}"))];
    assert_one(&house.post(&browser, &page, person).await);
    assert_eq!(house.t.count("users", "username_key LIKE 'guest%'").await, 1);
    assert_eq!(house.t.count("invitations", "used_by IS NOT NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_for_the_first_administrator() {
    let t = app().await;
    let house = House::of(t, &[]).await;
    // Each start makes a new one.
    let token = administrators::invite_first(&house.t.app).await.unwrap().unwrap();
    let mut browser = house.at(0).browser();
    let page = browser.open(&format!("/setup?token={token}")).await;
    let person = |n| {
        vec![
            ("email", format!("root{n}@example.com")),
            ("username", format!("root{n}")),
            ("password", format!("{FRESH} {n}")),
        ]
    };
    let statuses = house.post(&browser, &page, person).await;
    assert_one(&statuses);
    assert_eq!(house.t.count("users", "username_key LIKE 'root%'").await, 1);
    assert_eq!(house.t.count("events", "kind = 'administrator.created'").await, 1);
}

/// The browsers of somebody that stand before the second step, at each process in turn.
async fn before_the_second_step(house: &House, username: &str, way: &str) -> Vec<(Answer, BTreeMap<String, String>)> {
    let mut ready = Vec::new();
    for n in 0..TAKERS {
        let mut browser = house.at(n).browser();
        let page = browser.open("/login").await;
        let page = browser.submit(&page, &[("username", username), ("password", PASSWORD)], "").await;
        assert!(page.path.starts_with("/login/second?"), "{page:?}");
        let page = browser.open(&format!("{}{way}", page.path)).await;
        ready.push((page, browser.cookies));
    }
    ready
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_the_authenticator_app_and_a_recovery_code() {
    let t = app().await;
    // The processes live now, so the apps were set up a while ago.
    t.clock.advance_s(-180);
    let (alice, bob) = (t.phone("alice").await, t.phone("bob").await);
    let house = House::of(t, &[]).await;
    // Of two people, as guesses at one's codes are slowed down.
    for username in ["alice", "bob"] {
        let is_step = username == "alice";
        let ready =
            Arc::new(before_the_second_step(&house, username, if is_step { "" } else { "&with=recovery" }).await);
        let code = Arc::new(if is_step { alice.code_now() } else { bob.codes[0].clone() });
        let statuses = house
            .race(|house, n| {
                let (ready, code) = (Arc::clone(&ready), Arc::clone(&code));
                async move {
                    let (page, cookies) = &ready[n];
                    let mut browser = house.at(n).browser();
                    browser.cookies.clone_from(cookies);
                    browser.submit_once(page, &[("code", &code), ("recovery_code", &code)], "").await.status
                }
            })
            .await;
        assert_one(&statuses);
    }
    assert_eq!(house.t.count("browser_sessions", "1 = 1").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_a_passkey_and_a_signature() {
    let t = app().await;
    let mut authenticator = Authenticator::synced();
    crate::login::passkey::give(&t, "alice", &mut authenticator).await;
    let key = UserKey::ed25519(1);
    t.register_key("bob", &key).await;
    let house = House::of(t, &[]).await;

    let mut browser = house.at(0).browser();
    let page = browser.open("/login").await;
    let value = |name: &str| form(&page).fields.into_iter().find(|(n, _)| n == name).unwrap().1;
    let (flow, csrf) = (value("flow"), value("csrf"));
    let asked = browser.post("/login/passkey/options", &[("flow", &flow), ("csrf", &csrf), ("step", "")]).await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    let shared = Arc::new((browser.cookies.clone(), flow, csrf, credential));
    let statuses = house
        .race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let (cookies, flow, csrf, credential) = &*shared;
                let mut browser = house.at(n).browser();
                browser.cookies.clone_from(cookies);
                let fields = [("flow", flow.as_str()), ("csrf", csrf), ("step", ""), ("credential", credential)];
                browser.post("/login/passkey", &fields).await.status
            }
        })
        .await;
    assert_one(&statuses);

    let mut tool = house.at(1).browser();
    let asked: Value =
        tool.post_json("/login/signature/challenge", &json!({ "public_key": key.public() })).await.json();
    let signature = key.sign(asked["message"].as_str().unwrap());
    let body = json!({ "challenge": asked["challenge"], "public_key": key.public(), "signature": signature });
    let shared = Arc::new((tool.cookies.clone(), body));
    let statuses = house
        .race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let mut tool = house.at(n).browser();
                tool.cookies.clone_from(&shared.0);
                tool.post_json("/login/signature", &shared.1).await.status
            }
        })
        .await;
    assert_one(&statuses);
    assert_eq!(house.t.count("browser_sessions", "1 = 1").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_a_provider_and_the_link_that_waits_for_its_owner() {
    let t = app().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::new(&t.clock, &issuer);
    let server = provider.router();
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let settings = [
        ("UPSTREAM__IDP__KIND", "oidc"),
        ("UPSTREAM__IDP__ISSUER", &issuer),
        ("UPSTREAM__IDP__CLIENT_ID", CLIENT_ID),
        ("UPSTREAM__IDP__CLIENT_SECRET", CLIENT_SECRET),
        ("UPSTREAM__IDP__SIGN_UP", "true"),
        ("UPSTREAM__POSTS__KIND", "oidc"),
        ("UPSTREAM__POSTS__ISSUER", &issuer),
        ("UPSTREAM__POSTS__CLIENT_ID", CLIENT_ID),
        ("UPSTREAM__POSTS__CLIENT_SECRET", CLIENT_SECRET),
        ("UPSTREAM__POSTS__RESPONSE_MODE", "form_post"),
        ("UPSTREAM__POSTS__SIGN_UP", "true"),
        ("OUTGOING__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]"),
    ];
    let house = House::of(t, &settings).await;

    let mut browser = house.at(0).browser();
    let (_, away) = leave(&mut browser, "idp").await;
    let shared = Arc::new((browser.cookies.clone(), provider.answer(away.location().unwrap())));
    let statuses = house
        .race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let mut browser = house.at(n).browser();
                browser.cookies.clone_from(&shared.0);
                come_back(&mut browser, "idp", &shared.1).await.status
            }
        })
        .await;
    assert_one(&statuses);
    assert_eq!(house.t.count("browser_sessions", "1 = 1").await, 1);
    assert_eq!(house.t.count("upstream_links", "1 = 1").await, 1);

    provider.play().claims = json!({ "sub": "sub-2", "email": "alice@example.com" });
    let mut browser = house.at(1).browser();
    let (flow, away) = leave(&mut browser, "idp").await;
    let page = come_back(&mut browser, "idp", &provider.answer(away.location().unwrap())).await;
    page.assert_page(200);
    let page = browser.open(&format!("/login?flow={flow}")).await;
    let confirm = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(confirm.path.starts_with("/login/upstream-link?"), "{confirm:?}");
    let statuses = house.post(&browser, &confirm, |_| vec![("choice", "link".to_owned())]).await;
    // By the link: for whom nothing waits any more is led on.
    assert!(statuses.contains(&303) && statuses.iter().all(|s| *s < 500), "{statuses:?}");
    assert_eq!(house.t.count("upstream_links", "1 = 1").await, 2);
    assert_eq!(house.t.count("events", "kind = 'upstream.linked'").await, 2);

    // An answer that was posted, and waits for the browser to come by itself.
    provider.play().claims = json!({ "sub": "sub-3", "email": "dan@example.org" });
    let mut browser = house.at(0).browser();
    let (_, away) = leave(&mut browser, "posts").await;
    let answer = provider.answer(away.location().unwrap());
    let fields: Vec<(&str, &str)> = answer.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let foreign = [("origin", issuer.as_str()), ("sec-fetch-site", "cross-site")];
    let posted = house.at(1).post_with("/login/upstream/posts/callback", &fields, &foreign).await;
    let shared = Arc::new((browser.cookies.clone(), posted.location().unwrap().to_owned()));
    let statuses = house
        .race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let mut browser = house.at(n).browser();
                browser.cookies.clone_from(&shared.0);
                browser.get(&shared.1).await.status
            }
        })
        .await;
    assert_one(&statuses);
    assert_eq!(house.t.count("upstream_links", "1 = 1").await, 3);
}

/// What stands after `start` on a page, up to the next quote or tag.
#[track_caller]
fn after(page: &Answer, start: &str) -> String {
    let (_, rest) = page.text().split_once(start).unwrap_or_else(|| panic!("no {start}: {page:?}"));
    rest.split(['"', '<']).next().unwrap().to_owned()
}

/// The token of the page's own forms; the one before it is for signing out.
#[track_caller]
fn token(page: &Answer) -> String {
    let (_, main) = page.text().split_once("<main").unwrap_or_else(|| panic!("no main: {page:?}"));
    main.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

/// Everybody sends these fields, as the same browser.
async fn send(house: &Arc<House>, browser: &Browser<'_>, path: &'static str, fields: &[(&'static str, String)]) {
    let shared = Arc::new((browser.cookies.clone(), fields.to_vec()));
    let statuses = house
        .race(|house, n| {
            let shared = Arc::clone(&shared);
            async move {
                let mut browser = house.at(n).browser();
                browser.cookies.clone_from(&shared.0);
                let fields: Vec<(&str, &str)> = shared.1.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.post(path, &fields).await.status
            }
        })
        .await;
    // Whoever comes late is told, or led to what there is now.
    assert!(statuses.iter().any(|s| *s < 400) && statuses.iter().all(|s| *s < 500), "{path}: {statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_an_authenticator_app_and_a_passkey_that_are_added() {
    let house = House::of(app().await, &[]).await;
    let added = async |kind: &str| house.t.count("events", &format!("kind = '{kind}'")).await;

    let mut alice = house.at(0).browser();
    alice.sign_in("alice").await;
    let key = UserKey::ed25519(1);
    let page = alice.open("/account/keys").await;
    let fields = [("csrf", &*token(&page)), ("public_key", &key.public()), ("name", "Tool")];
    let page = alice.post("/account/keys", &fields).await;
    let text = format!("Add the key {}", after(&page, "<code>Add the key ")).replace("&#x2F;", "/");
    let fields = [
        ("csrf", token(&page)),
        ("challenge", after(&page, "name=\"challenge\" value=\"")),
        ("signature", key.sign(&text)),
    ];
    send(&house, &alice, "/account/keys/prove", &fields).await;
    assert_eq!((house.t.count("signature_keys", "1 = 1").await, added("signature_key.added").await), (1, 1));

    let page = alice.open("/account/second-factor/app").await;
    let fields = [("csrf", token(&page)), ("code", Phone::read(&page).code_now())];
    send(&house, &alice, "/account/second-factor/app", &fields).await;
    assert_eq!((house.t.count("totp_secrets", "1 = 1").await, added("totp.added").await), (1, 1));
    assert_eq!(house.t.count("recovery_codes", "used_at IS NULL").await, 10);

    let mut bob = house.at(1).browser();
    bob.sign_in("bob").await;
    let page = bob.open("/account/passkeys").await;
    let csrf = token(&page);
    let asked = bob.post("/account/passkeys/options", &[("csrf", &csrf), ("name", "")]).await.json();
    let credential = Authenticator::new().create(&asked["publicKey"]);
    let fields = [("csrf", csrf), ("name", "Laptop".to_owned()), ("credential", credential)];
    send(&house, &bob, "/account/passkeys", &fields).await;
    assert_eq!((house.t.count("passkeys", "1 = 1").await, added("passkey.added").await), (1, 1));
}
