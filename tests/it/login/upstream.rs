//! Signing in with an account elsewhere: who gets in, whose account it becomes, and everything that a provider can get wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::app::{App, Parts};
use doorward::config::{RegistrationMode, UpstreamKind, UpstreamResponseMode};
use doorward::domain::users;
use doorward::platform::http_client::{GuardedClient, Options};
use serde_json::{Value, json};

use crate::support::provider::{CLIENT_ID, IDP, Play, Provider, come_back, leave, rules, sign_in};
use crate::support::{Answer, Ask, Browser, ClientKey, PASSWORD, TestApp};

const SESSION: &str = "__Host-doorward-session";

/// Nobody is signed in, nobody was made, nothing was linked.
async fn assert_nothing_came_of_it(t: &TestApp, browser: &Browser<'_>, what: &str) {
    assert!(!browser.cookies.contains_key(SESSION), "{what}: somebody is signed in");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0, "{what}");
    assert_eq!(t.count("users", "1 = 1").await, 2, "{what}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0, "{what}");
}

/// A page that says what is wrong, by which reference, and leads back to the sign-in.
fn assert_clear(page: &Answer, status: u16, words: &str, what: &str) {
    assert_eq!(page.status, status, "{what}: {page:?}");
    assert!(page.text().contains(words), "{what}: no {words:?} in {page:?}");
    assert!(page.text().contains("class=\"reference"), "{what}: {page:?}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{what}");
}

async fn name_of(t: &TestApp, username: &str) -> users::Person {
    users::find(&t.app, t.id_of(username).await).await.unwrap()
}

#[tokio::test]
async fn a_first_sign_in_makes_an_account_and_the_next_finds_it() {
    let (t, provider) = TestApp::with_idp(|rules| {
        rules.groups = vec!["partners".to_owned(), "testers".to_owned()];
        rules.claim_groups = Some("groups".to_owned());
    })
    .await;
    provider.play().claims = json!({ "groups": ["testers", "admins"], "picture": "https://idp.example/carol.png",
        "given_name": "Carol", "locale": "de" });
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "idp").await;
    let location = away.location().unwrap().to_owned();
    for part in ["https://idp.example/authorize?", "scope=openid+email+profile", "code_challenge_method=S256", "nonce="]
    {
        assert!(location.contains(part), "{location}");
    }
    assert!(
        location.contains("redirect_uri=https%3A%2F%2Fid.example%2Flogin%2Fupstream%2Fidp%2Fcallback"),
        "{location}"
    );
    let answer = provider.answer(&location);
    let home = come_back(&mut browser, "idp", &answer).await;
    assert_eq!((home.status, home.location()), (303, Some("/")), "{home:?}");
    assert!(browser.open("/").await.text().contains("Carol Clay"));
    let carol = name_of(&t, "carol").await;
    assert_eq!(carol.email, Some(("carol@example.org".to_owned(), true)));
    assert_eq!(carol.profile["picture"], "https://idp.example/carol.png");
    assert_eq!(carol.profile["given_name"], "Carol");
    assert_eq!(users::groups_of(&t.app, carol.id).await.unwrap(), ["testers"], "named there and allowed here");
    assert_eq!(t.count("password_credentials", "1 = 1").await, 2, "no password");
    assert_eq!(t.count("browser_sessions", "amr = 'fed' AND acr = 'urn:doorward:acr:single'").await, 1);
    assert_eq!(t.count("events", "kind = 'upstream.linked'").await, 1);
    // Another browser, another address there: the same account.
    provider.play().claims = json!({ "email": "carol@elsewhere.example", "email_verified": false });
    let again = sign_in(&mut t.browser(), &provider, "idp").await;
    assert_eq!(again.status, 303, "{again:?}");
    assert_eq!(t.count("users", "1 = 1").await, 3);
    assert_eq!(provider.asked("/.well-known/openid-configuration"), 1, "remembered");
    assert_eq!(browser.cookies["__Host-doorward-last"], "upstream:idp");
}

#[tokio::test]
async fn the_app_that_waits_gets_its_code() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let mut browser = t.browser();
    let ask = Ask::new("web");
    let page = browser.open(&ask.path()).await;
    let flow = page.path.split_once("flow=").unwrap().1.to_owned();
    assert!(page.text().contains(&format!("/login/upstream/idp?flow={flow}")), "{page:?}");
    let away = browser.get(&format!("/login/upstream/idp?flow={flow}")).await;
    let answer = provider.answer(away.location().unwrap());
    let back = come_back(&mut browser, "idp", &answer).await;
    let back = browser.follow(back).await;
    let code = back.param("code").unwrap_or_else(|| panic!("{back:?}"));
    let tokens = t.redeem(&ask, &code).await;
    let (_, claims) = crate::support::decode(&tokens.member("id_token"));
    assert_eq!(claims["amr"], json!(["fed"]));
}

type Lie = fn(&mut Play, now: i64);

