//! Redeeming a code: once, in time, by its client, with its redirect URI and its verifier.

use std::sync::Arc;

use doorward::domain::{clients, users};

use crate::support::{Ask, Auth, TestApp, VERIFIER, at_once};

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
