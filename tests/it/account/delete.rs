//! The end of an account: by its owner, confirmed, complete.

use std::sync::Arc;

use super::tools::{assert_sign_in, post};
use crate::support::{Ask, TestApp, at_once};
use doorward::domain::{removal, users};
use sea_orm::ConnectionTrait;

const PAGE: &str = "/account/delete";

#[tokio::test]
async fn nothing_of_the_person_stays_but_events() {
    let t = TestApp::new().await;
    let replica = t.replica().await;
    let mut elsewhere = t.alice().await;
    let mut browser = t.alice().await;
    let id = t.id_of("alice").await;
    let ask = Ask::new("wiki").set("scope", "openid offline_access");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let tokens = t.redeem(&ask, &code).await;
    let access = tokens.member("access_token");
    assert!(replica.is_active(&access).await);
    post(&mut browser, "/account/profile/username", &[("username", "alice-the-great")]).await;
    post(&mut browser, "/account/emails", &[("add", "alice@work.example")]).await;
    for wrong in ["", "bob", "alice"] {
        post(&mut browser, PAGE, &[("username", wrong)]).await.assert_page(422);
    }
    assert_eq!(t.count("users", "username = 'alice-the-great'").await, 1);
    let answer = post(&mut browser, PAGE, &[("username", "Alice-the-Great ")]).await;
    assert_eq!((answer.status, answer.location()), (303, Some("/account/deleted")));
    let page = browser.follow(answer).await;
    assert!(page.text().contains("Your account is deleted"), "{page:?}");
    // Out everywhere.
    assert_eq!(browser.get("/account").await.status, 303);
    assert_eq!(elsewhere.get("/account").await.status, 303);
    assert!(!t.is_active(&access).await);
    t.clock.advance_s(5);
    assert!(!replica.is_active(&access).await);
    t.refresh("wiki", &tokens.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    // The address learns of it; links that were mailed are good for nothing, and what waited is not sent.
    let mails = t.mails_to("alice@example.com").await;
    assert_eq!(mails.iter().filter(|m| m.mail.kind == "account_deleted").count(), 1, "{mails:?}");
    assert!(t.mails_to("alice@work.example").await.is_empty());
    // Every row of every table, as text: neither the id nor the names.
    if t.app.db.backend() == sea_orm::DbBackend::Sqlite {
        assert_gone(&t, id).await;
    }
    assert_eq!(t.count("users", "1 = 1").await, 1);
    assert_eq!(t.count("events", "kind = 'user.removed'").await, 1);
    // The name is free again, and is somebody else's then.
    let bob = t.id_of("bob").await;
    assert_ne!(bob, id);
}

async fn assert_gone(t: &TestApp, id: uuid::Uuid) {
    let db = t.app.db.read();
    let tables = db
        .query_all_raw(
            t.app.db.stmt("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'seaql_migrations'", []),
        )
        .await
        .unwrap();
    let hex = id.simple().to_string();
    for table in tables {
        let table: String = table.try_get("", "name").unwrap();
        let columns = db
            .query_all_raw(t.app.db.stmt(&format!("SELECT name FROM pragma_table_info('{table}')"), []))
            .await
            .unwrap();
        for column in columns {
            let column: String = column.try_get("", "name").unwrap();
            for (what, condition) in [
                ("the id", format!("lower(hex(\"{column}\")) LIKE '%{hex}%' OR \"{column}\" LIKE '%{id}%'")),
                ("the name", format!("\"{column}\" LIKE '%alice%' OR \"{column}\" LIKE '%Ames%'")),
            ] {
                if what == "the id" && (table == "events" || table == "login_flows") {
                    // Events stay, under a number; flows are over within the hour.
                    continue;
                }
                let found = t.count(&format!("\"{table}\""), &condition).await;
                assert_eq!(found, 0, "{what} in {table}.{column}");
            }
        }
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    let tx = t.app.db.begin_write().await.unwrap();
    users::join(&t.app, &tx, alice, users::ADMINISTRATORS).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = t.alice().await;
    let page = browser.get(PAGE).await;
    assert!(page.text().contains("only administrator"), "{page:?}");
    // The form is not there; who sends it all the same is told the same.
    let token = super::tools::csrf(&browser.get("/account/profile").await);
    let page = browser.post(PAGE, &[("csrf", &token), ("username", "alice")]).await;
    page.assert_page(422);
    assert!(page.text().contains("only administrator"));
    assert_eq!(t.count("users", "username = 'alice'").await, 1);
    // Beside another one she may go; beside one who is disabled she may not.
    let bob = t.id_of("bob").await;
    let tx = t.app.db.begin_write().await.unwrap();
    users::join(&t.app, &tx, bob, users::ADMINISTRATORS).await.unwrap();
    tx.commit().await.unwrap();
    users::set_disabled(&t.app, bob, true).await.unwrap();
    assert!(removal::is_last_administrator(&t.app, t.app.db.write(), alice).await.unwrap());
    users::set_disabled(&t.app, bob, false).await.unwrap();
    assert_eq!(post(&mut browser, PAGE, &[("username", "alice")]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_go_at_once_one_stays() {
    let t = Arc::new(TestApp::new().await);
    let people = [t.id_of("alice").await, t.id_of("bob").await];
    for id in people {
        let tx = t.app.db.begin_write().await.unwrap();
        users::join(&t.app, &tx, id, users::ADMINISTRATORS).await.unwrap();
        tx.commit().await.unwrap();
    }
    let gone = at_once(2, |n| {
        let t = Arc::clone(&t);
        async move { removal::by_owner(&t.app, people[n]).await.unwrap().is_ok() }
    })
    .await;
    assert_eq!(gone.iter().filter(|gone| **gone).count(), 1, "{gone:?}");
    assert_eq!(t.count("users", "1 = 1").await, 1);
}

#[tokio::test]
async fn it_is_the_own_account_that_goes() {
    let t = TestApp::new().await;
    let mut bob = t.signed_in("bob").await;
    post(&mut bob, PAGE, &[("username", "alice")]).await.assert_page(422);
    assert_eq!(t.count("users", "1 = 1").await, 2);
    let answer = t.browser().get(PAGE).await;
    assert_sign_in(&mut t.browser(), &answer).await;
    t.browser().get("/account/deleted").await.assert_page(200);
}
