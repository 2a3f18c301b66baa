//! A new password by mail: to the proved address only, by the newest link, once; and nobody learns who has an account.

use std::sync::Arc;

use doorward::domain::action_tokens::{self, New, Purpose};
use doorward::domain::{credentials, users};

use crate::support::{Answer, Ask, Browser, PASSWORD, TestApp, at_once, form};

const FRESH: &str = "kestrel lantern brook 47";

async fn ask(browser: &mut Browser<'_>, typed: &str) -> Answer {
    let page = browser.open("/recover").await;
    browser.submit(&page, &[("username", typed)], "").await
}

/// The link of the newest mail for alice.
async fn link(t: &TestApp, typed: &str) -> String {
    // Mails are told apart by their time.
    t.clock.advance_s(1);
    ask(&mut t.browser(), typed).await.assert_page(200);
    t.mail("alice@example.com", "reset_password").await.path("/recover/reset")
}

async fn set(browser: &mut Browser<'_>, link: &str, password: &str, sign_out: &str) -> Answer {
    let page = browser.open(link).await;
    page.assert_page(200);
    browser.submit_once(&page, &[("password", password), ("sign_out", sign_out)], "").await
}

async fn sign_in(t: &TestApp, username: &str, password: &str) -> u16 {
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    browser.submit_once(&page, &[("username", username), ("password", password)], "").await.status
}

/// The page without what differs from request to request.
fn words(page: &Answer) -> String {
    let mut text = page.text().to_owned();
    if let Some((_, flow)) = page.path.split_once("flow=") {
        text = text.replace(flow.split('&').next().unwrap(), "[flow]");
    }
    text
}

