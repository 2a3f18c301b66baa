//! "This was not me": a look changes nothing, the button locks, and only the owner's mailbox or the operator opens again.

use std::sync::Arc;

use doorward::domain::sessions::Place;
use doorward::domain::{emails, locks, recovery_codes};
use doorward::platform::templates::Lang;
use entity::user_emails;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::passkey;
use crate::support::{Answer, Ask, Authenticator, Browser, PASSWORD, TestApp, at_once, form};

const FRESH: &str = "kestrel lantern brook 47";

/// The link of the notice that a sign-in at a second browser sends.
async fn notice(t: &TestApp) -> String {
    t.alice().await;
    t.clock.advance_s(60);
    t.alice().await;
    t.mail("alice@example.com", "notice").await.path("/not-me")
}

async fn lock(browser: &mut Browser<'_>, link: &str) -> Answer {
    let page = browser.open(link).await;
    page.assert_page(200);
    browser.submit_once(&page, &[], "").await
}

async fn sign_in(t: &TestApp, password: &str) -> u16 {
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    browser.submit_once(&page, &[("username", "alice"), ("password", password)], "").await.status
}

/// An address of alice that is proved now.
async fn add(t: &TestApp, address: &str) {
    let now = t.app.clock.now_ms();
    let row = user_emails::ActiveModel {
        id: Set(t.app.new_id().unwrap()),
        user_id: Set(t.id_of("alice").await),
        address: Set(address.into()),
        address_key: Set(address.into()),
        is_primary: Set(false),
        verified_at: Set(Some(now)),
        created_at: Set(now),
    };
    user_emails::Entity::insert(row).exec_without_returning(t.app.db.write()).await.unwrap();
}

/// The addresses of alice, the primary first, and whether they are proved.
async fn addresses(t: &TestApp) -> Vec<(String, bool, bool)> {
    let all = emails::list(t.app.db.read(), t.id_of("alice").await).await.unwrap();
    all.into_iter().map(|e| (e.address, e.is_primary, e.verified_at.is_some())).collect()
}

async fn email_id(t: &TestApp, address: &str) -> uuid::Uuid {
    let all = emails::list(t.app.db.read(), t.id_of("alice").await).await.unwrap();
    all.iter().find(|e| e.address == address).unwrap().id
}

async fn make_primary(t: &TestApp, address: &str) {
    let (alice, id) = (t.id_of("alice").await, email_id(t, address).await);
    emails::make_primary(&t.app, alice, id, &Place::default()).await.unwrap().unwrap();
}

async fn remove(t: &TestApp, address: &str) {
    let (alice, id) = (t.id_of("alice").await, email_id(t, address).await);
    emails::remove(&t.app, alice, id, &Place::default()).await.unwrap().unwrap();
}

/// Asks for a new password.
async fn ask_reset(t: &TestApp, typed: &str) {
    let mut browser = t.browser();
    let page = browser.open("/recover").await;
    browser.submit(&page, &[("username", typed)], "").await.assert_page(200);
}

fn only(address: &str) -> Vec<(String, bool, bool)> {
    vec![(address.to_owned(), true, true)]
}

#[tokio::test]
async fn a_browser_never_seen_before_is_told_of_and_a_known_one_is_not() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    assert!(t.mails().await.is_empty(), "the first sign-in of all is expected");
    browser.get("/logout").await;
    browser.sign_in("alice").await;
    assert!(t.mails().await.is_empty(), "the same browser");
    t.signed_in("bob").await;
    t.signed_in("bob").await;
    assert!(t.mails().await.is_empty(), "bob has proved no address");
    t.alice().await;
    let all = t.mails().await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((&*all[0].to, &*all[0].mail.kind), ("alice@example.com", "notice"));
}