/// What a provider can say that proves nothing; where it comes to a token, the token is not believed.
const LIES: &[(&str, Lie)] = &[
    ("another audience", |p, _| p.claims = json!({ "aud": "another-client" })),
    ("another audience beside us", |p, _| p.claims = json!({ "aud": [CLIENT_ID, "another"], "azp": CLIENT_ID })),
    ("no audience", |p, _| p.claims = json!({ "aud": null })),
    ("another issuer", |p, _| p.claims = json!({ "iss": "https://evil.example" })),
    ("the issuer with a slash", |p, _| p.claims = json!({ "iss": format!("{IDP}/") })),
    ("no issuer", |p, _| p.claims = json!({ "iss": null })),
    ("another nonce", |p, _| p.claims = json!({ "nonce": "another" })),
    ("no nonce", |p, _| p.claims = json!({ "nonce": null })),
    ("azp of another", |p, _| p.claims = json!({ "azp": "another-client" })),
    ("expired", |p, now| p.claims = json!({ "exp": now, "iat": now - 300 })),
    ("no expiry", |p, _| p.claims = json!({ "exp": null })),
    ("issued in the future", |p, now| p.claims = json!({ "iat": now + 120, "exp": now + 500 })),
    ("issued long ago", |p, now| p.claims = json!({ "iat": now - 7200 })),
    ("no subject", |p, _| p.claims = json!({ "sub": null })),
    ("an empty subject", |p, _| p.claims = json!({ "sub": "" })),
    ("a subject that is no text", |p, _| p.claims = json!({ "sub": 1 })),
    ("a subject that is too long", |p, _| p.claims = json!({ "sub": "x".repeat(256) })),
    ("a subject that no database keeps", |p, _| p.claims = json!({ "sub": "sub\0" })),
    ("a wrong access token hash", |p, _| p.claims = json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" })),
    ("alg none", |p, _| p.sign = Box::new(|claims, _| unsigned(claims))),
    ("alg none with a signature", |p, _| {
        p.sign = Box::new(|claims, key| with_header(&key.sign(claims), r#"{"alg":"none"}"#));
    }),
    ("HS256 with the public key", |p, _| {
        p.sign = Box::new(|claims, key| ClientKey::secret(&key.jwks()["keys"][0].to_string()).sign(claims));
    }),
    ("HS256 with our secret", |p, _| {
        p.sign = Box::new(|claims, _| ClientKey::secret(crate::support::provider::CLIENT_SECRET).sign(claims));
    }),
    ("another key", |p, _| p.sign = Box::new(|claims, _| ClientKey::es256(1).sign(claims))),
    ("a broken signature", |p, _| {
        p.sign = Box::new(|claims, key| {
            let token = key.sign(claims);
            let (rest, signature) = token.rsplit_once('.').unwrap();
            let first = if signature.starts_with('A') { 'B' } else { 'A' };
            format!("{rest}.{first}{}", &signature[1..])
        });
    }),
    ("other claims under the signature", |p, _| {
        p.sign = Box::new(|claims, key| {
            let token = key.sign(claims);
            let parts: Vec<&str> = token.split('.').collect();
            let mut other = claims.clone();
            other["sub"] = json!("somebody-else");
            format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2])
        });
    }),
    ("no token", |p, _| p.sign = Box::new(|_, _| String::new())),
    ("no JWT", |p, _| p.sign = Box::new(|_, _| "not.a.token".to_owned())),
    ("no keys", |p, _| p.keys = json!({ "keys": [] })),
    ("a shared secret among the keys", |p, _| {
        p.keys = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "alg": "HS256" }] });
        p.sign = Box::new(|claims, _| ClientKey::secret("secret-secret-secret-secret-secret").sign(claims));
    }),
    ("userinfo about somebody else", |p, _| {
        p.claims = json!({ "email": null });
        p.userinfo = json!({ "sub": "sub-2", "email": "carol@example.org", "email_verified": true });
    }),
    ("userinfo about nobody", |p, _| {
        p.claims = json!({ "email": null });
        p.userinfo = json!({ "email": "carol@example.org", "email_verified": true });
    }),
    ("a refusal of the code", |p, _| instead(p, "/token", 400, "application/json", r#"{"error":"invalid_grant"}"#)),
    ("a redirect of the token endpoint", |p, _| instead(p, "/token", 302, "text/html", "moved")),
    ("a page instead of tokens", |p, _| instead(p, "/token", 200, "text/html", "<h1>Welcome</h1>")),
    ("an empty answer", |p, _| instead(p, "/token", 200, "application/json", "")),
    ("tokens without an ID token", |p, _| {
        instead(p, "/token", 200, "application/json", r#"{"access_token":"x","token_type":"Bearer"}"#);
    }),
    ("an access token that is no header", |p, _| {
        p.claims = json!({ "email": null });
        p.metadata = json!({ "token_endpoint": format!("{IDP}/token-with-newline") });
        instead(
            p,
            "/token-with-newline",
            200,
            "application/json",
            r#"{"access_token":"a\nb","token_type":"Bearer","id_token":"x"}"#,
        );
    }),
    ("tokens of a megabyte", |p, _| instead(p, "/token", 200, "application/json", &" ".repeat(1_000_000))),
    ("JSON that nests without end", |p, _| instead(p, "/token", 200, "application/json", &"[".repeat(60_000))),
    ("metadata of another issuer", |p, _| p.metadata = json!({ "issuer": "https://evil.example" })),
    ("metadata of ten megabytes", |p, _| {
        instead(p, "/.well-known/openid-configuration", 200, "application/json", &" ".repeat(10_000_000));
    }),
    ("metadata that is a page", |p, _| {
        instead(p, "/.well-known/openid-configuration", 200, "text/html", "<h1>hi</h1>");
    }),
    ("metadata elsewhere", |p, _| instead(p, "/.well-known/openid-configuration", 302, "text/html", "moved")),
    ("metadata without a token endpoint", |p, _| p.metadata = json!({ "token_endpoint": null })),
    ("a sign-in page that is a script", |p, _| p.metadata = json!({ "authorization_endpoint": "javascript:alert(1)" })),
    ("a sign-in page without TLS", |p, _| {
        p.metadata = json!({ "authorization_endpoint": "http://idp.example/authorize" });
    }),
    ("keys that are none", |p, _| instead(p, "/jwks", 200, "application/json", r#"{"keys":"none"}"#)),
    ("an answer that must say whose it is", |p, _| {
        p.metadata = json!({ "authorization_response_iss_parameter_supported": true });
    }),
];

fn instead(play: &mut Play, path: &str, status: u16, kind: &'static str, body: &str) {
    play.instead.insert(path.to_owned(), (status, kind, body.to_owned()));
}

fn unsigned(claims: &Value) -> String {
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", encode(r#"{"alg":"none"}"#.to_owned()), encode(claims.to_string()))
}

fn with_header(token: &str, header: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), token.split_once('.').unwrap().1)
}

#[tokio::test]
async fn no_lie_of_a_provider_signs_anybody_in() {
    for (what, lie) in LIES {
        let (t, provider) = TestApp::with_idp(|_| {}).await;
        lie(&mut provider.play(), t.app.clock.now_s());
        let mut browser = t.browser();
        let page = sign_in(&mut browser, &provider, "idp").await;
        assert_clear(&page, 502, "cannot be trusted", what);
        assert!(page.text().contains("href=\"/login?flow="), "{what}: no way back: {page:?}");
        assert_nothing_came_of_it(&t, &browser, what).await;
        // The other methods are there.
        browser.sign_in("alice").await;
    }
    assert!(LIES.len() >= 20);
}

#[tokio::test]
async fn a_provider_that_is_down_is_said_to_be_and_soon_left_alone() {
    let outages: [(&str, Lie); 3] = [
        ("token endpoint", |p, _| instead(p, "/token", 500, "text/html", "oops")),
        ("metadata", |p, _| instead(p, "/.well-known/openid-configuration", 503, "text/plain", "busy")),
        ("keys", |p, _| instead(p, "/jwks", 500, "text/plain", "oops")),
    ];
    for (what, outage) in outages {
        let (t, provider) = TestApp::with_idp(|_| {}).await;
        outage(&mut provider.play(), 0);
        let mut browser = t.browser();
        for _ in 0..3 {
            let page = sign_in(&mut browser, &provider, "idp").await;
            assert_clear(&page, 503, "does not answer", what);
        }
        let before = t.fetch.asked();
        let page = sign_in(&mut browser, &provider, "idp").await;
        assert_clear(&page, 503, "does not answer", what);
        assert_eq!(t.fetch.asked(), before, "{what}: it is left alone");
        assert_nothing_came_of_it(&t, &browser, what).await;
        provider.play().instead.clear();
        t.clock.advance_s(20);
        assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303, "{what}: it is back");
    }
}

#[tokio::test]
async fn known_metadata_serves_while_the_provider_has_none() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    t.clock.advance_s(3700);
    instead(&mut provider.play(), "/.well-known/openid-configuration", 500, "text/plain", "oops");
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    t.clock.advance_s(86_400);
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 503);
}

