//! The sign-in page and the password: no oracle, no fixation, slow for those who guess.

use std::sync::Arc;

use doorward::domain::credentials::Outcome;
use doorward::domain::sessions::{Place, Proof};
use doorward::domain::{credentials, imports, sessions, users};

use crate::support::{Answer, Ask, Browser, NOWHERE, PASSWORD, TestApp, at_once, form};

async fn attempt(browser: &mut Browser<'_>, username: &str, password: &str) -> Answer {
    let page = browser.open("/login").await;
    browser.submit_once(&page, &[("username", username), ("password", password)], "").await
}

/// The page without what differs from request to request.
fn words(page: &Answer, username: &str) -> String {
    let form = form(page);
    let mut text = page.text().to_owned();
    for (_, value) in form.fields.iter().filter(|(n, v)| (n == "flow" || n == "csrf") && !v.is_empty()) {
        text = text.replace(value.as_str(), "[…]");
    }
    text.replace(username, "[name]")
}

#[tokio::test]
async fn unknown_wrong_and_disabled_look_the_same() {
    let t = TestApp::new().await;
    users::set_disabled(&t.app, t.id_of("bob").await, true).await.unwrap();
    let mut seen = Vec::new();
    for (username, password) in [
        ("alice", "wrong password"),
        ("nobody", "wrong password"),
        ("nobody", PASSWORD),
        ("bob", PASSWORD),
        ("bob", "wrong password"),
    ] {
        let mut browser = t.browser();
        let page = attempt(&mut browser, username, password).await;
        page.assert_page(422);
        let names: Vec<_> = page.headers.keys().map(ToString::to_string).collect();
        seen.push((words(&page, username), names));
        assert!(!browser.cookies.keys().any(|n| n.ends_with("session")), "nobody is signed in");
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn what_is_missing_is_said_at_its_field() {
    let t = TestApp::new().await;
    for (username, password) in [("", PASSWORD), ("  ", PASSWORD), ("alice", "")] {
        let page = attempt(&mut t.browser(), username, password).await;
        page.assert_page(422);
        assert!(page.text().contains("aria-invalid=\"true\""), "{page:?}");
    }
}

#[tokio::test]
async fn user_name_and_address_are_known_in_any_spelling() {
    let t = TestApp::new().await;
    for name in ["alice", "ALICE", " alice ", "Alice@Example.com", "\u{ff21}lice"] {
        let answer = attempt(&mut t.browser(), name, PASSWORD).await;
        assert_eq!(answer.status, 303, "{name}: {answer:?}");
    }
    // The password is taken to the letter.
    for password in ["Correct horse battery staple", " correct horse battery staple", "correct horse battery staple "] {
        assert_eq!(attempt(&mut t.browser(), "alice", password).await.status, 422);
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_names_alike_and_forgotten() {
    let t = TestApp::new().await;
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            assert_eq!(attempt(&mut t.browser(), name, "wrong").await.status, 422);
        }
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let answer = attempt(&mut t.browser(), name, "wrong").await;
            statuses.push(answer.status);
            if answer.status == 429 {
                assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
            }
        }
        assert_eq!(statuses.last(), Some(&429), "{name}: {statuses:?}");
    }
    // Even the right password waits, so that it is no oracle; after the delay it is good.
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 429);
    t.clock.advance_s(31);
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 303);
    for _ in 0..5 {
        assert_eq!(attempt(&mut t.browser(), "alice", "wrong").await.status, 422, "a success forgets the failures");
    }
}

