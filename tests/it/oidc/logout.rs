//! Signing out, at the app's wish or one's own.

use doorward::domain::clients;
use serde_json::json;

use crate::support::{Ask, Browser, TestApp, form};

const BYE: &str = "https://web.example/bye";

fn path(params: &[(&str, &str)]) -> String {
    format!("/logout?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish())
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get(&Ask::new("web").set("prompt", "none").path()).await.param("code").is_some()
}

/// A signed-in browser with the ID token of its session.
async fn begin(t: &TestApp) -> (Browser<'_>, String) {
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let id_token = t.redeem(&ask, &code).await.member("id_token");
    (browser, id_token)
}

#[tokio::test]
async fn with_a_hint_the_person_is_signed_out_and_sent_back_with_state() {
    let t = TestApp::new().await;
    let (mut browser, hint) = begin(&t).await;
    t.clock.advance_s(5000);
    let answer =
        browser.get(&path(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", "a b")])).await;
    assert_eq!((answer.status, answer.location()), (303, Some("https://web.example/bye?state=a+b")));
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(t.count("events", "kind = 'session.ended'").await, 1);
    let (mut browser, hint) = begin(&t).await;
    let answer = browser
        .post("/logout", &[("id_token_hint", &hint), ("client_id", "web"), ("post_logout_redirect_uri", BYE)])
        .await;
    assert_eq!((answer.status, answer.location()), (303, Some(BYE)));
    assert!(!is_signed_in(&mut browser).await);
    let (mut browser, hint) = begin(&t).await;
    browser.get(&path(&[("id_token_hint", &hint)])).await.assert_page(200);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let t = TestApp::new().await;
    let (mut browser, _) = begin(&t).await;
    let asked = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")];
    let page = browser.get(&path(&asked)).await;
    page.assert_page(200);
    assert!(is_signed_in(&mut browser).await, "a GET alone signs nobody out");
    assert!(form(&page).buttons.iter().any(|(name, _)| name == "logout"), "{page:?}");
    let kept = browser.submit(&page, &[], "cancel").await;
    kept.assert_page(200);
    assert!(is_signed_in(&mut browser).await);
    let answer = browser.submit(&page, &[], "logout").await;
    assert_eq!((answer.status, answer.location()), (303, Some("https://web.example/bye?state=x")));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_form_that_is_not_ours_only_asks() {
    let t = TestApp::new().await;
    let (mut browser, _) = begin(&t).await;
    for fields in [&[("logout", "yes")][..], &[("logout", "yes"), ("csrf", "wrong")]] {
        browser.post("/logout", fields).await.assert_page(200);
        assert!(is_signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn nobody_is_sent_where_nothing_is_registered() {
    let t = TestApp::new().await;
    let (mut browser, hint) = begin(&t).await;
    let other = t.tokens(&Ask::new("spa")).await;
    let (head, _) = hint.rsplit_once('.').unwrap();
    let forged = format!("{head}.AAAA");
    for wrong in [
        &[("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")][..],
        &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://web.example/bye/")],
        &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://web.example/cb")],
        &[("client_id", "spa"), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "nobody"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", "nonsense")],
        &[("id_token_hint", &forged)],
        &[("id_token_hint", other["access_token"].as_str().unwrap())],
        &[("id_token_hint", &hint), ("client_id", "spa")],
        &[("id_token_hint", &hint), ("id_token_hint", &hint)],
    ] {
        browser.get(&path(wrong)).await.assert_page(400);
        assert!(is_signed_in(&mut browser).await, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_address_of_nobody_is_not_followed() {
    let t = TestApp::new().await;
    let (mut browser, _) = begin(&t).await;
    let asked = browser.get(&path(&[("post_logout_redirect_uri", BYE)])).await;
    assert_eq!(asked.location(), None, "{asked:?}");
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(t.get(&path(&[("post_logout_redirect_uri", "https://evil.example/")])).await.location(), None);
}

#[tokio::test]
async fn the_hint_of_somebody_else_does_not_sign_out() {
    let t = TestApp::new().await;
    let (_, alices) = begin(&t).await;
    let mut bob = t.signed_in("bob").await;
    let page = bob.get(&path(&[("id_token_hint", &alices), ("post_logout_redirect_uri", BYE)])).await;
    page.assert_page(200);
    assert!(is_signed_in(&mut bob).await);
}

#[tokio::test]
async fn who_is_not_signed_in_goes_straight_back() {
    let t = TestApp::new().await;
    let (_, hint) = begin(&t).await;
    let answer = t.get(&path(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)])).await;
    assert_eq!((answer.status, answer.location()), (303, Some(BYE)));
    t.get("/logout").await.assert_page(200);
}

#[tokio::test]
async fn grants_end_with_their_session_unless_offline() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let (online, offline) = (Ask::new("web"), Ask::new("web").set("scope", "openid offline_access"));
    let code = browser.allow(&online).await.param("code").unwrap();
    let online = t.redeem(&online, &code).await;
    let code = browser.allow(&offline).await.param("code").unwrap();
    let offline = t.redeem(&offline, &code).await;
    // The same person elsewhere is left alone.
    let elsewhere = t.tokens(&Ask::new("web")).await;
    let page = browser.get("/logout").await;
    browser.submit(&page, &[], "logout").await;
    assert!(!t.is_active(&online.member("access_token")).await);
    t.refresh("web", &online.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    assert!(t.is_active(&offline.member("access_token")).await);
    assert_eq!(t.refresh("web", &offline.member("refresh_token")).await.status, 200);
    assert!(t.is_active(elsewhere["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_stolen_cookie_is_dead_after_sign_out() {
    let t = TestApp::new().await;
    let (mut browser, _) = begin(&t).await;
    let mut stolen = browser.at(&t);
    assert!(is_signed_in(&mut stolen).await);
    let page = browser.get("/logout").await;
    let answer = browser.submit(&page, &[], "logout").await;
    answer.assert_page(200);
    assert!(!is_signed_in(&mut stolen).await);
}

#[tokio::test]
async fn a_hint_signs_out_its_person_and_nobody_else_at_the_browser() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    browser.sign_in("bob").await;
    let path = format!("/logout?id_token_hint={hint}");
    assert_eq!(browser.get(&path).await.status, 200);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 1);
    assert!(browser.open("/").await.text().contains("bob"));
    // Of two, who was current is not replaced unasked.
    browser.sign_in("alice").await;
    assert_eq!(browser.get(&path).await.status, 200);
    let silent = browser.get(&ask.clone().set("prompt", "none").path()).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"), "{silent:?}");
    assert!(browser.open("/login").await.text().contains("/login/choose?"));
    // A plain link signs nobody out unasked, though nobody is current.
    assert_eq!(browser.get("/logout").await.status, 200);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_form_of_another_site_signs_out_who_is_signed_in() {
    let t = TestApp::new().await;
    let (mut browser, hint) = begin(&t).await;
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b"),
        ("csrf", "x"),
        ("unknown", "x"),
    ];
    // Older browsers say the origin alone.
    for says in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://web.example")] {
        // The browser keeps its cookies back: nobody can say yet who signs out.
        let bounced = t.post_with("/logout", &fields, &[says]).await;
        let known = path(&fields[..3]);
        assert_eq!((bounced.status, bounced.location()), (303, Some(known.as_str())), "{bounced:?}");
        assert!(bounced.set_cookies().is_empty(), "{bounced:?}");
    }
    assert!(is_signed_in(&mut browser).await);
    // The GET brings them.
    let answer = browser.get(&path(&fields[..3])).await;
    assert_eq!((answer.status, answer.location()), (303, Some("https://web.example/bye?state=a+b")));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_secret_that_was_replaced_makes_no_hints() {
    let t = TestApp::new().await;
    let metadata = json!({ "redirect_uris": ["https://hs.example/cb"], "trusted": true, "id_token_signed_response_alg": "HS256",
        "post_logout_redirect_uris": ["https://hs.example/bye"] });
    t.client("hs", metadata).await;
    let mut browser = t.alice().await;
    let ask = Ask::new("hs");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    clients::rotate_secret(&t.app, "hs", None, 0).await.unwrap();
    let hinted = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://hs.example/bye")];
    assert_ne!(browser.get(&path(&hinted)).await.status, 303);
    assert!(is_signed_in(&mut browser).await);
}
