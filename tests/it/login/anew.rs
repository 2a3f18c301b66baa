//! Showing anew who one is, with an account elsewhere: a provider that answers by itself shows nobody.

use doorward::config::UpstreamKind;
use serde_json::json;

use crate::support::provider::{Provider, come_back, rules, sign_in};
use crate::support::{Answer, Ask, Browser, TestApp, form};

const GUARDED: &str = "/account/delete";

/// From a page that guards the account to the provider: where the browser is sent.
async fn leave(browser: &mut Browser<'_>, name: &str) -> String {
    let page = browser.open(GUARDED).await;
    assert!(page.path.starts_with("/login?flow=") && page.path.ends_with("reason=reauthenticate"), "{page:?}");
    leave_from(browser, &page, name).await
}

async fn leave_from(browser: &mut Browser<'_>, page: &Answer, name: &str) -> String {
    let flow = form(page).fields.into_iter().find(|(name, _)| name == "flow").unwrap().1;
    let away = browser.get(&format!("/login/upstream/{name}?flow={flow}")).await;
    away.location().unwrap_or_else(|| panic!("{away:?}")).to_owned()
}

/// The same, and back.
async fn anew(browser: &mut Browser<'_>, provider: &Provider, name: &str) -> Answer {
    let location = leave(browser, name).await;
    come_back(browser, name, &provider.answer(&location)).await
}

#[track_caller]
fn assert_refused(page: &Answer, words: &str) {
    page.assert_page(403);
    assert!(page.text().contains("does not show that you are here"), "{page:?}");
    assert!(page.text().contains(words), "no {words:?}: {page:?}");
    assert!(page.text().contains("href=\"/login?flow="), "no way on: {page:?}");
}

async fn is_guarded(browser: &mut Browser<'_>) -> bool {
    browser.get(GUARDED).await.status == 303
}

#[tokio::test]
async fn an_openid_provider_must_say_that_its_user_has_just_signed_in() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let mut browser = t.browser();
    // An answer that says nothing signs in, as ever; it does not open what guards the account.
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    browser.get("/account").await.assert_page(200);
    let location = leave(&mut browser, "idp").await;
    assert!(location.contains("&prompt=login") && location.contains("&max_age=600"), "{location}");
    let now = t.app.clock.now_s();
    for claims in [json!({}), json!({ "auth_time": now - 611 }), json!({ "auth_time": now + 31 })] {
        provider.play().claims = claims;
        let refused = anew(&mut browser, &provider, "idp").await;
        assert_refused(&refused, "by mail instead");
        assert!(is_guarded(&mut browser).await);
    }
    // Nor does another sign-in at the side, or in a browser that was signed out.
    provider.play().claims = json!({ "auth_time": now - 3600 });
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    assert!(is_guarded(&mut browser).await);
    let mut other = t.browser();
    assert_eq!(sign_in(&mut other, &provider, "idp").await.status, 303);
    assert!(is_guarded(&mut other).await);
    for ago in [0, 609, -29] {
        provider.play().claims = json!({ "auth_time": now - ago });
        let mut browser = t.browser();
        assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
        t.clock.advance_s(601);
        provider.play().claims = json!({ "auth_time": t.app.clock.now_s() - ago });
        let back = anew(&mut browser, &provider, "idp").await;
        assert_eq!((back.status, back.location()), (303, Some(GUARDED)), "{ago}: {back:?}");
        browser.get(GUARDED).await.assert_page(200);
        t.clock.advance_s(-601);
    }
    assert!(t.count("browser_sessions", "amr = 'fed user'").await > 0);
}

#[tokio::test]
async fn a_provider_that_never_says_is_enough_only_for_who_has_nothing_else() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let only = t.replica_with(|c| c.login.magic_link = false).await;
    let mut browser = only.browser();
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    browser.get(GUARDED).await.assert_page(200);
    t.clock.advance_s(601);
    let back = anew(&mut browser, &provider, "idp").await;
    assert_eq!((back.status, back.location()), (303, Some(GUARDED)), "no dead end: {back:?}");
    browser.get(GUARDED).await.assert_page(200);
    // What is known to be old is not new for want of something else.
    t.clock.advance_s(601);
    provider.play().claims = json!({ "auth_time": t.app.clock.now_s() - 3600 });
    assert_refused(&anew(&mut browser, &provider, "idp").await, "sign in there again");
    assert!(is_guarded(&mut browser).await);
}