#[tokio::test]
async fn known_metadata_serves_while_the_keys_of_the_provider_hang() {
    use axum::routing::get;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (metadata, counted) = (
        json!({
            "issuer": origin, "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"), "jwks_uri": format!("{origin}/jwks"),
        }),
        Arc::clone(&asked),
    );
    let keys = move || async move {
        // The first is answered, no other is.
        if counted.fetch_add(1, Ordering::SeqCst) > 0 {
            std::future::pending::<()>().await;
        }
        axum::Json(ClientKey::es256(1).jwks())
    };
    let server = axum::Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { axum::Json(metadata) }))
        .route("/jwks", get(keys));
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let t = TestApp::with(|config| {
        let mut rules = rules(UpstreamKind::Oidc);
        rules.issuer = Some(origin.clone());
        config.upstream.insert("idp".to_owned(), rules);
    })
    .await;
    t.fetch.be_real(
        GuardedClient::new(Options {
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            allow_http_to_allowed_networks: true,
            ..Options::default()
        })
        .unwrap(),
    );
    for hour in 0..3 {
        let (_, away) = leave(&mut t.browser(), "idp").await;
        assert!(away.location().is_some_and(|l| l.starts_with(&origin)), "{hour}: {away:?}");
        // Nobody waits twice within a minute.
        let (_, away) = leave(&mut t.browser(), "idp").await;
        assert!(away.location().is_some_and(|l| l.starts_with(&origin)), "{hour}: {away:?}");
        assert_eq!(asked.load(Ordering::SeqCst), hour + 1);
        t.clock.advance_s(3700);
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_at_once_but_once_a_minute() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    provider.play().sign = Box::new(|claims, _| ClientKey::es256(1).sign(claims));
    provider.play().keys = ClientKey::es256(1).jwks();
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303, "rotated");
    assert_eq!(provider.asked("/jwks"), 2);
    provider.play().sign = Box::new(|claims, key| key.sign(claims));
    for _ in 0..3 {
        assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 502);
    }
    assert_eq!(provider.asked("/jwks"), 2, "strangers cannot make us fetch");
    t.clock.advance_s(61);
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 502);
    assert_eq!(provider.asked("/jwks"), 3);
}

#[tokio::test]
async fn slow_huge_and_moving_servers_are_met_by_the_guarded_client() {
    use axum::routing::get;
    let slow = || async {
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        "late"
    };
    let huge = || async { "x".repeat(10_000_000) };
    let moved = || async { axum::response::Redirect::to("https://evil.example/") };
    let loops = || async { axum::response::Redirect::to("/.well-known/openid-configuration") };
    for (what, handler, status, words) in [
        ("slow", get(slow), 503, "does not answer"),
        ("huge", get(huge), 502, "cannot be trusted"),
        ("moved", get(moved), 502, "cannot be trusted"),
        ("loop", get(loops), 502, "cannot be trusted"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = axum::Router::new().route("/.well-known/openid-configuration", handler);
        tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
        let t = TestApp::with(|config| {
            let mut rules = rules(UpstreamKind::Oidc);
            rules.issuer = Some(origin.clone());
            config.upstream.insert("idp".to_owned(), rules);
            config.outgoing.timeout = 1;
        })
        .await;
        let options = Options {
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            allow_http_to_allowed_networks: true,
            timeout: std::time::Duration::from_secs(1),
            ..Options::default()
        };
        t.fetch.be_real(GuardedClient::new(options).unwrap());
        let mut browser = t.browser();
        let began = tokio::time::Instant::now();
        let (_, page) = leave(&mut browser, "idp").await;
        assert_clear(&page, status, words, what);
        assert!(began.elapsed().as_secs() < 5, "{what}");
        assert_nothing_came_of_it(&t, &browser, what).await;
        // Without leave of the operator, private addresses are not reached at all.
        t.fetch.be_real(GuardedClient::new(Options::default()).unwrap());
        let (_, page) = leave(&mut t.browser(), "idp").await;
        assert_clear(&page, 503, "does not answer", what);
    }
}

#[tokio::test]
async fn what_the_browser_brings_back_must_answer_our_question() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Nothing was asked.
    let mut browser = t.browser();
    for answer in [
        vec![],
        vec![pair("code", "code-1")],
        vec![pair("state", ""), pair("code", "code-1")],
        vec![pair("state", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), pair("code", "code-1")],
    ] {
        assert_clear(&come_back(&mut browser, "idp", &answer).await, 400, "is over", "unknown state");
    }
    // A state twice, or two states.
    let (_, away) = leave(&mut browser, "idp").await;
    let answer = provider.answer(away.location().unwrap());
    let doubled: Vec<_> = answer.iter().chain(&answer).cloned().collect();
    assert_clear(&come_back(&mut browser, "idp", &doubled).await, 400, "is over", "doubled");
    // The state of another browser: refused, and not burnt for its owner.
    let mut other = t.browser();
    assert_clear(&come_back(&mut other, "idp", &answer).await, 400, "began elsewhere", "other browser");
    assert_nothing_came_of_it(&t, &other, "other browser").await;
    assert_eq!(come_back(&mut browser, "idp", &answer).await.status, 303);
    // And once only.
    assert_clear(&come_back(&mut browser, "idp", &answer).await, 400, "is over", "replayed");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
    // Ten minutes.
    let mut late = t.browser();
    let (_, away) = leave(&mut late, "idp").await;
    let answer = provider.answer(away.location().unwrap());
    t.clock.advance_s(601);
    assert_clear(&come_back(&mut late, "idp", &answer).await, 400, "is over", "late");
    // A newer question of the same flow ends the older.
    let mut twice = t.browser();
    let (flow, first) = leave(&mut twice, "idp").await;
    let second = twice.get(&format!("/login/upstream/idp?flow={flow}")).await;
    let answer = provider.answer(first.location().unwrap());
    assert_clear(&come_back(&mut twice, "idp", &answer).await, 400, "is over", "older");
    let answer = provider.answer(second.location().unwrap());
    assert_eq!(come_back(&mut twice, "idp", &answer).await.status, 303);
}

