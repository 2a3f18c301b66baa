//! Activity: one's own events and refusals, in words, page by page.

use super::tools::post;
use crate::support::{Ask, TestApp};

const PAGE: &str = "/account/activity";

/// Writes the refusals that wait.
async fn write_refusals(t: &TestApp) {
    let queue = t.refusals.lock().unwrap().take().unwrap();
    let app = t.app.clone();
    tokio::spawn(queue.run(app));
    for _ in 0..200 {
        if t.count("events", "kind = 'refused'").await > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_happened_stands_there_in_words_with_references() {
    let t = TestApp::new().await;
    let mut stranger = t.browser();
    let page = stranger.open("/login").await;
    stranger.submit_once(&page, &[("username", "Alice@example.com"), ("password", "wrong")], "").await.assert_page(422);
    write_refusals(&t).await;
    let mut browser = t.alice().await;
    post(&mut browser, "/account/profile", &[("name", "Alice B")]).await;
    t.clock.advance_s(1);
    browser.allow(&Ask::new("wiki")).await;
    let page = browser.get(PAGE).await;
    for words in ["Signed in", "password", "Profile changed", "Full name", "Access given to", "Wiki", "wrong password"]
    {
        assert!(page.text().contains(words), "{words}: {page:?}");
    }
    assert!(page.text().contains("Reference:"), "{page:?}");
    assert!(page.text().find("Access given to") < page.text().find("Profile changed"), "newest first");
    let theirs = t.signed_in("bob").await.get(PAGE).await;
    assert!(!theirs.text().contains("Wiki") && !theirs.text().contains("Profile changed"), "{theirs:?}");
}

#[tokio::test]
async fn a_refusal_in_a_session_is_the_persons() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    browser.post("/account/language", &[("csrf", "x"), ("language", "de")]).await.assert_page(403);
    write_refusals(&t).await;
    let page = browser.get(PAGE).await;
    assert!(page.text().contains("Refused") && page.text().contains("This page is out of date"), "{page:?}");
}

#[tokio::test]
async fn it_is_read_page_by_page_without_gap_or_double() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for n in 0..60 {
        // Three of them in each moment.
        if n % 3 == 0 {
            t.clock.advance_s(1);
        }
        let id = t.id_of("alice").await;
        let change = [("name", format!("Alice {n}"))].into();
        doorward::domain::profiles::update(&t.app, id, &change).await.unwrap();
    }
    let (mut seen, mut pages, mut path) = (0, 0, PAGE.to_owned());
    loop {
        let page = browser.get(&path).await;
        seen += page.text().matches("Profile changed").count();
        pages += 1;
        let Some((_, rest)) = page.text().split_once("?before=") else { break };
        path = format!("{PAGE}?before={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!((seen, pages), (60, 3));
    for made_up in ["x", "1.2", "' OR 1=1 --", "99999999999999999999.x"] {
        let made_up: String = url::form_urlencoded::byte_serialize(made_up.as_bytes()).collect();
        assert_eq!(browser.get(&format!("{PAGE}?before={made_up}")).await.status, 200);
    }
}
