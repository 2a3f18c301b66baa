//! `/account/second-factor`: setting up, removing, new codes, trusted browsers; never by a password alone, never somebody else's.

use std::sync::Arc;

use doorward::config::MfaPolicy;
use doorward::domain::sessions::Place;
use doorward::domain::{Error, factors, passkeys, recovery_codes, totp, trusted_devices, users};
use doorward::platform::random::sha256;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::support::{Answer, Ask, Browser, PASSWORD, Phone, TestApp, at_once, form};

const PAGE: &str = "/account/second-factor";
const APP: &str = "/account/second-factor/app";

fn codes(page: &Answer) -> Vec<String> {
    page.text().split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The token of the page's own forms; the first form of a page signs out.
fn token(page: &Answer) -> String {
    let (_, main) = page.text().split_once("<main").unwrap_or_else(|| panic!("no main: {page:?}"));
    let (_, rest) = main.split_once("name=\"csrf\" value=\"").unwrap_or_else(|| panic!("no form: {page:?}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Posts to `path` with the token of `page`.
async fn send(browser: &mut Browser<'_>, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = token(page);
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

/// A browser in which somebody has shown both factors.
async fn both<'a>(t: &'a TestApp, username: &str, phone: &Phone) -> Browser<'a> {
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let page = browser.submit(&page, &[("username", username), ("password", PASSWORD)], "").await;
    let home = browser.submit(&page, &[("code", &phone.code(t, 0))], "").await;
    assert_eq!(home.path, "/", "{home:?}");
    browser
}

#[tokio::test]
async fn an_app_is_set_up_by_its_first_code_and_comes_with_recovery_codes() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.open(PAGE).await;
    page.assert_page(200);
    assert!(page.text().contains(&format!("href=\"{APP}\"")), "{page:?}");
    let setup = browser.open(APP).await;
    let phone = Phone::read(&setup);
    for wrong in ["", "000000"] {
        send(&mut browser, &setup, APP, &[("code", wrong)]).await.assert_page(422);
    }
    browser.post(APP, &[("csrf", "wrong"), ("code", &phone.code(&t, 0))]).await.assert_page(403);
    assert_eq!(t.count("totp_secrets", "1 = 1").await, 0);
    let shown = send(&mut browser, &setup, APP, &[("code", &phone.code(&t, 0))]).await;
    shown.assert_page(200);
    assert_eq!(codes(&shown).len(), 10);
    assert_eq!(t.count("totp_secrets", "1 = 1").await, 1);
    assert_eq!(t.count("events", "kind IN ('totp.added', 'recovery_codes.made')").await, 2);
    assert!(t.mail("alice@example.com", "notice").await.text.contains("/not-me?token="));
    let page = browser.open(PAGE).await;
    assert!(page.text().contains("You have 10 left."), "{page:?}");
    // Not twice.
    assert_eq!(browser.get(APP).await.location(), Some(PAGE));
    // The secret stands nowhere in clear.
    let row = t.app.db.one("SELECT sealed FROM totp_secrets", []).await.unwrap().unwrap();
    assert_eq!(row.try_get::<Vec<u8>>("", "sealed").unwrap().len(), 20 + 29);
}

#[tokio::test]
async fn it_needs_a_recent_sign_in() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.open(APP).await;
    let phone = Phone::read(&page);
    t.clock.advance_s(601);
    for answer in [browser.get(APP).await, send(&mut browser, &page, APP, &[("code", &phone.code(&t, 0))]).await] {
        assert!(answer.location().is_some_and(|l| l.starts_with("/login?")), "{answer:?}");
    }
    assert_eq!(t.count("totp_secrets", "1 = 1").await, 0);
    browser.get(PAGE).await.assert_page(200);
    // Whoever is not signed in is sent to do so.
    assert!(t.browser().get(PAGE).await.location().is_some_and(|l| l.starts_with("/login?")));
}

#[tokio::test]
async fn a_password_alone_takes_nothing_away() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let phone = t.phone("alice").await;
    let page = browser.open(PAGE).await;
    for action in ["remove", "codes"] {
        let answer = send(&mut browser, &page, PAGE, &[("action", action)]).await;
        assert!(answer.location().is_some_and(|l| l.starts_with("/login/second?")), "{answer:?}");
    }
    assert_eq!(factors::of(&t.app, t.id_of("alice").await).await.unwrap().recovery_codes, 10);
    // The factor is shown, and it goes on here.
    let answer = send(&mut browser, &page, PAGE, &[("action", "remove")]).await;
    let second = browser.follow(answer).await;
    let back = browser.submit(&second, &[("code", &phone.code(&t, 0))], "").await;
    assert_eq!(back.path, format!("{PAGE}?saved=repeat"));
    let removed = send(&mut browser, &back, PAGE, &[("action", "remove")]).await;
    assert_eq!(removed.location(), Some("/account/second-factor?saved=app-removed"));
    assert_eq!(factors::of(&t.app, t.id_of("alice").await).await.unwrap(), factors::Factors::default());
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 0);
    assert_eq!(t.count("events", "kind = 'totp.removed'").await, 1);
    // From now on the password is enough, and a second removal changes nothing.
    t.alice().await;
    let page = browser.open(PAGE).await;
    assert!(!page.text().contains("value=\"remove\""));
}

