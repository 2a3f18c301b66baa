//! A person signs in to an app for the first time, uses it, and signs out.

use serde_json::json;

use crate::support::{Ask, PASSWORD, TestApp, verify};

#[tokio::test]
async fn a_stranger_becomes_a_signed_in_person_with_tokens_that_work_until_sign_out() {
    let t = TestApp::new().await;
    let ask = Ask::new("wiki").set("scope", "openid profile email");
    let mut browser = t.browser();

    let page = browser.open(&ask.path()).await;
    page.assert_page(200);
    assert!(page.path.starts_with("/login?flow="), "{page:?}");
    assert!(page.text().contains("Wiki"));

    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    page.assert_page(200);
    assert!(page.path.starts_with("/consent?flow="), "{page:?}");
    assert!(page.text().contains("Wiki") && page.text().contains("Alice Ames"));

    let answer = browser.submit(&page, &[], "allow").await;
    assert_eq!(answer.status, 303);
    assert!(answer.location().unwrap().starts_with("https://wiki.example/cb?code="), "{answer:?}");
    assert_eq!(answer.param("state").as_deref(), ask.get("state"));
    assert_eq!(answer.param("iss").as_deref(), Some("https://id.example"));

    let answer = t.redeem(&ask, &answer.param("code").unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(tokens["scope"], "email openid profile");

    let alice = t.id_of("alice").await.to_string();
    let (header, claims) = verify(&t, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(header["alg"], "RS256");
    for (name, value) in [
        ("iss", json!("https://id.example")),
        ("sub", json!(alice)),
        ("aud", json!("wiki")),
        ("nonce", json!("n-0S6_WzA2Mj")),
    ] {
        assert_eq!(claims[name], value, "{claims}");
    }
    let (header, claims) = verify(&t, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("at+jwt"), Some("ES256")));
    assert_eq!(claims["client_id"], "wiki");

    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(told.json()["sub"], alice);
    assert_eq!(told.json()["email"], "alice@example.com");
    assert_eq!(told.json()["email_verified"], true);
    assert_eq!(told.json()["name"], "Alice Ames");
    assert_eq!(told.json()["given_name"], "Alice");
    assert_eq!(told.json().get("phone_number"), None);

    let refreshed = t.refresh("wiki", tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let refreshed = refreshed.json();
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
    assert_eq!(t.introspect(refreshed["access_token"].as_str().unwrap()).await["username"], "alice");

    // A second app needs no second sign-in, and the first no second consent.
    let answer = browser.get(&Ask::new("web").path()).await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    let answer = browser.get(&ask.clone().set("prompt", "none").path()).await;
    assert!(answer.param("code").is_some(), "{answer:?}");

    let page = browser.get("/logout").await;
    page.assert_page(200);
    let page = browser.submit(&page, &[], "logout").await;
    page.assert_page(200);
    browser
        .get(&ask.set("prompt", "none").path())
        .await
        .assert_redirected("https://wiki.example/cb?", "login_required");
    assert!(!t.is_active(refreshed["access_token"].as_str().unwrap()).await);
    t.refresh("wiki", refreshed["refresh_token"].as_str().unwrap()).await.assert_refused(400, "invalid_grant");
}
