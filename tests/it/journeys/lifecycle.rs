//! From the first visit to a new password, through the real handlers and the mails they send.

use doorward::config::RegistrationMode;

use crate::support::{Ask, TestApp};

const FIRST: &str = "kestrel lantern brook 47";
const SECOND: &str = "harbour violin quartz 81";

#[tokio::test]
async fn register_verify_sign_in_recover_and_sign_in_again() {
    let t = TestApp::with(|c| c.registration.mode = RegistrationMode::Open).await;
    let request = Ask::new("web").set("scope", "openid email");
    let mut browser = t.browser();

    // Register, from an app's sign-in page.
    let page = browser.open(&request.path()).await;
    let flow = page.path.split_once("flow=").unwrap().1.to_owned();
    assert!(page.text().contains(&format!("/register?flow={flow}")), "{page:?}");
    let page = browser.open(&format!("/register?flow={flow}")).await;
    let filled = [("email", "eve@example.org"), ("username", "eve"), ("name", "Eve Example"), ("password", FIRST)];
    browser.submit(&page, &filled, "").await.assert_page(200);
    assert_eq!(t.count("users", "username_key = 'eve'").await, 0, "nobody before the address is proved");

    // Read the link, verify: it leads on to the app.
    let link = t.mail("eve@example.org", "verify_email").await.path("/verify-email");
    let page = browser.open(&link).await;
    page.assert_page(200);
    let answer = browser.submit(&page, &[], "").await;
    let code = answer.param("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
    let tokens = t.redeem(&request, &code).await;
    let told = t.userinfo(&tokens.member("access_token")).await.json();
    assert_eq!((&told["email"], &told["email_verified"]), (&"eve@example.org".into(), &true.into()));

    // Sign in elsewhere.
    let mut elsewhere = t.browser();
    let page = elsewhere.open("/login").await;
    let home = elsewhere.submit(&page, &[("username", "Eve@example.org"), ("password", FIRST)], "").await;
    home.assert_page(200);
    assert!(home.text().contains("Eve Example"), "{home:?}");

    // Ask for a new password, read the link, set it.
    let mut third = t.browser();
    let page = third.open("/recover").await;
    third.submit(&page, &[("username", "eve")], "").await.assert_page(200);
    let link = t.mail("eve@example.org", "reset_password").await.path("/recover/reset");
    let page = third.open(&link).await;
    page.assert_page(200);
    let page = third.submit(&page, &[("password", SECOND)], "").await;
    page.assert_page(200);
    assert!(page.path.starts_with("/login?flow="), "{page:?}");

    // The others are signed out; the old password is refused, the new one accepted.
    let silent = Ask::new("web").set("prompt", "none").path();
    for one in [&mut browser, &mut elsewhere] {
        assert_eq!(one.get(&silent).await.param("error").as_deref(), Some("login_required"));
    }
    assert!(!t.is_active(&tokens.member("access_token")).await);
    let refused = third.submit(&page, &[("username", "eve"), ("password", FIRST)], "").await;
    refused.assert_page(422);
    let home = third.submit(&refused, &[("username", "eve"), ("password", SECOND)], "").await;
    home.assert_page(200);
    assert!(home.text().contains("Eve Example"), "{home:?}");

    // What happened was told by mail, and is on record.
    let kinds: Vec<String> = t.mails_to("eve@example.org").await.into_iter().map(|m| m.mail.kind).collect();
    assert!(kinds.iter().filter(|k| *k == "notice").count() >= 2, "{kinds:?}");
    for kind in ["user.created", "session.started", "password.changed"] {
        assert!(t.count("events", &format!("kind = '{kind}'")).await >= 1, "{kind}");
    }
}
