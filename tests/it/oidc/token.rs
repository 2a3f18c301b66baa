//! What every token request has in common.

use axum::body::Body;

use crate::support::{Auth, TestApp};

#[tokio::test]
async fn each_malformed_request_is_refused_with_its_own_code() {
    let t = TestApp::new().await;
    let basic = Auth::Basic("web");
    t.token(&basic, &[]).await.assert_refused(400, "invalid_request");
    t.token(&basic, &[("grant_type", "")]).await.assert_refused(400, "invalid_request");
    t.token(&basic, &[("grant_type", "password"), ("username", "alice")])
        .await
        .assert_refused(400, "unsupported_grant_type");
    t.token(&basic, &[("grant_type", "client_credentials")]).await.assert_refused(400, "unauthorized_client");
    t.token(&Auth::Basic("svc"), &[("grant_type", "refresh_token")]).await.assert_refused(400, "unauthorized_client");
    t.token(&basic, &[("grant_type", "authorization_code")]).await.assert_refused(400, "invalid_request");
    t.token(&basic, &[("grant_type", "refresh_token")]).await.assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn a_parameter_stands_there_once() {
    let t = TestApp::new().await;
    let twice = [("grant_type", "client_credentials"), ("scope", "orders:read"), ("scope", "orders:read")];
    t.token(&Auth::Basic("svc"), &twice).await.assert_refused(400, "invalid_request");
    let unknown_twice = [("grant_type", "client_credentials"), ("x", "1"), ("x", "2")];
    t.token(&Auth::Basic("svc"), &unknown_twice).await.assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn only_a_form_in_the_body_of_a_post_counts() {
    let t = TestApp::new().await;
    let json = Body::from(r#"{"grant_type":"client_credentials"}"#);
    t.request("POST", "/token", &[("content-type", "application/json")], json)
        .await
        .assert_refused(400, "invalid_request");
    t.request("POST", "/token", &[], Body::from("grant_type=client_credentials"))
        .await
        .assert_refused(400, "invalid_request");
    let in_query = t.post("/token?grant_type=client_credentials&client_id=svc", &[]).await;
    assert_eq!(in_query.status, 401, "{in_query:?}");
    let get = t.get("/token?grant_type=client_credentials").await;
    get.assert_refused(405, "invalid_request");
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let t = TestApp::new().await;
    let huge = "x".repeat(t.app.config.server.body_limit + 1);
    let answer = t.token(&Auth::Basic("svc"), &[("grant_type", &huge)]).await;
    answer.assert_refused(413, "invalid_request");
    let many: Vec<(String, String)> = (0..101).map(|n| (format!("p{n}"), "x".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    t.token(&Auth::Basic("svc"), &many).await.assert_refused(400, "invalid_request");
}