#[tokio::test]
async fn a_second_factor_shows_what_the_provider_does_not() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let phone = t.phone("carol").await;
    let off = t.replica_with(|c| c.mfa.policy = doorward::config::MfaPolicy::Off).await;
    let mut browser = off.browser();
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    let asked = anew(&mut browser, &provider, "idp").await;
    assert!(asked.location().is_some_and(|l| l.starts_with("/login/second?flow=")), "{asked:?}");
    assert!(is_guarded(&mut browser).await);
    let page = browser.follow(asked).await;
    let back = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    assert_eq!((back.status, back.path.as_str()), (200, GUARDED), "{back:?}");
    assert_eq!(t.count("browser_sessions", "amr = 'fed otp mfa'").await, 1);
}

#[tokio::test]
async fn google_and_github_are_no_renewal_beside_a_password() {
    for (kind, issuer, sent) in [
        (UpstreamKind::Google, "https://accounts.google.com", Some("&prompt=select_account")),
        (UpstreamKind::Github, "https://github.com", None),
    ] {
        let t = TestApp::with(|config| {
            let rules = doorward::config::Upstream { trust_email: true, ..rules(kind) };
            config.upstream.insert("them".to_owned(), rules);
            config.login.magic_link = false;
        })
        .await;
        let provider = Provider::new(&t.clock, issuer);
        t.fetch.serve(issuer, provider.router());
        t.fetch.serve("https://api.github.com", provider.router());
        provider.play().claims = json!({ "email": "alice@example.com", "hd": "example.com" });
        provider.play().emails = json!([{ "email": "alice@example.com", "primary": true, "verified": true }]);
        let mut browser = t.alice().await;
        browser.get(GUARDED).await.assert_page(200);
        t.clock.advance_s(601);
        let location = leave(&mut browser, "them").await;
        if let Some(sent) = sent {
            assert!(location.contains(sent) && !location.contains("prompt=login"), "{location}");
        }
        let refused = anew(&mut browser, &provider, "them").await;
        assert_refused(&refused, "with your password instead");
        assert!(is_guarded(&mut browser).await, "{kind:?}");
        // The password does it.
        let page = browser.open(GUARDED).await;
        let fields = [("username", "alice"), ("password", crate::support::PASSWORD)];
        assert_eq!(browser.submit(&page, &fields, "").await.path, GUARDED, "{kind:?}");
    }
}

#[tokio::test]
async fn an_app_that_asks_for_a_new_sign_in_gets_one() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let mut browser = t.browser();
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    t.clock.advance_s(601);
    for (name, value) in [("prompt", "login"), ("max_age", "60")] {
        let ask = Ask::new("web").set(name, value);
        provider.play().claims = json!({});
        let page = browser.open(&ask.path()).await;
        let location = leave_from(&mut browser, &page, "idp").await;
        assert!(location.contains("&prompt=login&max_age=600"), "{location}");
        let refused = come_back(&mut browser, "idp", &provider.answer(&location)).await;
        assert_refused(&refused, "by mail instead");
        provider.play().claims = json!({ "auth_time": t.app.clock.now_s() });
        let location = leave_from(&mut browser, &page, "idp").await;
        let back = come_back(&mut browser, "idp", &provider.answer(&location)).await;
        assert_eq!(back.status, 303, "{back:?}");
        assert!(browser.follow(back).await.param("code").is_some(), "{name}");
        t.clock.advance_s(601);
    }
    // One that does not ask takes whoever comes, and the provider is not asked for more.
    provider.play().claims = json!({});
    let mut other = t.browser();
    let page = other.open(&Ask::new("web").path()).await;
    let location = leave_from(&mut other, &page, "idp").await;
    assert!(!location.contains("prompt=") && !location.contains("max_age="), "{location}");
    let back = come_back(&mut other, "idp", &provider.answer(&location)).await;
    assert!(other.follow(back).await.param("code").is_some());
}
