//! What a person let an app know.

use axum::body::Body;
use doorward::domain::{clients, users};
use serde_json::json;

use crate::support::{API, Ask, Auth, SECRET, TestApp, decode, hs256, verify};

#[tokio::test]
async fn a_token_is_taken_from_the_header_or_the_form_but_never_the_query() {
    let t = TestApp::new().await;
    let token = t.tokens(&Ask::new("web")).await["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let lower = format!("bearer {token}");
    let good = t.get_with("/userinfo", &[("authorization", &bearer)]).await;
    assert_eq!((good.status, good.header("cache-control")), (200, Some("no-store")));
    assert_eq!(good.json(), json!({ "sub": t.id_of("alice").await }), "openid alone tells the subject alone");
    assert_eq!(t.get_with("/userinfo", &[("authorization", &lower)]).await.status, 200);
    assert_eq!(t.request("POST", "/userinfo", &[("authorization", &bearer)], Body::empty()).await.status, 200);
    assert_eq!(t.post("/userinfo", &[("access_token", &token)]).await.status, 200);

    let query = t.get(&format!("/userinfo?access_token={token}")).await;
    assert_eq!((query.status, query.header("www-authenticate")), (401, Some("Bearer realm=\"doorward\"")));
    let both = t.post_with("/userinfo", &[("access_token", &token)], &[("authorization", &bearer)]).await;
    both.assert_refused(400, "invalid_request");
    let twice = t.get_with("/userinfo", &[("authorization", &bearer), ("authorization", &bearer)]).await;
    twice.assert_refused(400, "invalid_request");
    let repeated = t.post("/userinfo", &[("access_token", &token), ("access_token", &token)]).await;
    repeated.assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn each_refusal_has_its_challenge() {
    let t = TestApp::new().await;
    let none = t.get("/userinfo").await;
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (401, Some("Bearer realm=\"doorward\"")),
        "no error where nothing was sent"
    );
    let tokens = t.tokens(&Ask::new("web")).await;
    for wrong in ["nonsense", "a.b.c", tokens["id_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap()]
    {
        let answer = t.userinfo(wrong).await;
        answer.assert_refused(401, "invalid_token");
        assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{answer:?}");
    }
    let basic = t.get_with("/userinfo", &[("authorization", "Basic d2ViOng=")]).await;
    // RFC 6750 §3.1: no error code and no other words, in the body as in the header.
    for bare in [none, basic, t.get("/userinfo?access_token=x").await] {
        assert_eq!((bare.status, bare.text()), (401, ""), "{bare:?}");
        assert_eq!((bare.header("content-type"), bare.header("cache-control")), (None, Some("no-store")), "{bare:?}");
        assert_eq!(bare.header("www-authenticate"), Some("Bearer realm=\"doorward\""));
    }
    t.clock.advance_s(600);
    t.userinfo(tokens["access_token"].as_str().unwrap()).await.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn a_token_for_an_api_or_without_openid_opens_nothing() {
    let t = TestApp::new().await;
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let service = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    t.userinfo(&service).await.assert_refused(401, "invalid_token");
    let plain = t.tokens(&Ask::new("web").set("scope", "profile")).await;
    let answer = t.userinfo(plain["access_token"].as_str().unwrap()).await;
    answer.assert_refused(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"), "{answer:?}");
    let ask = Ask::new("web").set("scope", "openid orders:read").also("resource", API);
    let code = t.code(&ask).await;
    let narrowed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://web.example/cb"),
        ("code_verifier", crate::support::VERIFIER),
        ("resource", API),
    ];
    let for_api = t.token(&Auth::Basic("web"), &narrowed).await;
    assert_eq!(decode(&for_api.member("access_token")).1["aud"], API);
    assert_eq!(for_api.member("scope"), "orders:read");
    t.userinfo(&for_api.member("access_token")).await.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn each_scope_tells_its_claims_and_unknown_values_are_left_out() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web").set("scope", "openid profile email address phone groups")).await;
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    insta::assert_json_snapshot!("userinfo", told, { ".sub" => "[id]", ".updated_at" => "[time]" });
    // The ID token tells none of it, since an access token came with it.
    let claims = decode(tokens["id_token"].as_str().unwrap()).1;
    for name in ["name", "email", "groups", "address"] {
        assert_eq!(claims.get(name), None, "{name}");
    }
}

/// OpenID Connect Core §5.3.2: nothing empty; §5.2: a claim may be told in several languages.
#[tokio::test]
async fn what_is_empty_is_not_told_and_what_has_a_language_is() {
    let t = TestApp::new().await;
    let profile = json!({ "nickname": "", "phone_number": " ", "address": { "region": "", "country": null }, "gender": null,
        "family_name": "Ames", "family_name#ja-Hani-JP": "\u{30a2}" });
    let sql = "UPDATE users SET profile = ? WHERE username = 'alice'";
    t.app.db.execute(sql, [profile.to_string().into()]).await.unwrap();
    let tokens = t.tokens(&Ask::new("web").set("scope", "openid profile address phone")).await;
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(
        told,
        json!({ "sub": t.id_of("alice").await, "name": "Alice Ames", "preferred_username": "alice", "updated_at": told["updated_at"],
            "family_name": "Ames", "family_name#ja-Hani-JP": "\u{30a2}" })
    );
    let claims = json!({ "userinfo": { "family_name#ja-Hani-JP": null, "family_name#de": null } });
    let tokens = t.tokens(&Ask::new("web").set("claims", &claims.to_string())).await;
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told, json!({ "sub": t.id_of("alice").await, "family_name#ja-Hani-JP": "\u{30a2}" }));
}

#[tokio::test]
async fn claims_asked_for_one_by_one_go_where_they_were_asked() {
    let t = TestApp::new().await;
    let claims = json!({ "id_token": { "email": null, "given_name": { "essential": true }, "groups": null, "unknown": null },
        "userinfo": { "name": null, "https://example.com/other": { "essential": true } } });
    let tokens = t.tokens(&Ask::new("web").set("claims", &claims.to_string())).await;
    let id_token = verify(&t, tokens["id_token"].as_str().unwrap()).await.1;
    assert_eq!(
        (&id_token["email"], &id_token["given_name"], &id_token["groups"]),
        (&json!("alice@example.com"), &json!("Alice"), &json!(["staff"]))
    );
    assert_eq!((id_token.get("name"), id_token.get("unknown")), (None, None));
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told, json!({ "sub": t.id_of("alice").await, "name": "Alice Ames" }));
}

#[tokio::test]
async fn one_by_one_a_client_learns_no_more_than_by_scope() {
    let t = TestApp::new().await;
    let metadata = json!({ "redirect_uris": ["https://narrow.example/cb"], "trusted": true, "scope": "openid phone" });
    t.client("narrow", metadata).await;
    let all = json!({ "email": null, "groups": null, "name": { "essential": true }, "phone_number": null, "given_name": null });
    let claims = json!({ "id_token": all, "userinfo": all });
    let tokens = t.tokens(&Ask::new("narrow").set("scope", "openid").set("claims", &claims.to_string())).await;
    let id_token = verify(&t, tokens["id_token"].as_str().unwrap()).await.1;
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    for told in [id_token, told] {
        for name in ["email", "groups", "name", "given_name"] {
            assert_eq!(told.get(name), None, "{name}");
        }
        assert!(told["phone_number"].is_string(), "{told}");
    }
    // Nor once its scopes are fewer.
    let metadata = json!({ "redirect_uris": ["https://narrow.example/cb"], "trusted": true, "scope": "openid" });
    clients::update(&t.app, "narrow", serde_json::from_value(metadata).unwrap()).await.unwrap();
    let told = t.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told.get("phone_number"), None, "{told}");
}

#[tokio::test]
async fn nobody_can_overwrite_a_protocol_claim_by_asking() {
    let t = TestApp::new().await;
    let claims = json!({ "id_token": { "iss": { "value": "x" }, "aud": null, "exp": null, "acr": null, "auth_time": { "essential": true } } });
    let tokens = t.tokens(&Ask::new("web").set("claims", &claims.to_string())).await;
    let id_token = decode(tokens["id_token"].as_str().unwrap()).1;
    assert_eq!((&id_token["iss"], &id_token["aud"]), (&json!("https://id.example"), &json!("web")));
    assert!(id_token["auth_time"].is_i64());
}

#[tokio::test]
async fn a_signed_answer_names_its_maker_and_its_client() {
    let t = TestApp::new().await;
    for (id, alg) in [("es", "ES256"), ("hs", "HS256")] {
        let metadata = json!({ "redirect_uris": [format!("https://{id}.example/cb")], "trusted": true,
            "userinfo_signed_response_alg": alg, "id_token_signed_response_alg": alg });
        t.client(id, metadata).await;
        let tokens = t.tokens(&Ask::new(id).set("scope", "openid email")).await;
        let answer = t.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwt")));
        let claims = if alg == "HS256" { hs256(SECRET, answer.text()) } else { verify(&t, answer.text()).await.1 };
        assert_eq!(
            claims,
            json!({ "email": "alice@example.com", "email_verified": true, "sub": t.id_of("alice").await,
            "iss": "https://id.example", "aud": id })
        );
        let id_token = tokens["id_token"].as_str().unwrap();
        let claims = if alg == "HS256" { hs256(SECRET, id_token) } else { verify(&t, id_token).await.1 };
        assert_eq!(claims["aud"], id);
    }
}

#[tokio::test]
async fn pairwise_subjects_differ_by_sector_and_agree_everywhere_within_one() {
    let t = TestApp::new().await;
    for (id, host) in [("one", "shop.example"), ("two", "shop.example"), ("three", "bank.example")] {
        let metadata =
            json!({ "redirect_uris": [format!("https://{host}/{id}")], "trusted": true, "subject_type": "pairwise" });
        t.client(id, metadata).await;
    }
    let (mut subjects, mut sessions) = (Vec::new(), Vec::new());
    for (id, host) in [("one", "shop.example"), ("two", "shop.example"), ("three", "bank.example")] {
        let tokens = t.tokens(&Ask::new(id).set("redirect_uri", &format!("https://{host}/{id}"))).await;
        let access = tokens["access_token"].as_str().unwrap();
        let told = decode(tokens["id_token"].as_str().unwrap()).1;
        let subject = told["sub"].as_str().unwrap().to_owned();
        sessions.push(told["sid"].as_str().unwrap().to_owned());
        assert_eq!(decode(access).1.get("sid"), None);
        assert_eq!(t.userinfo(access).await.json()["sub"], subject);
        assert_eq!(t.introspect(access).await["sub"], subject);
        assert_eq!(decode(access).1["sub"], subject);
        subjects.push(subject);
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_ne!(subjects[0], subjects[2]);
    let all = t.app.db.one("SELECT id FROM browser_sessions LIMIT 1", []).await.unwrap().unwrap();
    let id = all.try_get::<uuid::Uuid>("", "id").unwrap().to_string();
    assert!(sessions.iter().all(|sid| *sid != id), "nor does the session tell who it is: {sessions:?}");
    assert!(!subjects.contains(&t.id_of("alice").await.to_string()));
}

#[tokio::test]
async fn a_disabled_person_is_told_about_no_more() {
    let t = TestApp::new().await;
    let token = t.tokens(&Ask::new("web")).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(t.userinfo(&token).await.status, 200);
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    t.userinfo(&token).await.assert_refused(401, "invalid_token");
}
