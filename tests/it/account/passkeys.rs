//! Passkeys in the account area: whoever guards the account changes them, and nobody else.

use serde_json::Value;

use crate::support::{Answer, Authenticator, Browser, PASSWORD, TestApp, form};

const PAGE: &str = "/account/passkeys";

/// The value of an attribute after `start`.
fn after<'a>(page: &'a Answer, start: &str, attribute: &str) -> &'a str {
    let (_, rest) = page.text().split_once(start).unwrap_or_else(|| panic!("no {start}: {page:?}"));
    let (_, rest) = rest.split_once(&format!("{attribute}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

fn csrf(page: &Answer) -> String {
    after(page, "data-passkey=\"create\"", "name=\"csrf\" value").to_owned()
}

async fn options(browser: &mut Browser<'_>, page: &Answer) -> Value {
    let answer = browser.post("/account/passkeys/options", &[("csrf", &csrf(page)), ("name", "")]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    answer.json()
}

async fn add(browser: &mut Browser<'_>, authenticator: &mut Authenticator, name: &str) -> Answer {
    let page = browser.get(PAGE).await;
    let asked = options(browser, &page).await;
    let credential = authenticator.create(&asked["publicKey"]);
    browser.post(PAGE, &[("csrf", &csrf(&page)), ("name", name), ("credential", &credential)]).await
}

/// Shows a passkey where a change of the account asks for the second factor; gives where that leads.
async fn step_up(browser: &mut Browser<'_>, authenticator: &mut Authenticator, location: &str) -> Answer {
    let page = browser.get(location).await;
    let fields = form(&page).fields;
    let of = |name: &str| fields.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (flow, csrf) = (of("flow"), of("csrf"));
    let mut sent = vec![("flow", flow.as_str()), ("csrf", &csrf), ("step", "second")];
    let asked = browser.post("/login/passkey/options", &sent).await.json();
    let credential = authenticator.get(&asked["publicKey"]);
    sent.push(("credential", &credential));
    let answer = browser.post("/login/passkey", &sent).await;
    browser.follow(answer).await
}

/// Alice with a passkey, signed in with two factors.
async fn alice_with_key<'a>(t: &'a TestApp, authenticator: &mut Authenticator) -> Browser<'a> {
    let mut browser = t.alice().await;
    add(&mut browser, authenticator, "My laptop").await.assert_page(200);
    let page = browser.get(PAGE).await;
    let asked = options(&mut browser, &page).await;
    step_up(&mut browser, authenticator, asked["location"].as_str().unwrap()).await.assert_page(200);
    browser
}

#[tokio::test]
async fn a_passkey_is_added_with_recovery_codes_a_name_an_event_and_a_mail() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.get(PAGE).await;
    page.assert_page(200);
    assert!(page.header("content-security-policy").unwrap().contains("connect-src 'self'"));
    assert!(page.text().contains("You have no passkeys yet"), "{page:?}");
    let codes = add(&mut browser, &mut Authenticator::new(), "  My\u{a0}  laptop ").await;
    codes.assert_page(200);
    assert_eq!(codes.text().matches("<li><code>").count(), 10, "{codes:?}");
    let page = browser.get(PAGE).await;
    assert!(page.text().contains("My laptop") && page.text().contains("Not used yet"), "{page:?}");
    assert_eq!(after(&page, "data-passkeys-of", "data-known").split(' ').count(), 1);
    assert_eq!(t.count("events", "kind = 'passkey.added'").await, 1);
    let mails = t.mails_to("alice@example.com").await;
    let told = mails.iter().find(|m| m.subject.contains("passkey was added")).unwrap();
    assert!(told.text.contains("My laptop") && told.text.contains("/not-me?token="), "{told:?}");
}

#[tokio::test]
async fn who_has_a_second_factor_shows_it_before_another_change() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::new();
    let mut browser = t.alice().await;
    add(&mut browser, &mut authenticator, "First").await.assert_page(200);
    let page = browser.get(PAGE).await;
    let id = after(&page, "action=\"/account/passkeys/remove\"", "name=\"passkey\" value").to_owned();
    for (path, field) in [(PAGE, "credential"), ("/account/passkeys/remove", "passkey")] {
        let answer = browser.post(path, &[("csrf", &csrf(&page)), (field, &id)]).await;
        assert!(answer.location().unwrap().starts_with("/login/second?"), "{answer:?}");
    }
    let asked = options(&mut browser, &page).await;
    assert!(asked["publicKey"].is_null(), "{asked}");
    let back = step_up(&mut browser, &mut authenticator, asked["location"].as_str().unwrap()).await;
    assert_eq!(back.path, format!("{PAGE}?saved=repeat"));
    let added = add(&mut browser, &mut Authenticator::new(), "Second").await;
    assert_eq!(added.location(), Some("/account/passkeys?saved=passkey-added"), "{added:?}");
    assert!(browser.follow(added).await.text().contains("The passkey was added."));
    assert_eq!(t.count("passkeys", "1 = 1").await, 2);
}

