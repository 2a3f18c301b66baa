//! Linked accounts: linking another and removing one, by their owner alone, after a recent sign-in.

use doorward::domain::{upstream, users};
use serde_json::json;

use crate::support::provider::{Provider, come_back, sign_in};
use crate::support::{Answer, Browser, TestApp, form};

/// The path and the fields of the form that posts to `action`.
fn fields_of(page: &Answer, action: &str) -> Vec<(String, String)> {
    let text = page.text();
    let start = text.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no {action}: {page:?}"));
    let inner = &text[start..start + text[start..].find("</form>").unwrap()];
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    inner.split('<').filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?))).collect()
}

async fn post(browser: &mut Browser<'_>, page: &Answer, action: &str) -> Answer {
    let fields = fields_of(page, action);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(action, &fields).await
}

/// From the account page to the provider and back, up to the question whether to link.
async fn link(browser: &mut Browser<'_>, provider: &Provider) -> Answer {
    let page = browser.open("/account/linked").await;
    let started = post(browser, &page, "/account/linked").await;
    let away = browser.get(started.location().unwrap_or_else(|| panic!("{started:?}"))).await;
    let answer = provider.answer(away.location().unwrap_or_else(|| panic!("{away:?}")));
    let back = come_back(browser, "idp", &answer).await;
    browser.follow(back).await
}

#[tokio::test]
async fn another_account_is_linked_after_a_look_at_it_and_removed_again() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    provider.play().claims = json!({ "email": "alice@work.example" });
    let mut browser = t.alice().await;
    let page = browser.open("/account/linked").await;
    page.assert_page(200);
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https:"), "{page:?}");
    let confirm = link(&mut browser, &provider).await;
    assert!(confirm.path.starts_with("/login/upstream-link?flow="), "{confirm:?}");
    assert!(confirm.text().contains("alice@work.example") && confirm.text().contains("Alice Ames"), "{confirm:?}");
    let done = browser.submit(&confirm, &[], "link").await;
    assert!(done.path.starts_with("/account/linked?saved=linked"), "{done:?}");
    assert!(done.text().contains("alice@work.example"), "{done:?}");
    assert_eq!(t.count("users", "1 = 1").await, 2, "no new account");
    // Twice is once.
    let again = link(&mut browser, &provider).await;
    assert!(again.path.starts_with("/account/linked"), "{again:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
    // It signs in.
    let mut other = t.browser();
    assert_eq!(sign_in(&mut other, &provider, "idp").await.status, 303);
    assert!(other.open("/").await.text().contains("Alice Ames"));
    // And is removed.
    let page = browser.open("/account/linked").await;
    let removed = post(&mut browser, &page, "/account/linked/remove").await;
    assert_eq!(removed.location(), Some("/account/linked?saved=unlinked"), "{removed:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
    assert_eq!(t.count("events", "kind = 'upstream.unlinked'").await, 1);
    let notices = t.mails_to("alice@example.com").await;
    let about_it = notices.iter().filter(|mail| mail.text.contains("idp: alice@work.example"));
    assert_eq!(about_it.count(), 2, "a notice of each");
    let gone = post(&mut browser, &page, "/account/linked/remove").await;
    gone.assert_page(404);
}

#[tokio::test]
async fn an_account_of_somebody_else_is_not_taken_over() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    assert_eq!(sign_in(&mut t.browser(), &provider, "idp").await.status, 303);
    let mut browser = t.alice().await;
    let refused = link(&mut browser, &provider).await;
    refused.assert_page(409);
    let carol = t.id_of("carol").await;
    assert_eq!(upstream::list(&t.app, carol).await.unwrap().len(), 1);
    assert_eq!(upstream::list(&t.app, t.id_of("alice").await).await.unwrap().len(), 0);
    // Nor is its link removed by another.
    let id = upstream::list(&t.app, carol).await.unwrap()[0].id.to_string();
    let page = browser.open("/account/linked").await;
    let csrf = form(&page)
        .fields
        .iter()
        .chain(&fields_of(&page, "/account/linked"))
        .find(|(n, _)| n == "csrf")
        .unwrap()
        .1
        .clone();
    for (csrf, status) in [("wrong", 403), ("", 403)] {
        browser.post("/account/linked/remove", &[("csrf", csrf), ("id", &id)]).await.assert_page(status);
    }
    let mine = fields_of(&page, "/account/linked").into_iter().find(|(n, _)| n == "csrf").unwrap().1;
    browser.post("/account/linked/remove", &[("csrf", &mine), ("id", &id)]).await.assert_page(404);
    browser.post("/account/linked", &[("csrf", &mine), ("provider", "nobody")]).await.assert_page(404);
    browser.post("/account/linked", &[("csrf", &csrf), ("provider", "idp")]).await;
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let (t, provider) = TestApp::with_idp(|_| {}).await;
    let strict = t.replica_with(|c| c.login.magic_link = false).await;
    let mut browser = strict.browser();
    provider.play().claims = json!({ "auth_time": t.app.clock.now_s() });
    assert_eq!(sign_in(&mut browser, &provider, "idp").await.status, 303);
    let page = browser.open("/account/linked").await;
    let kept = post(&mut browser, &page, "/account/linked/remove").await;
    kept.assert_page(409);
    assert!(kept.text().contains("last way in"), "{kept:?}");
    assert_eq!(t.count("upstream_links", "1 = 1").await, 1);
    // With mail as a way in, it may go.
    let mut browser = browser.at(&t);
    let page = browser.open("/account/linked").await;
    assert_eq!(post(&mut browser, &page, "/account/linked/remove").await.status, 303);
    assert_eq!(t.count("upstream_links", "1 = 1").await, 0);
}

#[tokio::test]
async fn an_old_sign_in_is_not_enough_and_a_stranger_sees_nothing() {
    let (t, _) = TestApp::with_idp(|_| {}).await;
    let mut browser = t.alice().await;
    let page = browser.open("/account/linked").await;
    t.clock.advance_s(700);
    for action in ["/account/linked", "/account/linked/remove"] {
        let fields = fields_of(&page, "/account/linked");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let away = browser.post(action, &fields).await;
        assert!(away.location().is_some_and(|l| l.contains("reason=reauthenticate")), "{away:?}");
    }
    let stranger = t.browser().get("/account/linked").await;
    assert!(stranger.location().is_some_and(|l| l.starts_with("/login?flow=")), "{stranger:?}");
    // Whoever was signed out meanwhile, or is another, cannot confirm.
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    assert!(browser.get("/account/linked").await.location().is_some());
}