#[tokio::test]
async fn strangers_who_guess_do_not_keep_the_owner_out_at_a_known_browser() {
    let t = TestApp::new().await;
    let mut owner = t.alice().await;
    for _ in 0..8 {
        attempt(&mut t.browser(), "alice", "wrong").await;
    }
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 429);
    assert_eq!(attempt(&mut owner, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn strangers_who_guess_do_not_keep_the_owner_out_at_a_new_browser_elsewhere() {
    let t = TestApp::new().await;
    // For hours, as often as they may and more: the delay of their network is theirs alone.
    for _ in 0..400 {
        for _ in 0..2 {
            attempt(&mut t.browser_at("192.0.2.1"), "alice", "wrong").await;
        }
        t.clock.advance_s(31);
    }
    attempt(&mut t.browser_at("192.0.2.1"), "alice", "wrong").await;
    assert_eq!(attempt(&mut t.browser_at("192.0.2.99"), "alice", PASSWORD).await.status, 429, "the same network");
    // What all networks share is used up; it lets one through each second.
    t.clock.advance_s(1);
    let mut owner = t.browser_at("198.51.100.7");
    assert_eq!(attempt(&mut owner, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn many_networks_together_are_slowed_down_too() {
    let t = TestApp::with(|c| c.throttle.login_free_attempts = 1).await;
    for n in 0..25 {
        let mut browser = t.browser_at(&format!("203.0.{n}.1"));
        assert_eq!(attempt(&mut browser, "alice", "wrong").await.status, 422);
    }
    // Not told, as it would tell whose names belong together.
    assert_eq!(attempt(&mut t.browser_at("198.51.100.1"), "alice", PASSWORD).await.status, 422);
    t.clock.advance_s(1);
    assert_eq!(attempt(&mut t.browser_at("198.51.101.1"), "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn who_fills_the_count_of_all_networks_does_not_keep_out_who_comes_from_another() {
    let t = TestApp::with(|c| c.throttle.login_free_attempts = 1).await;
    for n in 0..25 {
        attempt(&mut t.browser_at(&format!("203.0.{n}.1")), "alice", "wrong").await;
    }
    for n in 0..5 {
        t.clock.advance_s(1);
        // Whoever has tried before takes the turn of all, and nobody of them gets another.
        attempt(&mut t.browser_at(&format!("203.0.{n}.1")), "alice", "wrong").await;
        assert_ne!(attempt(&mut t.browser_at("203.0.24.1"), "alice", PASSWORD).await.status, 303, "{n}");
    }
    assert_eq!(attempt(&mut t.browser_at("198.51.100.1"), "alice", PASSWORD).await.status, 303);
    // For names that are nobody's as much is written.
    let rows = async || t.count("throttles", "attempts > 0").await;
    let mut seen = Vec::new();
    for name in ["bob", "nobody"] {
        let before = rows().await;
        for n in 0..25 {
            attempt(&mut t.browser_at(&format!("203.0.{n}.1")), name, "wrong").await;
        }
        seen.push(rows().await - before);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn who_shares_an_address_with_guessers_gets_in_at_a_known_browser() {
    let t = TestApp::with(|c| c.throttle.login_per_address = 3).await;
    let mut owner = t.alice().await;
    for name in ["a", "b", "c"] {
        attempt(&mut t.browser(), name, "wrong").await;
    }
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 429);
    assert_eq!(attempt(&mut owner, "alice", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_many_names_at_once_do_not_overrun_the_limit_of_an_address() {
    let t = Arc::new(TestApp::with(|c| (c.throttle.login_per_address, c.hashing.wait) = (5, 30)).await);
    let answers = at_once(16, |n| {
        let t = Arc::clone(&t);
        async move { attempt(&mut t.browser(), &format!("nobody{n}"), "wrong").await.status }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 422).count(), 5, "{answers:?}");
    // Whoever gets in takes nothing of it.
    t.clock.advance_s(61);
    for _ in 0..8 {
        assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn in_a_flood_each_address_may_still_fail_a_little() {
    let t = TestApp::with(|c| (c.throttle.login_per_address, c.throttle.login_of_all) = (20, 10)).await;
    for n in 0..10 {
        assert_eq!(attempt(&mut t.browser_at(&format!("203.0.{n}.1")), "nobody", "wrong").await.status, 422);
    }
    let mut statuses = Vec::new();
    for name in ["x", "y", "z"] {
        statuses.push(attempt(&mut t.browser_at("198.51.100.1"), name, "wrong").await.status);
    }
    assert_eq!(statuses, [422, 422, 429]);
    assert_eq!(attempt(&mut t.browser_at("198.51.100.2"), "alice", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_once_do_not_overrun_the_limit() {
    let t = Arc::new(TestApp::with(|c| c.hashing.wait = 30).await);
    let answers = at_once(16, |_| {
        let t = Arc::clone(&t);
        async move { attempt(&mut t.browser(), "alice", "wrong").await.status }
    })
    .await;
    assert!(answers.iter().filter(|s| **s == 422).count() <= 6, "{answers:?}");
}

#[tokio::test]
async fn one_address_that_fails_everywhere_is_slowed_down() {
    let t = TestApp::with(|c| c.throttle.login_per_address = 3).await;
    for name in ["a", "b", "c"] {
        assert_eq!(attempt(&mut t.browser(), name, "wrong").await.status, 422);
    }
    let slowed = attempt(&mut t.browser(), "d", "wrong").await;
    assert_eq!(slowed.status, 429, "{slowed:?}");
    assert!(slowed.header("retry-after").is_some());
    t.clock.advance_s(61);
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_session_gets_a_new_value_at_each_sign_in_and_the_old_one_is_dead() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let before = browser.at(&t);
    let name = "__Host-doorward-session";
    let first = browser.cookies[name].clone();
    t.clock.advance_s(10);
    let answer = attempt(&mut browser, "alice", PASSWORD).await;
    assert_eq!(answer.status, 303);
    assert_ne!(browser.cookies[name], first);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert!(browser.get(&silent).await.param("code").is_some());
    let mut old = before;
    assert!(old.get(&silent).await.param("code").is_none(), "the old value is dead");
    // A value that somebody planted is not taken over.
    let mut planted = t.browser();
    planted.cookies.insert(name.into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    planted.sign_in("alice").await;
    assert_ne!(planted.cookies[name], "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn several_people_share_a_browser_and_signing_out_ends_all_of_them() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let alices = t.redeem(&ask, &code).await.member("access_token");
    assert_eq!(attempt(&mut browser, "bob", PASSWORD).await.status, 303);
    // Beside alice, not in her place: her session never changes its owner.
    assert!(t.is_active(&alices).await);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 2);
    assert!(browser.open("/").await.text().contains("bob"), "who came last is current");
    // The same person again is the same session.
    assert_eq!(attempt(&mut browser, "alice", PASSWORD).await.status, 303);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 2);
    let page = browser.open("/logout").await;
    browser.submit(&page, &[], "logout").await;
    assert!(!t.is_active(&alices).await);
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_session_ends_idle_and_in_the_end() {
    let t = TestApp::with(|c| {
        c.session.idle_ttl = 1000;
        c.session.absolute_ttl = 2500;
    })
    .await;
    let silent = Ask::new("web").set("prompt", "none").path();
    let mut idle = t.alice().await;
    let mut busy = t.alice().await;
    t.clock.advance_s(900);
    assert!(busy.get(&silent).await.param("code").is_some());
    t.clock.advance_s(101);
    assert_eq!(idle.get(&silent).await.param("error").as_deref(), Some("login_required"));
    for _ in 0..3 {
        t.clock.advance_s(450);
        if busy.get(&silent).await.param("code").is_none() {
            break;
        }
    }
    t.clock.advance_s(200);
    assert_eq!(busy.get(&silent).await.param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_grants_everywhere() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web").set("scope", "openid offline_access");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let tokens = t.redeem(&ask, &code).await;
    let id = t.id_of("alice").await;
    credentials::set_password(&t.app, id, &"another password".to_owned().into()).await.unwrap();
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(browser.get(&silent).await.param("error").as_deref(), Some("login_required"));
    assert!(!t.is_active(&tokens.member("access_token")).await);
    t.refresh("web", &tokens.member("refresh_token")).await.assert_refused(400, "invalid_grant");
    assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 422);
    assert_eq!(attempt(&mut t.browser(), "alice", "another password").await.status, 303);
}

#[tokio::test]
async fn a_disabled_account_is_signed_out_at_once_and_stays_out() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let id = t.id_of("alice").await;
    let silent = Ask::new("web").set("prompt", "none").path();
    users::set_disabled(&t.app, id, true).await.unwrap();
    assert_eq!(browser.get(&silent).await.param("error").as_deref(), Some("login_required"));
    users::set_disabled(&t.app, id, false).await.unwrap();
    assert_eq!(
        browser.get(&silent).await.param("error").as_deref(),
        Some("login_required"),
        "the session does not rise again"
    );
    assert_eq!(attempt(&mut browser, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_form_that_is_not_ours_signs_nobody_in() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = browser.open("/login").await;
    let fields = form(&page).fields;
    let value = |name: &str| fields.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (flow, csrf) = (value("flow"), value("csrf"));
    let person = [("username", "alice"), ("password", PASSWORD)];
    let with = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        person.iter().chain(more).map(|(n, v)| (n.to_string(), v.to_string())).collect()
    };
    for fields in [
        with(&[("flow", &flow)]),
        with(&[("flow", &flow), ("csrf", "wrong")]),
        with(&[("flow", &flow), ("csrf", &csrf), ("csrf", &csrf)]),
    ] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.post("/login", &fields).await.assert_page(403);
    }
    let cookie = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let good = with(&[("flow", &flow), ("csrf", &csrf)]);
    let good: Vec<(&str, &str)> = good.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    for foreign in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "http://id.example")]
    {
        t.post_with("/login", &good, &[("cookie", &cookie), foreign]).await.assert_page(403);
    }
    assert_eq!(
        t.post_with("/login", &good, &[("cookie", &cookie), ("origin", "https://id.example")]).await.status,
        303
    );
}

/// bcrypt 4.0.1 for Python, hashlib (OpenSSL), Django 5.2 and argon2-cffi.
const IMPORTED: [&str; 5] = [
    "$2b$05$sA1RISyoS0CZlE8jV6N5t.byNuWOvlXvPA30x/M.dPcCFOzDEroce",
    "$scrypt$ln=10,r=8,p=1$HANg7D1njPG+N+b8n7MWQg$mTW5Q05bskYxqDx7e5CM06/iqGg2v4O1su3SR5ZbROs",
    "$pbkdf2-sha256$i=2100,l=32$MDEyMzQ1Njc4OWFiY2RlZg$tjhpym+jiOf5NKdASU/TMd3BFroLBQm0lPu9DdzFKDU",
    "pbkdf2_sha256$1200$saltSALTsalt1234567890$PqAh3OAUUO4+2z/rz39P2mA+wCqkCR9xelLmo4fldU8=",
    "$argon2i$v=19$m=512,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$verepXPEFL3sFcBFmTdVM2Am/SOCA0doel2OJThXr3s",
];

#[tokio::test]
async fn an_imported_password_signs_in_and_its_hash_becomes_one_of_ours() {
    let t = TestApp::new().await;
    let stored = async |name: &str| {
        let sql = "SELECT c.phc FROM password_credentials c JOIN users u ON u.id = c.user_id WHERE u.username = ?";
        let row = t.app.db.one(sql, [name.into()]).await.unwrap().unwrap();
        row.try_get::<String>("", "phc").unwrap()
    };
    for (n, hash) in IMPORTED.into_iter().enumerate() {
        let name = format!("imported{n}");
        let new = users::NewUser { username: name.clone(), email: format!("{name}@example.com"), ..Default::default() };
        imports::create(&t.app, &new, hash).await.unwrap();
        assert_eq!(attempt(&mut t.browser(), &name, "wrong password").await.status, 422, "{hash}");
        assert_eq!(stored(&name).await, hash, "a wrong password changes nothing");
        assert_eq!(attempt(&mut t.browser(), &name, PASSWORD).await.status, 303, "{hash}");
        let renewed = stored(&name).await;
        assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
        assert_eq!(attempt(&mut t.browser(), &name, PASSWORD).await.status, 303, "{hash}");
        assert_eq!(stored(&name).await, renewed, "one of ours stays");
    }
}

#[tokio::test]
async fn a_stored_hash_that_cannot_be_checked_looks_like_a_wrong_password() {
    let t = TestApp::new().await;
    let id = t.id_of("alice").await;
    for bad in ["not a hash", "$2b$31$sA1RISyoS0CZlE8jV6N5t.byNuWOvlXvPA30x/M.dPcCFOzDEroce"] {
        let sql = "UPDATE password_credentials SET phc = ? WHERE user_id = ?";
        t.app.db.execute(sql, [bad.into(), id.into()]).await.unwrap();
        assert_eq!(attempt(&mut t.browser(), "alice", PASSWORD).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_new_browser_is_told_by_mail_and_not_without_end() {
    let t = TestApp::new().await;
    t.alice().await;
    assert_eq!(t.mails_to("alice@example.com").await.len(), 0, "the first browser is nobody's surprise");
    for _ in 0..12 {
        t.alice().await;
    }
    assert_eq!(t.mails_to("alice@example.com").await.len(), 10);
    t.clock.advance_s(86_401);
    t.alice().await;
    assert_eq!(t.mails_to("alice@example.com").await.len(), 11);
    // Also where every session has gone from the table since.
    t.clock.advance_s(86_401);
    t.app.db.execute("DELETE FROM browser_sessions", []).await.unwrap();
    t.alice().await;
    assert_eq!(t.mails_to("alice@example.com").await.len(), 12);
}

#[tokio::test]
async fn a_browser_is_remembered_from_its_last_sign_in_on() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let before = browser.cookies["__Host-doorward-browser"].clone();
    let answer = attempt(&mut browser, "alice", PASSWORD).await;
    let line = answer.set_cookies().into_iter().find(|c| c.starts_with("__Host-doorward-browser=")).unwrap();
    assert!(line.contains(&before) && line.contains("Max-Age=34560000"), "{line}");
}

#[tokio::test]
async fn a_password_that_was_changed_while_it_was_hashed_signs_nobody_in() {
    let t = TestApp::new().await;
    let (id, place) = (t.id_of("alice").await, Place::default());
    let known = || async {
        match credentials::prove(&t.app, "alice", &PASSWORD.to_owned().into(), NOWHERE).await.unwrap() {
            Outcome::Proved(_, known) => known,
            other => panic!("{other:?}"),
        }
    };
    let proof = Proof { password: Some(known().await), ..Proof::single(id, "pwd") };
    let session = sessions::start(&t.app, &proof, &place).await.unwrap().expect("nothing has changed");
    t.clock.advance_s(1);
    // The owner sets another one before the sign-in comes to its end.
    let proof = Proof { password: Some(known().await), ..proof };
    credentials::set_password(&t.app, id, &"another password".to_owned().into()).await.unwrap();
    assert_eq!(sessions::start(&t.app, &proof, &place).await.unwrap(), None);
    assert!(!sessions::renew(&t.app, session, &proof).await.unwrap());
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 0);
    // Nor where a session was begun with the new one meanwhile.
    let mut browser = t.browser();
    assert_eq!(attempt(&mut browser, "alice", "another password").await.status, 303);
    let begun = sessions::list(&t.app, id).await.unwrap()[0].id;
    assert!(!sessions::renew(&t.app, begun, &proof).await.unwrap());
}

#[tokio::test]
async fn what_was_proved_before_a_lock_is_no_session_after_it() {
    let t = TestApp::new().await;
    let (id, place) = (t.id_of("alice").await, Place::default());
    for (closes, opens) in [("disabled_at = 1", "disabled_at = NULL"), ("locked_at = 1", "locked_at = NULL")] {
        let set = async |what: &str| {
            let sql = format!("UPDATE users SET {what} WHERE id = ?");
            assert_eq!(t.app.db.execute(&sql, [id.into()]).await.unwrap(), 1);
        };
        for proof in [Proof::multi(id, "pop user"), Proof::single(id, "email"), Proof::single(id, "fed")] {
            let session = sessions::start(&t.app, &proof, &place).await.unwrap().unwrap();
            set(closes).await;
            assert_eq!(sessions::start(&t.app, &proof, &place).await.unwrap(), None, "{closes}");
            assert!(!sessions::renew(&t.app, session, &proof).await.unwrap(), "{closes}");
            assert!(!sessions::step_up(&t.app, session, id, "otp").await.unwrap(), "{closes}");
            set(opens).await;
            assert!(sessions::end(&t.app, session).await.unwrap());
            assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, 0, "{closes}");
        }
    }
}