#[tokio::test]
async fn an_answer_without_a_code_signs_nobody_in() {
    for (what, change, status, words) in [
        ("denied", vec![("code", ""), ("error", "access_denied")], 403, "did not sign you in"),
        ("broken", vec![("code", ""), ("error", "server_error")], 403, "did not sign you in"),
        ("error and code", vec![("error", "x<script>")], 403, "did not sign you in"),
        ("no code", vec![("code", "")], 502, "cannot be trusted"),
        ("wrong code", vec![("code", "guessed")], 502, "cannot be trusted"),
        ("iss of another", vec![("iss", "https://evil.example")], 502, "cannot be trusted"),
    ] {
        let (t, provider) = TestApp::with_idp(|_| {}).await;
        let mut browser = t.browser();
        let (_, away) = leave(&mut browser, "idp").await;
        let mut answer = provider.answer(away.location().unwrap());
        for (name, value) in change {
            answer.retain(|(n, _)| n != name);
            if !value.is_empty() {
                answer.push((name.to_owned(), value.to_owned()));
            }
        }
        let page = come_back(&mut browser, "idp", &answer).await;
        assert_clear(&page, status, words, what);
        assert!(!page.text().contains("<script>"), "{page:?}");
        assert_nothing_came_of_it(&t, &browser, what).await;
        assert_clear(&come_back(&mut browser, "idp", &answer).await, 400, "is over", "the state is taken");
    }
    // The right issuer is welcome, and enough where it is promised.
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().metadata = json!({ "authorization_response_iss_parameter_supported": true });
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "idp").await;
    let mut answer = provider.answer(away.location().unwrap());
    answer.push(("iss".to_owned(), IDP.to_owned()));
    assert_eq!(come_back(&mut browser, "idp", &answer).await.status, 303);
}

#[tokio::test]
async fn one_provider_cannot_answer_for_another() {
    let t = TestApp::with(|config| {
        config.upstream.insert("idp".to_owned(), rules(UpstreamKind::Oidc));
        config.upstream.insert("other".to_owned(), rules(UpstreamKind::Oidc));
    })
    .await;
    let provider = Provider::new(&t.clock, IDP);
    t.fetch.serve(IDP, provider.router());
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "idp").await;
    let answer = provider.answer(away.location().unwrap());
    assert_clear(&come_back(&mut browser, "other", &answer).await, 400, "is over", "mix-up");
    assert_nothing_came_of_it(&t, &browser, "mix-up").await;
    assert_eq!(come_back(&mut browser, "nobody", &answer).await.status, 404);
    assert_eq!(browser.get("/login/upstream/nobody?flow=x").await.status, 404);
}

#[tokio::test]
async fn somebody_elses_address_opens_nothing() {
    // (verified there, trusted, proved here) → what comes of it
    for (is_verified, is_trusted, username, status, words) in [
        (false, true, "alice", 403, "has not confirmed your address"),
        (false, false, "nobody", 403, "has not confirmed your address"),
        (true, false, "alice", 200, "You have an account already"),
        // bob's address was never proved here: a stranger may have put it there.
        (true, true, "bob", 200, "You have an account already"),
    ] {
        let (t, provider) = TestApp::with_idp(|rules| rules.trust_email = is_trusted).await;
        provider.play().claims = json!({ "email": format!("{username}@example.com"), "email_verified": is_verified });
        let mut browser = t.browser();
        let page = sign_in(&mut browser, &provider, "idp").await;
        assert_eq!(page.status, status, "{page:?}");
        assert!(page.text().contains(words), "{page:?}");
        assert_nothing_came_of_it(&t, &browser, username).await;
    }
}

#[tokio::test]
async fn a_trusted_provider_links_by_a_verified_address_and_says_so() {
    let (t, provider) = TestApp::with_idp(|rules| rules.trust_email = true).await;
    provider.play().claims = json!({ "email": "Alice@Example.com" });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    assert_eq!(t.count("users", "1 = 1").await, 2);
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
    let mails = t.mails_to("alice@example.com").await;
    assert_eq!(mails.len(), 1, "a notice");
    // Not by an address that the claim only says to be verified in words of its own.
    let (t, provider) = TestApp::with_idp(|rules| rules.trust_email = true).await;
    for odd in [json!("yes"), json!(1), json!({}), json!([true])] {
        provider.play().claims = json!({ "email": "alice@example.com", "email_verified": odd });
        let page = sign_in(&mut t.browser(), &provider, "idp").await;
        assert!(matches!(page.status, 403 | 502), "{page:?}");
    }
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
}

/// From the page that says whose address it is: signs in as alice, and goes where that leads.
async fn sign_in_to_it_first(browser: &mut Browser<'_>, page: &Answer) -> Answer {
    let href = page.text().split("href=\"").find(|h| h.starts_with("/login?flow=")).unwrap().split('"').next().unwrap();
    let login = browser.open(href).await;
    browser.submit(&login, &[("username", "alice"), ("password", PASSWORD)], "").await
}

