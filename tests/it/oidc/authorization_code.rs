//! Redeeming a code: once, in time, by its client, with its redirect URI and its verifier.

use std::sync::Arc;

use doorward::domain::{clients, resources, users};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{API, Answer, Ask, Auth, SMALL_API, TestApp, VERIFIER, at_once, decode};

const CB: &str = "https://web.example/cb";

/// What makes a right request wrong.
type Change<'a> = &'a dyn Fn(&mut Vec<(&str, &str)>);

fn fields<'a>(code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CB), ("code_verifier", verifier)]
}

#[tokio::test]
async fn a_second_use_is_refused_and_ends_what_the_first_gave() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let code = t.code(&ask).await;
    let first = t.redeem(&ask, &code).await.json();
    let (access, refresh) = (first["access_token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    assert!(t.is_active(access).await);
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");
    assert!(!t.is_active(access).await);
    assert!(!t.is_active(refresh).await);
    t.refresh("web", refresh).await.assert_refused(400, "invalid_grant");
    t.userinfo(access).await.assert_refused(401, "invalid_token");
    assert_eq!(t.count("events", "kind = 'grant.code_replayed'").await, 1);
}

#[tokio::test]
async fn a_replay_long_after_its_minute_still_ends_the_grant() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let code = t.code(&ask).await;
    let first = t.redeem(&ask, &code).await.json();
    t.clock.advance_s(300);
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");
    assert!(!t.is_active(first["access_token"].as_str().unwrap()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_redeemers_at_two_replicas_one_gets_tokens_and_they_end() {
    let t = Arc::new(TestApp::new().await);
    let other = Arc::new(t.replica().await);
    let code = Arc::new(t.code(&Ask::new("web")).await);
    let answers = at_once(8, |n| {
        let (t, code) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&code));
        async move { t.redeem(&Ask::new("web"), &code).await }
    })
    .await;
    let good: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert_eq!(good.len(), 1, "{answers:?}");
    for refused in answers.iter().filter(|a| a.status != 200) {
        refused.assert_refused(400, "invalid_grant");
    }
    t.refresh("web", &good[0].member("refresh_token")).await.assert_refused(400, "invalid_grant");
    assert_eq!(t.count("grants", "revoke_reason = 'code_replayed'").await, 1);
}

#[tokio::test]
async fn a_code_lives_for_its_minute() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let (early, late) = (t.code(&ask).await, t.code(&ask).await);
    t.clock.advance_s(59);
    assert_eq!(t.redeem(&ask, &early).await.status, 200);
    t.clock.advance_s(1);
    t.redeem(&ask, &late).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn another_client_cannot_use_or_spoil_a_code() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let code = t.code(&ask).await;
    for thief in ["wiki", "spa"] {
        t.token(&Auth::of(thief), &fields(&code, VERIFIER)).await.assert_refused(400, "invalid_grant");
    }
    assert_eq!(t.redeem(&ask, &code).await.status, 200);
}

#[tokio::test]
async fn who_guesses_redirect_uri_or_verifier_gets_one_guess() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let wrong: [(&str, Change<'_>); 6] = [
        ("another registered redirect URI", &|f| f[2].1 = "https://web.example/other?x=1"),
        ("a redirect URI that is no URI", &|f| f[2].1 = "nonsense"),
        ("a redirect URI that differs by a slash", &|f| f[2].1 = "https://web.example/cb/"),
        ("no redirect URI", &|f| {
            f.remove(2);
        }),
        ("another verifier", &|f| f[3].1 = "0000000000000000000000000000000000000000000"),
        ("no verifier", &|f| {
            f.remove(3);
        }),
    ];
    for (what, change) in wrong {
        let code = t.code(&ask).await;
        let mut sent = fields(&code, VERIFIER);
        change(&mut sent);
        let answer = t.token(&Auth::Basic("web"), &sent).await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()), "{what}");
        let again = t.redeem(&ask, &code).await;
        assert!(
            what == "a redirect URI that is no URI" || again.status == 400,
            "{what} leaves the code open: {again:?}"
        );
    }
}