#[tokio::test]
async fn a_change_needs_a_recent_sign_in() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.get(PAGE).await;
    let asked = options(&mut browser, &page).await;
    let credential = Authenticator::new().create(&asked["publicKey"]);
    t.clock.advance_s(601);
    let asked = options(&mut browser, &page).await;
    let location = asked["location"].as_str().unwrap();
    assert!(location.starts_with("/login?") && location.ends_with("reason=reauthenticate"), "{asked}");
    let late = browser.post(PAGE, &[("csrf", &csrf(&page)), ("name", ""), ("credential", &credential)]).await;
    assert!(late.location().unwrap().starts_with("/login?"), "{late:?}");
    assert_eq!(t.count("passkeys", "1 = 1").await, 0);
    let sign_in = browser.get(location).await;
    let back = browser.submit(&sign_in, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert_eq!(back.path, format!("{PAGE}?saved=repeat"), "{back:?}");
    add(&mut browser, &mut Authenticator::new(), "").await.assert_page(200);
}

#[tokio::test]
async fn what_was_not_right_is_said_at_its_place() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let mut lax = Authenticator::new();
    lax.is_verified = false;
    let refused = add(&mut browser, &mut lax, "").await;
    refused.assert_page(422);
    assert!(refused.text().contains("role=\"alert\">Your device did not check"), "{refused:?}");
    let long = add(&mut browser, &mut Authenticator::new(), &"x".repeat(61)).await;
    long.assert_page(422);
    assert!(long.text().contains("At most 60 characters"), "{long:?}");
    let page = browser.get(PAGE).await;
    browser.post(PAGE, &[("csrf", &csrf(&page)), ("credential", "{}")]).await.assert_page(422);
    assert_eq!(t.count("passkeys", "1 = 1").await, 0);
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_owner_only() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::new();
    let mut browser = alice_with_key(&t, &mut authenticator).await;
    let page = browser.get(PAGE).await;
    let id = after(&page, "action=\"/account/passkeys/remove\"", "name=\"passkey\" value").to_owned();
    let ours = csrf(&page);
    let mut bob = t.signed_in("bob").await;
    let bobs = csrf(&bob.get(PAGE).await);
    for (path, name) in [("/account/passkeys/rename", "Mine now"), ("/account/passkeys/remove", "")] {
        for (token, status) in [(&bobs, 404), (&ours, 403)] {
            bob.post(path, &[("csrf", token), ("passkey", &id), ("name", name)]).await.assert_page(status);
        }
        browser.post(path, &[("csrf", "wrong"), ("passkey", &id), ("name", name)]).await.assert_page(403);
        browser.post(path, &[("csrf", &ours), ("passkey", "nonsense"), ("name", name)]).await.assert_page(404);
        let nobody = t.browser().post(path, &[("csrf", &ours), ("passkey", &id), ("name", name)]).await;
        assert!(nobody.location().unwrap().starts_with("/login?"), "{nobody:?}");
        assert_eq!(t.get(path).await.status, 405);
    }
    assert_eq!(t.count("passkeys", "name = 'My laptop'").await, 1);
    let renamed =
        browser.post("/account/passkeys/rename", &[("csrf", &ours), ("passkey", &id), ("name", "<Old> laptop")]).await;
    assert_eq!(renamed.location(), Some("/account/passkeys?saved=passkey-renamed"), "{renamed:?}");
    assert!(browser.follow(renamed).await.text().contains("&lt;Old&gt; laptop"));
    let long = "x".repeat(61);
    let refused = browser.post("/account/passkeys/rename", &[("csrf", &ours), ("passkey", &id), ("name", &long)]).await;
    refused.assert_page(422);
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 10);
    let removed = browser.post("/account/passkeys/remove", &[("csrf", &ours), ("passkey", &id)]).await;
    assert_eq!(removed.location(), Some("/account/passkeys?saved=passkey-removed"), "{removed:?}");
    assert_eq!(t.count("passkeys", "1 = 1").await + t.count("recovery_codes", "1 = 1").await, 0);
    for kind in ["passkey.renamed", "passkey.removed"] {
        assert_eq!(t.count("events", &format!("kind = '{kind}'")).await, 1, "{kind}");
    }
    let mails = t.mails_to("alice@example.com").await;
    assert!(mails.iter().any(|m| m.subject.contains("passkey was removed")), "{mails:?}");
    browser.post("/account/passkeys/remove", &[("csrf", &ours), ("passkey", &id)]).await.assert_page(404);
}

#[tokio::test]
async fn the_last_second_factor_stays_where_one_is_required() {
    let t = TestApp::new().await;
    let mut authenticator = Authenticator::new();
    let mut browser = alice_with_key(&t, &mut authenticator).await;
    let page = browser.get(PAGE).await;
    let id = after(&page, "action=\"/account/passkeys/remove\"", "name=\"passkey\" value").to_owned();
    let strict = t.replica_with(|c| c.mfa.policy = doorward::config::MfaPolicy::Required).await;
    let mut there = browser.at(&strict);
    let refused = there.post("/account/passkeys/remove", &[("csrf", &csrf(&page)), ("passkey", &id)]).await;
    refused.assert_page(422);
    assert!(refused.text().contains("This passkey is needed"), "{refused:?}");
    assert_eq!(t.count("passkeys", "1 = 1").await, 1);
}

#[tokio::test]
async fn where_passkeys_are_off_there_is_no_page() {
    let t = TestApp::with(|c| c.login.passkey = false).await;
    let mut browser = t.alice().await;
    browser.get(PAGE).await.assert_page(404);
    assert!(!browser.get("/account").await.text().contains(PAGE));
}
