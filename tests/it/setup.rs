//! The first administrator's link: good once, for one, and never again.

use std::sync::Arc;

use doorward::domain::administrators;
use doorward::domain::users::{self, NewUser};

use crate::support::{Answer, Browser, PASSWORD, TestApp, at_once};

async fn link(t: &TestApp) -> String {
    let token = administrators::invite_first(&t.app).await.unwrap().unwrap();
    format!("/setup?token={token}")
}

async fn fill(browser: &mut Browser<'_>, link: &str, username: &str, password: &str) -> Answer {
    let page = browser.open(link).await;
    page.assert_page(200);
    let email = format!("{username}@example.com");
    browser
        .submit(&page, &[("email", &email), ("username", username), ("name", "Root"), ("password", password)], "")
        .await
}

#[tokio::test]
async fn it_makes_one_administrator_who_can_sign_in() {
    let t = TestApp::new().await;
    let link = link(&t).await;
    // Whoever looks, a mail scanner for instance, uses nothing up.
    for _ in 0..3 {
        t.get(&link).await.assert_page(200);
    }
    fill(&mut t.browser(), &link, "root", PASSWORD).await.assert_page(200);
    let groups = users::groups_of(&t.app, t.id_of("root").await).await.unwrap();
    assert_eq!(groups, [users::ADMINISTRATORS]);
    t.signed_in("root").await;
    t.get(&link).await.assert_page(410);
    assert_eq!(administrators::invite_first(&t.app).await.unwrap(), None);
    // Not even when every administrator is gone.
    users::remove(&t.app, t.id_of("root").await).await.unwrap();
    assert_eq!(administrators::invite_first(&t.app).await.unwrap(), None);
    t.get(&link).await.assert_page(410);
}

#[tokio::test]
async fn an_administrator_made_otherwise_closes_it_too() {
    let t = TestApp::new().await;
    let link = link(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await;
    let new = NewUser {
        username: "chief".into(),
        email: "chief@example.com".into(),
        is_admin: true,
        password: PASSWORD.to_owned().into(),
        ..NewUser::default()
    };
    users::create(&t.app, new).await.unwrap();
    t.get(&link).await.assert_page(410);
    let filled = [("email", "root@example.com"), ("username", "root"), ("name", "Root"), ("password", PASSWORD)];
    browser.submit(&page, &filled, "").await.assert_page(410);
    assert_eq!(t.count("users", "username = 'root'").await, 0);
    assert_eq!(administrators::invite_first(&t.app).await.unwrap(), None);
}

#[tokio::test]
async fn a_form_with_mistakes_leaves_the_link_good() {
    let t = TestApp::new().await;
    let link = link(&t).await;
    let mut browser = t.browser();
    for (username, password) in [("root", "short"), ("a b", PASSWORD), ("root", &*"x".repeat(1025))] {
        let page = fill(&mut browser, &link, username, password).await;
        page.assert_page(422);
        assert!(!page.text().contains(password) || password.len() < 8, "a password is not sent back");
    }
    fill(&mut browser, &link, "root", PASSWORD).await.assert_page(200);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let t = TestApp::new().await;
    let link = link(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await;
    let filled = [("email", "x"), ("username", "\u{430}lice"), ("name", "\u{7}"), ("password", "password")];
    let answer = browser.submit(&page, &filled, "").await;
    answer.assert_page(422);
    assert_eq!(answer.text().matches("aria-invalid=\"true\"").count(), 4, "{answer:?}");
    let filled = [("email", "new@example.com"), ("username", "alice"), ("name", ""), ("password", PASSWORD)];
    let answer = browser.submit(&page, &filled, "").await;
    answer.assert_page(422);
    fill(&mut browser, &link, "root", PASSWORD).await.assert_page(200);
}

#[tokio::test]
async fn a_wrong_an_old_and_an_expired_link_open_nothing() {
    let t = TestApp::new().await;
    let old = link(&t).await;
    let new = link(&t).await;
    for wrong in ["/setup", "/setup?token=", "/setup?token=nonsense", &old] {
        t.get(wrong).await.assert_page(400);
    }
    t.clock.advance_s(7 * 86_400);
    t.get(&new).await.assert_page(400);
    t.browser().post("/setup", &[("token", "x"), ("username", "root")]).await.assert_page(403);
}

#[tokio::test]
async fn an_administrator_made_by_command_closes_it_for_ever() {
    let t = TestApp::new().await;
    let link = link(&t).await;
    let new = NewUser {
        username: "root".into(),
        email: "root@example.com".into(),
        is_admin: true,
        password: PASSWORD.to_owned().into(),
        ..NewUser::default()
    };
    users::create(&t.app, new).await.unwrap();
    assert_eq!(administrators::invite_first(&t.app).await.unwrap(), None);
    t.get(&link).await.assert_page(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_six_who_race_at_two_replicas_one_becomes_administrator() {
    let t = Arc::new(TestApp::with(|c| c.hashing.wait = 30).await);
    let other = Arc::new(t.replica().await);
    let link = Arc::new(link(&t).await);
    let answers = at_once(6, |n| {
        let (t, link) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&link));
        async move {
            let mut browser = t.browser();
            let page = browser.open(&link).await;
            if page.status != 200 {
                return page.status;
            }
            let (username, email) = (format!("root{n}"), format!("root{n}@example.com"));
            browser
                .submit(&page, &[("email", &email), ("username", &username), ("password", PASSWORD)], "")
                .await
                .status
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [200, 400, 410].contains(s)), "{answers:?}");
    assert_eq!(t.count("users", "username LIKE 'root%'").await, 1);
    assert_eq!(t.count("events", "kind = 'administrator.created'").await, 1);
}