#[tokio::test]
async fn the_link_sets_a_password_ends_sessions_and_leads_back_to_the_sign_in() {
    let t = TestApp::new().await;
    let mut elsewhere = t.alice().await;
    let request = Ask::new("web").set("scope", "openid offline_access");
    let code = elsewhere.allow(&request).await.param("code").unwrap();
    let tokens = t.redeem(&request, &code).await;

    let mut browser = t.browser();
    let login = browser.open(&Ask::new("web").path()).await;
    assert!(login.text().contains("/recover?flow="), "{login:?}");
    let flow = login.path.split_once("flow=").unwrap().1.to_owned();
    let page = browser.open(&format!("/recover?flow={flow}")).await;
    let sent = browser.submit_once(&page, &[("username", "ALICE@example.com")], "").await;
    assert_eq!((sent.status, sent.location()), (303, Some(&*format!("/recover?flow={flow}&sent=yes"))), "{sent:?}");

    let mail = t.mail("alice@example.com", "reset_password").await;
    let link = mail.path("/recover/reset");
    for _ in 0..3 {
        t.get(&link).await.assert_page(200);
    }
    assert_eq!(sign_in(&t, "alice", PASSWORD).await, 303, "a scanner that looks changes nothing");

    let done = set(&mut browser, &link, FRESH, "yes").await;
    assert_eq!(done.location(), Some(&*format!("/login?flow={flow}&reason=reset")), "{done:?}");
    let page = browser.follow(done).await;
    page.assert_page(200);
    assert!(page.text().contains("Your new password is set"), "{page:?}");
    assert!(!browser.cookies.keys().any(|n| n.ends_with("session")), "the mail alone signs nobody in");
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(elsewhere.get(&silent).await.param("error").as_deref(), Some("login_required"));
    assert!(!t.is_active(&tokens.member("access_token")).await);
    t.refresh("web", &tokens.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    // From the page it led to, the app that waited is reached.
    let answer = browser.submit(&page, &[("username", "alice"), ("password", FRESH)], "").await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    assert_eq!(sign_in(&t, "alice", PASSWORD).await, 422);

    let notice = t.mail("alice@example.com", "notice").await;
    assert!(notice.path("/not-me").contains("token="));
    assert_eq!(t.count("events", "kind = 'password.changed'").await, 1);
    t.get(&link).await.assert_page(410);
}

#[tokio::test]
async fn other_sessions_stay_where_that_is_wished() {
    let t = TestApp::new().await;
    let mut elsewhere = t.alice().await;
    let link = link(&t, "alice").await;
    assert_eq!(set(&mut t.browser(), &link, FRESH, "").await.status, 303);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert!(elsewhere.get(&silent).await.param("code").is_some());
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_stays_good() {
    let t = TestApp::with(|c| c.password.min_length = 10).await;
    let link = link(&t, "alice").await;
    let mut browser = t.browser();
    for weak in ["short", "qwertyuiop", "alice1234!", "Doorward2026!", "aaaaaaaaaaaaaa", &"x".repeat(1025), ""] {
        let page = set(&mut browser, &link, weak, "yes").await;
        page.assert_page(422);
        assert!(page.text().contains("aria-invalid=\"true\""), "{page:?}");
        assert!(weak.is_empty() || !page.text().contains(&format!("\"{weak}\"")), "a password is not sent back");
    }
    assert_eq!(sign_in(&t, "alice", PASSWORD).await, 303);
    assert_eq!(set(&mut browser, &link, FRESH, "yes").await.status, 303);
    assert_eq!(sign_in(&t, "alice", FRESH).await, 303);
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let t = TestApp::new().await;
    users::set_disabled(&t.app, t.id_of("bob").await, true).await.unwrap();
    let mut seen = Vec::new();
    for typed in ["alice", "alice@example.com", "bob", "bob@example.com", "nobody", "nobody@example.com", "\u{1}", "'"]
    {
        let before = (
            t.count("action_tokens", "1 = 1").await,
            t.count("throttles", "attempts > 0").await,
            t.count("outbox", "state = 'waiting'").await,
        );
        let mut browser = t.browser();
        let page = browser.open("/recover").await;
        let answer = browser.submit_once(&page, &[("username", typed)], "").await;
        assert_eq!(answer.status, 303, "{typed}");
        let names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        let sent = browser.follow(answer).await;
        sent.assert_page(200);
        let wrote = t.count("action_tokens", "1 = 1").await - before.0;
        // The link of an earlier mail for the same person is replaced.
        assert!(wrote == 1 || typed == "alice@example.com", "{typed}");
        assert_eq!(t.count("throttles", "attempts > 0").await - before.1, 2, "{typed}");
        seen.push((words(&sent), names));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
    let all = t.mails().await;
    assert!(all.iter().all(|m| m.to == "alice@example.com"), "{all:?}");
    assert_eq!(all.len(), 2);
    assert_eq!(t.count("outbox", "1 = 1").await, 2, "nothing is left of mails to nobody");
}

#[tokio::test]
async fn mail_goes_to_the_stored_proved_address_and_nowhere_else() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = browser.open("/recover").await;
    let hidden = form(&page).fields;
    let hidden = |name: &str| hidden.iter().find(|(n, _)| n == name).unwrap().1.as_str();
    let (flow, csrf) = (hidden("flow"), hidden("csrf"));
    for typed in [
        &[("username", "alice@example.com"), ("username", "evil@example.com")][..],
        &[("username[]", "alice@example.com"), ("username[]", "evil@example.com")],
        &[("email", "evil@example.com")],
        &[("username", "")],
    ] {
        let fields: Vec<_> = [("flow", flow), ("csrf", csrf)].into_iter().chain(typed.iter().copied()).collect();
        browser.post("/recover", &fields).await.assert_page(422);
    }
    for typed in ["alice@example.com,evil@example.com", "alice@example.com\r\nbcc: evil@example.com", "bob"] {
        let fields = [("flow", flow), ("csrf", csrf), ("username", typed)];
        assert_eq!(browser.post("/recover", &fields).await.status, 303);
    }
    assert!(t.mails().await.is_empty(), "bob has proved no address");
    // The spelling is the stored one, and so is the host of the link.
    let fields = [("flow", flow), ("csrf", csrf), ("username", "\u{ff21}LICE@EXAMPLE.com")];
    let cookie = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let lies = [("cookie", cookie.as_str()), ("host", "evil.example"), ("x-forwarded-host", "evil.example")];
    assert_eq!(t.post_with("/recover", &fields, &lies).await.status, 303);
    let all = t.mails().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].to, "alice@example.com");
    assert!(all[0].links.iter().all(|l| l.starts_with("https://id.example/")), "{all:?}");
}

#[tokio::test]
async fn only_the_newest_link_is_good_and_only_for_a_while() {
    let t = TestApp::new().await;
    let first = link(&t, "alice").await;
    let second = link(&t, "alice@example.com").await;
    t.get(&first).await.assert_page(410);
    t.get(&second).await.assert_page(200);
    t.clock.advance_s(3599);
    t.get(&second).await.assert_page(200);
    let page = t.browser().open(&second).await;
    t.clock.advance_s(2);
    t.get(&second).await.assert_page(410);
    let mut late = t.browser();
    late.open("/login").await;
    let fields = form(&page).fields;
    let token = fields.iter().find(|(n, _)| n == "token").unwrap().1.as_str();
    let csrf = form(&late.open("/login").await).fields.iter().find(|(n, _)| n == "csrf").unwrap().1.clone();
    let answer = late.post("/recover/reset", &[("token", token), ("csrf", &csrf), ("password", FRESH)]).await;
    answer.assert_page(410);
    assert_eq!(sign_in(&t, "alice", PASSWORD).await, 303);
}

