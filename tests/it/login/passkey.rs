//! Passkeys: what proves who somebody is, and everything that does not.

use std::sync::Arc;

use doorward::app::App;
use doorward::config::MfaPolicy;
use doorward::domain::flows::{self, Pending};
use doorward::domain::passkeys::{self, Answer as New, Refused};
use doorward::domain::sessions::Place;
use doorward::domain::users;
use doorward::platform::webauthn::Refusal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Algorithm, Answer, Ask, Authenticator, Browser, PASSWORD, TestApp, at_once, decode, form};

const HERE: [u8; 32] = [7; 32];

fn place() -> Place {
    Place { browser_hash: HERE, ..Place::default() }
}

async fn begin(app: &App, user_id: Uuid) -> Value {
    let person = users::find(app, user_id).await.unwrap();
    passkeys::begin_registration(app, &person, &HERE).await.unwrap().unwrap()
}

async fn finish(app: &App, user_id: Uuid, credential: &str, is_first: bool) -> Result<Uuid, Refused> {
    let answer = New { credential, name: "Key", is_first };
    passkeys::finish_registration(app, user_id, &answer, &place()).await.unwrap().map(|added| added.id)
}

/// Gives a person the passkey of an authenticator.
pub(crate) async fn give(t: &TestApp, username: &str, authenticator: &mut Authenticator) -> Uuid {
    let id = t.id_of(username).await;
    let options = begin(&t.app, id).await;
    finish(&t.app, id, &authenticator.create(&options), false).await.unwrap()
}

async fn alice_with_key(t: &TestApp) -> Authenticator {
    let mut authenticator = Authenticator::new();
    give(t, "alice", &mut authenticator).await;
    authenticator
}

fn field(page: &Answer, name: &str) -> String {
    form(page).fields.into_iter().find(|(n, _)| n == name).unwrap().1
}

/// The fields of a page's flow, with those of its passkey.
fn fields<'a>(flow: &'a str, csrf: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("flow", flow), ("csrf", csrf)], more].concat()
}

async fn options(browser: &mut Browser<'_>, page: &Answer, step: &str) -> Answer {
    let (flow, csrf) = (field(page, "flow"), field(page, "csrf"));
    browser.post("/login/passkey/options", &fields(&flow, &csrf, &[("step", step)])).await
}

async fn send(browser: &mut Browser<'_>, page: &Answer, step: &str, credential: &str) -> Answer {
    let (flow, csrf) = (field(page, "flow"), field(page, "csrf"));
    browser.post("/login/passkey", &fields(&flow, &csrf, &[("step", step), ("credential", credential)])).await
}

/// Signs in at the start page, redirects not followed.
pub(super) async fn sign_in(browser: &mut Browser<'_>, authenticator: &mut Authenticator) -> Answer {
    let page = browser.open("/login").await;
    let asked = options(browser, &page, "").await;
    let credential = authenticator.get(&asked.json()["publicKey"]);
    send(browser, &page, "", &credential).await
}

/// Name and password; gives the page that follows.
async fn with_password(browser: &mut Browser<'_>, username: &str) -> Answer {
    let page = browser.open("/login").await;
    browser.submit(&page, &[("username", username), ("password", PASSWORD)], "").await
}

async fn proof_of_session(t: &TestApp) -> (String, String) {
    let sql = "SELECT amr, acr FROM browser_sessions WHERE ended_at IS NULL ORDER BY id DESC";
    let row = t.app.db.one(sql, []).await.unwrap().unwrap();
    (row.try_get("", "amr").unwrap(), row.try_get("", "acr").unwrap())
}

fn is_signed_in(browser: &Browser<'_>) -> bool {
    browser.cookies.keys().any(|n| n.ends_with("session"))
}

/// What is wrong with an authenticator.
type Change = Box<dyn Fn(&mut Authenticator)>;