#[tokio::test]
async fn a_verifier_of_the_wrong_form_is_refused() {
    let t = TestApp::new().await;
    let code = t.code(&Ask::new("web")).await;
    let long = "a".repeat(129);
    for verifier in [
        "short",
        long.as_str(),
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX\u{e9}",
        "dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk",
    ] {
        let answer = t.token(&Auth::Basic("web"), &fields(&code, verifier)).await;
        answer.assert_refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_verifier_for_a_request_without_challenge_is_a_downgrade() {
    let t = TestApp::new().await;
    let ask = Ask::new("old").without_pkce();
    let code = t.code(&ask).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://old.example"),
        ("code_verifier", VERIFIER),
    ];
    t.token(&Auth::Basic("old"), &fields).await.assert_refused(400, "invalid_grant");
    let code = t.code(&ask).await;
    let answer = t.redeem(&ask, &code).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json().get("refresh_token").is_none(), "it is not registered for refresh_token");
}

#[tokio::test]
async fn a_challenge_needs_its_verifier_even_where_pkce_is_optional() {
    let t = TestApp::new().await;
    let code = t.code(&Ask::new("old")).await;
    let fields =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "https://old.example")];
    t.token(&Auth::Basic("old"), &fields).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_not_a_code_is_refused() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let code = t.code(&ask).await;
    let (head, last) = code.split_at(code.len() - 1);
    let changed = format!("{head}{}", if last == "A" { "B" } else { "A" });
    let long = "x".repeat(5000);
    for wrong in ["nonsense", head, &changed, &format!("{code}A"), &code.to_lowercase(), "dc_\u{fc}", &long] {
        t.redeem(&ask, wrong).await.assert_refused(400, "invalid_grant");
    }
    assert_eq!(t.redeem(&ask, &code).await.status, 200, "a wrong guess does not spoil the right code");
}

#[tokio::test]
async fn what_ended_since_the_consent_ends_the_code() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let mut browser = t.alice().await;
    let code = browser.allow(&ask).await.param("code").unwrap();
    let page = browser.get("/logout").await;
    browser.submit(&page, &[], "logout").await;
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");

    let code = t.code(&ask).await;
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");
    users::set_disabled(&t.app, t.id_of("alice").await, false).await.unwrap();
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");

    let code = t.code(&ask).await;
    clients::set_disabled(&t.app, "web", true).await.unwrap();
    t.redeem(&ask, &code).await.assert_refused(401, "invalid_client");
    clients::set_disabled(&t.app, "web", false).await.unwrap();
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn redirect_uri_may_be_left_out_where_it_was_left_out_before() {
    let t = TestApp::new().await;
    let ask = Ask::new("spa").set("scope", "profile").without("redirect_uri");
    let code = t.code(&ask).await;
    let answer = t.redeem(&ask, &code).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json().get("id_token").is_none(), "openid was not asked for");
}

/// Redeems for a resource.
async fn redeem_for(t: &TestApp, code: &str, resource: &str) -> Answer {
    let mut sent = fields(code, VERIFIER);
    sent.push(("resource", resource));
    t.token(&Auth::Basic("web"), &sent).await
}

#[tokio::test]
async fn a_resource_that_was_not_granted_is_refused_and_the_code_stays_good() {
    let t = TestApp::new().await;
    let code = t.code(&Ask::new("web").set("scope", "openid orders:read").also("resource", API)).await;
    redeem_for(&t, &code, SMALL_API).await.assert_refused(400, "invalid_target");
    redeem_for(&t, &code, SMALL_API).await.assert_refused(400, "invalid_target");
    assert_eq!(t.count("grants", "redeemed_at IS NOT NULL OR revoked_at IS NOT NULL").await, 0);
    let answer = redeem_for(&t, &code, API).await;
    assert_eq!((answer.status, answer.member("scope").as_str()), (200, "orders:read"), "{answer:?}");
    redeem_for(&t, &code, API).await.assert_refused(400, "invalid_grant");
    assert!(!t.is_active(&answer.member("access_token")).await, "once is still once");
}

