//! Signing in with a registered key: a readable text, signed once, by its owner, for this place and no other.

use axum::body::Body;
use doorward::domain::users;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Browser, TestApp, UserKey, decode, form};

const CHALLENGE: &str = "/login/signature/challenge";
const SIGN_IN: &str = "/login/signature";

async fn app() -> TestApp {
    TestApp::with(|c| c.login.signature = true).await
}

/// Asks for a challenge as a tool does, and gives the answer.
async fn challenge(browser: &mut Browser<'_>, key: &UserKey) -> Value {
    let answer = browser.post_json(CHALLENGE, &json!({ "public_key": key.public() })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn signed(challenge: &Value, key: &UserKey) -> Value {
    let signature = key.sign(challenge["message"].as_str().unwrap());
    json!({ "challenge": challenge["challenge"], "public_key": key.public(), "signature": signature })
}

async fn attempt(browser: &mut Browser<'_>, key: &UserKey) -> Answer {
    let challenge = challenge(browser, key).await;
    browser.post_json(SIGN_IN, &signed(&challenge, key)).await
}

fn has_session(browser: &Browser<'_>) -> bool {
    browser.cookies.keys().any(|name| name.ends_with("session"))
}

#[tokio::test]
async fn a_tool_gets_a_session_with_which_it_asks_for_codes() {
    let t = app().await;
    for key in [UserKey::ed25519(1), UserKey::secp256k1(1)] {
        t.register_key("alice", &key).await;
        let mut tool = t.browser();
        let asked = challenge(&mut tool, &key).await;
        let message = asked["message"].as_str().unwrap();
        let known = asked["public_key"].as_str().unwrap();
        let nonce = asked["challenge"].as_str().unwrap();
        assert!(
            message
                .starts_with(&format!("Sign in to https://id.example with the key {known}; nonce {nonce}; expires 20"))
        );
        assert_eq!(asked["expires_in"], 120);
        let answer = tool.post_json(SIGN_IN, &signed(&asked, &key)).await;
        assert_eq!((answer.status, answer.member("location").as_str()), (200, "https://id.example/"), "{answer:?}");
        assert!(has_session(&tool));
        let ask = Ask::new("web");
        let code = tool.get(&ask.path()).await.param("code").unwrap();
        let tokens = t.redeem(&ask, &code).await;
        let claims = decode(&tokens.member("id_token")).1;
        assert_eq!(claims["amr"], json!(["pop"]), "{claims}");
    }
    assert_eq!(t.count("signature_keys", "last_used_at IS NOT NULL").await, 2);
}

#[tokio::test]
async fn a_browser_goes_on_in_its_flow() {
    let t = app().await;
    let key = UserKey::ed25519(1);
    t.register_key("alice", &key).await;
    let mut browser = t.browser();
    let page = browser.open(&Ask::new("web").path()).await;
    let value = |name: &str| form(&page).fields.into_iter().find(|(n, _)| n == name).unwrap().1;
    let (flow, csrf) = (value("flow"), value("csrf"));
    let asked = browser.post_json(CHALLENGE, &json!({ "public_key": key.public(), "flow": flow })).await.json();
    let mut body = signed(&asked, &key);
    body["flow"] = json!(flow);
    for wrong in [json!(null), json!("nonsense")] {
        body["csrf"] = wrong;
        let answer = browser.post_json(SIGN_IN, &body).await;
        assert_eq!(answer.refusal(), (403, "access_denied".to_owned()));
    }
    body["csrf"] = json!(csrf);
    // Another browser: neither the flow nor the challenge is its own.
    let mut other = t.browser();
    other.open("/login").await;
    let foreign =
        json!({ "challenge": body["challenge"], "public_key": body["public_key"], "signature": body["signature"] });
    assert_eq!(other.post_json(SIGN_IN, &foreign).await.refusal(), (400, "invalid_challenge".to_owned()));
    assert_eq!(other.post_json(CHALLENGE, &json!({ "public_key": key.public(), "flow": flow })).await.refusal().0, 400);
    let answer = browser.post_json(SIGN_IN, &body).await;
    let location = answer.member("location");
    let local = location.strip_prefix("https://id.example").unwrap();
    assert!(local.starts_with("/authorize?flow="), "{location}");
    assert!(browser.get(local).await.param("code").is_some());
}

#[tokio::test]
async fn every_spelling_of_key_and_signature_is_read() {
    let t = app().await;
    let key = UserKey::secp256k1(1);
    t.register_key("alice", &key).await;
    let mut tool = t.browser();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    for n in 0..4 {
        let asked = challenge(&mut tool, &key).await;
        let message = asked["message"].as_str().unwrap().to_owned();
        let mut body = signed(&asked, &key);
        match n {
            0 => body["signature"] = json!(key.sign_der_high(&message)),
            1 => body["signature"] = json!(hex(&key.raw(&message))),
            2 => body["signature"] = json!(format!("0x{}", hex(&key.raw(&message)))),
            _ => body["public_key"] = asked["public_key"].clone(),
        }
        assert_eq!(tool.post_json(SIGN_IN, &body).await.status, 200, "{n}");
    }
}

#[tokio::test]
async fn it_is_not_there_unless_the_operator_allows_it() {
    let t = TestApp::new().await;
    let mut tool = t.browser();
    for path in [CHALLENGE, SIGN_IN] {
        tool.post_json(path, &json!({})).await.assert_page(404);
    }
    t.alice().await.get("/account/keys").await.assert_page(404);
}

#[tokio::test]
async fn unknown_wrong_disabled_and_removed_look_the_same() {
    let t = app().await;
    let key = UserKey::ed25519(1);
    let id = t.register_key("alice", &key).await;
    let bobs = UserKey::ed25519(2);
    t.register_key("bob", &bobs).await;
    users::set_disabled(&t.app, t.id_of("bob").await, true).await.unwrap();
    let mut seen = Vec::new();
    for case in ["wrong", "unknown", "disabled", "another's"] {
        let mut tool = t.browser();
        let signer = if case == "disabled" {
            &bobs
        } else if case == "unknown" {
            &UserKey::ed25519(9)
        } else {
            &key
        };
        let asked = challenge(&mut tool, signer).await;
        let mut body = signed(&asked, signer);
        if case == "wrong" {
            body["signature"] = json!(key.sign("something else"));
        }
        if case == "another's" {
            body["signature"] = json!(bobs.sign(asked["message"].as_str().unwrap()));
        }
        let answer = tool.post_json(SIGN_IN, &body).await;
        assert_eq!(answer.refusal(), (401, "invalid_signature".to_owned()), "{case}: {answer:?}");
        assert!(!has_session(&tool));
        seen.push(answer.text().to_owned());
        // A wrong answer uses the challenge up.
        let again = tool.post_json(SIGN_IN, &signed(&asked, signer)).await;
        assert_eq!(again.refusal(), (400, "invalid_challenge".to_owned()), "{case}");
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
    let owner = t.id_of("alice").await;
    let place = doorward::domain::sessions::Place::default();
    doorward::domain::signature_keys::remove(&t.app, owner, id, &place).await.unwrap();
    assert_eq!(attempt(&mut t.browser(), &key).await.refusal().0, 401);
}

#[tokio::test]
async fn a_challenge_is_good_once_for_two_minutes_and_for_its_key() {
    let t = app().await;
    let key = UserKey::ed25519(1);
    t.register_key("alice", &key).await;
    let mut tool = t.browser();
    let first = challenge(&mut tool, &key).await;
    // Another one, even for the same key, does not end it: the key is public.
    let second = challenge(&mut t.browser(), &key).await;
    assert_eq!(tool.post_json(SIGN_IN, &signed(&first, &key)).await.status, 200);
    let over = (400, "invalid_challenge".to_owned());
    assert_eq!(tool.post_json(SIGN_IN, &signed(&first, &key)).await.refusal(), over);
    t.clock.advance_s(119);
    assert_eq!(tool.post_json(SIGN_IN, &signed(&second, &key)).await.status, 200);
    let late = challenge(&mut tool, &key).await;
    t.clock.advance_s(120);
    assert_eq!(tool.post_json(SIGN_IN, &signed(&late, &key)).await.refusal(), over);
    // Signed by one key, asked for by another.
    let other = UserKey::ed25519(2);
    let asked = challenge(&mut tool, &other).await;
    assert_eq!(tool.post_json(SIGN_IN, &signed(&asked, &key)).await.refusal(), over);
    // A signature for another house.
    let asked = challenge(&mut tool, &key).await;
    let elsewhere = asked["message"].as_str().unwrap().replace("id.example", "id.evil.example");
    let mut body = signed(&asked, &key);
    body["signature"] = json!(key.sign(&elsewhere));
    assert_eq!(tool.post_json(SIGN_IN, &body).await.refusal().0, 401);
    // The challenge of a new key is for nothing else, and is not used up by the attempt.
    let alice = users::find(&t.app, t.id_of("alice").await).await.unwrap();
    let public = doorward::platform::public_key::PublicKey::parse(&other.public()).unwrap();
    let adding = doorward::domain::signature_keys::begin_adding(&t.app, &alice, &public, "", &[0; 32]).await.unwrap();
    let body =
        json!({ "challenge": adding.token, "public_key": other.public(), "signature": other.sign(&adding.message) });
    assert_eq!(tool.post_json(SIGN_IN, &body).await.refusal(), over);
    let place = doorward::domain::sessions::Place::default();
    let signature = other.raw(&adding.message);
    doorward::domain::signature_keys::add(&t.app, alice.id, &adding.token, &signature, &place).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_malformed_or_from_elsewhere_is_refused() {
    let t = app().await;
    let key = UserKey::ed25519(1);
    let mut tool = t.browser();
    let invalid = (400, "invalid_request".to_owned());
    for body in
        [json!({}), json!([]), json!({ "public_key": 1 }), json!({ "public_key": "" }), json!({ "public_key": "abcd" })]
    {
        assert_eq!(tool.post_json(CHALLENGE, &body).await.refusal(), invalid, "{body}");
    }
    let asked = challenge(&mut tool, &key).await;
    for signature in ["", "abc", "!!", &"00".repeat(63), &"00".repeat(73)] {
        let mut body = signed(&asked, &key);
        body["signature"] = json!(signature);
        assert_eq!(tool.post_json(SIGN_IN, &body).await.refusal(), invalid, "{signature}");
    }
    let body = json!({ "public_key": key.public() }).to_string();
    let send = async |headers: &[(&str, &str)]| t.request("POST", CHALLENGE, headers, Body::from(body.clone())).await;
    let typed = ("content-type", "application/json");
    assert_eq!(send(&[]).await.refusal().0, 415);
    assert_eq!(send(&[("content-type", "text/plain")]).await.refusal().0, 415);
    for foreign in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let answer = send(&[typed, foreign]).await;
        assert_eq!(answer.refusal(), (403, "access_denied".to_owned()));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(
        send(&[("content-type", "application/json; charset=utf-8"), ("origin", "https://id.example")]).await.status,
        200
    );
    let large = Body::from(format!("{{\"public_key\": \"{}\"}}", "a".repeat(20_000)));
    assert_eq!(t.request("POST", CHALLENGE, &[typed], large).await.status, 413);
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = t.request("OPTIONS", CHALLENGE, &preflight, Body::empty()).await;
    assert!(answer.status == 405 && answer.header("access-control-allow-origin").is_none(), "{answer:?}");
}

#[tokio::test]
async fn guessing_is_slowed_down_by_address() {
    let t = TestApp::with(|c| {
        c.login.signature = true;
        c.throttle.login_per_address = 3;
    })
    .await;
    let mut tool = t.browser();
    for n in 0..3 {
        assert_eq!(attempt(&mut tool, &UserKey::ed25519(n)).await.refusal().0, 401);
    }
    let slowed = attempt(&mut tool, &UserKey::ed25519(7)).await;
    assert_eq!(slowed.refusal(), (429, "too_many_requests".to_owned()));
    assert!(slowed.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    t.clock.advance_s(61);
    assert_eq!(attempt(&mut tool, &UserKey::ed25519(7)).await.refusal().0, 401);
}

#[tokio::test]
async fn guessing_at_one_key_is_slowed_down_and_forgotten() {
    let t = TestApp::with(|c| {
        c.login.signature = true;
        c.throttle.login_per_address = 0;
    })
    .await;
    let key = UserKey::ed25519(1);
    t.register_key("alice", &key).await;
    let mut tool = t.browser();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let asked = challenge(&mut tool, &key).await;
        let mut body = signed(&asked, &key);
        body["signature"] = json!(key.sign("x"));
        statuses.push(tool.post_json(SIGN_IN, &body).await.status);
    }
    assert!(statuses.starts_with(&[401, 401, 401, 401, 401]) && statuses.ends_with(&[429]), "{statuses:?}");
    t.clock.advance_s(31);
    assert_eq!(attempt(&mut tool, &key).await.status, 200);
}

#[tokio::test]
async fn who_needs_a_second_factor_is_led_there_and_not_signed_in() {
    let t = TestApp::with(|c| {
        c.login.signature = true;
        c.mfa.policy = doorward::config::MfaPolicy::Required;
    })
    .await;
    let key = UserKey::ed25519(1);
    t.register_key("alice", &key).await;
    let mut tool = t.browser();
    let answer = attempt(&mut tool, &key).await;
    assert_eq!(answer.status, 200);
    assert!(answer.member("location").starts_with("https://id.example/login/enrol?flow="), "{answer:?}");
    assert!(tool.get(&Ask::new("web").set("prompt", "none").path()).await.param("code").is_none());
}

/// The script of the guide, as it stands there, against a server on loopback.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_of_the_guide_signs_in() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let t = TestApp::with(|c| {
        c.issuer = issuer.parse().unwrap();
        c.login.signature = true;
    })
    .await;
    let server = tokio::spawn(axum::serve(listener, t.router.clone()).into_future());
    for (n, key) in [UserKey::ed25519(1), UserKey::secp256k1(1)].into_iter().enumerate() {
        t.register_key("alice", &key).await;
        let dir = tempfile::tempdir().unwrap();
        let (pem, jar) = (dir.path().join("key.pem"), dir.path().join("jar"));
        std::fs::write(&pem, key.pem()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/signature-login.sh");
        let said = run(&["bash", script, &issuer, pem.to_str().unwrap(), jar.to_str().unwrap()]).await;
        assert_eq!(said.trim(), format!("{issuer}/"), "{n}");
        let authorize = format!("{issuer}{}", Ask::new("web").set("prompt", "none").path());
        let curl = ["curl", "-sS", "-o", "/dev/null", "-w", "%{redirect_url}", "-b", jar.to_str().unwrap(), &authorize];
        let redirect = run(&curl).await;
        assert!(redirect.starts_with("https://web.example/cb?") && redirect.contains("code="), "{redirect}");
    }
    server.abort();
}

async fn run(line: &[&str]) -> String {
    let (program, args) = line.split_first().unwrap();
    let mut command = std::process::Command::new(program);
    command.args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{line:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
