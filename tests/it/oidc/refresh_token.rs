//! Rotation at every use, idempotent within the grace; a true replay ends the grant.

use std::collections::BTreeSet;
use std::sync::Arc;

use doorward::domain::{clients, resources};
use sea_orm::ConnectionTrait;

use crate::support::{API, Ask, Auth, TestApp, at_once, decode};

async fn begin(t: &TestApp) -> String {
    t.tokens(&Ask::new("web").set("scope", "openid profile email")).await["refresh_token"].as_str().unwrap().to_owned()
}

async fn next(t: &TestApp, token: &str) -> String {
    let answer = t.refresh("web", token).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.member("refresh_token")
}

#[tokio::test]
async fn each_use_gives_a_new_token_and_new_access() {
    let t = TestApp::new().await;
    let first = t.tokens(&Ask::new("web")).await;
    t.clock.advance_s(100);
    let second = t.refresh("web", first["refresh_token"].as_str().unwrap()).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let claims = |tokens: &serde_json::Value, name: &str| decode(tokens[name].as_str().unwrap()).1;
    let (old, new) = (claims(&first, "id_token"), claims(&second, "id_token"));
    for same in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert_eq!(new["iat"].as_i64().unwrap(), old["iat"].as_i64().unwrap() + 100);
    // OpenID Connect Core §12.2: it should not have a nonce.
    assert_eq!(new.get("nonce"), None);
    assert_ne!(claims(&first, "access_token")["jti"], claims(&second, "access_token")["jti"]);
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again_within_the_grace() {
    let t = TestApp::new().await;
    let first = begin(&t).await;
    let second = next(&t, &first).await;
    t.clock.advance_s(30);
    assert_eq!(next(&t, &first).await, second);
    assert_eq!(next(&t, &first).await, second);
    let third = next(&t, &second).await;
    assert_ne!(third, second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_at_once_at_two_replicas_get_one_successor() {
    let t = Arc::new(TestApp::new().await);
    let other = Arc::new(t.replica().await);
    let token = Arc::new(begin(&t).await);
    for _ in 0..2 {
        let answers = at_once(16, |n| {
            let (t, token) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&token));
            async move { t.refresh("web", &token).await }
        })
        .await;
        assert!(answers.iter().all(|a| a.status == 200), "{answers:?}");
        let successors: BTreeSet<String> = answers.iter().map(|a| a.member("refresh_token")).collect();
        assert_eq!(successors.len(), 1);
        assert!(!successors.contains(&*token));
    }
    let successor = next(&t, &token).await;
    next(&other, &successor).await;
}

#[tokio::test]
async fn a_replay_after_the_grace_ends_the_grant() {
    let t = TestApp::new().await;
    let first = begin(&t).await;
    let second = t.refresh("web", &first).await.json();
    t.clock.advance_s(31);
    t.refresh("web", &first).await.assert_refused(400, "invalid_grant");
    t.refresh("web", second["refresh_token"].as_str().unwrap()).await.assert_refused(400, "invalid_grant");
    assert!(!t.is_active(second["access_token"].as_str().unwrap()).await);
    assert_eq!(t.count("events", "kind = 'grant.refresh_replayed'").await, 1);
}

#[tokio::test]
async fn a_replay_after_the_successor_was_used_ends_the_grant_even_within_the_grace() {
    let t = TestApp::new().await;
    let first = begin(&t).await;
    let second = next(&t, &first).await;
    let third = next(&t, &second).await;
    t.refresh("web", &first).await.assert_refused(400, "invalid_grant");
    for token in [second, third] {
        t.refresh("web", &token).await.assert_refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_replica_that_remembers_an_older_generation_is_not_fooled() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let first = begin(&t).await;
    let second = next(&t, &first).await;
    // This replica saw the second come; the other one goes on with it.
    assert!(t.is_active(&second).await);
    let third = next(&other, &second).await;
    let fourth = next(&other, &third).await;
    t.refresh("web", &second).await.assert_refused(400, "invalid_grant");
    other.refresh("web", &fourth).await.assert_refused(400, "invalid_grant");

    let first = begin(&t).await;
    let second = next(&t, &first).await;
    other.post_as("/revoke", &Auth::Basic("web"), &[("token", &second)]).await;
    t.refresh("web", &second).await.assert_refused(400, "invalid_grant");
    t.refresh("web", &first).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn without_grace_a_second_use_ends_the_grant() {
    let t = TestApp::with(|c| c.oidc.refresh_grace = 0).await;
    let first = begin(&t).await;
    let second = next(&t, &first).await;
    t.refresh("web", &first).await.assert_refused(400, "invalid_grant");
    t.refresh("web", &second).await.assert_refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_grace_of_eight_at_once_one_wins_and_the_grant_ends() {
    let t = Arc::new(TestApp::with(|c| c.oidc.refresh_grace = 0).await);
    let token = Arc::new(begin(&t).await);
    let answers = at_once(8, |_| {
        let (t, token) = (Arc::clone(&t), Arc::clone(&token));
        async move { t.refresh("web", &token).await }
    })
    .await;
    let good: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert_eq!(good.len(), 1, "{answers:?}");
    t.refresh("web", &good[0].member("refresh_token")).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn another_client_cannot_use_it_and_changes_are_seen() {
    let t = TestApp::new().await;
    let token = begin(&t).await;
    for thief in ["wiki", "spa"] {
        t.refresh(thief, &token).await.assert_refused(400, "invalid_grant");
    }
    let middle = token.len() / 2;
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let long = "dr_".to_owned() + &"A".repeat(20_000);
    for wrong in [
        &token[..token.len() - 1],
        &token[3..],
        &flipped(5),
        &flipped(middle),
        &flipped(26),
        &format!("{token}A"),
        "x",
        &long,
    ] {
        t.refresh("web", wrong).await.assert_refused(400, "invalid_grant");
    }
    next(&t, &token).await;
}

#[tokio::test]
async fn scope_narrows_but_never_widens() {
    let t = TestApp::new().await;
    let token = begin(&t).await;
    let ask = |scope: &'static str, token: String| {
        let t = &t;
        async move {
            t.token(
                &Auth::Basic("web"),
                &[("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", scope)],
            )
            .await
        }
    };
    ask("openid phone", token.clone()).await.assert_refused(400, "invalid_scope");
    ask("openid orders:read", token.clone()).await.assert_refused(400, "invalid_scope");
    ask("\"", token.clone()).await.assert_refused(400, "invalid_scope");
    // A refusal used nothing up; and what was left out once is not lost.
    let narrow = ask("openid email", token).await;
    assert_eq!(narrow.member("scope"), "email openid");
    assert_eq!(t.userinfo(&narrow.member("access_token")).await.json().get("name"), None);
    let whole = t.refresh("web", &narrow.member("refresh_token")).await;
    assert_eq!(whole.member("scope"), "email openid profile");
}

#[tokio::test]
async fn it_ends_unused_and_with_its_session() {
    let t = TestApp::with(|c| {
        c.oidc.refresh_ttl = 1000;
        c.oidc.refresh_absolute_ttl = 0;
        c.session.idle_ttl = 3000;
        c.session.absolute_ttl = 3000;
    })
    .await;
    let mut used = begin(&t).await;
    let unused = begin(&t).await;
    t.clock.advance_s(900);
    used = next(&t, &used).await;
    t.clock.advance_s(101);
    t.refresh("web", &unused).await.assert_refused(400, "invalid_grant");
    t.clock.advance_s(800);
    used = next(&t, &used).await;
    t.clock.advance_s(900);
    used = next(&t, &used).await;
    t.clock.advance_s(300);
    t.refresh("web", &used).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn offline_access_outlives_the_session_but_not_the_absolute_lifetime() {
    let t = TestApp::with(|c| {
        c.oidc.refresh_ttl = 2000;
        c.oidc.refresh_absolute_ttl = 5000;
    })
    .await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web").set("scope", "openid offline_access");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let mut token = t.redeem(&ask, &code).await.member("refresh_token");
    let page = browser.get("/logout").await;
    browser.submit(&page, &[], "logout").await;
    for _ in 0..3 {
        t.clock.advance_s(1500);
        token = next(&t, &token).await;
    }
    t.clock.advance_s(600);
    t.refresh("web", &token).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_the_client_may_no_longer_ask_for_it_no_longer_gets() {
    let t = TestApp::new().await;
    let token = begin(&t).await;
    let mut metadata = clients::find(&t.app, "web").await.unwrap().metadata;
    metadata.scope = Some("openid email".into());
    clients::update(&t.app, "web", metadata).await.unwrap();
    let answer = t.refresh("web", &token).await;
    assert_eq!(answer.member("scope"), "email openid");
}

#[tokio::test]
async fn a_resource_that_was_withdrawn_or_removed_gets_no_more_tokens() {
    let t = TestApp::new().await;
    let other = "https://other.example";
    let metadata = serde_json::json!({ "audience": other, "scopes": "other:read", "access_token_ttl": 900 });
    resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    let reach = async |all: &[&str]| {
        let mut metadata = clients::find(&t.app, "web").await.unwrap().metadata;
        metadata.resources = all.iter().map(|&a| a.to_owned()).collect();
        clients::update(&t.app, "web", metadata).await.unwrap();
    };
    reach(&[API, other]).await;
    let ask = Ask::new("web").set("scope", "openid orders:read other:read");
    let one = t.tokens(&ask.clone().also("resource", API)).await["refresh_token"].as_str().unwrap().to_owned();
    let both = ask.also("resource", API).also("resource", other);
    let both = t.tokens(&both).await["refresh_token"].as_str().unwrap().to_owned();

    reach(&[other]).await;
    t.refresh("web", &one).await.assert_refused(400, "invalid_target");
    let rest = t.refresh("web", &both).await;
    let claims = decode(&rest.member("access_token")).1;
    assert_eq!(claims["aud"], serde_json::json!([other, "https://id.example"]));
    assert_eq!(claims["scope"], "openid other:read");

    // The refusal used nothing up.
    reach(&[API, other]).await;
    let one = next(&t, &one).await;
    resources::remove(&t.app, API).await.unwrap();
    t.refresh("web", &one).await.assert_refused(400, "invalid_target");
    assert_eq!(t.count("grants", "revoked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn the_grace_holds_at_a_replica_whose_clock_is_behind() {
    let t = TestApp::new().await;
    let first = begin(&t).await;
    let second = next(&t, &first).await;
    t.clock.advance_s(-5);
    assert_eq!(next(&t, &first).await, second);
    assert_eq!(t.count("grants", "revoked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn where_the_database_fails_before_the_rotation_the_token_is_as_good_as_before() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web").set("claims", r#"{"id_token":{"groups":null}}"#)).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let rename = async |from: &str, to: &str| {
        t.app.db.write().execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}")).await.unwrap();
    };
    rename("group_members", "group_members_away").await;
    t.refresh("web", token).await.assert_refused(503, "temporarily_unavailable");
    rename("group_members_away", "group_members").await;
    assert_eq!(t.count("grants", "generation = 1").await, 1);
    next(&t, token).await;
}
