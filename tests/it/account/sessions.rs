//! Devices: which ones, and that what is signed out is out, everywhere and within seconds.

use super::tools::{assert_saved, assert_sign_in, post};
use crate::support::{Ask, Browser, TestApp};
use entity::browser_sessions;
use sea_orm::{EntityTrait, QueryOrder};

const PAGE: &str = "/account/sessions";

/// The sessions of everybody, oldest first.
async fn ids(t: &TestApp) -> Vec<String> {
    let find = browser_sessions::Entity::find().order_by_asc(browser_sessions::Column::CreatedAt);
    find.all(t.app.db.write()).await.unwrap().into_iter().map(|s| s.id.to_string()).collect()
}

/// Tokens of an app in this browser.
async fn tokens(t: &TestApp, browser: &mut Browser<'_>, scope: &str) -> (String, String) {
    let ask = Ask::new("web").set("scope", scope);
    let code = browser.allow(&ask).await.param("code").unwrap();
    let answer = t.redeem(&ask, &code).await;
    (answer.member("access_token"), answer.member("refresh_token"))
}

#[tokio::test]
async fn one_is_signed_out_on_every_replica_with_its_grants() {
    let t = TestApp::new().await;
    let replica = t.replica().await;
    let mut lost = t.alice().await;
    t.clock.advance_s(1);
    let mut here = t.alice().await;
    let (access, refresh) = tokens(&t, &mut lost, "openid").await;
    let (offline, _) = tokens(&t, &mut lost, "openid offline_access").await;
    // Both replicas remember that it is good.
    let mut there = lost.at(&replica);
    assert_eq!(there.get("/account").await.status, 200);
    assert!(replica.is_active(&access).await);
    let page = here.get(PAGE).await;
    assert_eq!(page.text().matches("name=\"end\"").count(), 2, "{page:?}");
    assert!(page.text().contains("127.0.0.1") && page.text().contains("This device"));
    let id = ids(&t).await[0].clone();
    let answer = post(&mut here, PAGE, &[("end", &id)]).await;
    assert_saved(&mut here, &answer, "session-ended").await;
    // Here at once, there within five seconds.
    assert!(!t.is_active(&access).await);
    let answer = lost.get("/account").await;
    assert_sign_in(&mut lost, &answer).await;
    t.clock.advance_s(5);
    assert!(!replica.is_active(&access).await);
    let answer = there.get("/account").await;
    assert_eq!(answer.status, 303);
    t.refresh("web", &refresh).await.assert_refused(400, "invalid_grant");
    assert!(t.is_active(&offline).await, "what may stay connected stays, and stands with the apps");
    assert_eq!(here.get(PAGE).await.text().matches("name=\"end\"").count(), 1);
    let alice = t.id_of("alice").await;
    let events = doorward::domain::events::of_person(&t.app, alice, None, 50).await.unwrap();
    assert!(events.iter().any(|e| e.kind == "session.ended" && e.data.contains(&id)), "{events:?}");
    post(&mut here, PAGE, &[("end", &id)]).await.assert_page(404);
}

#[tokio::test]
async fn all_others_at_once() {
    let t = TestApp::new().await;
    let mut others = [t.alice().await, t.alice().await];
    let mut bob = t.signed_in("bob").await;
    let mut here = t.alice().await;
    let (access, _) = tokens(&t, &mut others[0], "openid").await;
    let (own, _) = tokens(&t, &mut here, "openid").await;
    let answer = post(&mut here, PAGE, &[("others", "yes")]).await;
    assert_saved(&mut here, &answer, "sessions-ended").await;
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, 303);
    }
    assert!(!t.is_active(&access).await);
    assert!(t.is_active(&own).await);
    assert_eq!(here.get("/account").await.status, 200);
    assert_eq!(bob.get("/account").await.status, 200);
}

#[tokio::test]
async fn everywhere_at_once() {
    let t = TestApp::new().await;
    let mut other = t.alice().await;
    let mut bob = t.signed_in("bob").await;
    let mut here = t.alice().await;
    let (own, _) = tokens(&t, &mut here, "openid").await;
    let answer = post(&mut here, PAGE, &[("all", "yes")]).await;
    assert_eq!(answer.location(), Some("/"));
    for browser in [&mut other, &mut here] {
        assert_eq!(browser.get("/account").await.status, 303);
    }
    assert!(!t.is_active(&own).await);
    assert_eq!(bob.get("/account").await.status, 200);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 1);
}

#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else() {
    let t = TestApp::new().await;
    let mut alice = t.alice().await;
    let id = ids(&t).await[0].clone();
    let mut bob = t.signed_in("bob").await;
    post(&mut bob, PAGE, &[("end", &id)]).await.assert_page(404);
    post(&mut bob, PAGE, &[("end", "x")]).await.assert_page(400);
    assert_eq!(alice.get("/account").await.status, 200);
    assert_eq!(t.count("browser_sessions", "ended_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn this_one_signs_out_here() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let id = ids(&t).await[0].clone();
    let answer = post(&mut browser, PAGE, &[("end", &id)]).await;
    assert_eq!((answer.status, answer.location()), (303, Some("/")));
    let answer = browser.get("/account").await;
    assert_sign_in(&mut browser, &answer).await;
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_with_its_grants() {
    let t = TestApp::with(|c| c.session.idle_ttl = 600).await;
    let mut browser = t.alice().await;
    let (access, refresh) = tokens(&t, &mut browser, "openid").await;
    let (_, offline) = tokens(&t, &mut browser, "openid offline_access").await;
    t.clock.advance_s(590);
    doorward::jobs::expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 1);
    t.clock.advance_s(11);
    doorward::jobs::expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 0);
    assert_eq!(t.count("events", "kind = 'session.ended'").await, 1);
    assert!(!t.is_active(&access).await);
    t.refresh("web", &refresh).await.assert_refused(400, "invalid_grant");
    assert_eq!(t.refresh("web", &offline).await.status, 200);
    doorward::jobs::expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("events", "kind = 'session.ended'").await, 1, "once");
}
