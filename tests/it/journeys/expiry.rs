//! Nothing grows without bound: what has expired goes, what is good stays.

use doorward::jobs::expire;
use serde_json::json;

use crate::support::{Ask, Auth, ClientKey, TestApp};

#[tokio::test]
async fn the_job_removes_what_expired_and_leaves_what_is_good() {
    let t = TestApp::new().await;
    let offline = Ask::new("web").set("scope", "openid offline_access");
    let old = t.tokens(&offline).await;
    t.browser().open(&Ask::new("web").path()).await;
    let fields = [("grant_type", "client_credentials"), ("resource", "https://files.example")];
    let single = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    t.post_as("/revoke", &Auth::Basic("svc"), &[("token", &single)]).await;
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read", "token_endpoint_auth_method": "private_key_jwt",
        "jwks": ClientKey::es256(0).jwks() });
    t.client("signer", metadata).await;
    let now = t.app.clock.now_s();
    let assertion = ClientKey::es256(0)
        .sign(&json!({ "iss": "signer", "sub": "signer", "aud": "https://id.example", "jti": "x", "exp": now + 60 }));
    t.token(&Auth::Assertion(assertion), &[("grant_type", "client_credentials")]).await;
    let login = t.browser().open("/login").await;
    let mut guesser = t.browser();
    guesser.open("/login").await;
    guesser.submit(&login, &[("username", "bob"), ("password", "wrong")], "").await;

    let tables = ["login_flows", "http_sessions", "used_jtis", "revoked_tokens", "grants", "browser_sessions"];
    for table in tables {
        assert!(t.count(table, "1 = 1").await > 0, "{table}");
    }
    expire::run(&t.app).await.unwrap();
    assert_eq!(t.refresh("web", old["refresh_token"].as_str().unwrap()).await.status, 200, "what is good stays");
    assert!(t.count("revoked_tokens", "1 = 1").await > 0);

    t.clock.advance_s(70 * 86_400);
    let fresh = t.tokens(&Ask::new("web")).await;
    expire::run(&t.app).await.unwrap();
    for (table, left) in [
        ("login_flows", 1),
        ("http_sessions", 1),
        ("used_jtis", 0),
        ("revoked_tokens", 0),
        ("throttles", 0),
        ("grants", 1),
        ("browser_sessions", 1),
    ] {
        assert_eq!(t.count(table, "1 = 1").await, left, "{table}");
    }
    assert!(t.is_active(fresh["access_token"].as_str().unwrap()).await);
    t.clock.advance_s(401 * 86_400);
    expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("events", "1 = 1").await, 1, "that the last session has ended idle");
    t.clock.advance_s(401 * 86_400);
    expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("events", "1 = 1").await, 0);
}

#[tokio::test]
async fn an_authorization_code_that_nobody_redeemed_goes_too() {
    let t = TestApp::new().await;
    t.tokens(&Ask::new("web")).await;
    t.code(&Ask::new("web")).await;
    t.clock.advance_s(30 * 60);
    expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("grants", "1 = 1").await, 2, "a code that comes late is still told that it is late");
    t.clock.advance_s(2 * 3600);
    expire::run(&t.app).await.unwrap();
    assert_eq!((t.count("grants", "1 = 1").await, t.count("grants", "redeemed_at IS NULL").await), (1, 0));
}
