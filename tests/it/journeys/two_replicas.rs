//! Two processes on one database are one server.

use doorward::domain::versions::Watch;
use doorward::domain::{clients, users};
use serde_json::json;

use crate::support::{Ask, Auth, TestApp};

#[tokio::test]
async fn a_sign_in_begun_at_one_goes_on_at_the_other() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let ask = Ask::new("wiki");
    let mut here = t.browser();
    let page = here.open(&ask.path()).await;
    let mut there = here.at(&other);
    let page = there.submit(&page, &[("username", "alice"), ("password", crate::support::PASSWORD)], "").await;
    assert!(page.path.starts_with("/consent?"), "{page:?}");
    let mut here = there.at(&t);
    let code = here.submit(&page, &[], "allow").await.param("code").unwrap();
    let tokens = other.redeem(&ask, &code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert!(t.is_active(&tokens.member("access_token")).await);
    let next = t.refresh("wiki", &tokens.member("refresh_token")).await;
    assert_eq!(other.refresh("wiki", &next.member("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn what_a_command_changes_is_seen_at_the_next_look() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let mut watch = Watch::default();
    watch.look(&other.app).await.unwrap();
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let access = t.redeem(&ask, &code).await.member("access_token");
    assert!(other.is_active(&access).await);

    t.client("late", json!({ "grant_types": ["client_credentials"], "scope": "orders:read" })).await;
    let fields = [("grant_type", "client_credentials")];
    other.token(&Auth::Basic("late"), &fields).await.assert_refused(401, "invalid_client");
    watch.look(&other.app).await.unwrap();
    assert_eq!(other.token(&Auth::Basic("late"), &fields).await.status, 200);

    clients::set_disabled(&t.app, "late", true).await.unwrap();
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    watch.look(&other.app).await.unwrap();
    other.token(&Auth::Basic("late"), &fields).await.assert_refused(401, "invalid_client");
    assert!(!other.is_active(&access).await);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(browser.at(&other).get(&silent).await.param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_token_is_good_at_once_where_the_clock_is_a_little_behind() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let leeway = i64::try_from(t.app.config.oidc.clock_leeway).unwrap();
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let tokens = t.tokens(&Ask::new("web")).await;
    let access = tokens["access_token"].as_str().unwrap();
    let service = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    t.clock.advance_s(-leeway - 1);
    assert!(!other.is_active(&service).await, "nobody's clock is that wrong");
    t.clock.advance_s(1);
    assert!(other.is_active(&service).await);
    assert_eq!(other.userinfo(access).await.status, 200);
}

#[tokio::test]
async fn no_leeway_makes_a_token_live_longer() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let answer = t.token(&Auth::Basic("svc"), &fields).await;
    t.clock.advance_s(answer.json()["expires_in"].as_i64().unwrap());
    // Neither has looked at it before.
    for replica in [&t, &other] {
        assert!(!replica.is_active(&answer.member("access_token")).await);
    }
}
