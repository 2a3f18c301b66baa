//! What an app asks, and what a person answers.

use doorward::domain::consents::{self, Consent};
use doorward::domain::{clients, resources};
use serde_json::json;

use crate::support::{Answer, Ask, Browser, PASSWORD, TestApp, at_once, decode, form};

const CB: &str = "https://wiki.example/cb?";

async fn asked(browser: &mut Browser<'_>, ask: &Ask) -> Answer {
    let page = browser.open(&ask.path()).await;
    assert!(page.status == 200 && page.path.starts_with("/consent?"), "{page:?}");
    page
}

#[tokio::test]
async fn the_page_names_app_person_and_scopes_in_words() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page =
        asked(&mut browser, &Ask::new("wiki").set("scope", "openid email offline_access orders:read orders:write"))
            .await;
    for words in ["Wiki", "wiki.example", "Alice Ames", "Read your orders", "orders:write", "Orders"] {
        assert!(page.text().contains(words), "{words}: {page:?}");
    }
    let buttons: Vec<_> = form(&page).buttons.into_iter().map(|(name, _)| name).collect();
    assert_eq!(buttons[..2], ["allow", "deny"], "the first allows, by name the other refuses");
}

#[tokio::test]
async fn who_denies_goes_back_with_access_denied_and_the_flow_is_over() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = asked(&mut browser, &Ask::new("wiki")).await;
    browser.submit(&page, &[], "deny").await.assert_redirected(CB, "access_denied");
    browser.submit(&page, &[], "allow").await.assert_page(400);
    assert_eq!(t.count("consents", "1 = 1").await, 0);
    assert_eq!(t.count("grants", "1 = 1").await, 0);
    // Nothing is remembered of a refusal.
    asked(&mut browser, &Ask::new("wiki")).await;
}

#[tokio::test]
async fn what_was_allowed_is_remembered_and_more_is_asked_for() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let wide = Ask::new("wiki").set("scope", "openid email profile");
    let page = asked(&mut browser, &wide).await;
    assert!(browser.submit(&page, &[], "allow").await.param("code").is_some());
    for ask in [&wide, &Ask::new("wiki"), &Ask::new("wiki").set("scope", "openid email")] {
        assert!(browser.get(&ask.path()).await.param("code").is_some(), "{ask:?}");
    }
    asked(&mut browser, &Ask::new("wiki").set("scope", "openid email phone")).await;
    asked(&mut browser, &Ask::new("wiki").set("claims", &json!({ "id_token": { "phone_number": null } }).to_string()))
        .await;
    asked(&mut browser, &Ask::new("wiki").set("prompt", "consent")).await;
    // Another person is asked for themselves.
    asked(&mut t.signed_in("bob").await, &Ask::new("wiki")).await;
    // And in another browser it is still known.
    assert!(t.alice().await.get(&wide.path()).await.param("code").is_some());
}

#[tokio::test]
async fn prompt_consent_asks_even_the_trusted() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    assert!(browser.get(&Ask::new("web").path()).await.param("code").is_some());
    let page = asked(&mut browser, &Ask::new("web").set("prompt", "consent")).await;
    assert!(browser.submit(&page, &[], "allow").await.param("code").is_some());
}

#[tokio::test]
async fn a_form_that_is_not_ours_changes_nothing() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = asked(&mut browser, &Ask::new("wiki")).await;
    let flow = form(&page).fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    browser.post("/consent", &[("flow", &flow), ("allow", "yes")]).await.assert_page(403);
    browser.post("/consent", &[("flow", &flow), ("csrf", "wrong"), ("allow", "yes")]).await.assert_page(403);
    // Bob's token of his form does not fit alice's browser.
    let mut bob = t.signed_in("bob").await;
    let bobs = asked(&mut bob, &Ask::new("wiki")).await;
    let csrf = form(&bobs).fields.iter().find(|(n, _)| n == "csrf").unwrap().1.clone();
    browser.post("/consent", &[("flow", &flow), ("csrf", &csrf), ("allow", "yes")]).await.assert_page(403);
    let cookie = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let csrf = form(&page).fields.iter().find(|(n, _)| n == "csrf").unwrap().1.clone();
    for foreign in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let fields = [("flow", flow.as_str()), ("csrf", csrf.as_str()), ("allow", "yes")];
        t.post_with("/consent", &fields, &[("cookie", &cookie), foreign]).await.assert_page(403);
    }
    assert_eq!(t.count("consents", "1 = 1").await, 0);
}

