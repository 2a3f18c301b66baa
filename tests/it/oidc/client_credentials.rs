//! A service's own token, and the forms that a resource gives it.

use serde_json::{Value, json};

use crate::support::{API, Answer, Auth, OPAQUE_API, SMALL_API, SMALL_SECRET, TestApp, decode, hs256, verify};

async fn ask(t: &TestApp, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend_from_slice(more);
    t.token(&Auth::Basic("svc"), &fields).await
}

#[tokio::test]
async fn a_service_gets_a_signed_token_and_nothing_is_written() {
    let t = TestApp::new().await;
    let answer = ask(&t, &[("scope", "orders:read")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 900, "the resource says how long");
    assert_eq!(tokens["scope"], "orders:read");
    assert_eq!((tokens.get("refresh_token"), tokens.get("id_token")), (None, None));
    let (header, claims) = verify(&t, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
    let now = t.app.clock.now_s();
    for (name, value) in [
        ("iss", json!("https://id.example")),
        ("sub", json!("svc")),
        ("client_id", json!("svc")),
        ("aud", json!(API)),
        ("scope", json!("orders:read")),
        ("iat", json!(now)),
        ("exp", json!(now + 900)),
    ] {
        assert_eq!(claims[name], value, "{claims}");
    }
    assert!(claims["jti"].is_string());
    assert_eq!(t.count("grants", "1 = 1").await, 0);
}

#[tokio::test]
async fn scope_and_resource_say_what_for() {
    let t = TestApp::new().await;
    assert_eq!(ask(&t, &[("resource", API)]).await.member("scope"), "orders:read orders:write");
    let narrow = ask(&t, &[("resource", API), ("scope", "orders:write")]).await;
    assert_eq!(narrow.member("scope"), "orders:write");
    assert_eq!(decode(&narrow.member("access_token")).1["aud"], API);
    for (fields, code) in [
        (&[("scope", "nonsense")][..], "invalid_scope"),
        (&[("scope", "openid")], "invalid_scope"),
        (&[("scope", "offline_access orders:read")], "invalid_scope"),
        (&[("scope", "\\")], "invalid_scope"),
        (&[("resource", API), ("scope", "files:read")], "invalid_scope"),
        (&[("resource", "https://nowhere.example")], "invalid_target"),
        (&[("resource", "not a URI")], "invalid_target"),
        (&[("resource", "https://id.example")], "invalid_target"),
        // One token cannot be a JWT and opaque.
        (&[("resource", API), ("resource", OPAQUE_API)], "invalid_target"),
        (&[("scope", "orders:read files:read")], "invalid_target"),
    ] {
        let answer = ask(&t, fields).await;
        assert_eq!(answer.refusal(), (400, code.to_owned()), "{fields:?}");
    }
}

#[tokio::test]
async fn a_client_reaches_only_its_own_resources() {
    let t = TestApp::new().await;
    let fields = [("grant_type", "client_credentials"), ("resource", API)];
    t.token(&Auth::Basic("api"), &fields).await.assert_refused(400, "invalid_target");
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    t.token(&Auth::Basic("api"), &fields).await.assert_refused(400, "invalid_scope");
    t.client("reader", json!({ "grant_types": ["client_credentials"], "scope": "orders:read" })).await;
    let answer = t.token(&Auth::Basic("reader"), &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.member("scope"), "orders:read");
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:write")];
    t.token(&Auth::Basic("reader"), &fields).await.assert_refused(400, "invalid_scope");
}

#[tokio::test]
async fn an_opaque_token_can_be_neither_read_nor_changed_nor_shortened() {
    let t = TestApp::new().await;
    let token = ask(&t, &[("resource", OPAQUE_API)]).await.member("access_token");
    assert_eq!(token.split('.').count(), 1);
    let told = t.introspect(&token).await;
    assert_eq!(
        (&told["active"], &told["aud"], &told["scope"]),
        (&json!(true), &json!(OPAQUE_API), &json!("files:read"))
    );
    for at in [3, token.len() / 2, token.len() - 2] {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(!t.is_active(std::str::from_utf8(&changed).unwrap()).await);
        assert!(!t.is_active(&token[..at]).await);
    }
    assert!(!t.is_active(&format!("{token}A")).await);
    assert!(!t.is_active(&token[3..]).await);
    t.clock.advance_s(600);
    assert!(!t.is_active(&token).await);
}

#[tokio::test]
async fn a_small_api_checks_with_its_secret_alone() {
    let t = TestApp::new().await;
    let token = ask(&t, &[("resource", SMALL_API)]).await.member("access_token");
    assert_eq!(decode(&token).0, json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = hs256(SMALL_SECRET, &token);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(SMALL_API), &json!("small:use")));
    assert!(t.is_active(&token).await);
    // Who knows that secret cannot make a token for another API, nor one that we take for ours elsewhere.
    let forge = |aud: &str| {
        let mut forged = claims.clone();
        forged["aud"] = json!(aud);
        crate::support::ClientKey::secret(SMALL_SECRET).sign(&forged)
    };
    assert!(!t.is_active(&forge(API)).await);
    assert!(!t.is_active(&forge("https://id.example")).await);
    t.userinfo(&forge("https://id.example")).await.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn an_api_that_shares_a_secret_cannot_speak_for_us_beside_its_own_audience() {
    let t = TestApp::new().await;
    let token = ask(&t, &[("resource", SMALL_API)]).await.member("access_token");
    let mut forged = hs256(SMALL_SECRET, &token);
    forged["aud"] = json!([SMALL_API, "https://id.example", API]);
    forged["sub"] = json!(t.id_of("alice").await);
    forged["scope"] = json!("openid profile email");
    let forged = crate::support::ClientKey::secret(SMALL_SECRET).sign(&forged);
    let answer = t.userinfo(&forged).await;
    assert!(answer.status == 401 || answer.status == 403, "{answer:?}");
    assert!(!t.is_active(&forged).await, "a token for three audiences, signed by one of them");
}

#[tokio::test]
async fn a_public_client_has_no_token_of_its_own() {
    let t = TestApp::new().await;
    t.token(&Auth::None("spa"), &[("grant_type", "client_credentials")])
        .await
        .assert_refused(400, "unauthorized_client");
}

#[tokio::test]
async fn each_algorithm_of_a_resource_verifies_with_the_published_keys() {
    let t = TestApp::new().await;
    for alg in ["RS256", "PS256", "ES384", "EdDSA"] {
        let audience = format!("https://{}.example", alg.to_lowercase());
        let metadata = json!({ "audience": audience, "scopes": alg, "signing_alg": alg });
        doorward::domain::resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
        t.client(alg, json!({ "grant_types": ["client_credentials"], "resources": [audience] })).await;
        let answer = t.token(&Auth::Basic(alg), &[("grant_type", "client_credentials")]).await;
        let token = answer.member("access_token");
        assert_eq!(verify(&t, &token).await.0["alg"], alg);
        assert!(t.is_active(&token).await, "{alg}");
    }
}

async fn api(t: &TestApp, audience: &str, scopes: Value) {
    let metadata = json!({ "audience": audience, "scopes": scopes });
    doorward::domain::resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn a_scope_is_for_the_api_where_the_client_may_ask_for_it() {
    let t = TestApp::new().await;
    let (a, b) = ("https://a.example", "https://b.example");
    api(&t, a, json!(["read"])).await;
    api(&t, b, json!(["read"])).await;
    t.client("of-b", json!({ "grant_types": ["client_credentials"], "resources": [b] })).await;
    let ask = async |more: &[(&str, &str)]| {
        t.token(&Auth::Basic("of-b"), &[&[("grant_type", "client_credentials")], more].concat()).await
    };
    for fields in [&[("scope", "read")][..], &[("scope", "read"), ("resource", b)], &[]] {
        let answer = ask(fields).await;
        assert_eq!(decode(&answer.member("access_token")).1["aud"], b, "{fields:?}");
        assert_eq!(answer.member("scope"), "read");
    }
    ask(&[("scope", "read"), ("resource", a)]).await.assert_refused(400, "invalid_target");
    ask(&[("scope", "read"), ("resource", a), ("resource", b)]).await.assert_refused(400, "invalid_target");
}

#[tokio::test]
async fn a_scope_that_is_allowed_at_one_api_is_not_at_another_of_the_same_name() {
    let t = TestApp::new().await;
    let (a, b) = ("https://a.example", "https://b.example");
    api(&t, a, json!(["a:read", "admin"])).await;
    api(&t, b, json!(["admin"])).await;
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "a:read", "resources": [b] });
    t.client("of-b", metadata).await;
    let ask = async |more: &[(&str, &str)]| {
        t.token(&Auth::Basic("of-b"), &[&[("grant_type", "client_credentials")], more].concat()).await
    };
    ask(&[("scope", "admin"), ("resource", a)]).await.assert_refused(400, "invalid_scope");
    // One token for both would be read as `admin` at either.
    ask(&[("scope", "a:read admin")]).await.assert_refused(400, "invalid_scope");
    ask(&[("scope", "a:read admin"), ("resource", a), ("resource", b)]).await.assert_refused(400, "invalid_scope");
    for (scope, audience) in [("admin", b), ("a:read", a)] {
        let answer = ask(&[("scope", scope)]).await;
        let claims = decode(&answer.member("access_token")).1;
        assert_eq!((&claims["aud"], &claims["scope"]), (&json!(audience), &json!(scope)));
    }
}

#[tokio::test]
async fn a_token_without_a_scope_says_none() {
    let t = TestApp::new().await;
    let answer = t.token(&Auth::Basic("api"), &[("grant_type", "client_credentials")]).await;
    assert_eq!((answer.status, answer.json().get("scope")), (200, None), "{answer:?}");
}