#[tokio::test]
async fn the_owner_proves_the_account_here_and_confirms_the_link() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email": "alice@example.com" });
    let mut browser = t.browser();
    let page = sign_in(&mut browser, &provider, "idp").await;
    assert!(page.text().contains("You have an account already"), "{page:?}");
    let confirm = sign_in_to_it_first(&mut browser, &page).await;
    assert!(confirm.path.starts_with("/login/upstream-link?flow="), "{confirm:?}");
    assert!(confirm.text().contains("alice@example.com") && confirm.text().contains("Alice Ames"), "{confirm:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0, "a GET links nothing");
    let home = browser.submit_once(&confirm, &[], "link").await;
    assert_eq!((home.status, home.location()), (303, Some("/")), "{home:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
    assert_eq!(t.count("events", "kind = 'upstream.linked'").await, 1);
    assert_eq!(t.mails_to("alice@example.com").await.len(), 1);
    let mut other = t.browser();
    assert_eq!(sign_in(&mut other, &provider, "idp").await.status, 303);
    assert!(other.open("/").await.text().contains("Alice Ames"));
}

#[tokio::test]
async fn linking_takes_the_second_factor_that_the_account_has() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email": "alice@example.com" });
    let mut browser = t.browser();
    let page = sign_in(&mut browser, &provider, "idp").await;
    let confirm = sign_in_to_it_first(&mut browser, &page).await;
    let phone = t.phone("alice").await;
    let asked = browser.submit_once(&confirm, &[], "link").await;
    assert!(asked.location().is_some_and(|l| l.starts_with("/login/second?")), "{asked:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
    let second = browser.follow(asked).await;
    let confirm = browser.submit(&second, &[("code", &phone.code(&t, 0))], "").await;
    assert!(confirm.path.starts_with("/login/upstream-link?flow="), "{confirm:?}");
    let home = browser.submit_once(&confirm, &[], "link").await;
    assert_eq!((home.status, home.location()), (303, Some("/")), "{home:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
}

#[tokio::test]
async fn who_comes_in_by_a_recovery_code_still_gets_to_the_link_that_waits() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let phone = t.phone("alice").await;
    provider.play().claims = json!({ "email": "alice@example.com" });
    let mut browser = t.browser();
    let page = sign_in(&mut browser, &provider, "idp").await;
    let second = sign_in_to_it_first(&mut browser, &page).await;
    let flow = second.path.split("flow=").nth(1).unwrap().to_owned();
    let page = browser.open(&format!("/login/second?flow={flow}&with=recovery")).await;
    let left = browser.submit(&page, &[("recovery_code", &phone.codes[0])], "").await;
    left.assert_page(200);
    assert!(left.text().contains(&format!("/login/upstream-link?flow={flow}")), "{left:?}");
}

#[tokio::test]
async fn nobody_but_who_was_shown_confirms_a_link() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email": "alice@example.com" });
    let mut browser = t.browser();
    let page = sign_in(&mut browser, &provider, "idp").await;
    let confirm = sign_in_to_it_first(&mut browser, &page).await;
    assert!(confirm.path.starts_with("/login/upstream-link?flow="), "{confirm:?}");
    // In another tab somebody else signs in and becomes current.
    browser.sign_in("bob").await;
    browser.submit_once(&confirm, &[], "link").await;
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
}

#[tokio::test]
async fn whoever_says_no_is_signed_in_without_a_link() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email": "alice@example.com" });
    let mut browser = t.browser();
    let (flow, away) = leave(&mut browser, "idp").await;
    let answer = provider.answer(away.location().unwrap());
    come_back(&mut browser, "idp", &answer).await;
    // Another browser does not get at what waits.
    let mut stranger = t.browser();
    stranger.sign_in("bob").await;
    stranger.get(&format!("/login/upstream-link?flow={flow}")).await.assert_page(400);
    let login = browser.open(&format!("/login?flow={flow}")).await;
    let confirm = browser.submit(&login, &[("username", "alice"), ("password", PASSWORD)], "").await;
    // Nor does a form that is not ours.
    browser.post("/login/upstream-link", &[("flow", &flow), ("choice", "link")]).await.assert_page(403);
    // Nor does an old sign-in.
    t.clock.advance_s(900);
    let again = browser.get(&format!("/login/upstream-link?flow={flow}")).await;
    assert!(again.location().is_some_and(|l| l.contains("reason=reauthenticate")), "{again:?}");
    let home = browser.submit_once(&confirm, &[], "no").await;
    assert_eq!((home.status, home.location()), (303, Some("/")), "{home:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
    // It does not come again.
    let gone = browser.get(&format!("/login/upstream-link?flow={flow}")).await;
    assert_eq!((gone.status, gone.location()), (303, Some("/")), "{gone:?}");
}

#[tokio::test]
async fn who_may_make_an_account_is_said_by_registration_and_provider() {
    for (mode, sign_up, domains, expected) in [
        (RegistrationMode::Closed, None, vec![], Some("no account here")),
        (RegistrationMode::Invite, None, vec![], Some("no account here")),
        (RegistrationMode::Open, None, vec![], None),
        (RegistrationMode::Open, Some(false), vec![], Some("no account here")),
        (RegistrationMode::Closed, Some(true), vec![], None),
        (RegistrationMode::Open, None, vec!["example.com"], Some("may not be used here")),
        (RegistrationMode::Open, None, vec!["example.com", "example.org"], None),
    ] {
        let t = TestApp::with(|config| {
            let mut rules = rules(UpstreamKind::Oidc);
            rules.sign_up = sign_up;
            config.upstream.insert("idp".to_owned(), rules);
            config.registration.mode = mode;
            config.registration.allowed_domains = domains.iter().map(|d| (*d).to_owned()).collect();
            config.registration.groups = vec!["members".to_owned()];
        })
        .await;
        let provider = Provider::new(&t.clock, IDP);
        t.fetch.serve(IDP, provider.router());
        let mut browser = t.browser();
        let page = sign_in(&mut browser, &provider, "idp").await;
        let what = format!("{mode:?} {sign_up:?} {domains:?}");
        match expected {
            Some(words) => {
                assert_clear(&page, 403, words, &what);
                assert_nothing_came_of_it(&t, &browser, &what).await;
            }
            None => {
                assert_eq!(page.status, 303, "{what}: {page:?}");
                let id = t.id_of("carol").await;
                assert_eq!(users::groups_of(&t.app, id).await.unwrap(), ["members"]);
            }
        }
    }
}

#[tokio::test]
async fn only_allowed_domains_come_in_even_when_linked() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let strict =
        t.replica_with(|c| c.upstream.get_mut("idp").unwrap().allowed_domains = vec!["example.com".to_owned()]).await;
    for (email, is_verified, words) in [
        ("carol@example.org", true, "may not be used here"),
        ("carol@example.com.evil.example", true, "may not be used here"),
        ("carol@sub.example.com", true, "may not be used here"),
        ("carol@example.com", false, "has not confirmed"),
    ] {
        provider.play().claims = json!({ "email": email, "email_verified": is_verified });
        let page = sign_in(&mut strict.browser(), &provider, "idp").await;
        assert_clear(&page, 403, words, email);
    }
    provider.play().claims = json!({ "email": "carol@EXAMPLE.com" });
    assert_eq!(sign_in(&mut strict.browser(), &provider, "idp").await.status, 303);
}

