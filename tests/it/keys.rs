//! Rotation: published before it signs, and for as long as what it signed is good.

use doorward::domain::keys;
use doorward::domain::versions::{self, Watch};
use doorward::jose::Alg;

use crate::support::{Ask, Auth, TestApp, decode, verify};

async fn service_token(t: &TestApp) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    t.token(&Auth::Basic("svc"), &fields).await.member("access_token")
}

async fn kids(t: &TestApp) -> Vec<String> {
    t.get("/jwks").await.json()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn kid(token: &str) -> String {
    decode(token).0["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_old_tokens_stay_good() {
    let t = TestApp::new().await;
    let etag = t.get("/jwks").await.header("etag").unwrap().to_owned();
    let old = service_token(&t).await;
    let rotated = keys::rotate(&t.app, &[Alg::Es256], 10).await.unwrap();
    let new_kid = &rotated[0].kid;
    let published = kids(&t).await;
    assert!(published.contains(new_kid) && published.contains(&kid(&old)));
    assert_ne!(t.get("/jwks").await.header("etag").unwrap(), etag);
    assert_eq!(kid(&service_token(&t).await), kid(&old), "nobody knows the new one yet");
    t.clock.advance_s(10);
    let new = service_token(&t).await;
    assert_eq!(&kid(&new), new_kid);
    for token in [&old, &new] {
        verify(&t, token).await;
        assert!(t.is_active(token).await);
    }
    // Much later the old one is gone, and the new one still signs.
    t.clock.advance_s(2 * 86_400);
    keys::keep_schedule(&t.app).await.unwrap();
    assert!(!kids(&t).await.contains(&kid(&old)));
    assert_eq!(&kid(&service_token(&t).await), new_kid);
}

#[tokio::test]
async fn after_an_emergency_nothing_older_signs_any_more() {
    let t = TestApp::new().await;
    keys::rotate(&t.app, &[Alg::Es256], 20).await.unwrap();
    t.clock.advance_s(14);
    keys::rotate(&t.app, &[Alg::Es256], 20).await.unwrap();
    t.clock.advance_s(1);
    let newest = keys::rotate(&t.app, &[Alg::Es256], 0).await.unwrap()[0].kid.clone();
    // Past the times at which the two that were waiting would have begun.
    for seconds in [0, 5, 15, 100] {
        t.clock.advance_s(seconds);
        keys::reload(&t.app).await.unwrap();
        assert_eq!(kid(&service_token(&t).await), newest, "{seconds}");
    }
}

#[tokio::test]
async fn an_id_token_of_a_retired_key_is_still_a_hint() {
    let t = TestApp::new().await;
    let ask = Ask::new("web");
    let mut browser = t.alice().await;
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    keys::rotate(&t.app, &[Alg::Rs256], 10).await.unwrap();
    t.clock.advance_s(100);
    let answer = browser.get(&Ask::new("web").set("prompt", "none").set("id_token_hint", &hint).path()).await;
    assert!(answer.param("code").is_some(), "{answer:?}");
}

#[tokio::test]
async fn another_replica_learns_of_it_in_time_to_verify() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let mut watch = Watch::default();
    watch.look(&other.app).await.unwrap();
    let rotated = keys::rotate(&t.app, &[Alg::Es256], 10).await.unwrap();
    watch.look(&other.app).await.unwrap();
    assert!(kids(&other).await.contains(&rotated[0].kid));
    t.clock.advance_s(10);
    let token = service_token(&t).await;
    assert!(other.is_active(&token).await);
    assert_eq!(kid(&service_token(&other).await), rotated[0].kid);
}

#[tokio::test]
async fn the_schedule_rotates_what_is_old_and_nothing_else() {
    let t = TestApp::with(|c| c.keys.rotate_every = 10_000).await;
    let before = kids(&t).await;
    t.clock.advance_s(9_999);
    keys::keep_schedule(&t.app).await.unwrap();
    assert_eq!(kids(&t).await, before);
    let old = kid(&service_token(&t).await);
    t.clock.advance_s(1);
    keys::keep_schedule(&t.app).await.unwrap();
    assert_eq!(kids(&t).await.len(), 2 * before.len());
    keys::keep_schedule(&t.app).await.unwrap();
    assert_eq!(kids(&t).await.len(), 2 * before.len(), "a second run, or a second replica, rotates nothing twice");
    assert_eq!(kid(&service_token(&t).await), old);
    t.clock.advance_s(3600);
    assert_ne!(kid(&service_token(&t).await), old);
}

#[tokio::test]
async fn private_keys_and_secrets_are_sealed_in_the_database() {
    let t = TestApp::new().await;
    for key in keys::list(&t.app).await.unwrap() {
        let text = String::from_utf8_lossy(&key.sealed_jwk).into_owned();
        assert!(!text.contains("\"d\"") && !text.contains("kty"), "{}", key.kid);
        assert!(!key.public_jwk.contains("\"d\""));
    }
    for (table, column) in [("resources", "sealed_secret"), ("client_secrets", "secret_hash")] {
        let row = t
            .app
            .db
            .one(&format!("SELECT {column} AS v FROM {table} WHERE {column} IS NOT NULL LIMIT 1"), [])
            .await
            .unwrap();
        let bytes: Vec<u8> = row.unwrap().try_get("", "v").unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("secret"), "{table}.{column}");
    }
}