#[tokio::test]
async fn whatever_guards_the_account_takes_the_second_factor_and_then_goes_on() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let emails = browser.open("/account/emails").await;
    let profile = browser.open("/account/profile").await;
    let password = browser.open("/account/password").await;
    let phone = t.phone("alice").await;
    let is_asked = |answer: &Answer| answer.location().is_some_and(|l| l.starts_with("/login/second?"));
    for path in ["/account/emails", "/account/password", "/account/data", "/account/delete"] {
        let answer = browser.get(path).await;
        assert!(is_asked(&answer), "{path}: {answer:?}");
    }
    for (page, path, fields) in [
        (&emails, "/account/emails", [("add", "other@example.com"), ("x", "")]),
        (&profile, "/account/profile/username", [("username", "mallory"), ("x", "")]),
        (&password, "/account/password", [("password", "a long new pass phrase"), ("current", PASSWORD)]),
        (&emails, "/account/delete", [("username", "alice"), ("x", "")]),
    ] {
        let answer = send(&mut browser, page, path, &fields).await;
        assert!(is_asked(&answer), "{path}: {answer:?}");
    }
    assert_eq!(t.mails_to("other@example.com").await.len(), 0);
    assert_eq!(t.count("users", "username = 'alice'").await, 1);
    // What guards nothing is as before.
    browser.get("/account/profile").await.assert_page(200);
    // The factor is shown once, back to the page that was asked for, and holds for all of them.
    let second = browser.open("/account/emails").await;
    let back = browser.submit(&second, &[("code", &phone.code(&t, 0))], "").await;
    assert_eq!(back.path, "/account/emails");
    for path in ["/account/password", "/account/data", "/account/delete"] {
        browser.get(path).await.assert_page(200);
    }
    let answer = send(&mut browser, &password, "/account/password", &[("password", "a long new pass phrase")]).await;
    assert_eq!(answer.location(), Some("/account/password?saved=password"));
}

#[tokio::test]
async fn the_last_one_stays_where_one_is_required() {
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let phone = t.phone("alice").await;
    let mut browser = both(&t, "alice", &phone).await;
    let page = browser.open(PAGE).await;
    assert!(!page.text().contains("value=\"remove\""), "{page:?}");
    send(&mut browser, &page, PAGE, &[("action", "remove")]).await.assert_page(409);
    let left = factors::of(&t.app, t.id_of("alice").await).await.unwrap();
    assert!(left.has_totp && left.recovery_codes == 10);
}

