//! The frame: nobody gets in who is not signed in, no form is taken that is not the person's, what matters asks for a recent sign-in.

use super::tools::{ORDINARY, SENSITIVE, assert_sign_in, csrf, grow_stale, sign_in};
use crate::support::TestApp;

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back() {
    let t = TestApp::new().await;
    for path in ORDINARY.into_iter().chain(SENSITIVE) {
        let mut browser = t.browser();
        let answer = browser.get(path).await;
        let page = assert_sign_in(&mut browser, &answer).await;
        let back = sign_in(&mut browser, &page, "alice").await;
        assert_eq!((back.status, back.path.as_str()), (200, path));
        assert!(back.text().contains("aria-current=\"page\"") && back.text().contains("Alice Ames"), "{path}");
        assert_eq!(back.header("cache-control"), Some("no-store"));
        let answer = t.browser().post(path, &[("csrf", "x")]).await;
        assert!(answer.status == 303 || answer.status == 405, "{answer:?}");
    }
    // Where a sign-in leads is a page of ours, whatever was asked for.
    let mut browser = t.browser();
    let answer = browser.get("/account//evil.example").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn what_matters_asks_for_a_recent_sign_in_of_the_same_person() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    grow_stale(&t);
    for path in ORDINARY {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    for path in SENSITIVE {
        let answer = browser.get(path).await;
        let page = assert_sign_in(&mut browser, &answer).await;
        assert!(answer.location().unwrap().ends_with("&reason=reauthenticate"), "{answer:?}");
        assert!(page.text().contains("value=\"alice\""), "the name is filled in");
        // A form that was opened before is not taken either.
        let token = csrf(&browser.get("/account/profile").await);
        let answer = browser.post(path, &[("csrf", &token), ("username", "alice")]).await;
        assert_sign_in(&mut browser, &answer).await;
    }
    assert_eq!(t.count("users", "username = 'alice'").await, 1);
    // Somebody else at this browser gets their own account; alice's sign-in is as old as before.
    let answer = browser.get("/account/emails").await;
    let page = assert_sign_in(&mut browser, &answer).await;
    let token = csrf(&browser.get("/account/profile").await);
    let theirs = sign_in(&mut browser, &page, "bob").await;
    assert_eq!((theirs.status, theirs.path.as_str()), (200, "/account/emails"));
    assert!(theirs.text().contains("bob@example.com") && !theirs.text().contains("alice@example.com"));
    // What alice had filled in is not done to bob.
    browser.post("/account/profile", &[("csrf", &token), ("name", "Alice")]).await.assert_page(403);
    assert_eq!(t.count("users", "name = 'Alice'").await, 0);
    // By herself she comes back.
    let mut alone = t.alice().await;
    grow_stale(&t);
    let answer = alone.get("/account/emails").await;
    let page = assert_sign_in(&mut alone, &answer).await;
    let back = sign_in(&mut alone, &page, "alice").await;
    assert_eq!((back.status, back.path.as_str()), (200, "/account/emails"));
}

#[tokio::test]
async fn a_form_that_is_not_the_persons_is_not_taken() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let token = csrf(&browser.get("/account/profile").await);
    let bobs = csrf(&t.signed_in("bob").await.get("/account/profile").await);
    let everywhere = csrf(&t.alice().await.get("/account/profile").await);
    for path in [
        "/account/profile",
        "/account/profile/username",
        "/account/emails",
        "/account/password",
        "/account/sessions",
        "/account/apps",
        "/account/language",
        "/account/data",
        "/account/delete",
    ] {
        for wrong in ["", "x", bobs.as_str(), everywhere.as_str()] {
            let fields = [("csrf", wrong), ("username", "alice"), ("others", "yes"), ("language", "de")];
            browser.post(path, &fields).await.assert_page(403);
        }
        let cookies = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let foreign = [("cookie", cookies.as_str()), ("sec-fetch-site", "cross-site")];
        t.post_with(path, &[("csrf", &token), ("username", "alice")], &foreign).await.assert_page(403);
    }
    assert_eq!(
        t.count("events", "user_id IS NOT NULL AND kind NOT IN ('session.started', 'refused', 'user.created')").await,
        0
    );
}

#[tokio::test]
async fn what_is_said_to_be_done_is_from_our_own_words() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    assert!(browser.get("/account?saved=profile").await.text().contains("role=\"status\""));
    for made_up in ["x", "<b>", "../", "profile&saved=x&", "-title"] {
        let page = browser.get(&format!("/account?saved={}", made_up.replace('<', "%3C").replace('>', "%3E"))).await;
        assert_eq!(page.text().contains("role=\"status\""), made_up.starts_with("profile"), "{made_up}");
    }
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    doorward::domain::users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    let answer = browser.get("/account").await;
    assert_sign_in(&mut browser, &answer).await;
}