#[tokio::test]
async fn a_removed_key_is_gone_at_every_replica_at_its_next_look() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let mut watch = Watch::default();
    let old = service_token(&t).await;
    keys::rotate(&t.app, &[Alg::Es256], 10).await.unwrap();
    watch.look(&other.app).await.unwrap();
    assert!(kids(&other).await.contains(&kid(&old)));
    t.clock.advance_s(2 * 86_400);
    keys::keep_schedule(&t.app).await.unwrap();
    watch.look(&other.app).await.unwrap();
    assert!(!kids(&other).await.contains(&kid(&old)));
    // Nothing was left to do: nobody reads the keys again.
    let before = versions::read(&t.app, versions::Kind::Keys).await.unwrap();
    keys::keep_schedule(&t.app).await.unwrap();
    assert_eq!(versions::read(&t.app, versions::Kind::Keys).await.unwrap(), before);
}

#[tokio::test]
async fn a_hint_outlives_the_key_that_signed_it_as_long_as_a_session_may() {
    let t = TestApp::with(|c| {
        c.session.idle_ttl = 7 * 86_400;
        c.session.absolute_ttl = 7 * 86_400;
        c.keys.rotate_every = 0;
    })
    .await;
    let other = t.replica().await;
    let mut watch = Watch::default();
    let ask = Ask::new("web");
    let mut browser = t.alice().await;
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    keys::rotate(&t.app, &[Alg::Rs256], 10).await.unwrap();
    t.clock.advance_s(5 * 86_400);
    keys::keep_schedule(&t.app).await.unwrap();
    watch.look(&other.app).await.unwrap();
    for replica in [&t, &other] {
        assert!(!kids(replica).await.contains(&kid(&hint)), "it is published no more");
    }
    assert_eq!(t.count("signing_keys", "removed_at IS NOT NULL AND LENGTH(sealed_jwk) = 0").await, 1);
    let silent = ask.set("prompt", "none").set("id_token_hint", &hint);
    assert!(browser.get(&silent.path()).await.param("code").is_some());
    let logout = format!("/logout?id_token_hint={hint}&post_logout_redirect_uri=https://web.example/bye");
    let answer = browser.at(&other).get(&logout).await;
    assert_eq!((answer.status, answer.location()), (303, Some("https://web.example/bye")), "{answer:?}");
    // When the last session of that time is over, so is the key.
    t.clock.advance_s(3 * 86_400);
    keys::keep_schedule(&t.app).await.unwrap();
    assert_eq!(t.count("signing_keys", "removed_at IS NOT NULL").await, 0);
    browser.get(&silent.path()).await.assert_redirected("https://web.example/cb", "invalid_request");
}