#[tokio::test]
async fn a_disabled_person_stays_out() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    users::set_disabled(&t.app, t.id_of("carol").await, true).await.unwrap();
    let mut browser = t.browser();
    let page = sign_in(&mut browser, &provider, "idp").await;
    page.assert_page(403);
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_where_the_policy_says_so() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let strict = t.replica_with(|c| c.mfa.policy = doorward::config::MfaPolicy::Required).await;
    let mut browser = strict.browser();
    let away = sign_in(&mut browser, &provider, "idp").await;
    assert!(away.location().is_some_and(|l| l.starts_with("/login/enrol?flow=")), "{away:?}");
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn user_names_are_free_ones_and_addresses_must_be_such() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    for (n, (username, email, expected)) in [
        ("alice", "a1@example.org", "alice-2"),
        ("alice", "a2@example.org", "alice-3"),
        ("alice@example.com", "a3@example.org", "alice-4"),
        ("spaces are bad", "dora@example.org", "dora"),
        ("\u{430}lice", "erin@example.org", "erin"),
    ]
    .into_iter()
    .enumerate()
    {
        provider.play().claims = json!({ "sub": format!("sub-{n}"), "preferred_username": username, "email": email, "name": "\u{202e}evil" });
        let answer = sign_in(&mut t.browser(), &provider, "idp").await;
        assert_eq!(answer.status, 303, "{username}: {answer:?}");
        let person = name_of(&t, expected).await;
        assert_eq!((person.email.unwrap().0.as_str(), person.name), (email, None));
    }
    for email in ["a@b@c.example", "Alice <alice@example.com>", "no-address", "alice@example.com\r\nBcc: x@y.example"] {
        provider.play().claims = json!({ "sub": "sub-x", "email": email });
        let page = sign_in(&mut t.browser(), &provider, "idp").await;
        assert_clear(&page, 403, "cannot be used here", email);
    }
}

#[tokio::test]
async fn claims_come_from_userinfo_and_by_the_names_of_the_configuration() {
    let (t, provider) = TestApp::with_idp(|rules| {
        rules.claim_email = "mail".to_owned();
        rules.claim_email_verified = "mail_ok".to_owned();
        rules.claim_name = "displayName".to_owned();
        rules.claim_username = "login".to_owned();
    })
    .await;
    provider.play().userinfo = json!({ "sub": "sub-1", "mail": "frank@example.org", "mail_ok": true, "displayName": "Frank", "login": "frank",
        "iss": "https://evil.example" });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let frank = name_of(&t, "frank").await;
    assert_eq!((frank.name.as_deref(), frank.email), (Some("Frank"), Some(("frank@example.org".to_owned(), true))));
    assert_eq!(provider.asked("/userinfo"), 1);
    assert_eq!(
        t.count("upstream_links", &format!("issuer = '{IDP}'")).await,
        1,
        "userinfo says nothing about the issuer"
    );
}

#[tokio::test]
async fn an_operator_can_vouch_for_the_addresses_of_a_provider() {
    let (t, provider) = TestApp::with_idp(|rules| rules.assume_email_verified = true).await;
    provider.play().claims = json!({ "email_verified": null });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
}

#[tokio::test]
async fn a_posted_answer_waits_for_the_browser_to_come_by_itself() {
    let (t, provider) = TestApp::with_idp(|rules| rules.response_mode = Some(UpstreamResponseMode::FormPost)).await;
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "idp").await;
    assert!(away.location().unwrap().contains("response_mode=form_post"), "{away:?}");
    let answer = provider.answer(away.location().unwrap());
    let fields: Vec<(&str, &str)> = answer.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let foreign = [("origin", IDP), ("sec-fetch-site", "cross-site")];
    let path = "/login/upstream/idp/callback";
    // The browser sends no cookies with it, and gets none that would replace its own.
    let posted = t.post_with(path, &fields, &foreign).await;
    assert_eq!(posted.status, 303, "{posted:?}");
    assert!(posted.set_cookies().is_empty(), "{posted:?}");
    let back = posted.location().unwrap().to_owned();
    assert!(back.starts_with("/login/upstream/idp/callback?answer=") && !back.contains("code-"), "{back}");
    // Only the browser that asked may take it, once.
    assert_clear(&t.browser().get(&back).await, 400, "began elsewhere", "other browser");
    assert_eq!(browser.get(&back).await.status, 303);
    assert_clear(&browser.get(&back).await, 400, "is over", "replayed");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
    // What answers no question is not kept.
    let kept = t.count("action_tokens", "purpose = 'upstream_answer'").await;
    for fields in [vec![("state", "guessed"), ("code", "x")], fields.clone(), vec![]] {
        assert_clear(&t.post_with(path, &fields, &foreign).await, 400, "is over", "no question");
    }
    assert_eq!(t.count("action_tokens", "purpose = 'upstream_answer'").await, kept);
}

#[tokio::test]
async fn secrets_of_a_question_are_sealed() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let (_, away) = leave(&mut t.browser(), "idp").await;
    let url = url::Url::parse(away.location().unwrap()).unwrap();
    let param = |name: &str| url.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    let dump = t.dump("action_tokens").await;
    assert!(!dump.contains(&param("nonce")) && !dump.contains(&param("state")), "{dump}");
    let mut browser = t.browser();
    sign_in(&mut browser, &provider, "idp").await;
    let verifier = provider.play().form["code_verifier"].clone();
    assert!(!t.dump("action_tokens").await.contains(&verifier));
}

#[tokio::test]
async fn github_by_its_api() {
    let t = TestApp::with(|config| {
        config.upstream.insert("github".to_owned(), rules(UpstreamKind::Github));
    })
    .await;
    let provider = Provider::new(&t.clock, "https://github.com");
    t.fetch.serve("https://github.com", provider.router());
    t.fetch.serve("https://api.github.com", provider.router());
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "github").await;
    let location = away.location().unwrap();
    assert!(location.starts_with("https://github.com/login/oauth/authorize?"), "{location}");
    assert!(location.contains("scope=read%3Auser+user%3Aemail") && !location.contains("nonce"), "{location}");
    let answer = provider.answer(location);
    assert_eq!(come_back(&mut browser, "github", &answer).await.status, 303);
    let octocat = name_of(&t, "octocat").await;
    assert_eq!(octocat.email, Some(("octo@cat.example".to_owned(), true)));
    assert_eq!(octocat.profile["picture"], "https://avatars.example/1");
    assert_eq!(t.count("upstream_links", "subject = '583231' AND issuer = 'https://github.com'").await, 1);
    // The login was given up there and taken by somebody else: another number, another person.
    provider.play().user = json!({ "id": 2, "login": "octocat", "name": null });
    let page = sign_in(&mut t.browser(), &provider, "github").await;
    assert!(page.text().contains("You have an account already"), "{page:?}");
}