#[tokio::test]
async fn a_passkey_signs_in_and_tells_the_app_what_was_proved() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let answer = sign_in(&mut browser, &mut authenticator).await;
    assert_eq!((answer.status, answer.location()), (303, Some("/")), "{answer:?}");
    assert!(is_signed_in(&browser));
    assert_eq!(browser.cookies["__Host-doorward-last"], "passkey");
    assert_eq!(proof_of_session(&t).await, ("pop user mfa".to_owned(), "urn:doorward:acr:mfa".to_owned()));
    assert_eq!(t.count("passkeys", "last_used_at IS NOT NULL").await, 1);
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let claims = decode(&t.redeem(&ask, &code).await.member("id_token")).1;
    assert_eq!(claims["amr"], serde_json::json!(["pop", "user", "mfa"]));
    assert_eq!(claims["acr"], "urn:doorward:acr:mfa");
}

#[tokio::test]
async fn options_ask_for_what_is_checked_and_no_challenge_comes_twice() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.contains("connect-src 'self'") && csp.contains("default-src 'none'"), "{csp}");
    let first = options(&mut browser, &page, "").await;
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let (first, second) = (first.json(), options(&mut browser, &page, "").await.json());
    assert_eq!(first["publicKey"]["rpId"], "id.example");
    assert_eq!(first["publicKey"]["userVerification"], "required");
    assert_eq!(first["publicKey"]["allowCredentials"], serde_json::json!([]));
    assert_ne!(first["publicKey"]["challenge"], second["publicKey"]["challenge"]);
    // Only the newest counts.
    let late = authenticator.get(&first["publicKey"]);
    send(&mut browser, &page, "", &late).await.assert_page(422);
    let alice = t.id_of("alice").await;
    let made = begin(&t.app, alice).await;
    assert_eq!(made["rp"], serde_json::json!({ "name": "Doorward", "id": "id.example" }));
    assert_eq!(made["user"]["name"], "alice");
    assert_eq!(made["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(made["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(made["attestation"], "none");
    assert_eq!(made["excludeCredentials"].as_array().unwrap().len(), 1);
    let algorithms: Vec<_> = made["pubKeyCredParams"].as_array().unwrap().iter().map(|p| p["alg"].as_i64()).collect();
    assert_eq!(algorithms, [Some(-7), Some(-35), Some(-257)]);
    for other in [t.get("/setup").await, t.browser().open("/").await] {
        assert!(other.header("content-security-policy").unwrap().contains("connect-src 'none'"), "{other:?}");
    }
}

#[tokio::test]
async fn an_answer_from_elsewhere_or_without_the_person_is_refused() {
    let t = TestApp::new().await;
    let good = alice_with_key(&t).await;
    let cases: Vec<(&str, Change)> = vec![
        ("another host", Box::new(|a| a.origin = "https://evil.example".to_owned())),
        ("a host that ends alike", Box::new(|a| a.origin = "https://evilid.example".to_owned())),
        ("a host below", Box::new(|a| a.origin = "https://a.id.example".to_owned())),
        ("another port", Box::new(|a| a.origin = "https://id.example:8443".to_owned())),
        ("not https", Box::new(|a| a.origin = "http://id.example".to_owned())),
        ("another domain", Box::new(|a| a.rp_id = Some("example"))),
        ("not verified", Box::new(|a| a.is_verified = false)),
        ("nobody there", Box::new(|a| a.is_present = false)),
        ("in a frame", Box::new(|a| a.is_framed = true)),
        ("no user handle", Box::new(|a| a.handle = Some(Vec::new()))),
        ("another user handle", Box::new(|a| a.handle = Some(vec![1; 16]))),
    ];
    for (name, lie) in cases {
        let mut authenticator = good.clone();
        lie(&mut authenticator);
        let mut browser = t.browser();
        let answer = sign_in(&mut browser, &mut authenticator).await;
        assert_eq!((answer.status, answer.location()), (422, None), "{name}: {answer:?}");
        let is_person = authenticator.is_verified && authenticator.is_present;
        let words = if is_person { "This passkey" } else { "Your device" };
        assert!(answer.text().contains(&format!("data-note role=\"alert\">{words}")), "{name}: {answer:?}");
        assert!(!is_signed_in(&browser), "{name}");
    }
    for nonsense in ["", "{}", "null", "[1", "{\"id\":\"x\"}", &"x".repeat(40_000)] {
        let mut browser = t.browser();
        let page = browser.open("/login").await;
        options(&mut browser, &page, "").await;
        send(&mut browser, &page, "", nonsense).await.assert_page(422);
    }
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
    assert_eq!(t.count("passkeys", "last_used_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_signature_of_another_key_is_refused() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let asked = options(&mut browser, &page, "").await;
    let mut credential: Value = serde_json::from_str(&authenticator.get(&asked.json()["publicKey"])).unwrap();
    let mut other = Authenticator::new();
    give(&t, "bob", &mut other).await;
    let of_other: Value = serde_json::from_str(&other.get(&asked.json()["publicKey"])).unwrap();
    credential["response"]["signature"] = of_other["response"]["signature"].clone();
    send(&mut browser, &page, "", &credential.to_string()).await.assert_page(422);
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn an_answer_counts_once_and_in_its_own_flow_only() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::synced();
    give(&t, "alice", &mut authenticator).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let asked = options(&mut browser, &page, "").await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    // Of another flow of the same browser.
    let other = browser.open("/login").await;
    options(&mut browser, &other, "").await;
    send(&mut browser, &other, "", &credential).await.assert_page(422);
    // Of another browser.
    let mut stranger = t.browser();
    let theirs = stranger.open("/login").await;
    options(&mut stranger, &theirs, "").await;
    send(&mut stranger, &theirs, "", &credential).await.assert_page(422);
    let (flow, csrf) = (field(&page, "flow"), field(&theirs, "csrf"));
    stranger.post("/login/passkey", &fields(&flow, &csrf, &[("credential", &credential)])).await.assert_page(400);
    // In its own it counts, once.
    assert_eq!(send(&mut browser, &page, "", &credential).await.status, 303);
    let again = send(&mut browser, &page, "", &credential).await;
    again.assert_page(422);
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
    // A wrong answer uses the challenge up as well.
    let page = browser.open("/login").await;
    let asked = options(&mut browser, &page, "").await.json();
    send(&mut browser, &page, "", "{}").await.assert_page(422);
    let late = authenticator.get(&asked["publicKey"]);
    send(&mut browser, &page, "", &late).await.assert_page(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_sent_many_times_at_once_counts_once() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::synced();
    give(&t, "alice", &mut authenticator).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let asked = options(&mut browser, &page, "").await.json();
    let credential = Arc::new(authenticator.get(&asked["publicKey"]));
    let (cookies, page) = (browser.cookies.clone(), Arc::new(page));
    let replicas = Arc::new([t.replica().await, t.replica().await]);
    let statuses = at_once(32, |n| {
        let (replicas, page, credential) = (Arc::clone(&replicas), Arc::clone(&page), Arc::clone(&credential));
        let cookies = cookies.clone();
        async move {
            let mut browser = replicas[n % 2].browser();
            browser.cookies = cookies;
            send(&mut browser, &page, "", &credential).await.status
        }
    })
    .await;
    assert_eq!(statuses.iter().filter(|s| **s == 303).count(), 1, "{statuses:?}");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
}

#[tokio::test]
async fn a_challenge_ends_with_its_flow() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let asked = options(&mut browser, &page, "").await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    t.clock.advance_s(i64::try_from(t.app.config.oidc.login_flow_ttl).unwrap() + 1);
    send(&mut browser, &page, "", &credential).await.assert_page(400);
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn a_form_that_is_not_ours_is_refused() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let flow = field(&page, "flow");
    browser.post("/login/passkey/options", &[("flow", &flow), ("csrf", "wrong")]).await.assert_page(403);
    let asked = options(&mut browser, &page, "").await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    browser.post("/login/passkey", &[("flow", &flow), ("credential", &credential)]).await.assert_page(403);
    let cookie = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let csrf = field(&page, "csrf");
    for path in ["/login/passkey", "/login/passkey/options"] {
        let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
        t.post_with(path, &fields(&flow, &csrf, &[("credential", &credential)]), &foreign).await.assert_page(403);
        assert_eq!(t.get(path).await.status, 405);
    }
    assert_eq!(send(&mut browser, &page, "", &credential).await.status, 303, "the challenge was not touched");
}

#[tokio::test]
async fn a_counter_that_does_not_rise_is_refused_and_noted() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    assert_eq!(sign_in(&mut t.browser(), &mut authenticator).await.status, 303);
    assert_eq!(sign_in(&mut t.browser(), &mut authenticator).await.status, 303);
    let noted = "kind = 'passkey.copy_suspected'";
    assert_eq!(t.count("events", noted).await, 0);
    for counter in [1, 0] {
        let mut copy = authenticator.clone();
        copy.counter = counter;
        let mut browser = t.browser();
        sign_in(&mut browser, &mut copy).await.assert_page(422);
        assert!(!is_signed_in(&browser));
    }
    let mut stuck = authenticator.clone();
    stuck.step = 0;
    sign_in(&mut t.browser(), &mut stuck).await.assert_page(422);
    assert_eq!(t.count("events", noted).await, 3);
    let told = t.mails_to("alice@example.com").await;
    let told: Vec<_> = told.iter().filter(|m| m.subject.contains("may have been copied")).collect();
    assert_eq!(told.len(), 1, "once a day");
    assert_eq!(sign_in(&mut t.browser(), &mut authenticator).await.status, 303, "the one that counts on is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_copies_of_a_key_one_gets_in() {
    let t = Arc::new(TestApp::new().await);
    let authenticator = alice_with_key(&t).await;
    let statuses = at_once(8, |_| {
        let (t, mut copy) = (Arc::clone(&t), authenticator.clone());
        async move { sign_in(&mut t.browser(), &mut copy).await.status }
    })
    .await;
    assert_eq!(statuses.iter().filter(|s| **s == 303).count(), 1, "{statuses:?}");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
    assert!(t.count("events", "kind = 'passkey.copy_suspected'").await >= 1);
}

#[tokio::test]
async fn a_synchronised_key_does_not_count_and_is_good_everywhere() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::synced();
    give(&t, "alice", &mut authenticator).await;
    for _ in 0..3 {
        assert_eq!(sign_in(&mut t.browser(), &mut authenticator.clone()).await.status, 303);
    }
    assert_eq!(t.count("events", "kind = 'passkey.copy_suspected'").await, 0);
}

#[tokio::test]
async fn a_disabled_or_locked_account_stays_closed() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let id = t.id_of("alice").await;
    users::set_disabled(&t.app, id, true).await.unwrap();
    let mut browser = t.browser();
    sign_in(&mut browser, &mut authenticator).await.assert_page(403);
    assert!(!is_signed_in(&browser));
    users::set_disabled(&t.app, id, false).await.unwrap();
    let now = t.app.clock.now_ms();
    t.app.db.execute("UPDATE users SET locked_at = ? WHERE id = ?", [now.into(), id.into()]).await.unwrap();
    sign_in(&mut browser, &mut authenticator).await.assert_page(403);
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
    t.app.db.execute("UPDATE users SET locked_at = NULL WHERE id = ?", [id.into()]).await.unwrap();
    assert_eq!(sign_in(&mut browser, &mut authenticator).await.status, 303);
}

#[tokio::test]
async fn a_removed_or_unknown_passkey_is_told_so() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::new();
    let passkey = give(&t, "alice", &mut authenticator).await;
    let alice = t.id_of("alice").await;
    passkeys::remove(&t.app, alice, passkey, &place()).await.unwrap();
    let page = sign_in(&mut t.browser(), &mut authenticator).await;
    page.assert_page(422);
    assert!(page.text().contains("not known here"), "{page:?}");
    let mut other = Authenticator::new();
    other.create(&begin(&t.app, alice).await);
    assert!(sign_in(&mut t.browser(), &mut other).await.text().contains("not known here"));
}

