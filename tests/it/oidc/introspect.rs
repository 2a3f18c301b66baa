//! What a token is, for those who may ask.

use serde_json::json;

use crate::support::{Ask, Auth, OPAQUE_API, TestApp};

#[tokio::test]
async fn an_access_token_tells_what_rfc_7662_names() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web").set("scope", "openid orders:read")).await;
    let told = t.introspect(tokens["access_token"].as_str().unwrap()).await;
    for (name, value) in [
        ("active", json!(true)),
        ("client_id", json!("web")),
        ("token_type", json!("Bearer")),
        ("scope", json!("openid orders:read")),
        ("iss", json!("https://id.example")),
        ("sub", json!(t.id_of("alice").await)),
        ("exp", json!(t.app.clock.now_s() + 900)),
    ] {
        assert_eq!(told[name], value, "{told}");
    }
    assert_eq!(told.get("gid"), None, "our own name of the grant is nobody's business");
    assert_eq!(told.get("username"), None, "it belongs to profile");
    let told = t.introspect(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(
        (&told["active"], &told["client_id"], &told["scope"]),
        (&json!(true), &json!("web"), &json!("openid orders:read"))
    );
}

#[tokio::test]
async fn the_user_name_is_told_with_profile_and_never_beside_a_pairwise_subject() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web").set("scope", "openid profile")).await;
    for token in ["access_token", "refresh_token"] {
        assert_eq!(t.introspect(tokens[token].as_str().unwrap()).await["username"], "alice", "{token}");
    }
    t.client(
        "pair",
        json!({ "redirect_uris": ["https://pair.example/cb"], "trusted": true, "subject_type": "pairwise" }),
    )
    .await;
    let ask = Ask::new("pair").set("redirect_uri", "https://pair.example/cb").set("scope", "openid profile");
    let told = t.introspect(t.tokens(&ask).await["access_token"].as_str().unwrap()).await;
    assert_eq!((told.get("username"), told.get("sid")), (None, None), "{told}");
}

#[tokio::test]
async fn whatever_is_not_good_is_inactive_and_nothing_more() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web")).await;
    let access = tokens["access_token"].as_str().unwrap();
    let (head, signature) = access.rsplit_once('.').unwrap();
    let long = "x".repeat(30_000);
    for wrong in [
        "nonsense",
        "a.b.c",
        head,
        &access[..access.len() - 4],
        &format!("{head}.{}", "A".repeat(signature.len())),
        tokens["id_token"].as_str().unwrap(),
        &long,
    ] {
        assert_eq!(t.introspect(wrong).await, json!({ "active": false }), "{wrong}");
    }
    t.clock.advance_s(599);
    assert!(t.is_active(access).await);
    t.clock.advance_s(1);
    assert_eq!(t.introspect(access).await, json!({ "active": false }));
}

#[tokio::test]
async fn only_clients_that_may_ask_are_answered() {
    let t = TestApp::new().await;
    t.post_as("/introspect", &Auth::Basic("web"), &[("token", "x")]).await.assert_refused(403, "unauthorized_client");
    t.post_as("/introspect", &Auth::None("spa"), &[("token", "x")]).await.assert_refused(403, "unauthorized_client");
    t.post_as("/introspect", &Auth::Nothing, &[("token", "x")]).await.assert_refused(401, "invalid_client");
    t.post_as("/introspect", &Auth::Basic("api"), &[]).await.assert_refused(400, "invalid_request");
    t.post_as("/introspect", &Auth::Basic("api"), &[("token", "a"), ("token", "b")])
        .await
        .assert_refused(400, "invalid_request");
    assert_eq!(t.get("/introspect?token=x").await.status, 405);
}

#[tokio::test]
async fn an_api_sees_the_tokens_for_itself_alone() {
    let t = TestApp::new().await;
    t.client("files", json!({ "grant_types": ["client_credentials"], "may_introspect": [OPAQUE_API] })).await;
    let tokens = t.tokens(&Ask::new("web").set("scope", "openid orders:read")).await;
    let fields = [("grant_type", "client_credentials"), ("resource", OPAQUE_API)];
    let own = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    let ask = async |token: &str| t.post_as("/introspect", &Auth::Basic("files"), &[("token", token)]).await.json();
    assert_eq!(ask(&own).await["active"], true);
    for foreign in ["access_token", "refresh_token"] {
        assert_eq!(ask(tokens[foreign].as_str().unwrap()).await, json!({ "active": false }), "{foreign}");
    }
}

#[tokio::test]
async fn the_hint_is_only_a_hint() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web")).await;
    for (token, hint) in
        [("access_token", "refresh_token"), ("refresh_token", "access_token"), ("access_token", "nonsense")]
    {
        let fields = [("token", tokens[token].as_str().unwrap()), ("token_type_hint", hint)];
        assert_eq!(t.post_as("/introspect", &Auth::Basic("api"), &fields).await.json()["active"], true);
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_is_inactive_once_its_successor_was_used() {
    let t = TestApp::new().await;
    let first = t.tokens(&Ask::new("web")).await["refresh_token"].as_str().unwrap().to_owned();
    let second = t.refresh("web", &first).await.member("refresh_token");
    t.refresh("web", &second).await;
    assert!(!t.is_active(&first).await);
    assert!(t.is_active(&second).await, "asking uses nothing up");
}