#[tokio::test]
async fn a_token_for_something_else_is_refused_and_not_burnt() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    for purpose in [Purpose::MagicLink, Purpose::NotMe, Purpose::VerifyEmail, Purpose::Setup, Purpose::Signature] {
        let tx = t.app.db.begin_write().await.unwrap();
        let new = New {
            purpose,
            user_id: Some(alice),
            subject: None,
            browser_hash: None,
            data: &serde_json::json!({ "email": "alice@example.com" }),
            ttl_s: 600,
        };
        let token = action_tokens::issue(&t.app, &tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        t.get(&format!("/recover/reset?token={token}")).await.assert_page(410);
        assert!(action_tokens::look(&t.app, purpose, &token).await.unwrap().is_some(), "{purpose:?}");
    }
    let reset = link(&t, "alice").await;
    let token = reset.split_once("token=").unwrap().1.split('&').next().unwrap();
    for other in ["/not-me", "/login/link", "/verify-email"] {
        let answer = t.get(&format!("{other}?token={token}")).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    t.get(&reset).await.assert_page(200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_ways_in_that_wait_in_mails() {
    let t = TestApp::new().await;
    let mut asked = t.browser();
    let page = asked.open("/login/mail").await;
    asked.submit(&page, &[("username", "alice")], "").await.assert_page(200);
    let magic = t.mail("alice@example.com", "magic_link").await.path("/login/link");
    asked.get(&magic).await.assert_page(200);
    let reset = link(&t, "alice").await;
    assert_eq!(set(&mut t.browser(), &reset, FRESH, "yes").await.status, 303);
    asked.get(&magic).await.assert_page(410);
}

#[tokio::test]
async fn a_disabled_account_gets_no_mail_and_its_link_stops() {
    let t = TestApp::new().await;
    let link = link(&t, "alice").await;
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    t.get(&link).await.assert_page(410);
    ask(&mut t.browser(), "alice").await.assert_page(200);
    assert_eq!(t.mails().await.len(), 1);
}

#[tokio::test]
async fn who_has_no_password_may_set_one() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    t.app.db.execute("DELETE FROM password_credentials WHERE user_id = ?", [alice.into()]).await.unwrap();
    assert_eq!(sign_in(&t, "alice", PASSWORD).await, 422);
    let link = link(&t, "alice").await;
    assert_eq!(set(&mut t.browser(), &link, FRESH, "yes").await.status, 303);
    assert_eq!(sign_in(&t, "alice", FRESH).await, 303);
}

#[tokio::test]
async fn one_address_gets_so_many_mails_and_no_more() {
    let t = TestApp::with(|c| c.login.mails_per_address = 3).await;
    for _ in 0..5 {
        t.clock.advance_s(1);
        ask(&mut t.browser(), "alice").await.assert_page(200);
    }
    assert_eq!(t.mails().await.len(), 2);
    for net in ["192.0.2.1", "198.51.100.1"] {
        t.clock.advance_s(1);
        ask(&mut t.browser_at(net), "alice").await.assert_page(200);
        assert_eq!(t.mails().await.len(), 3, "another network gets what is left: {net}");
    }
    // The last link that was sent is good all the same.
    let link = t.mail("alice@example.com", "reset_password").await.path("/recover/reset");
    t.get(&link).await.assert_page(200);
    t.clock.advance_s(3601);
    ask(&mut t.browser(), "alice").await.assert_page(200);
    assert_eq!(t.mails().await.len(), 4);
}

#[tokio::test]
async fn one_browser_address_asks_for_so_many_mails_and_no_more() {
    let t = TestApp::with(|c| c.throttle.login_per_address = 3).await;
    let mut browser = t.browser();
    let mut statuses = Vec::new();
    for n in 0..4 {
        statuses.push(ask(&mut browser, &format!("nobody{n}")).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}

#[tokio::test]
async fn without_passwords_only_who_locked_their_account_gets_a_link() {
    let t = TestApp::with(|c| c.login.password = false).await;
    assert!(!t.browser().open("/login").await.text().contains("/recover"));
    ask(&mut t.browser(), "alice").await.assert_page(200);
    assert!(t.mails().await.is_empty());
    t.app.db.execute("UPDATE users SET locked_at = 1 WHERE username = 'alice'", []).await.unwrap();
    t.clock.advance_s(1);
    let link = link(&t, "alice").await;
    assert_eq!(set(&mut t.browser(), &link, FRESH, "yes").await.status, 303);
    assert_eq!(t.count("users", "locked_at IS NOT NULL").await, 0);
    // A link that is over leads to the next.
    let over = t.get(&link).await;
    over.assert_page(410);
    assert!(over.text().contains("href=\"/recover\""), "{over:?}");
}

#[tokio::test]
async fn a_form_that_is_not_ours_sets_nothing() {
    let t = TestApp::new().await;
    let link = link(&t, "alice").await;
    let token = link.split_once("token=").unwrap().1.split('&').next().unwrap().to_owned();
    let mut browser = t.browser();
    browser.open("/login").await;
    for fields in
        [vec![("token", &*token), ("password", FRESH)], vec![("token", &*token), ("password", FRESH), ("csrf", "x")]]
    {
        browser.post("/recover/reset", &fields).await.assert_page(403);
    }
    t.get(&link).await.assert_page(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_a_link_one_wins() {
    let t = Arc::new(TestApp::with(|c| c.hashing.wait = 30).await);
    let other = Arc::new(t.replica().await);
    let link = link(&t, "alice").await;
    let token = link.split_once("token=").unwrap().1.split('&').next().unwrap().to_owned();
    let answers = at_once(32, |n| {
        let (t, token) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), token.clone());
        async move {
            let found = action_tokens::look(&t.app, Purpose::ResetPassword, &token).await.unwrap();
            let Some(found) = found else { return false };
            let place = doorward::domain::sessions::Place::default();
            let phc = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g";
            doorward::domain::recovery::reset(&t.app, &found, phc, credentials::Ends::All, &place).await.unwrap()
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
    assert_eq!(t.count("events", "kind = 'password.changed'").await, 1);
    assert_eq!(t.mails().await.iter().filter(|m| m.mail.kind == "notice").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_post_a_link_one_is_told_that_it_worked() {
    let t = Arc::new(TestApp::with(|c| c.hashing.wait = 60).await);
    let link = link(&t, "alice").await;
    let answers = at_once(8, |n| {
        let (t, link) = (Arc::clone(&t), link.clone());
        async move { set(&mut t.browser(), &link, &format!("{FRESH} {n}"), "yes").await.status }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 303).count(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_breached_password_is_refused_by_file_and_by_service_and_an_outage_refuses_nobody() {
    // SHA-1 of the first begins with 3E5D8.
    let password = "trombone lagoon picnic";
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let hex: String = hash.as_ref().iter().map(|b| format!("{b:02X}")).collect();
    let folder = tempfile::tempdir().unwrap();
    let lines = format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{}:3\r\n", &hex[5..]);
    std::fs::write(folder.path().join(format!("{}.txt", &hex[..5])), &lines).unwrap();
    let t = TestApp::with(|c| c.password.breached_ranges = Some(folder.path().to_owned())).await;
    let link = link(&t, "alice").await;
    let page = set(&mut t.browser(), &link, password, "yes").await;
    page.assert_page(422);
    assert!(page.text().contains("stolen"), "{page:?}");
    assert_eq!(set(&mut t.browser(), &link, FRESH, "yes").await.status, 303, "a range without a file");

    let service = "https://ranges.example/range/";
    let t = TestApp::with(|c| c.password.breached_service = Some(service.parse().unwrap())).await;
    t.fetch.put_text(&format!("{service}{}", &hex[..5]), &lines);
    let link = self::link(&t, "alice").await;
    set(&mut t.browser(), &link, password, "yes").await.assert_page(422);
    let asked = t.fetch.asked();
    assert_eq!(set(&mut t.browser(), &link, FRESH, "yes").await.status, 303, "the service is down");
    assert_eq!(t.fetch.asked(), asked + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_at_once_are_all_answered_and_the_newest_link_is_good() {
    let t = Arc::new(TestApp::new().await);
    let other = Arc::new(t.replica().await);
    for typed in ["alice", "nobody", "alice@example.com"] {
        let answers = at_once(16, |n| {
            let t = Arc::clone(if n % 2 == 0 { &t } else { &other });
            async move { ask(&mut t.browser(), typed).await.status }
        })
        .await;
        assert!(answers.iter().all(|s| *s == 200), "{typed}: {answers:?}");
    }
    let live = "purpose = 'reset_password' AND user_id IS NOT NULL AND used_at IS NULL";
    assert_eq!(t.count("action_tokens", live).await, 1);
}
