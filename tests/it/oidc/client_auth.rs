//! How a client proves who it is: each way, each refusal, each replay.

use std::sync::Arc;

use doorward::domain::clients;
use serde_json::{Value, json};

use crate::support::{Answer, Auth, ClientKey, SECRET, TestApp, at_once, basic_header};

const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

/// A client that signs, with the key number 0 inline.
async fn signing_client(t: &TestApp) {
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": ClientKey::es256(0).jwks() });
    t.client("signer", metadata).await;
}

fn claims(t: &TestApp, jti: &str) -> Value {
    let now = t.app.clock.now_s();
    json!({ "iss": "signer", "sub": "signer", "aud": "https://id.example", "jti": jti, "iat": now, "exp": now + 60 })
}

async fn assert_with(t: &TestApp, key: &ClientKey, claims: &Value) -> Answer {
    t.token(&Auth::Assertion(key.sign(claims)), &[CREDENTIALS]).await
}

#[tokio::test]
async fn basic_and_post_each_where_registered_and_nowhere_else() {
    let t = TestApp::new().await;
    assert_eq!(t.post_as("/revoke", &Auth::Basic("web"), &[("token", "x")]).await.status, 200);
    assert_eq!(t.post_as("/revoke", &Auth::Post("wiki"), &[("token", "x")]).await.status, 200);
    assert_eq!(t.post_as("/revoke", &Auth::None("spa"), &[("token", "x")]).await.status, 200);
    for wrong in [
        Auth::Post("web"),
        Auth::None("web"),
        Auth::Basic("wiki"),
        Auth::None("wiki"),
        Auth::Basic("spa"),
        Auth::Post("spa"),
        Auth::Nothing,
    ] {
        let answer = t.post_as("/revoke", &wrong, &[("token", "x")]).await;
        answer.assert_refused(401, "invalid_client");
        // RFC 6749 §5.2: a challenge for who used the header, and for nobody else.
        let challenge = answer.header("www-authenticate").filter(|c| c.starts_with("Basic realm="));
        assert_eq!(challenge.is_some(), matches!(wrong, Auth::Basic(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_look_the_same() {
    let t = TestApp::new().await;
    let with = |id: &str, secret: &str| basic_header(id, secret);
    let mut seen = Vec::new();
    for header in
        [with("web", "wrong"), with("nobody", SECRET), with("web", ""), with("web", &SECRET[..SECRET.len() - 1])]
    {
        let answer = t.post_with("/token", &[CREDENTIALS], &[("authorization", &header)]).await;
        answer.assert_refused(401, "invalid_client");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic realm="), "{answer:?}");
        seen.push(answer.json());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    insta::assert_json_snapshot!("wrong_secret", seen[0]);
    let by_post = t.post("/token", &[CREDENTIALS, ("client_id", "wiki"), ("client_secret", "wrong")]).await;
    by_post.assert_refused(401, "invalid_client");
}

#[tokio::test]
async fn a_malformed_authorization_header_is_refused() {
    let t = TestApp::new().await;
    for header in ["Basic", "Basic !!!", "Basic d2Vi", "Bearer abc", "Negotiate x", "Basic /w==", ""] {
        let answer = t.post_with("/token", &[CREDENTIALS], &[("authorization", header)]).await;
        answer.assert_refused(401, "invalid_client");
        assert!(answer.header("www-authenticate").is_some(), "{header}: {answer:?}");
    }
    let basic = basic_header("svc", SECRET);
    let twice = t.post_with("/token", &[CREDENTIALS], &[("authorization", &basic), ("authorization", &basic)]).await;
    twice.assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn two_ways_at_once_are_refused_and_a_client_id_beside_must_agree() {
    let t = TestApp::new().await;
    let both = [CREDENTIALS, ("client_id", "svc"), ("client_secret", SECRET)];
    t.token(&Auth::Basic("svc"), &both).await.assert_refused(400, "invalid_request");
    t.token(&Auth::Basic("svc"), &[CREDENTIALS, ("client_id", "web")]).await.assert_refused(400, "invalid_request");
    let alone = [CREDENTIALS, ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")];
    t.token(&Auth::Basic("svc"), &alone).await.assert_refused(400, "invalid_request");
    let agreed = t.token(&Auth::Basic("svc"), &[CREDENTIALS, ("client_id", "svc"), ("scope", "orders:read")]).await;
    assert_eq!(agreed.status, 200, "{agreed:?}");
}

#[tokio::test]
async fn names_and_secrets_are_form_encoded_inside_basic() {
    let t = TestApp::new().await;
    let (id, secret) = ("urn:x:a+b%25c", "s p+a%c=e:&\u{7e}-and-enough-characters-to-be-long");
    let metadata =
        serde_json::from_value(json!({ "grant_types": ["client_credentials"], "scope": "orders:read" })).unwrap();
    let new = clients::NewClient { id: Some(id.into()), secret: Some(secret.into()), metadata };
    clients::create(&t.app, new).await.unwrap();
    let answer = t.post_with("/token", &[CREDENTIALS], &[("authorization", &basic_header(id, secret))]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_private_key_signs_and_its_jti_is_good_once() {
    let t = TestApp::new().await;
    signing_client(&t).await;
    let key = ClientKey::es256(0);
    assert_eq!(assert_with(&t, key, &claims(&t, "one")).await.status, 200);
    assert_with(&t, key, &claims(&t, "one")).await.assert_refused(401, "invalid_client");
    let other = t.replica().await;
    assert_with(&other, key, &claims(&t, "one")).await.assert_refused(401, "invalid_client");
    assert_eq!(assert_with(&other, key, &claims(&t, "two")).await.status, 200);
    for audience in [json!("https://id.example/token"), json!(["https://id.example"])] {
        let mut good = claims(&t, &audience.to_string());
        good["aud"] = audience;
        assert_eq!(assert_with(&t, key, &good).await.status, 200, "{good}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_uses_of_one_jti_at_once_one_is_good() {
    let t = Arc::new(TestApp::new().await);
    signing_client(&t).await;
    let other = Arc::new(t.replica().await);
    let assertion = Arc::new(ClientKey::es256(0).sign(&claims(&t, "raced")));
    let answers = at_once(8, |n| {
        let (t, assertion) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&assertion));
        async move { t.token(&Auth::Assertion(assertion.to_string()), &[CREDENTIALS]).await.status }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
}

#[tokio::test]
async fn each_wrong_claim_of_an_assertion_is_refused() {
    let t = TestApp::new().await;
    signing_client(&t).await;
    let now = t.app.clock.now_s();
    let too_late = t.app.config.oidc.client_assertion_max_age + 60;
    let too_late = i64::try_from(too_late).unwrap();
    let wrong: [(&str, &str, Value); 17] = [
        ("another issuer", "iss", json!("web")),
        ("no issuer", "iss", Value::Null),
        ("another subject", "sub", json!("web")),
        ("another audience", "aud", json!("https://elsewhere.example")),
        ("no audience", "aud", Value::Null),
        ("a foreign audience besides", "aud", json!(["https://id.example", "https://elsewhere.example"])),
        ("an endpoint that is not ours", "aud", json!("https://id.example/elsewhere")),
        ("no end", "exp", Value::Null),
        ("its end has passed", "exp", json!(now - 11)),
        ("it ends too late", "exp", json!(now + too_late)),
        ("an end that is no number", "exp", json!("soon")),
        ("made in the future", "iat", json!(now + 11)),
        ("not valid yet", "nbf", json!(now + 11)),
        ("no jti", "jti", Value::Null),
        ("an empty jti", "jti", json!("")),
        ("a jti that is no text", "jti", json!(7)),
        ("an endless jti", "jti", json!("x".repeat(501))),
    ];
    for (what, name, value) in wrong {
        let mut claims = claims(&t, what);
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        let answer = assert_with(&t, ClientKey::es256(0), &claims).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{what}: {answer:?}");
    }
    let mut ahead = claims(&t, "ten seconds ahead of our clock");
    (ahead["iat"], ahead["nbf"]) = (json!(now + 10), json!(now + 10));
    assert_eq!(assert_with(&t, ClientKey::es256(0), &ahead).await.status, 200, "clocks may differ by ten seconds");
}

#[tokio::test]
async fn an_assertion_under_the_wrong_key_or_algorithm_is_refused() {
    let t = TestApp::new().await;
    signing_client(&t).await;
    let good = claims(&t, "x");
    assert_with(&t, ClientKey::es256(1), &good).await.assert_refused(401, "invalid_client");
    // The classic confusion: the public key as the secret of an HMAC.
    let public = ClientKey::es256(0).jwks().to_string();
    assert_with(&t, &ClientKey::secret(&public), &good).await.assert_refused(401, "invalid_client");
    let signed = ClientKey::es256(0).sign(&good);
    let (_, rest) = signed.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{}.", rest.split_once('.').unwrap().0);
    for wrong in [none, signed[..signed.len() - 4].to_owned(), "a.b.c".to_owned(), "nonsense".to_owned()] {
        t.token(&Auth::Assertion(wrong), &[CREDENTIALS]).await.assert_refused(401, "invalid_client");
    }
    let untyped = [CREDENTIALS, ("client_assertion", signed.as_str())];
    t.post("/token", &untyped).await.assert_refused(401, "invalid_client");
    // None of these used the jti up.
    assert_eq!(t.token(&Auth::Assertion(signed), &[CREDENTIALS]).await.status, 200);
}

#[tokio::test]
async fn a_secret_signs_where_that_is_registered() {
    let t = TestApp::new().await;
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read", "token_endpoint_auth_method": "client_secret_jwt" });
    t.client("signer", metadata).await;
    assert_eq!(assert_with(&t, &ClientKey::secret(SECRET), &claims(&t, "1")).await.status, 200);
    assert_with(&t, &ClientKey::secret(SECRET), &claims(&t, "1")).await.assert_refused(401, "invalid_client");
    let wrong = ClientKey::secret("another-secret-that-is-long-enough-for-anyone");
    assert_with(&t, &wrong, &claims(&t, "2")).await.assert_refused(401, "invalid_client");
    t.token(&Auth::Basic("signer"), &[CREDENTIALS]).await.assert_refused(401, "invalid_client");
}

#[tokio::test]
async fn the_keys_behind_jwks_uri_are_fetched_again_when_one_is_unknown() {
    let t = TestApp::new().await;
    let uri = "https://signer.example/jwks";
    t.fetch.put(uri, &ClientKey::es256(0).jwks());
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri });
    t.client("signer", metadata).await;
    for jti in ["1", "2", "3"] {
        assert_eq!(assert_with(&t, ClientKey::es256(0), &claims(&t, jti)).await.status, 200);
    }
    assert_eq!(t.fetch.asked(), 1, "they are remembered");
    t.fetch.put(uri, &ClientKey::es256(1).jwks());
    assert_eq!(assert_with(&t, ClientKey::es256(1), &claims(&t, "4")).await.status, 200);
    assert_eq!(t.fetch.asked(), 2);
    for n in 0..20 {
        assert_with(&t, ClientKey::es256(0), &claims(&t, &format!("old {n}")))
            .await
            .assert_refused(401, "invalid_client");
    }
    assert!(t.fetch.asked() < 15, "nobody can make us hammer somebody else's server: {}", t.fetch.asked());
    assert_eq!(assert_with(&t, ClientKey::es256(1), &claims(&t, "5")).await.status, 200);
    t.fetch.put(uri, &ClientKey::es256(0).jwks());
    t.clock.advance_s(300);
    assert_eq!(
        assert_with(&t, ClientKey::es256(0), &claims(&t, "6")).await.status,
        200,
        "the old set has had its time"
    );
    assert_with(&t, ClientKey::es256(1), &claims(&t, "7")).await.assert_refused(401, "invalid_client");
}

#[tokio::test]
async fn a_set_that_says_it_is_stale_at_once_is_not_fetched_for_every_request() {
    let t = TestApp::new().await;
    let uri = "https://signer.example/jwks";
    t.fetch.put(uri, &ClientKey::es256(0).jwks());
    t.fetch.be_stale_at_once();
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri });
    t.client("signer", metadata).await;
    for n in 0..50 {
        assert_with(&t, ClientKey::es256(1), &claims(&t, &n.to_string())).await.assert_refused(401, "invalid_client");
    }
    assert!(t.fetch.asked() <= 11, "{}", t.fetch.asked());
    // The attempts of others do not keep the client out once it has a new key.
    t.fetch.put(uri, &ClientKey::es256(1).jwks());
    t.clock.advance_s(4);
    assert_eq!(assert_with(&t, ClientKey::es256(1), &claims(&t, "mine")).await.status, 200);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_refuse_without_a_word_about_the_network() {
    let t = TestApp::new().await;
    let metadata = json!({ "grant_types": ["client_credentials"], "scope": "orders:read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://gone.example/jwks" });
    t.client("signer", metadata).await;
    let answer = assert_with(&t, ClientKey::es256(0), &claims(&t, "1")).await;
    answer.assert_refused(401, "invalid_client");
    assert!(!answer.text().contains("404") && !answer.text().contains("gone.example"), "{answer:?}");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_right_secret_is_never_held_up() {
    let t = TestApp::with(|c| c.throttle.client_free_failures = 3).await;
    let wrong = basic_header("svc", "wrong");
    for _ in 0..3 {
        t.post_with("/token", &[CREDENTIALS], &[("authorization", &wrong)]).await.assert_refused(401, "invalid_client");
    }
    let slowed = t.post_with("/token", &[CREDENTIALS], &[("authorization", &wrong)]).await;
    assert_eq!(slowed.status, 429, "{slowed:?}");
    assert!(slowed.header("retry-after").is_some(), "{slowed:?}");
    let right = t.token(&Auth::Basic("svc"), &[CREDENTIALS, ("scope", "orders:read")]).await;
    assert_eq!(right.status, 200, "{right:?}");
}

#[tokio::test]
async fn a_rotated_secret_overlaps_with_the_old_one_for_as_long_as_was_said() {
    let t = TestApp::new().await;
    let new = clients::rotate_secret(&t.app, "svc", None, 100).await.unwrap().secret.unwrap();
    let fields = [CREDENTIALS, ("scope", "orders:read")];
    let with = |secret: &str| basic_header("svc", secret);
    assert_eq!(t.post_with("/token", &fields, &[("authorization", &with(&new))]).await.status, 200);
    assert_eq!(t.token(&Auth::Basic("svc"), &fields).await.status, 200);
    t.clock.advance_s(100);
    t.token(&Auth::Basic("svc"), &fields).await.assert_refused(401, "invalid_client");
    assert_eq!(t.post_with("/token", &fields, &[("authorization", &with(&new))]).await.status, 200);
}

#[tokio::test]
async fn a_disabled_or_removed_client_is_refused_and_its_tokens_end() {
    let t = TestApp::new().await;
    let fields = [CREDENTIALS, ("scope", "orders:read")];
    let token = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    assert!(t.is_active(&token).await);
    clients::set_disabled(&t.app, "svc", true).await.unwrap();
    t.token(&Auth::Basic("svc"), &fields).await.assert_refused(401, "invalid_client");
    assert!(!t.is_active(&token).await);
    clients::remove(&t.app, "svc").await.unwrap();
    t.token(&Auth::Basic("svc"), &fields).await.assert_refused(401, "invalid_client");
    assert!(!t.is_active(&token).await);
}
