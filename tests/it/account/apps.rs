//! Apps with access: what they may do in words, and taking it back.

use super::tools::{assert_saved, post};
use crate::support::{Ask, TestApp};

const PAGE: &str = "/account/apps";

#[tokio::test]
async fn access_is_shown_in_words_and_taken_back_everywhere() {
    let t = TestApp::new().await;
    let replica = t.replica().await;
    let mut browser = t.alice().await;
    assert!(browser.get(PAGE).await.text().contains("No app has access yet"));
    let ask = Ask::new("wiki").set("scope", "openid email offline_access orders:read");
    let page = browser.open(&ask.path()).await;
    assert!(page.text().contains("href=\"/account/apps\""), "the consent page says where it is taken back: {page:?}");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let tokens = t.redeem(&ask, &code).await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let page = browser.get(PAGE).await;
    for words in ["Wiki", "Your email address", "Stay connected", "Read your orders", "just now"] {
        assert!(page.text().contains(words), "{words}: {page:?}");
    }
    assert!(replica.is_active(&access).await);
    let answer = post(&mut browser, PAGE, &[("revoke", "wiki")]).await;
    let page = assert_saved(&mut browser, &answer, "app-revoked").await;
    assert!(!page.text().contains("Wiki"));
    assert!(!t.is_active(&access).await);
    t.clock.advance_s(5);
    assert!(!replica.is_active(&access).await);
    t.refresh("wiki", &refresh).await.assert_refused(400, "invalid_grant");
    assert_eq!(t.count("consents", "client_id = 'wiki'").await, 0);
    assert_eq!(t.count("events", "kind = 'consent.withdrawn' AND client_id = 'wiki'").await, 1);
    // Next time it has to ask again.
    let page = browser.open(&ask.path()).await;
    assert!(page.path.starts_with("/consent"), "{page:?}");
}

#[tokio::test]
async fn an_app_of_the_operator_stands_there_while_it_has_tokens() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    assert!(!browser.get(PAGE).await.text().contains("<strong class=\"wrap\">Web"), "a code is no access yet");
    let access = t.redeem(&ask, &code).await.member("access_token");
    assert!(browser.get(PAGE).await.text().contains("does not ask for permission"));
    post(&mut browser, PAGE, &[("revoke", "web")]).await;
    assert!(!t.is_active(&access).await);
}

#[tokio::test]
async fn nobody_takes_back_what_somebody_else_gave() {
    let t = TestApp::new().await;
    let mut alice = t.alice().await;
    let ask = Ask::new("wiki");
    let code = alice.allow(&ask).await.param("code").unwrap();
    let access = t.redeem(&ask, &code).await.member("access_token");
    let mut bob = t.signed_in("bob").await;
    for client in ["wiki", "nobody", ""] {
        post(&mut bob, PAGE, &[("revoke", client)]).await.assert_page(404);
    }
    assert!(t.is_active(&access).await);
    assert_eq!(t.count("consents", "client_id = 'wiki'").await, 1);
}