#[tokio::test]
async fn only_the_person_who_was_asked_can_answer() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = asked(&mut browser, &Ask::new("wiki")).await;
    // In another tab of this browser bob signs in meanwhile.
    let other_tab = browser.open(&Ask::new("web").set("prompt", "login").path()).await;
    browser.submit(&other_tab, &[("username", "bob"), ("password", PASSWORD)], "").await;
    let again = browser.submit(&page, &[], "allow").await;
    assert!(again.status == 200 && again.path.starts_with("/consent?"), "{again:?}");
    assert!(again.text().contains("bob"));
    assert_eq!(t.count("consents", "1 = 1").await, 0);
    let ask = Ask::new("wiki");
    let code = browser.submit(&again, &[], "allow").await.param("code").unwrap();
    let tokens = t.redeem(&ask, &code).await.json();
    assert_eq!(decode(tokens["id_token"].as_str().unwrap()).1["sub"], t.id_of("bob").await.to_string());
}

#[tokio::test]
async fn who_is_somebody_else_signs_in_as_themselves() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("wiki");
    let page = asked(&mut browser, &ask).await;
    let login = browser.submit(&page, &[], "switch").await;
    assert!(login.path.starts_with("/login?"), "{login:?}");
    let page = browser.submit(&login, &[("username", "bob"), ("password", PASSWORD)], "").await;
    assert!(page.path.starts_with("/consent?") && page.text().contains("bob"), "{page:?}");
}

#[tokio::test]
async fn who_is_signed_out_meanwhile_signs_in_first() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = asked(&mut browser, &Ask::new("wiki")).await;
    let logout = browser.get("/logout").await;
    browser.submit(&logout, &[], "logout").await;
    let again = browser.submit(&page, &[], "allow").await;
    assert!(again.status == 200 && again.path.starts_with("/login?"), "{again:?}");
    assert_eq!(t.count("consents", "1 = 1").await, 0);
}

#[tokio::test]
async fn consents_given_at_the_same_instant_add_up() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    let asked = |n: usize| Consent { scopes: [format!("scope{n}")].into(), ..Consent::default() };
    let given = at_once(8, |n| {
        let app = t.app.clone();
        async move { consents::allow(&app, alice, "web", &asked(n)).await }
    });
    for outcome in given.await {
        outcome.unwrap();
    }
    let allowed = consents::find(&t.app, alice, "web").await.unwrap();
    assert_eq!(allowed.scopes.len(), 8, "{allowed:?}");
}

#[tokio::test]
async fn the_words_are_those_of_the_api_where_the_app_may_ask() {
    let t = TestApp::new().await;
    for name in ["a", "b"] {
        let metadata = json!({ "audience": format!("https://{name}.example"), "name": format!("Shelf {name}"),
            "scopes": { "read": format!("Read what stands in {name}") } });
        resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    }
    let metadata =
        |resources: &[&str]| json!({ "redirect_uris": ["https://reader.example/cb"], "resources": resources });
    t.client("reader", metadata(&["https://b.example"])).await;
    let mut browser = t.alice().await;
    let ask = Ask::new("reader").set("scope", "openid read");
    let page = asked(&mut browser, &ask).await;
    assert!(page.text().contains("Read what stands in b") && page.text().contains("Shelf b"), "{page:?}");
    assert!(!page.text().contains("Read what stands in a") && !page.text().contains("Shelf a"), "{page:?}");
    // At both it may name either for its token.
    let both = serde_json::from_value(metadata(&["https://a.example", "https://b.example"])).unwrap();
    clients::update(&t.app, "reader", both).await.unwrap();
    let page = asked(&mut browser, &ask).await;
    for words in ["Read what stands in a", "Read what stands in b"] {
        assert!(page.text().contains(words), "{words}: {page:?}");
    }
}
