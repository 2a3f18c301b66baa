//! The sign-in page: it shows what the operator allows, remembers what was used last, and asks in one step or two.

use crate::support::{Ask, PASSWORD, TestApp, form};

#[tokio::test]
async fn only_the_ways_that_are_allowed_are_shown() {
    let all = TestApp::new().await;
    let page = all.browser().open("/login").await;
    for shown in ["name=\"password\"", "/login/mail?", "/recover?", "passkey.js"] {
        assert!(page.text().contains(shown), "{shown}: {page:?}");
    }
    assert!(!page.text().contains("/register?"), "registration is closed");
    let bare = TestApp::with(|c| {
        c.login.password = false;
        c.login.passkey = false;
    })
    .await;
    let page = bare.browser().open("/login").await;
    for hidden in ["name=\"password\"", "/recover?", "passkey.js"] {
        assert!(!page.text().contains(hidden), "{hidden}: {page:?}");
    }
    assert!(page.text().contains("/login/mail?"));
}

#[tokio::test]
async fn a_password_is_not_taken_where_passwords_are_off() {
    let t = TestApp::new().await;
    let other = TestApp::with(|c| c.login.password = false).await;
    let form = form(&t.browser().open("/login").await);
    let mut browser = other.browser();
    let page = browser.open("/login").await;
    let flow = page.path.split_once("flow=").unwrap().1.to_owned();
    let csrf = {
        let text = browser.open("/login/mail").await;
        crate::support::form(&text).fields.into_iter().find(|(n, _)| n == "csrf").unwrap().1
    };
    let answer = browser
        .post(&form.action, &[("flow", &flow), ("csrf", &csrf), ("username", "alice"), ("password", PASSWORD)])
        .await;
    answer.assert_page(404);
    assert_eq!(other.count("browser_sessions", "1 = 1").await, 0);
}

#[tokio::test]
async fn identifier_first_asks_in_two_steps_and_tells_nothing_between_them() {
    let t = TestApp::with(|c| c.login.identifier_first = true).await;
    let mut shown = Vec::new();
    for name in ["alice", "nobody"] {
        let mut browser = t.browser();
        let page = browser.open("/login").await;
        assert!(!page.text().contains("name=\"password\""));
        let second = browser.submit(&page, &[("username", name)], "").await;
        assert_eq!(second.status, 200);
        assert!(second.text().contains("name=\"password\"") && second.text().contains(name));
        let mut words = second.text().to_owned();
        for (_, value) in form(&second).fields.iter().filter(|(n, _)| n == "flow" || n == "csrf") {
            words = words.replace(value.as_str(), "[…]");
        }
        shown.push(words.replace(name, "[name]"));
    }
    assert_eq!(shown[0], shown[1]);
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let second = browser.submit(&page, &[("username", "alice")], "").await;
    let wrong = browser.submit(&second, &[("password", "not the password")], "").await;
    wrong.assert_page(422);
    assert!(wrong.text().contains("name=\"password\""), "the second step again");
    let home = browser.submit(&wrong, &[("password", PASSWORD)], "").await;
    assert!(home.text().contains("alice"), "{home:?}");
    // No name is said at its field, and both at once are taken as well: a robot knows one form.
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    browser.submit(&page, &[("username", " ")], "").await.assert_page(422);
}

#[tokio::test]
async fn the_page_marks_the_way_that_was_used_last() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let name = browser.cookies.keys().find(|n| n.ends_with("-last")).cloned().unwrap();
    assert_eq!(browser.cookies[&name], "password");
    browser.cookies.insert(name, "mail".into());
    let page = browser.open(&Ask::new("web").set("prompt", "login").path()).await;
    assert!(page.text().contains("Last used"), "{page:?}");
    assert!(!t.browser().open("/login").await.text().contains("Last used"));
}