#[tokio::test]
async fn new_codes_end_the_old_ones_and_are_shown_once() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = both(&t, "alice", &phone).await;
    let page = browser.open(PAGE).await;
    let shown = send(&mut browser, &page, PAGE, &[("action", "codes")]).await;
    let new = codes(&shown);
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|c| !phone.codes.contains(c)));
    assert!(codes(&browser.open(PAGE).await).is_empty());
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 10);
    let mut next = t.browser();
    let page = next.open("/login").await;
    let page = next.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    let recovery = next.open(&format!("{}&with=recovery", page.path)).await;
    next.submit_once(&recovery, &[("recovery_code", &phone.codes[0])], "").await.assert_page(422);
    assert_eq!(next.submit_once(&recovery, &[("recovery_code", &new[9])], "").await.status, 303);
}

#[tokio::test]
async fn who_has_no_factor_gets_no_codes() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.open(PAGE).await;
    assert!(!page.text().contains("value=\"codes\""));
    let setup = browser.open(APP).await;
    assert_eq!(send(&mut browser, &setup, PAGE, &[("action", "codes")]).await.location(), Some(PAGE));
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 0);
}

#[tokio::test]
async fn trusted_browsers_are_listed_and_forgotten_each_by_its_owner() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let (alice, bob) = (t.id_of("alice").await, t.id_of("bob").await);
    let mut browser = both(&t, "alice", &phone).await;
    for n in 1..=3 {
        trusted_devices::trust(&t.app, alice, &[n; 32]).await.unwrap();
    }
    trusted_devices::trust(&t.app, bob, &[1; 32]).await.unwrap();
    let bobs = trusted_devices::list(&t.app, bob).await.unwrap()[0].id.to_string();
    let page = browser.open(PAGE).await;
    assert_eq!(page.text().matches("name=\"forget\"").count(), 3, "{page:?}");
    for foreign in [bobs.as_str(), "nonsense"] {
        send(&mut browser, &page, PAGE, &[("forget", foreign)]).await.assert_page(404);
    }
    let one = trusted_devices::list(&t.app, alice).await.unwrap()[0].id.to_string();
    // To trust less needs no recent sign-in.
    t.clock.advance_s(700);
    assert_eq!(send(&mut browser, &page, PAGE, &[("forget", &one)]).await.status, 303);
    assert_eq!(trusted_devices::list(&t.app, alice).await.unwrap().len(), 2);
    assert_eq!(send(&mut browser, &page, PAGE, &[("action", "forget-all")]).await.status, 303);
    assert!(trusted_devices::list(&t.app, alice).await.unwrap().is_empty());
    assert_eq!(trusted_devices::list(&t.app, bob).await.unwrap().len(), 1);
    assert_eq!(t.count("events", "kind = 'device.forgotten'").await, 2);
}

#[tokio::test]
async fn a_form_of_one_person_does_nothing_for_the_next() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = both(&t, "alice", &phone).await;
    let page = browser.open(PAGE).await;
    let login = browser.open("/login").await;
    assert!(!form(&login).action.is_empty());
    browser.submit(&login, &[("username", "bob"), ("password", PASSWORD)], "").await;
    send(&mut browser, &page, PAGE, &[("action", "forget-all")]).await.assert_page(403);
}

