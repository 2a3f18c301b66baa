//! Whether the server is well.

use crate::support::TestApp;

#[tokio::test]
async fn a_server_that_is_well_says_so() {
    let t = TestApp::new().await;
    let health = t.get("/health").await;
    assert_eq!(health.status, 200);
    assert_eq!(health.json()["status"], "ok");
    assert_eq!(health.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(t.get("/healthz").await.status, 200);
    assert_eq!(t.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready_but_alive() {
    let t = TestApp::new().await;
    t.app.stopping.begin();
    let ready = t.get("/readyz").await;
    assert_eq!((ready.status, ready.header("retry-after").is_some()), (503, true));
    assert_eq!(t.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn without_its_database_it_keeps_serving_what_needs_none_and_says_when_to_come_back() {
    let t = TestApp::new().await;
    t.app.db.write().clone().close().await.unwrap();
    t.app.db.read().clone().close().await.unwrap();
    for public in ["/.well-known/openid-configuration", "/jwks", "/healthz"] {
        assert_eq!(t.get(public).await.status, 200, "{public}");
    }
    let ready = t.get("/readyz").await;
    assert_eq!((ready.status, ready.header("retry-after").is_some()), (503, true));
    assert_eq!(t.get("/health").await.json()["status"], "degraded");
    let page = t.get("/login").await;
    page.assert_page(503);
    assert!(page.header("retry-after").is_some());
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*format!("dc_{}", "A".repeat(65))),
        ("redirect_uri", "https://web.example/cb"),
    ];
    let token = t.token(&crate::support::Auth::Basic("web"), &fields).await;
    token.assert_refused(503, "temporarily_unavailable");
    assert!(token.header("retry-after").is_some());
}

#[tokio::test]
async fn it_answers_at_the_root_whatever_the_issuer() {
    let t = TestApp::with(|c| c.issuer = "https://example.com/auth".parse().unwrap()).await;
    for path in ["/health", "/healthz", "/readyz", "/auth/health", "/auth/healthz", "/auth/readyz"] {
        assert_eq!(t.get(path).await.status, 200, "{path}");
    }
}