/// RFC 8707 §2.2: the resources of the authorization request, or fewer.
#[tokio::test]
async fn a_scope_that_two_apis_share_leads_only_to_the_one_that_was_asked_for() {
    let t = TestApp::new().await;
    let (first, second) = ("https://first.example", "https://second.example");
    for audience in [first, second] {
        let metadata = json!({ "audience": audience, "scopes": ["shared"] });
        resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    }
    let metadata = json!({ "redirect_uris": ["https://both.example/cb"], "trusted": true, "resources": [first, second],
        "grant_types": ["authorization_code", "refresh_token"] });
    t.client("both", metadata).await;
    let ask = Ask::new("both").set("scope", "openid shared offline_access").set("resource", first);
    let tokens = t.tokens(&ask).await;
    assert_eq!(decode(tokens["access_token"].as_str().unwrap()).1["aud"][0], first);
    let token = tokens["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", second)];
    t.token(&Auth::Basic("both"), &refresh).await.assert_refused(400, "invalid_target");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", first)];
    assert_eq!(t.token(&Auth::Basic("both"), &refresh).await.status, 200);
}

/// RFC 6749 §3.3, §5.1: an answer says what its token may do, and no token may do nothing.
#[tokio::test]
async fn a_token_never_comes_without_any_of_the_scopes_that_were_asked_for() {
    let t = TestApp::new().await;
    // A client that names its API at both ends and wants no more than a sign-in.
    let code = t.code(&Ask::new("web").set("scope", "openid email").also("resource", API)).await;
    let answer = redeem_for(&t, &code, API).await;
    assert_eq!((answer.status, answer.member("scope").as_str()), (200, "email openid"), "{answer:?}");
    let token = answer.member("access_token");
    assert_eq!(decode(&token).1["aud"], API, "it is not for userinfo");
    t.userinfo(&token).await.assert_refused(401, "invalid_token");

    let other = "https://other.example";
    let metadata = json!({ "audience": other, "scopes": ["other:read"] });
    resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    let metadata = json!({ "redirect_uris": ["https://two.example/cb"], "trusted": true, "resources": [API, other],
        "grant_types": ["authorization_code", "refresh_token"] });
    t.client("two", metadata).await;
    let ask = Ask::new("two").set("scope", "orders:read");
    t.alice()
        .await
        .get(&ask.clone().also("resource", other).path())
        .await
        .assert_redirected("https://two.example/cb", "invalid_scope");
    let both = ask.set("scope", "orders:read other:read").also("resource", API).also("resource", other);
    let token = t.tokens(&both).await["refresh_token"].as_str().unwrap().to_owned();
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "orders:read"), ("resource", other)];
    t.token(&Auth::Basic("two"), &refresh).await.assert_refused(400, "invalid_scope");
    let refresh = t.token(&Auth::Basic("two"), &refresh[..2]).await;
    assert_eq!(refresh.member("scope"), "orders:read other:read", "the refusal used nothing up");
}

#[tokio::test]
async fn scopes_that_need_different_tokens_are_redeemed_for_one_api_at_a_time() {
    let t = TestApp::new().await;
    let ask = Ask::new("web").set("scope", "openid orders:read files:read");
    let code = t.code(&ask).await;
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_target");
    let answer = redeem_for(&t, &code, API).await;
    assert_eq!((answer.status, answer.member("scope").as_str()), (200, "orders:read"), "{answer:?}");
}

