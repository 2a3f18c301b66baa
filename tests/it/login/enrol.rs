//! Setting up a second factor where one is required: before there is a session, by a code, and never beside the owner's.

use doorward::config::MfaPolicy;
use doorward::domain::factors;

use crate::support::{Answer, Ask, Browser, PASSWORD, Phone, TestApp, decode};

async fn required() -> TestApp {
    TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await
}

async fn first(browser: &mut Browser<'_>, path: &str, username: &str) -> Answer {
    let page = browser.open(path).await;
    browser.submit(&page, &[("username", username), ("password", PASSWORD)], "").await
}

/// The page that sets one up, reached with the password.
async fn enrol(browser: &mut Browser<'_>, path: &str, username: &str) -> Answer {
    let page = first(browser, path, username).await;
    assert!(page.status == 200 && page.path.starts_with("/login/enrol?"), "{page:?}");
    page
}

fn codes(page: &Answer) -> Vec<String> {
    page.text().split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_must_have_one_sets_it_up_and_goes_on_to_the_app() {
    let t = required().await;
    let mut browser = t.browser();
    let ask = Ask::new("web");
    let page = enrol(&mut browser, &ask.path(), "alice").await;
    assert!(page.text().contains("<svg class=\"qr\"") && page.text().contains("otpauth://totp/Doorward:alice?"));
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
    let phone = Phone::read(&page);
    // The same secret is shown as long as it waits; it is nowhere in clear.
    assert_eq!(Phone::read(&browser.open(&page.path).await).code(&t, 0), phone.code(&t, 0));
    for wrong in ["", "000000"] {
        let refused = browser.submit_once(&page, &[("code", wrong)], "").await;
        refused.assert_page(422);
        assert_eq!(Phone::read(&refused).code(&t, 0), phone.code(&t, 0));
    }
    assert_eq!(t.count("totp_secrets", "1 = 1").await, 0);
    let shown = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    assert_eq!(codes(&shown).len(), 10, "{shown:?}");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0, "first the codes are read");
    // Shown once.
    let again = browser.open(&page.path).await;
    assert!(again.status == 200 && codes(&again).is_empty(), "{again:?}");
    let answer = browser.submit(&again, &[], "done").await;
    let code = answer.param("code").unwrap_or_else(|| panic!("{answer:?}"));
    let (_, claims) = decode(&t.redeem(&ask, &code).await.member("id_token"));
    assert_eq!(claims["acr"], "urn:doorward:acr:mfa");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(t.count("events", "kind IN ('totp.added', 'recovery_codes.made')").await, 2);
    let mail = t.mail("alice@example.com", "notice").await;
    assert!(mail.text.contains("/not-me?token="));
    // Next time the app is asked, and not with the code that set it up.
    let mut next = t.browser();
    let page = first(&mut next, "/login", "alice").await;
    assert!(page.path.starts_with("/login/second?"), "{page:?}");
    next.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(422);
    t.clock.advance_s(30);
    assert_eq!(next.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.status, 303);
}

#[tokio::test]
async fn what_was_set_up_counts_once_in_its_flow() {
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Off).await;
    let metadata = serde_json::json!({ "redirect_uris": ["https://strict.example/cb"], "require_mfa": true });
    t.client("strict", metadata).await;
    let mut browser = t.browser();
    let ask = Ask::new("web").set("client_id", "strict").set("redirect_uri", "https://strict.example/cb");
    let page = enrol(&mut browser, &ask.path(), "alice").await;
    let shown = browser.submit(&page, &[("code", &Phone::read(&page).code(&t, 0))], "").await;
    let consent = browser.submit(&shown, &[], "done").await;
    assert!(consent.path.starts_with("/consent?"), "{consent:?}");
    // The password alone, in the same flow: what was set up before does not stand in for the factor.
    let flow = consent.path.split_once("flow=").unwrap().1.split('&').next().unwrap().to_owned();
    let login = browser.open(&format!("/login?flow={flow}")).await;
    let second = browser.submit(&login, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(second.path.starts_with("/login/second?"), "{second:?}");
    let answer = browser.submit_once(&shown, &[], "done").await;
    assert!(!answer.location().is_some_and(|l| l.starts_with("/authorize")), "{answer:?}");
    assert!(browser.open(&format!("/authorize?flow={flow}")).await.path.starts_with("/login/second?"));
}

#[tokio::test]
async fn nobody_goes_on_without_a_code() {
    let t = required().await;
    let mut browser = t.browser();
    let page = enrol(&mut browser, "/login", "alice").await;
    let skipped = browser.submit_once(&page, &[("done", "yes")], "").await;
    skipped.assert_page(422);
    let form = crate::support::form(&page);
    let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.push(("done", "yes"));
    browser.post("/login/enrol", &fields).await.assert_page(422);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(browser.get(&silent).await.param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn whoever_knows_the_password_cannot_add_one_beside_the_owners() {
    let t = required().await;
    let mut thief = t.browser();
    let page = enrol(&mut thief, "/login", "alice").await;
    let thiefs = Phone::read(&page);
    // Meanwhile the owner has set one up, with another secret.
    let mut owner = t.browser();
    let owners_page = enrol(&mut owner, "/login", "alice").await;
    let owners = Phone::read(&owners_page);
    assert_ne!(owners.code(&t, 0), thiefs.code(&t, 0), "each browser has a secret of its own");
    owner.submit(&owners_page, &[("code", &owners.code(&t, 0))], "").await;
    let answer = thief.submit(&page, &[("code", &thiefs.code(&t, 0))], "").await;
    assert!(answer.path.starts_with("/login/second?"), "{answer:?}");
    thief.submit_once(&answer, &[("code", &thiefs.code(&t, 0))], "").await.assert_page(422);
    assert_eq!(t.count("totp_secrets", "1 = 1").await, 1);
}

#[tokio::test]
async fn what_one_person_set_up_lets_nobody_else_in() {
    let t = required().await;
    t.phone("alice").await;
    // Bob sets one up, does not go on, and somebody proves alice's password in the same flow.
    let mut browser = t.browser();
    let page = enrol(&mut browser, "/login", "bob").await;
    let phone = Phone::read(&page);
    let shown = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    let back = page.path.replace("/login/enrol", "/login");
    let asked = first(&mut browser, &back, "alice").await;
    assert!(asked.path.starts_with("/login/second?"), "{asked:?}");
    let answer = browser.submit(&shown, &[], "done").await;
    assert!(answer.path.starts_with("/login/second?"), "{answer:?}");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
}

#[tokio::test]
async fn a_secret_waits_a_quarter_of_an_hour() {
    let t = required().await;
    let mut browser = t.browser();
    let page = enrol(&mut browser, "/login", "alice").await;
    let old = Phone::read(&page);
    t.clock.advance_s(590);
    // The first factor is renewed; the secret is not.
    let page = enrol(&mut browser, &page.path.replace("/login/enrol", "/login"), "alice").await;
    assert_eq!(Phone::read(&page).code(&t, 0), old.code(&t, 0));
    t.clock.advance_s(311);
    browser.submit_once(&page, &[("code", &old.code(&t, 0))], "").await.assert_page(422);
    assert_eq!(factors::of(&t.app, t.id_of("alice").await).await.unwrap(), factors::Factors::default());
}
