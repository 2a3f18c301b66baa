//! The password: changed by who knows it or has just signed in, judged by its rules, with a choice for other devices.

use doorward::domain::{credentials, factors, sessions, trusted_devices, users};
use doorward::platform::random::sha256;

use super::tools::{assert_saved, assert_sign_in, csrf, grow_stale, post};
use crate::support::{Ask, PASSWORD, TestApp};

const PAGE: &str = "/account/password";
const NEW: &str = "violet-anchor-7-tulips";

#[tokio::test]
async fn a_new_password_counts_at_once_and_others_are_signed_out_where_wanted() {
    let t = TestApp::new().await;
    let mut other = t.alice().await;
    let mut here = t.alice().await;
    let ask = Ask::new("web").set("scope", "openid offline_access");
    let code = other.allow(&ask).await.param("code").unwrap();
    let theirs = t.redeem(&ask, &code).await.member("access_token");
    let answer = post(&mut here, PAGE, &[("password", NEW), ("end_others", "yes")]).await;
    assert_saved(&mut here, &answer, "password").await;
    assert_eq!(other.get("/account").await.status, 303);
    assert!(!t.is_active(&theirs).await);
    let attempt = |password: &'static str| {
        let t = &t;
        async move {
            let mut browser = t.browser();
            let page = browser.open("/login").await;
            browser.submit_once(&page, &[("username", "alice"), ("password", password)], "").await.status
        }
    };
    assert_eq!((attempt(PASSWORD).await, attempt(NEW).await), (422, 303));
    assert_eq!(t.count("events", "kind = 'password.changed'").await, 1);
    let told = t.mails_to("alice@example.com").await;
    assert_eq!(told.iter().filter(|m| m.subject.contains("password")).count(), 1, "{told:?}");
}

#[tokio::test]
async fn with_the_others_their_trust_ends() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    let mut here = t.alice().await;
    let cookie = here.cookies.iter().find(|(name, _)| name.ends_with("-browser")).unwrap().1.clone();
    let own = sha256(cookie.as_bytes());
    for browser in [own, [7; 32]] {
        trusted_devices::trust(&t.app, alice, &browser).await.unwrap();
    }
    let answer = post(&mut here, PAGE, &[("password", NEW), ("end_others", "yes")]).await;
    assert_saved(&mut here, &answer, "password").await;
    assert_eq!(trusted_devices::list(&t.app, alice).await.unwrap().len(), 1);
    assert!(factors::is_trusted(&t.app, alice, &own).await.unwrap());
}

#[tokio::test]
async fn others_stay_where_that_is_wanted() {
    let t = TestApp::new().await;
    let mut other = t.alice().await;
    let mut here = t.alice().await;
    let answer = post(&mut here, PAGE, &[("password", NEW)]).await;
    assert_saved(&mut here, &answer, "password").await;
    assert_eq!(other.get("/account").await.status, 200);
}

#[tokio::test]
async fn a_weak_one_is_refused() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for weak in ["", "short", "password1", "alice@example.com", "AliceAmes1"] {
        let page = post(&mut browser, PAGE, &[("password", weak)]).await;
        page.assert_page(422);
        assert!(page.text().contains("aria-invalid=\"true\""), "{weak}");
    }
    assert_eq!(t.count("events", "kind = 'password.changed'").await, 0);
}

#[tokio::test]
async fn who_has_not_signed_in_lately_gives_the_current_one() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    assert!(!browser.get(PAGE).await.text().contains("name=\"current\""));
    grow_stale(&t);
    assert!(browser.get(PAGE).await.text().contains("name=\"current\""));
    for current in ["", "wrong"] {
        post(&mut browser, PAGE, &[("password", NEW), ("current", current)]).await.assert_page(422);
    }
    assert_eq!(t.count("events", "kind = 'password.changed'").await, 0);
    let answer = post(&mut browser, PAGE, &[("password", NEW), ("current", PASSWORD)]).await;
    assert_saved(&mut browser, &answer, "password").await;
}

#[tokio::test]
async fn guesses_at_the_current_one_are_slowed_down() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    grow_stale(&t);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(post(&mut browser, PAGE, &[("password", NEW), ("current", "wrong")]).await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn who_has_none_sets_one_after_a_recent_sign_in() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    t.app.db.execute("DELETE FROM password_credentials", []).await.unwrap();
    let page = browser.get(PAGE).await;
    assert!(page.text().contains("Set a password"), "{page:?}");
    let token = csrf(&page);
    grow_stale(&t);
    let answer = browser.get(PAGE).await;
    assert_sign_in(&mut browser, &answer).await;
    let answer = browser.post(PAGE, &[("csrf", &token), ("password", NEW)]).await;
    assert_sign_in(&mut browser, &answer).await;
    assert_eq!(t.count("password_credentials", "1 = 1").await, 0);
}

#[tokio::test]
async fn there_is_no_such_page_where_passwords_are_not_used() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let off = t.replica_with(|c| c.login.password = false).await;
    let mut there = browser.at(&off);
    there.get(PAGE).await.assert_page(404);
    assert!(!there.get("/account").await.text().contains("/account/password"));
    assert_eq!(browser.get(PAGE).await.status, 200);
}

#[tokio::test]
async fn mailed_ways_in_end_with_the_old_password_and_the_way_to_lock_stays() {
    let t = TestApp::new().await;
    let mut here = t.alice().await;
    // A new browser is told of; the link that locks is in that mail.
    let mut other = t.alice().await;
    let lock = t.mail("alice@example.com", "notice").await.path("/not-me");
    for by_owner in [true, false] {
        t.clock.advance_s(1);
        let page = other.open("/recover").await;
        other.submit(&page, &[("username", "alice")], "").await.assert_page(200);
        let reset = t.mail("alice@example.com", "reset_password").await.path("/recover/reset");
        let page = other.open("/login/mail").await;
        other.submit(&page, &[("username", "alice")], "").await.assert_page(200);
        let link = t.mail("alice@example.com", "magic_link").await.path("/login/link");
        other.get(&reset).await.assert_page(200);
        other.get(&link).await.assert_page(200);
        if by_owner {
            let answer = post(&mut here, PAGE, &[("password", NEW)]).await;
            assert_saved(&mut here, &answer, "password").await;
        } else {
            let id = t.id_of("alice").await;
            credentials::set_password(&t.app, id, &PASSWORD.to_owned().into()).await.unwrap();
        }
        other.get(&reset).await.assert_page(410);
        other.get(&link).await.assert_page(410);
        other.get(&lock).await.assert_page(200);
    }
}

#[tokio::test]
async fn a_change_that_is_still_being_judged_does_not_outlast_its_session() {
    let t = TestApp::new().await;
    t.alice().await;
    let alice = t.id_of("alice").await;
    let person = users::find(&t.app, alice).await.unwrap();
    let session = sessions::list(&t.app, alice).await.unwrap()[0].id;
    // The owner's reset comes to its end first.
    credentials::set_password(&t.app, alice, &NEW.to_owned().into()).await.unwrap();
    let late = "the stranger's own words 99".to_owned().into();
    let place = sessions::Place::default();
    let answer = credentials::change(&t.app, &person, session, &late, credentials::Ends::None, &place).await;
    assert!(matches!(answer, Err(doorward::domain::Error::Conflict(_))), "{answer:?}");
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    assert_eq!(browser.submit_once(&page, &[("username", "alice"), ("password", NEW)], "").await.status, 303);
}
