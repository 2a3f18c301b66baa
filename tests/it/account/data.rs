//! The archive: everything that is stored about a person, nothing of anybody else, no secret.

use super::tools::{csrf, post};
use crate::support::{Ask, PASSWORD, TestApp};
use sea_orm::ConnectionTrait;

const PAGE: &str = "/account/data";

#[tokio::test]
async fn it_holds_everything_and_no_secret() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("wiki").set("scope", "openid email offline_access").set("nonce", "n-0S6_WzA2Mj");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let tokens = t.redeem(&ask, &code).await;
    post(&mut browser, "/account/emails", &[("add", "alice@work.example")]).await;
    let mut bob = t.signed_in("bob").await;
    bob.allow(&Ask::new("wiki")).await;
    let link = t.mail("alice@work.example", "verify_email").await.token("verify-email");
    let answer = post(&mut browser, PAGE, &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\"doorward-"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let all = answer.json();
    assert_eq!(all["person"]["username"], "alice");
    assert_eq!(all["person"]["emails"][0]["address"], "alice@example.com");
    assert_eq!(all["person"]["profile"]["family_name"], "Ames");
    assert_eq!(all["person"]["groups"][0], "staff");
    assert_eq!(all["access"]["consents"][0]["client_id"], "wiki");
    assert_eq!(all["access"]["grants"].as_array().unwrap().len(), 1);
    assert_eq!(all["access"]["sessions"][0]["address"], "127.0.0.1");
    assert_eq!(all["access"]["sessions"][0]["apps"][0]["client_id"], "wiki");
    assert!(all["credentials"]["password"][0]["changed_at"].is_string());
    assert_eq!(all["traces"]["links"][0]["purpose"], "verify_email");
    assert_eq!(all["traces"]["mails"][0]["kind"], "verify_email");
    let kinds: Vec<_> =
        all["traces"]["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    for kind in ["session.started", "consent.given", "email.asked", "data.exported"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let text = answer.text();
    for secret in [
        PASSWORD,
        "$argon2",
        &link,
        &code,
        &tokens.member("access_token"),
        &tokens.member("refresh_token"),
        &browser.cookies["__Host-doorward-session"],
        &browser.cookies["__Host-doorward-browser"],
        "hash",
        "sealed",
        "bob",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn every_table_that_names_a_person_is_in_it_and_goes_with_them() {
    let t = TestApp::new().await;
    if t.app.db.backend() != sea_orm::DbBackend::Sqlite {
        return;
    }
    let archive = include_str!("../../../src/domain/archive.rs");
    let sql = "SELECT m.name AS name, f.\"on_delete\" AS on_delete FROM sqlite_master m \
               JOIN pragma_table_info(m.name) c LEFT JOIN pragma_foreign_key_list(m.name) f ON f.\"from\" = c.name \
               WHERE m.type = 'table' AND c.name = 'user_id'";
    let rows = t.app.db.read().query_all_raw(t.app.db.stmt(sql, [])).await.unwrap();
    assert!(rows.len() >= 12);
    for row in rows {
        let table: String = row.try_get("", "name").unwrap();
        let goes: Option<String> = row.try_get("", "on_delete").unwrap();
        let is_named = archive.contains(&format!(" {table},")) || archive.contains(&format!("\n    {table},"));
        assert!(is_named || matches!(table.as_str(), "events" | "group_members"), "{table} is not in the archive");
        // These are removed by hand, and the events stay.
        let by_hand = matches!(table.as_str(), "action_tokens" | "outbox" | "events");
        assert!(by_hand || goes.as_deref() == Some("CASCADE"), "{table} would stay behind");
    }
}

#[tokio::test]
async fn a_download_is_asked_for_by_its_form() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let token = csrf(&browser.get("/account/profile").await);
    let page = browser.get(PAGE).await;
    page.assert_page(200);
    assert_eq!(t.count("events", "kind = 'data.exported'").await, 0, "looking gives nothing away");
    assert_eq!(browser.post(PAGE, &[("csrf", &token)]).await.status, 200);
    assert_eq!(t.count("events", "kind = 'data.exported'").await, 1);
}