#[tokio::test]
async fn the_policy_asks_for_no_more_than_is_missing() {
    for (policy, asks_second) in [(MfaPolicy::Off, false), (MfaPolicy::Optional, true), (MfaPolicy::Required, true)] {
        let t = TestApp::with(|c| c.mfa.policy = policy).await;
        let mut authenticator = alice_with_key(&t).await;
        assert_eq!(sign_in(&mut t.browser(), &mut authenticator).await.location(), Some("/"), "{policy:?}");
        // The password alone is one factor.
        let mut browser = t.browser();
        let page = with_password(&mut browser, "alice").await;
        assert_eq!(page.path.starts_with("/login/second"), asks_second, "{policy:?}: {page:?}");
        assert_eq!(is_signed_in(&browser), !asks_second);
        if asks_second {
            assert!(page.header("content-security-policy").unwrap().contains("connect-src 'self'"));
            let asked = options(&mut browser, &page, "second").await.json();
            assert_eq!(asked["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
            let credential = authenticator.get(&asked["publicKey"]);
            t.clock.advance_s(1);
            let answer = send(&mut browser, &page, "second", &credential).await;
            assert_eq!((answer.status, answer.location()), (303, Some("/")), "{answer:?}");
            assert_eq!(proof_of_session(&t).await.0, "pwd pop mfa");
            assert_eq!(browser.cookies["__Host-doorward-last"], "password");
        }
    }
}

#[tokio::test]
async fn a_second_factor_is_of_the_person_who_is_asked() {
    let t = TestApp::new().await;
    let mut alices = alice_with_key(&t).await;
    let mut bobs = Authenticator::new();
    give(&t, "bob", &mut bobs).await;
    let mut browser = t.browser();
    let page = with_password(&mut browser, "alice").await;
    let asked = options(&mut browser, &page, "second").await.json();
    let credential = bobs.insist(&asked["publicKey"]);
    let refused = send(&mut browser, &page, "second", &credential).await;
    refused.assert_page(422);
    assert!(refused.text().contains("data-note role=\"alert\">This passkey is not known here"), "{refused:?}");
    // Not one that answers the challenge of a first factor either, nor the other way round.
    let asked = options(&mut browser, &page, "").await.json();
    let credential = alices.get(&asked["publicKey"]);
    send(&mut browser, &page, "second", &credential).await.assert_page(422);
    let asked = options(&mut browser, &page, "second").await.json();
    let credential = alices.get(&asked["publicKey"]);
    send(&mut browser, &page, "", &credential).await.assert_page(422);
    // Nor without verification, nor twice.
    let asked = options(&mut browser, &page, "second").await.json();
    let mut lax = alices.clone();
    lax.is_verified = false;
    let credential = lax.get(&asked["publicKey"]);
    send(&mut browser, &page, "second", &credential).await.assert_page(422);
    assert!(!is_signed_in(&browser));
    // Her own is good, with the handle left out as some keys do.
    let asked = options(&mut browser, &page, "second").await.json();
    alices.handle = Some(Vec::new());
    let credential = alices.get(&asked["publicKey"]);
    assert_eq!(send(&mut browser, &page, "second", &credential).await.status, 303);
    send(&mut browser, &page, "second", &credential).await.assert_page(400);
}

#[tokio::test]
async fn nobody_is_asked_for_a_second_factor_before_the_first() {
    let t = TestApp::new().await;
    let mut authenticator = alice_with_key(&t).await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    options(&mut browser, &page, "second").await.assert_page(400);
    let asked = options(&mut browser, &page, "").await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    send(&mut browser, &page, "second", &credential).await.assert_page(400);
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn where_one_is_required_a_passkey_can_be_set_up() {
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let mut browser = t.browser();
    let page = with_password(&mut browser, "alice").await;
    assert!(page.path.starts_with("/login/enrol"), "{page:?}");
    assert!(page.header("content-security-policy").unwrap().contains("connect-src 'self'"));
    let (flow, csrf) = (field(&page, "flow"), field(&page, "csrf"));
    let asked = browser.post("/login/enrol/passkey/options", &fields(&flow, &csrf, &[])).await.json();
    let mut authenticator = Authenticator::new();
    let mut lax = authenticator.clone();
    lax.is_verified = false;
    let bad = lax.create(&asked["publicKey"]);
    let refused = browser.post("/login/enrol/passkey", &fields(&flow, &csrf, &[("credential", &bad)])).await;
    refused.assert_page(422);
    assert_eq!(t.count("passkeys", "1 = 1").await, 0);
    let asked = browser.post("/login/enrol/passkey/options", &fields(&flow, &csrf, &[])).await.json();
    let credential = authenticator.create(&asked["publicKey"]);
    let codes = browser.post("/login/enrol/passkey", &fields(&flow, &csrf, &[("credential", &credential)])).await;
    codes.assert_page(200);
    assert!(!is_signed_in(&browser), "not before the codes were read");
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 10);
    let answer = browser.submit_once(&codes, &[], "done").await;
    assert_eq!((answer.status, answer.location()), (303, Some("/")), "{answer:?}");
    assert_eq!(proof_of_session(&t).await.0, "pwd pop mfa");
    assert_eq!(sign_in(&mut t.browser(), &mut authenticator).await.status, 303);
}

#[tokio::test]
async fn who_has_a_factor_cannot_set_up_another_with_the_password_alone() {
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let mut thief = t.browser();
    let page = with_password(&mut thief, "alice").await;
    let (flow, csrf) = (field(&page, "flow"), field(&page, "csrf"));
    let asked = thief.post("/login/enrol/passkey/options", &fields(&flow, &csrf, &[])).await.json();
    let mut theirs = Authenticator::new();
    let credential = theirs.create(&asked["publicKey"]);
    // Meanwhile the owner sets one up.
    let alice = t.id_of("alice").await;
    let mut owners = Authenticator::new();
    let options = begin(&t.app, alice).await;
    finish(&t.app, alice, &owners.create(&options), false).await.unwrap();
    let answer = thief.post("/login/enrol/passkey", &fields(&flow, &csrf, &[("credential", &credential)])).await;
    assert!(answer.location().unwrap().starts_with("/login/second"), "{answer:?}");
    let asked = thief.post("/login/enrol/passkey/options", &fields(&flow, &csrf, &[])).await.json();
    assert!(asked["publicKey"].is_null() && asked["location"].as_str().unwrap().starts_with("/login/second"));
    // Even where the page came before: the domain holds it.
    let options = begin(&t.app, alice).await;
    assert_eq!(finish(&t.app, alice, &theirs.create(&options), true).await, Err(Refused::Over));
    assert_eq!(t.count("passkeys", "1 = 1").await, 1);
}

#[tokio::test]
async fn a_registration_belongs_to_one_person_at_one_browser_and_counts_once() {
    let t = TestApp::new().await;
    let (alice, bob) = (t.id_of("alice").await, t.id_of("bob").await);
    let mut authenticator = Authenticator::new();
    let credential = authenticator.create(&begin(&t.app, alice).await);
    assert_eq!(finish(&t.app, bob, &credential, false).await, Err(Refused::Over));
    let elsewhere = Place { browser_hash: [8; 32], ..Place::default() };
    let answer = New { credential: &credential, name: "", is_first: false };
    let refused = passkeys::finish_registration(&t.app, alice, &answer, &elsewhere).await.unwrap();
    assert_eq!(refused.map(|a| a.id), Err(Refused::Over));
    finish(&t.app, alice, &credential, false).await.unwrap();
    assert_eq!(finish(&t.app, alice, &credential, false).await, Err(Refused::Over));
    // Ten minutes later it is over.
    let credential = authenticator.create(&begin(&t.app, alice).await);
    t.clock.advance_s(601);
    assert_eq!(finish(&t.app, alice, &credential, false).await, Err(Refused::Over));
    assert_eq!(t.count("passkeys", "1 = 1").await, 1);
    assert_eq!(t.count("events", "kind = 'passkey.added'").await, 1);
}

#[tokio::test]
async fn a_registration_that_is_not_right_is_refused_and_used_up() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    let cases: Vec<(Refusal, Change)> = vec![
        (Refusal::Origin, Box::new(|a| a.origin = "https://evil.example".to_owned())),
        (Refusal::Origin, Box::new(|a| a.is_framed = true)),
        (Refusal::RelyingParty, Box::new(|a| a.rp_id = Some("evil.example"))),
        (Refusal::Unverified, Box::new(|a| a.is_verified = false)),
        (Refusal::Unverified, Box::new(|a| a.is_present = false)),
        (Refusal::Algorithm, Box::new(|a| a.algorithm = Algorithm::EdDsa)),
    ];
    for (refusal, lie) in cases {
        let mut authenticator = Authenticator::new();
        lie(&mut authenticator);
        let options = begin(&t.app, alice).await;
        let credential = authenticator.create(&options);
        assert_eq!(finish(&t.app, alice, &credential, false).await, Err(Refused::Ceremony(refusal)));
        let honest = Authenticator::new().create(&options);
        assert_eq!(finish(&t.app, alice, &honest, false).await, Err(Refused::Over), "{refusal:?}");
    }
    // The answer to another challenge, and no answer at all.
    let old = Authenticator::new().create(&begin(&t.app, alice).await);
    begin(&t.app, alice).await;
    assert_eq!(finish(&t.app, alice, &old, false).await, Err(Refused::Ceremony(Refusal::Challenge)));
    begin(&t.app, alice).await;
    assert_eq!(finish(&t.app, alice, "{}", false).await, Err(Refused::Ceremony(Refusal::Malformed)));
    assert_eq!(t.count("passkeys", "1 = 1").await, 0);
}

#[tokio::test]
async fn a_key_is_of_one_account_and_an_account_has_so_many() {
    let t = TestApp::new().await;
    let (alice, bob) = (t.id_of("alice").await, t.id_of("bob").await);
    let mut authenticator = alice_with_key(&t).await;
    // The same credential id for another person.
    let stolen = authenticator.attest(&begin(&t.app, bob).await);
    assert_eq!(finish(&t.app, bob, &stolen, false).await, Err(Refused::Taken));
    let again = authenticator.attest(&begin(&t.app, alice).await);
    assert!(finish(&t.app, alice, &again, false).await.is_err());
    for _ in 1..passkeys::MOST {
        give(&t, "alice", &mut authenticator).await;
    }
    let person = users::find(&t.app, alice).await.unwrap();
    assert_eq!(passkeys::begin_registration(&t.app, &person, &HERE).await.unwrap(), Err(Refused::TooMany));
    assert_eq!(passkeys::list(&t.app, alice).await.unwrap().len(), 20);
}

#[tokio::test]
async fn only_one_of_many_answers_to_a_registration_counts() {
    let t = Arc::new(TestApp::new().await);
    let alice = t.id_of("alice").await;
    let mut authenticator = Authenticator::new();
    let credential = authenticator.create(&begin(&t.app, alice).await);
    let results = at_once(8, |_| {
        let (t, credential) = (Arc::clone(&t), credential.clone());
        async move { finish(&t.app, alice, &credential, false).await.is_ok() }
    })
    .await;
    assert_eq!(results.iter().filter(|ok| **ok).count(), 1, "{results:?}");
    assert_eq!(t.count("passkeys", "1 = 1").await, 1);
}

#[tokio::test]
async fn the_last_way_in_and_the_last_required_factor_stay() {
    let t = TestApp::with(|c| c.login.magic_link = false).await;
    let mut authenticator = Authenticator::new();
    let passkey = give(&t, "alice", &mut authenticator).await;
    let alice = t.id_of("alice").await;
    t.app.db.execute("DELETE FROM password_credentials WHERE user_id = ?", [alice.into()]).await.unwrap();
    passkeys::remove(&t.app, alice, passkey, &place()).await.unwrap_err();
    let second = give(&t, "alice", &mut authenticator).await;
    passkeys::remove(&t.app, alice, passkey, &place()).await.unwrap();
    passkeys::remove(&t.app, alice, second, &place()).await.unwrap_err();
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let passkey = give(&t, "alice", &mut authenticator).await;
    let (alice, bob) = (t.id_of("alice").await, t.id_of("bob").await);
    passkeys::remove(&t.app, alice, passkey, &place()).await.unwrap_err();
    passkeys::remove(&t.app, bob, passkey, &place()).await.unwrap_err();
    passkeys::rename(&t.app, bob, passkey, "Mine").await.unwrap_err();
    assert_eq!(t.count("passkeys", "name = 'Key'").await, 1);
}

#[tokio::test]
async fn where_passkeys_are_off_or_cannot_be_nobody_is_offered_one() {
    for t in [
        TestApp::with(|c| c.login.passkey = false).await,
        TestApp::with(|c| c.issuer = "http://127.0.0.1:8080".parse().unwrap()).await,
    ] {
        let mut browser = t.browser();
        let page = browser.open("/login").await;
        assert!(!page.text().contains("data-passkey"), "{page:?}");
        assert!(page.header("content-security-policy").unwrap().contains("connect-src 'none'"));
        options(&mut browser, &page, "").await.assert_page(404);
        let person = users::find(&t.app, t.id_of("alice").await).await.unwrap();
        passkeys::begin_registration(&t.app, &person, &HERE).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_parent_domain_and_other_origins_can_be_configured() {
    let t = TestApp::with(|c| {
        c.issuer = "https://login.id.example".parse().unwrap();
        c.webauthn.rp_id = Some("id.example".to_owned());
        c.webauthn.extra_origins = vec!["https://app.id.example".parse().unwrap()];
    })
    .await;
    let mut authenticator = Authenticator::new();
    authenticator.origin = "https://login.id.example".to_owned();
    give(&t, "alice", &mut authenticator).await;
    for (origin, status) in [
        ("https://login.id.example", 303),
        ("https://app.id.example", 303),
        ("https://id.example", 422),
        ("https://other.id.example", 422),
    ] {
        authenticator.origin = origin.to_owned();
        let answer = sign_in(&mut t.browser(), &mut authenticator).await;
        assert_eq!(answer.status, status, "{origin}: {answer:?}");
    }
}

#[tokio::test]
async fn what_another_request_did_in_a_flow_is_not_undone() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let browser = [3; 32];
    let find = async |t: &TestApp, id: &str| flows::find(&t.app, id, Some(&browser)).await.unwrap().unwrap();
    let id = flows::start(&t.app, "{\"to\":\"home\"}", &browser).await.unwrap();
    let mut begun = find(&t, &id).await;
    begun.state.challenge = Some(json!("sign this"));
    begun.state.pending = Some(Pending {
        user_id: t.id_of("alice").await,
        amr: "pwd".to_owned(),
        at: 1,
        password: None,
        must_enrol: false,
    });
    flows::save(&t.app, &begun).await.unwrap();
    // A mail is asked for while another request answers the challenge and shows the second factor.
    let mut slow = find(&t, &id).await;
    let mut quick = find(&other, &id).await;
    assert!(flows::take_challenge(&other.app, &mut quick).await.unwrap().is_some());
    quick.state.pending = None;
    flows::save(&other.app, &quick).await.unwrap();
    slow.state.mailed_to = Some("alice".to_owned());
    flows::save(&t.app, &slow).await.unwrap();
    let mut now = find(&t, &id).await;
    assert_eq!((&now.state.challenge, &now.state.pending), (&None, &None), "taken is taken");
    assert_eq!(now.state.mailed_to.as_deref(), Some("alice"));
    assert!(flows::take_challenge(&t.app, &mut now).await.unwrap().is_none());
    assert!(flows::take_challenge(&t.app, &mut slow).await.unwrap().is_none(), "nor by who saw it before");
    // And a challenge that came meanwhile is not taken by an answer to the one before.
    slow.state.challenge = Some(json!("sign this"));
    now.state.challenge = Some(json!("sign that"));
    flows::save(&other.app, &now).await.unwrap();
    assert!(flows::take_challenge(&t.app, &mut slow).await.unwrap().is_none());
    assert_eq!(find(&t, &id).await.state.challenge, Some(json!("sign that")));
}