#[tokio::test]
async fn github_without_a_verified_primary_address_or_with_a_wrong_answer() {
    let good = json!([{ "email": "octo@cat.example", "primary": true, "verified": true }]);
    for (what, emails, user, token, status, words) in [
        ("no address", json!([]), json!({ "id": 1, "login": "octocat" }), None, 403, "has not confirmed"),
        (
            "not verified",
            json!([{ "email": "alice@example.com", "primary": true, "verified": false },
                { "email": "x@y.example", "primary": false, "verified": true }]),
            json!({ "id": 1, "login": "octocat" }),
            None,
            403,
            "has not confirmed",
        ),
        ("no id", good.clone(), json!({ "login": "octocat" }), None, 502, "cannot be trusted"),
        (
            "a list of texts",
            json!(["octo@cat.example"]),
            json!({ "id": 1, "login": "x" }),
            None,
            502,
            "cannot be trusted",
        ),
        (
            "an error with status 200",
            good.clone(),
            json!({ "id": 1, "login": "x" }),
            Some(r#"{"error":"bad_verification_code"}"#),
            502,
            "cannot be trusted",
        ),
    ] {
        let t = TestApp::with(|config| {
            config.upstream.insert("github".to_owned(), rules(UpstreamKind::Github));
        })
        .await;
        let provider = Provider::new(&t.clock, "https://github.com");
        t.fetch.serve("https://github.com", provider.router());
        t.fetch.serve("https://api.github.com", provider.router());
        provider.play().emails = emails;
        provider.play().user = user;
        if let Some(body) = token {
            instead(&mut provider.play(), "/login/oauth/access_token", 200, "application/json", body);
        }
        let mut browser = t.browser();
        let page = sign_in(&mut browser, &provider, "github").await;
        assert_clear(&page, status, words, what);
        assert_nothing_came_of_it(&t, &browser, what).await;
    }
}

#[tokio::test]
async fn google_workspace_is_more_than_an_address() {
    let google = "https://accounts.google.com";
    let with = |domains: Vec<String>, is_trusted: bool| async move {
        let t = TestApp::with(|config| {
            let mut rules = rules(UpstreamKind::Google);
            rules.allowed_domains = domains;
            rules.trust_email = is_trusted;
            config.upstream.insert("google".to_owned(), rules);
        })
        .await;
        let provider = Provider::new(&t.clock, google);
        t.fetch.serve(google, provider.router());
        (t, provider)
    };
    let (t, provider) = with(vec!["example.org".to_owned()], false).await;
    for (hd, status) in [(Value::Null, 403), (json!("evil.example"), 403), (json!("example.org"), 303)] {
        provider.play().claims = json!({ "hd": hd });
        let mut browser = t.browser();
        let (_, away) = leave(&mut browser, "google").await;
        assert!(away.location().unwrap().contains("hd=example.org"), "{away:?}");
        let answer = provider.answer(away.location().unwrap());
        let page = come_back(&mut browser, "google", &answer).await;
        assert_eq!(page.status, status, "{hd}: {page:?}");
    }
    // Google knows only of its own addresses and of those of its customers whose they are now.
    for (hd, is_linked) in [(Value::Null, false), (json!("example.com"), true)] {
        let (t, provider) = with(vec![], true).await;
        provider.play().claims = json!({ "hd": hd, "email": "alice@example.com" });
        assert_eq!(sign_in(&mut t.browser(), &provider, "google").await.status == 303, is_linked, "{hd}");
    }
}

#[tokio::test]
async fn entra_names_the_tenant_in_the_token() {
    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let host = "https://login.microsoftonline.com";
    for (what, claims, tenants, status) in [
        ("a tenant", json!({ "tid": TENANT, "iss": format!("{host}/{TENANT}/v2.0"), "xms_edov": true }), vec![], 303),
        (
            "an allowed tenant",
            json!({ "tid": TENANT, "iss": format!("{host}/{TENANT}/v2.0"), "xms_edov": "1" }),
            vec![TENANT],
            303,
        ),
        (
            "another tenant",
            json!({ "tid": TENANT, "iss": format!("{host}/{TENANT}/v2.0") }),
            vec!["00000000-0000-0000-0000-000000000001"],
            403,
        ),
        (
            "an address that the tenant wrote",
            json!({ "tid": TENANT, "iss": format!("{host}/{TENANT}/v2.0") }),
            vec![],
            403,
        ),
        ("no tenant", json!({ "tid": null, "iss": format!("{host}/{TENANT}/v2.0"), "xms_edov": true }), vec![], 502),
        (
            "another issuer",
            json!({ "tid": TENANT, "iss": format!("{host}/another/v2.0"), "xms_edov": true }),
            vec![],
            502,
        ),
        (
            "the template",
            json!({ "tid": TENANT, "iss": format!("{host}/{{tenantid}}/v2.0"), "xms_edov": true }),
            vec![],
            502,
        ),
        (
            "a tenant that is a path",
            json!({ "tid": "../x", "iss": format!("{host}/../x/v2.0"), "xms_edov": true }),
            vec![],
            502,
        ),
    ] {
        let t = TestApp::with(|config| {
            let mut rules = rules(UpstreamKind::Entra);
            rules.issuer = Some(format!("{host}/common/v2.0"));
            rules.allowed_tenants = tenants.iter().map(|t| (*t).to_owned()).collect();
            config.upstream.insert("ms".to_owned(), rules);
        })
        .await;
        let provider = Provider::new(&t.clock, &format!("{host}/common/v2.0"));
        provider.play().metadata = json!({ "issuer": format!("{host}/{{tenantid}}/v2.0"), "authorization_endpoint": format!("{host}/authorize"),
            "token_endpoint": format!("{host}/token"), "userinfo_endpoint": null, "jwks_uri": format!("{host}/jwks") });
        let mut claims = claims;
        claims["email_verified"] = Value::Null;
        provider.play().claims = claims;
        let under = axum::Router::new().nest("/common/v2.0", provider.router()).merge(provider.router());
        t.fetch.serve(host, under);
        let page = sign_in(&mut t.browser(), &provider, "ms").await;
        assert_eq!(page.status, status, "{what}: {page:?}");
    }
}

#[tokio::test]
async fn apple_with_a_signed_secret_and_a_name_from_the_form() {
    let dir = tempfile::tempdir().unwrap();
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let file = dir.path().join("AuthKey.p8");
    std::fs::write(&file, pair.serialize_pem()).unwrap();
    let apple = "https://appleid.apple.com";
    let t = TestApp::with(|config| {
        let mut rules = rules(UpstreamKind::Apple);
        rules.client_secret = None;
        rules.client_key_file = Some(file.clone());
        rules.client_key_id = Some("KEY1".to_owned());
        rules.client_team_id = Some("TEAM1".to_owned());
        config.upstream.insert("apple".to_owned(), rules);
    })
    .await;
    let provider = Provider::new(&t.clock, apple);
    provider.play().metadata =
        json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"], "userinfo_endpoint": null });
    provider.play().claims = json!({ "email_verified": "true", "name": null, "preferred_username": null });
    t.fetch.serve(apple, provider.router());
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "apple").await;
    let location = away.location().unwrap();
    assert!(location.contains("response_mode=form_post") && location.contains("scope=openid+name+email"), "{location}");
    let mut answer = provider.answer(location);
    answer.push((
        "user".to_owned(),
        json!({ "name": { "firstName": "Carol", "lastName": "Clay" }, "email": "alice@example.com" }).to_string(),
    ));
    let fields: Vec<(&str, &str)> = answer.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let posted = t.post_with("/login/upstream/apple/callback", &fields, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(browser.get(posted.location().unwrap()).await.status, 303);
    let carol = name_of(&t, "carol").await;
    assert_eq!((carol.name.as_deref(), carol.email.unwrap().0.as_str()), (Some("Carol Clay"), "carol@example.org"));
    let secret = provider.play().form["client_secret"].clone();
    let (header, claims) = crate::support::decode(&secret);
    assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some("ES256"), Some("KEY1")));
    assert_eq!(
        (claims["iss"].as_str(), claims["sub"].as_str(), claims["aud"].as_str()),
        (Some("TEAM1"), Some(CLIENT_ID), Some(apple))
    );
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 15_777_000);
    // A key that is none stops the start.
    std::fs::write(&file, "no key").unwrap();
    let error = App::open(t.app.config.clone(), Parts::default()).await.err().unwrap().to_string();
    assert!(error.contains("upstream.apple.client_key_file"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_sign_ins_at_once_make_one_account() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let mut browsers: Vec<_> = (0..6).map(|_| t.browser()).collect();
    let mut answers = Vec::new();
    for browser in &mut browsers {
        let (_, away) = leave(browser, "idp").await;
        answers.push(provider.answer(away.location().unwrap()));
    }
    let all = browsers.iter_mut().zip(&answers).map(|(browser, answer)| come_back(browser, "idp", answer));
    let mut tasks = Vec::new();
    for one in all {
        tasks.push(one);
    }
    let answers = join_all(tasks).await;
    assert!(answers.iter().all(|a| a.status == 303), "{answers:?}");
    assert_eq!((t.count("users", "1 = 1").await, t.count("upstream_links", "1 = 1").await), (3, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_once_however_many_bring_it() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let mut browser = t.browser();
    let (_, away) = leave(&mut browser, "idp").await;
    let answer = provider.answer(away.location().unwrap());
    let other = t.replica().await;
    let mut copies: Vec<Browser<'_>> = (0..32).map(|n| browser.at(if n % 2 == 0 { &t } else { &other })).collect();
    let answers = join_all(copies.iter_mut().map(|copy| come_back(copy, "idp", &answer)).collect()).await;
    let taken = answers.iter().filter(|a| a.status == 303).count();
    assert_eq!(taken, 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
}

/// Runs futures side by side on this task.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in futures.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *slot = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn userinfo_is_asked_whether_the_address_is_verified() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email_verified": null });
    provider.play().userinfo = json!({ "sub": "sub-1", "email": "carol@example.org", "email_verified": true });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    assert_eq!(provider.asked("/userinfo"), 1);
    assert_eq!(name_of(&t, "carol").await.email, Some(("carol@example.org".to_owned(), true)));
    // What the ID token says whole needs no second look; nor does what the operator vouches for.
    provider.play().claims = json!({});
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let (t, provider) = TestApp::with_idp(|rules| rules.assume_email_verified = true).await;
    provider.play().claims = json!({ "email_verified": null });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    assert_eq!(provider.asked("/userinfo"), 0);
}

#[tokio::test]
async fn what_the_operator_maps_is_asked_of_userinfo() {
    let (t, provider) = TestApp::with_idp(|rules| {
        rules.claim_username = "login".to_owned();
        rules.claim_picture = "avatar".to_owned();
    })
    .await;
    provider.play().userinfo = json!({ "sub": "sub-1", "login": "cclay", "avatar": "https://idp.example/1.png" });
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    assert_eq!(name_of(&t, "cclay").await.profile["picture"], "https://idp.example/1.png");
}

#[tokio::test]
async fn an_address_and_whether_it_is_verified_are_of_one_document() {
    let victim = "bob@example.com";
    // ID token, userinfo, and what is believed.
    for (id, info, believed) in [
        (json!({ "email": victim, "email_verified": null }), json!({ "email_verified": true }), None),
        (json!({ "email": null }), json!({ "email": victim }), None),
        (
            json!({ "email": victim, "email_verified": null }),
            json!({ "email": "carol@example.org", "email_verified": true }),
            Some("carol@example.org"),
        ),
        (json!({ "email": victim, "email_verified": false }), json!({ "email": victim, "email_verified": true }), None),
        (
            json!({ "email": "carol@example.org", "email_verified": true, "name": null }),
            json!({ "email": victim, "email_verified": true, "name": "Carol" }),
            Some("carol@example.org"),
        ),
    ] {
        let (t, provider) = TestApp::with_idp(|rules| rules.trust_email = true).await;
        provider.play().claims = id.clone();
        let mut userinfo = info.clone();
        userinfo["sub"] = json!("sub-1");
        provider.play().userinfo = userinfo;
        let mut browser = t.browser();
        let page = sign_in(&mut browser, &provider, "idp").await;
        match believed {
            Some(address) => {
                assert_eq!(page.status, 303, "{id} {info}: {page:?}");
                assert_eq!(name_of(&t, "carol").await.email, Some((address.to_owned(), true)), "{id} {info}");
            }
            None => {
                assert_clear(&page, 403, "has not confirmed your address", &format!("{id} {info}"));
                assert_nothing_came_of_it(&t, &browser, &format!("{id} {info}")).await;
            }
        }
    }
}