#[tokio::test]
async fn a_factor_that_was_not_mine_goes_with_the_lock() {
    let t = TestApp::new().await;
    // Somebody at a browser that was left open.
    let mut browser = t.alice().await;
    let setup = browser.open(APP).await;
    let thiefs = Phone::read(&setup);
    send(&mut browser, &setup, APP, &[("code", &thiefs.code(&t, 0))]).await.assert_page(200);
    let mut owner = t.browser();
    let page = owner.open(&t.mail("alice@example.com", "notice").await.path("/not-me")).await;
    owner.submit(&page, &[], "").await.assert_page(200);
    let id = t.id_of("alice").await;
    assert_eq!(
        factors::of(&t.app, id).await.unwrap(),
        factors::Factors::default(),
        "the owner is not locked out by it"
    );
    assert_eq!(t.count("users", "locked_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn the_operator_takes_everything_away_for_who_lost_everything() {
    let t = TestApp::new().await;
    let id = t.id_of("alice").await;
    let mut browser = t.alice().await;
    t.phone("alice").await;
    trusted_devices::trust(&t.app, id, &[1; 32]).await.unwrap();
    let ask = Ask::new("web").set("scope", "openid offline_access");
    let code = browser.get(&ask.path()).await.param("code").unwrap();
    let token = t.redeem(&ask, &code).await.member("access_token");
    factors::reset(&t.app, id).await.unwrap();
    assert_eq!(factors::of(&t.app, id).await.unwrap(), factors::Factors::default());
    for table in ["totp_secrets", "recovery_codes", "trusted_devices", "passkeys"] {
        assert_eq!(t.count(table, "1 = 1").await, 0, "{table}");
    }
    assert!(!t.is_active(&token).await);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(browser.get(&silent).await.param("error").as_deref(), Some("login_required"));
    assert_eq!(t.count("events", "kind = 'second_factors.reset'").await, 1);
    let mails = t.mails_to("alice@example.com").await;
    assert!(mails.iter().any(|m| m.subject.contains("second steps")), "{mails:?}");
    t.alice().await;
}

/// A passkey that nobody will be asked for.
async fn with_passkey(t: &TestApp, user_id: Uuid) -> Uuid {
    let id = t.app.new_id().unwrap();
    let row = entity::passkeys::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        credential_hash: Set(sha256(id.as_bytes()).to_vec()),
        credential: Set("{}".to_owned()),
        name: Set("Key".to_owned()),
        created_at: Set(t.app.clock.now_ms()),
        last_used_at: Set(None),
    };
    entity::passkeys::Entity::insert(row).exec_without_returning(t.app.db.write()).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_two_last_factors_that_are_taken_away_at_once_one_stays_where_one_is_required() {
    let t = Arc::new(TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await);
    let other = Arc::new(t.replica().await);
    for username in ["alice", "bob"] {
        t.phone(username).await;
        let id = t.id_of(username).await;
        let key = with_passkey(&t, id).await;
        let removed = at_once(2, |n| {
            let (t, other) = (Arc::clone(&t), Arc::clone(&other));
            async move {
                match n {
                    0 => totp::remove(&t.app, id, &Place::default()).await.is_ok(),
                    _ => passkeys::remove(&other.app, id, key, &Place::default()).await.is_ok(),
                }
            }
        })
        .await;
        assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1, "{username}");
        assert!(factors::of(&t.app, id).await.unwrap().is_any(), "{username}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_to_need_a_factor_while_it_is_taken_away_keeps_it() {
    let t = TestApp::with(|c| c.mfa.required_groups = vec!["guards".to_owned()]).await;
    t.phone("alice").await;
    let id = t.id_of("alice").await;
    let tx = t.app.db.begin_write().await.unwrap();
    users::hold(&t.app, &tx, id).await.unwrap();
    let app = t.app.clone();
    let removing = tokio::spawn(async move { totp::remove(&app, id, &Place::default()).await });
    // It has begun, and waits for the transaction that makes alice one of the guards.
    for _ in 0..200 {
        users::find(&t.app, id).await.unwrap();
    }
    users::join(&t.app, &tx, id, "guards").await.unwrap();
    tx.commit().await.unwrap();
    let refused = removing.await.unwrap();
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(factors::of(&t.app, id).await.unwrap().has_totp);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_recovery_codes_are_left_of_a_factor_that_went_meanwhile() {
    let t = TestApp::new().await;
    t.phone("alice").await;
    let id = t.id_of("alice").await;
    let tx = t.app.db.begin_write().await.unwrap();
    users::hold(&t.app, &tx, id).await.unwrap();
    let app = t.app.clone();
    let making = tokio::spawn(async move { recovery_codes::make(&app, id, &Place::default()).await });
    for _ in 0..200 {
        users::find(&t.app, id).await.unwrap();
    }
    for table in ["totp_secrets", "recovery_codes"] {
        let sql = t.app.db.stmt(&format!("DELETE FROM {table} WHERE user_id = ?"), [id.into()]);
        doorward::db::run(&tx, sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(matches!(making.await.unwrap(), Err(Error::Conflict(_))));
    assert_eq!(t.count("recovery_codes", "1 = 1").await, 0);
}