#[tokio::test]
async fn the_button_locks_and_the_mailed_link_opens_again() {
    let t = TestApp::new().await;
    let mut stranger = t.alice().await;
    let request = Ask::new("web").set("scope", "openid offline_access");
    let code = stranger.allow(&request).await.param("code").unwrap();
    let tokens = t.redeem(&request, &code).await;
    let link = notice(&t).await;
    for _ in 0..3 {
        t.get(&link).await.assert_page(200);
    }
    assert_eq!(t.count("users", "locked_at IS NOT NULL").await, 0, "a scanner that looks changes nothing");

    let mut browser = t.browser();
    let done = lock(&mut browser, &link).await;
    assert_eq!((done.status, done.location()), (303, Some("/not-me?done=yes")), "{done:?}");
    browser.follow(done).await.assert_page(200);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(stranger.get(&silent).await.param("error").as_deref(), Some("login_required"));
    assert!(!t.is_active(&tokens.member("access_token")).await);
    t.refresh("web", &tokens.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    assert_eq!(sign_in(&t, PASSWORD).await, 422, "the password is as if wrong");
    assert_eq!(t.count("events", "kind = 'user.locked'").await, 1);
    t.get(&link).await.assert_page(410);

    let mail = t.mail("alice@example.com", "account_locked").await;
    let reset = mail.path("/recover/reset");
    let page = browser.open(&reset).await;
    page.assert_page(200);
    assert!(page.text().contains("locked"), "{page:?}");
    assert_eq!(browser.submit_once(&page, &[("password", FRESH)], "").await.status, 303);
    assert_eq!(t.count("users", "locked_at IS NOT NULL").await, 0);
    assert_eq!(t.count("events", "kind = 'user.unlocked'").await, 1);
    assert_eq!(sign_in(&t, FRESH).await, 303);
}

#[tokio::test]
async fn a_locked_account_gets_in_by_no_mail_but_a_new_password() {
    let t = TestApp::new().await;
    let link = notice(&t).await;
    let mut asked = t.browser();
    let page = asked.open("/login/mail").await;
    asked.submit(&page, &[("username", "alice")], "").await;
    let magic = t.mail("alice@example.com", "magic_link").await.path("/login/link");
    assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
    asked.get(&magic).await.assert_page(410);
    let before = t.mails().await.len();
    let page = asked.open("/login/mail?again=yes").await;
    asked.submit(&page, &[("username", "alice")], "").await;
    assert_eq!(t.mails().await.len(), before);
    let page = asked.open("/recover").await;
    asked.submit(&page, &[("username", "alice")], "").await;
    let reset = t.mail("alice@example.com", "reset_password").await.path("/recover/reset");
    let page = asked.open(&reset).await;
    assert_eq!(asked.submit_once(&page, &[("password", FRESH)], "").await.status, 303);
    assert_eq!(sign_in(&t, FRESH).await, 303);
}

#[tokio::test]
async fn what_was_added_since_does_not_open_the_account() {
    let t = TestApp::new().await;
    let link = notice(&t).await;
    t.clock.advance_s(60);
    add(&t, "evil@example.com").await;
    // Another sign-in: its notice goes to both addresses.
    t.alice().await;
    let theirs = t.mail("evil@example.com", "notice").await.path("/not-me");
    assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
    t.get(&theirs).await.assert_page(410);
    let before = t.mails_to("evil@example.com").await.len();
    for typed in ["evil@example.com", "alice"] {
        let mut browser = t.browser();
        let page = browser.open("/recover").await;
        browser.submit(&page, &[("username", typed)], "").await.assert_page(200);
    }
    assert_eq!(t.mails_to("evil@example.com").await.len(), before);
    t.mail("alice@example.com", "reset_password").await;
}

#[tokio::test]
async fn the_link_is_good_for_a_week_and_for_our_forms_only() {
    let t = TestApp::new().await;
    let link = notice(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await;
    let token = form(&page).fields.iter().find(|(n, _)| n == "token").unwrap().1.clone();
    browser.post("/not-me", &[("token", &token)]).await.assert_page(403);
    browser.post("/not-me", &[("token", &token), ("csrf", "x")]).await.assert_page(403);
    t.clock.advance_s(7 * 86_400 - 1);
    browser.get(&link).await.assert_page(200);
    t.clock.advance_s(2);
    browser.get(&link).await.assert_page(410);
    browser.submit_once(&page, &[], "").await.assert_page(410);
    t.get("/not-me").await.assert_page(410);
    t.get("/not-me?token=nonsense").await.assert_page(410);
    assert_eq!(t.count("users", "locked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn the_operator_opens_it() {
    let t = TestApp::new().await;
    let link = notice(&t).await;
    lock(&mut t.browser(), &link).await;
    let alice = t.id_of("alice").await;
    assert!(locks::unlock(&t.app, alice).await.unwrap());
    assert!(!locks::unlock(&t.app, alice).await.unwrap());
    assert_eq!(sign_in(&t, PASSWORD).await, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_a_link_one_wins() {
    let t = Arc::new(TestApp::new().await);
    let link = notice(&t).await;
    let other = Arc::new(t.replica().await);
    let token = link.split_once("token=").unwrap().1.to_owned();
    let answers = at_once(32, |n| {
        let (t, token) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), token.clone());
        async move {
            match locks::look(&t.app, &token).await.unwrap() {
                Some((found, _)) => locks::lock(&t.app, &found, Lang::En).await.unwrap(),
                None => false,
            }
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
    assert_eq!(t.mails().await.iter().filter(|m| m.mail.kind == "account_locked").count(), 1);
}

#[tokio::test]
async fn an_address_of_the_stranger_is_gone_even_where_it_became_the_primary_one() {
    for is_removed in [false, true] {
        let t = TestApp::new().await;
        let link = notice(&t).await;
        t.clock.advance_s(60);
        add(&t, "evil@example.com").await;
        make_primary(&t, "evil@example.com").await;
        if is_removed {
            remove(&t, "alice@example.com").await;
        }
        assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
        assert_eq!(addresses(&t).await, only("alice@example.com"), "{is_removed}");
        let reset = t.mail("alice@example.com", "account_locked").await.path("/recover/reset");
        let mut browser = t.browser();
        let page = browser.open(&reset).await;
        assert_eq!(browser.submit_once(&page, &[("password", FRESH)], "").await.status, 303);
        let before = t.mails_to("evil@example.com").await.len();
        for typed in ["alice", "evil@example.com"] {
            let mut theirs = t.browser();
            let page = theirs.open("/login/mail").await;
            theirs.submit(&page, &[("username", typed)], "").await;
            ask_reset(&t, typed).await;
        }
        assert_eq!(t.mails_to("evil@example.com").await.len(), before);
        t.mail("alice@example.com", "magic_link").await;
        assert_eq!(addresses(&t).await, only("alice@example.com"));
    }
}

#[tokio::test]
async fn the_newest_notice_takes_back_what_earlier_ones_told_of() {
    let t = TestApp::new().await;
    let earlier = notice(&t).await;
    t.clock.advance_s(60);
    add(&t, "evil@example.com").await;
    passkey::give(&t, "alice", &mut Authenticator::new()).await;
    ask_reset(&t, "evil@example.com").await;
    let theirs = t.mail("evil@example.com", "reset_password").await.path("/recover/reset");
    t.get(&theirs).await.assert_page(200);
    t.clock.advance_s(600);
    make_primary(&t, "evil@example.com").await;
    let newest = t.mail("alice@example.com", "notice").await.path("/not-me");
    assert_ne!(newest, earlier);
    let evil_newest = t.mail("evil@example.com", "notice").await.path("/not-me");
    assert_eq!(lock(&mut t.browser(), &newest).await.status, 303);
    assert_eq!(addresses(&t).await, only("alice@example.com"));
    assert_eq!(t.count("passkeys", "1 = 1").await, 0);
    t.get(&theirs).await.assert_page(410);
    t.get(&evil_newest).await.assert_page(410);
    let before = t.mails_to("evil@example.com").await.len();
    ask_reset(&t, "evil@example.com").await;
    assert_eq!(t.mails_to("evil@example.com").await.len(), before);
}

#[tokio::test]
async fn what_was_there_before_the_first_notice_of_the_week_stays() {
    let t = TestApp::new().await;
    notice(&t).await;
    add(&t, "work@example.com").await;
    passkey::give(&t, "alice", &mut Authenticator::new()).await;
    t.clock.advance_s(8 * 86_400);
    make_primary(&t, "work@example.com").await;
    let link = t.mail("alice@example.com", "notice").await.path("/not-me");
    let others = t.mail("work@example.com", "notice").await.path("/not-me");
    assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
    assert_eq!(addresses(&t).await.len(), 2);
    assert_eq!(t.count("passkeys", "1 = 1").await, 1);
    t.get(&others).await.assert_page(200);
}

#[tokio::test]
async fn a_stranger_who_locks_first_does_not_silence_the_owner() {
    let t = TestApp::new().await;
    notice(&t).await;
    t.clock.advance_s(60);
    add(&t, "evil@example.com").await;
    make_primary(&t, "evil@example.com").await;
    let ours = t.mail("alice@example.com", "notice").await.path("/not-me");
    let theirs = t.mail("evil@example.com", "notice").await.path("/not-me");
    remove(&t, "alice@example.com").await;
    assert_eq!(lock(&mut t.browser(), &theirs).await.status, 303);
    let reset = t.mail("evil@example.com", "account_locked").await.path("/recover/reset");
    assert_eq!(lock(&mut t.browser(), &ours).await.status, 303);
    assert_eq!(addresses(&t).await, only("alice@example.com"));
    t.get(&reset).await.assert_page(410);
    t.mail("alice@example.com", "account_locked").await;
}

#[tokio::test]
async fn a_link_to_an_address_that_is_gone_sets_no_password() {
    let t = TestApp::new().await;
    add(&t, "evil@example.com").await;
    ask_reset(&t, "evil@example.com").await;
    let mut browser = t.browser();
    let page = browser.open(&t.mail("evil@example.com", "reset_password").await.path("/recover/reset")).await;
    page.assert_page(200);
    // As if the link had been written while the lock took the address away.
    user_emails::Entity::delete_by_id(email_id(&t, "evil@example.com").await).exec(t.app.db.write()).await.unwrap();
    browser.submit_once(&page, &[("password", FRESH)], "").await.assert_page(410);
    assert_eq!(sign_in(&t, PASSWORD).await, 303);
}

#[tokio::test]
async fn a_mailbox_takes_back_a_second_factor_only_while_both_are_young_and_it_is_unused() {
    for (wait_s, is_used, totp, codes) in
        [(3_600, false, 0, 0), (3_600, true, 1, 9), (49 * 3_600, false, 1, 10), (49 * 3_600, true, 1, 9)]
    {
        let t = TestApp::new().await;
        let alice = t.id_of("alice").await;
        let phone = t.phone("alice").await;
        let link = t.mail("alice@example.com", "notice").await.path("/not-me");
        assert_eq!(t.count("recovery_codes", "used_at IS NULL").await, 10);
        if is_used {
            let sql = "UPDATE totp_secrets SET last_used_at = ? WHERE user_id = ?";
            t.app.db.execute(sql, [t.app.clock.now_ms().into(), alice.into()]).await.unwrap();
            recovery_codes::take(&t.app, alice, &phone.codes[0], &Place::default()).await.unwrap();
        }
        t.clock.advance_s(wait_s);
        assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
        let kept = (t.count("totp_secrets", "1 = 1").await, t.count("recovery_codes", "used_at IS NULL").await);
        assert_eq!(kept, (totp, codes), "{wait_s} {is_used}");
    }
}

#[tokio::test]
async fn a_young_notice_does_not_take_back_an_older_second_factor() {
    let t = TestApp::new().await;
    t.phone("alice").await;
    t.clock.advance_s(49 * 3_600);
    add(&t, "work@example.com").await;
    make_primary(&t, "work@example.com").await;
    let link = t.mail("alice@example.com", "notice").await.path("/not-me");
    assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
    assert_eq!((t.count("totp_secrets", "1 = 1").await, t.count("recovery_codes", "1 = 1").await), (1, 10));
}

#[tokio::test]
async fn an_address_that_its_owner_removed_locks_but_does_not_open() {
    let t = TestApp::new().await;
    add(&t, "new@example.com").await;
    t.clock.advance_s(8 * 86_400);
    make_primary(&t, "new@example.com").await;
    let other = t.mail("alice@example.com", "notice").await.path("/not-me");
    t.clock.advance_s(60);
    remove(&t, "alice@example.com").await;
    let link = t.mail("alice@example.com", "notice").await.path("/not-me");
    assert_ne!(link, other);
    assert_eq!(lock(&mut t.browser(), &link).await.status, 303);
    assert_eq!(addresses(&t).await, only("new@example.com"));
    assert!(t.mails_to("alice@example.com").await.iter().all(|m| m.mail.kind == "notice"));
    t.get(&other).await.assert_page(410);
    let reset = t.mail("new@example.com", "account_locked").await.path("/recover/reset");
    let mut browser = t.browser();
    let page = browser.open(&reset).await;
    assert_eq!(browser.submit_once(&page, &[("password", FRESH)], "").await.status, 303);
    assert_eq!(sign_in(&t, FRESH).await, 303);
}