#[tokio::test]
async fn where_the_database_fails_before_the_code_is_taken_it_may_be_presented_again() {
    let t = TestApp::new().await;
    let ask = Ask::new("web").set("claims", r#"{"id_token":{"groups":null}}"#);
    let code = t.code(&ask).await;
    let rename = async |from: &str, to: &str| {
        t.app.db.write().execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}")).await.unwrap();
    };
    rename("group_members", "group_members_away").await;
    t.redeem(&ask, &code).await.assert_refused(503, "temporarily_unavailable");
    rename("group_members_away", "group_members").await;
    assert_eq!(t.count("grants", "redeemed_at IS NOT NULL OR revoked_at IS NOT NULL").await, 0);
    let answer = t.redeem(&ask, &code).await;
    assert_eq!(decode(&answer.member("id_token")).1["groups"], json!(["staff"]), "{answer:?}");
}

#[tokio::test]
async fn a_wrong_guess_ends_what_a_faster_right_one_gave() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let ask = Ask::new("web");
    let code = t.code(&ask).await;
    // Here the code is remembered as one that nobody used; at the other replica somebody did.
    let answer = other.redeem(&ask, &code).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let wrong = "0000000000000000000000000000000000000000000";
    t.token(&Auth::Basic("web"), &fields(&code, wrong)).await.assert_refused(400, "invalid_grant");
    other.refresh("web", &answer.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    assert_eq!(t.count("grants", "revoked_at IS NOT NULL").await, 1);
}

/// An API, and a client of b that may ask a for `a:read` alone.
async fn two_apis(t: &TestApp) -> (&'static str, &'static str) {
    let (a, b) = ("https://a.example", "https://b.example");
    for (audience, scopes) in [(a, json!(["a:read", "admin"])), (b, json!(["admin"]))] {
        let metadata = json!({ "audience": audience, "scopes": scopes });
        resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    }
    let metadata = json!({ "redirect_uris": ["https://of-b.example/cb"], "trusted": true, "scope": "openid a:read",
        "grant_types": ["authorization_code", "refresh_token"], "resources": [b] });
    t.client("of-b", metadata).await;
    (a, b)
}

#[tokio::test]
async fn a_scope_goes_only_to_the_api_where_the_client_may_ask_for_it() {
    let t = TestApp::new().await;
    let (a, b) = two_apis(&t).await;
    let ask = Ask::new("of-b").set("scope", "openid admin");
    let refresh = async |token: &str, resource: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)];
        t.token(&Auth::Basic("of-b"), &fields).await
    };
    let tokens = t.tokens(&ask).await;
    let claims = decode(tokens["access_token"].as_str().unwrap()).1;
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!([b, "https://id.example"]), &json!("admin openid")));
    let token = tokens["refresh_token"].as_str().unwrap();
    refresh(token, a).await.assert_refused(400, "invalid_target");
    let narrowed = refresh(token, b).await;
    let claims = decode(&narrowed.member("access_token")).1;
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(b), &json!("admin")));

    // Asked for a, which the client may reach: without what it may not do there.
    let tokens = t.tokens(&ask.also("resource", a)).await;
    let claims = decode(tokens["access_token"].as_str().unwrap()).1;
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!([a, "https://id.example"]), &json!("openid")));
    assert_eq!(tokens["scope"], "openid");
    let answer = refresh(tokens["refresh_token"].as_str().unwrap(), a).await;
    assert_eq!((answer.status, answer.member("scope").as_str()), (200, "openid"), "{answer:?}");
    assert_eq!(decode(&answer.member("access_token")).1["aud"], a);
}

#[tokio::test]
async fn a_resource_that_is_gone_since_the_consent_gets_no_token() {
    let t = TestApp::new().await;
    let ask = Ask::new("web").set("scope", "openid orders:read").also("resource", API);
    let code = t.code(&ask).await;
    resources::remove(&t.app, API).await.unwrap();
    t.redeem(&ask, &code).await.assert_refused(400, "invalid_target");
    redeem_for(&t, &code, API).await.assert_refused(400, "invalid_target");
}
