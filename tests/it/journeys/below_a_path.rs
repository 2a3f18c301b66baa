//! The whole product below a path of the issuer.

use crate::support::{Ask, Auth, TestApp, VERIFIER, decode};

#[tokio::test]
async fn sign_in_tokens_and_sign_out_work_below_the_issuers_path() {
    let t = TestApp::with(|c| c.issuer = "https://example.com/auth".parse().unwrap()).await;
    let mut browser = t.browser();
    let ask = Ask::new("wiki");
    let answer = browser.allow(&ask).await;
    assert_eq!(answer.param("iss").as_deref(), Some("https://example.com/auth"), "{answer:?}");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*answer.param("code").unwrap()),
        ("redirect_uri", "https://wiki.example/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = t.post_as("/auth/token", &Auth::Post("wiki"), &fields).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(decode(&tokens.member("id_token")).1["iss"], "https://example.com/auth");
    let bearer = format!("Bearer {}", tokens.member("access_token"));
    assert_eq!(t.get_with("/auth/userinfo", &[("authorization", &bearer)]).await.status, 200);
    let page = browser.get("/auth/logout").await;
    browser.submit(&page, &[], "logout").await.assert_page(200);
    assert_eq!(t.get("/token").await.status, 404);
    assert_eq!(t.get("/authorize").await.status, 404);
}
