//! What scripts of other origins may call, and what not.

use axum::body::Body;

use crate::support::{Answer, Ask, Auth, TestApp};

const ORIGIN: (&str, &str) = ("origin", "https://spa.example");

async fn preflight(t: &TestApp, path: &str, method: &str) -> Answer {
    let headers = [
        ORIGIN,
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    t.request("OPTIONS", path, &headers, Body::empty()).await
}

#[tokio::test]
async fn browser_apps_may_call_what_they_need_without_cookies() {
    let t = TestApp::new().await;
    for (path, method) in [
        ("/.well-known/openid-configuration", "GET"),
        ("/.well-known/oauth-authorization-server", "GET"),
        ("/jwks", "GET"),
        ("/token", "POST"),
        ("/userinfo", "GET"),
        ("/userinfo", "POST"),
        ("/revoke", "POST"),
    ] {
        let answer = preflight(&t, path, method).await;
        assert!(answer.status == 204 || answer.status == 200, "{answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method), "{path}");
        let allowed = answer.header("access-control-allow-headers").unwrap().to_lowercase();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{path}");
    }
}

#[tokio::test]
async fn answers_and_errors_can_be_read_there() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("spa")).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    for answer in [
        t.get_with("/.well-known/openid-configuration", &[ORIGIN]).await,
        t.get_with("/jwks", &[ORIGIN]).await,
        t.get_with("/userinfo", &[ORIGIN, ("authorization", &bearer)]).await,
        t.get_with("/userinfo", &[ORIGIN]).await,
        t.get_with("/userinfo", &[ORIGIN, ("authorization", "Bearer wrong")]).await,
        t.post_with(
            "/token",
            &[("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", "wrong")],
            &[ORIGIN],
        )
        .await,
        t.post_with("/token", &[], &[ORIGIN]).await,
        t.get_with("/token", &[ORIGIN]).await,
        t.post_with("/revoke", &[("client_id", "spa"), ("token", "x")], &[ORIGIN]).await,
        t.post_with("/token", &[("x", &"y".repeat(t.app.config.server.body_limit + 1))], &[ORIGIN]).await,
    ] {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:?}");
        assert!(answer.header("access-control-expose-headers").unwrap().to_lowercase().contains("www-authenticate"));
    }
}

#[tokio::test]
async fn what_a_shared_cache_got_for_a_server_is_good_for_a_browser_app() {
    let t = TestApp::new().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"] {
        let whole = t.get(path).await;
        assert!(whole.header("cache-control").unwrap().starts_with("public"), "{whole:?}");
        let unchanged = t.get_with(path, &[("if-none-match", whole.header("etag").unwrap())]).await;
        assert_eq!((whole.status, unchanged.status), (200, 304));
        for answer in [whole, unchanged] {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:?}");
            assert!(answer.header("access-control-expose-headers").is_some(), "{answer:?}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
}

#[tokio::test]
async fn pages_and_introspection_are_nobodys_to_call() {
    let t = TestApp::new().await;
    for path in ["/", "/login", "/authorize", "/consent", "/logout", "/setup", "/introspect"] {
        for answer in [t.get_with(path, &[ORIGIN]).await, preflight(&t, path, "POST").await] {
            assert_eq!(answer.header("access-control-allow-origin"), None, "{path}: {answer:?}");
        }
    }
    let answer = t.post_as("/introspect", &Auth::Basic("api"), &[("token", "x")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
