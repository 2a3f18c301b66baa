//! The second factor: nobody is signed in without it, a code counts once, and guessing is slow however it is spread.

use std::sync::Arc;

use doorward::config::MfaPolicy;
use doorward::domain::{credentials, factors, recovery_codes, sessions::Place, totp, trusted_devices, users};

use crate::support::{Answer, Ask, Browser, PASSWORD, TestApp, at_once, decode, form};

const SINGLE: &str = "urn:doorward:acr:single";
const MULTI: &str = "urn:doorward:acr:mfa";

/// Proves the password; gives the page that follows.
async fn first(browser: &mut Browser<'_>, username: &str) -> Answer {
    let page = browser.open("/login").await;
    browser.submit(&page, &[("username", username), ("password", PASSWORD)], "").await
}

/// The page of the second factor, reached with the password.
async fn second(browser: &mut Browser<'_>, username: &str) -> Answer {
    let page = first(browser, username).await;
    assert!(page.status == 200 && page.path.starts_with("/login/second?"), "{page:?}");
    page
}

/// The answer to a code in a browser of its own.
async fn attempt(t: &TestApp, username: &str, code: &str) -> Answer {
    let mut browser = t.browser();
    let page = second(&mut browser, username).await;
    browser.submit_once(&page, &[("code", code)], "").await
}

fn is_signed_in(browser: &Browser<'_>) -> bool {
    browser.cookies.keys().any(|n| n.ends_with("session"))
}

/// `acr` and `amr` that an app is told.
async fn told(t: &TestApp, browser: &mut Browser<'_>) -> (String, Vec<String>) {
    let ask = Ask::new("web");
    let code = browser.get(&ask.clone().set("prompt", "none").path()).await.param("code").unwrap();
    let (_, claims) = decode(&t.redeem(&ask, &code).await.member("id_token"));
    let amr = claims["amr"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()).collect();
    (claims["acr"].as_str().unwrap().to_owned(), amr)
}

#[tokio::test]
async fn nobody_is_signed_in_before_the_second_factor() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    assert!(page.text().contains("inputmode=\"numeric\"") && page.text().contains("autocomplete=\"one-time-code\""));
    assert!(!is_signed_in(&browser));
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
    let silent = Ask::new("web").set("prompt", "none").path();
    assert_eq!(browser.get(&silent).await.param("error").as_deref(), Some("login_required"));
    for wrong in ["", "000000", "12345", "abcdef", "1234567"] {
        let refused = browser.submit_once(&page, &[("code", wrong)], "").await;
        refused.assert_page(422);
        assert!(refused.text().contains("aria-invalid=\"true\""), "{refused:?}");
    }
    assert!(!is_signed_in(&browser));
    let spaced = phone.code(&t, 0);
    let (left, right) = spaced.split_at(3);
    let home = browser.submit(&page, &[("code", &format!("{left} {right}"))], "").await;
    assert!(home.text().contains("alice"), "{home:?}");
    assert_eq!(told(&t, &mut browser).await, (MULTI.into(), vec!["pwd".into(), "otp".into(), "mfa".into()]));
    // The form was answered: it is worth nothing more.
    t.clock.advance_s(30);
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
}

#[tokio::test]
async fn a_first_factor_from_before_the_account_was_closed_is_worth_nothing_once_it_is_open_again() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let id = t.id_of("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    t.clock.advance_s(1);
    users::set_disabled(&t.app, id, true).await.unwrap();
    users::set_disabled(&t.app, id, false).await.unwrap();
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    assert!(!is_signed_in(&browser));
    assert_eq!(attempt(&t, "alice", &phone.code(&t, 0)).await.status, 303);
}

#[tokio::test]
async fn a_code_counts_once_in_whatever_flow() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let code = phone.code(&t, 0);
    assert_eq!(attempt(&t, "alice", &code).await.status, 303);
    attempt(&t, "alice", &code).await.assert_page(422);
    // Nor does an earlier one after a later one.
    t.clock.advance_s(90);
    assert_eq!(attempt(&t, "alice", &phone.code(&t, 1)).await.status, 303);
    attempt(&t, "alice", &phone.code(&t, 0)).await.assert_page(422);
    assert_eq!(attempt_later(&t, &phone).await.status, 303);
}

async fn attempt_later(t: &TestApp, phone: &crate::support::Phone) -> Answer {
    t.clock.advance_s(60);
    attempt(t, "alice", &phone.code(t, 0)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_with_the_same_code_at_once_one_gets_in() {
    let t = Arc::new(TestApp::with(|c| c.throttle.login_free_attempts = 1000).await);
    let phone = t.phone("alice").await;
    let other = Arc::new(t.replica().await);
    let code = Arc::new(phone.code(&t, 0));
    let mut ready = Vec::new();
    for i in 0..32 {
        let at = if i % 2 == 0 { &t } else { &other };
        let mut browser = at.browser();
        let page = second(&mut browser, "alice").await;
        ready.push((browser.cookies.clone(), page));
    }
    let ready = Arc::new(ready);
    let answers = at_once(32, |i| {
        let (at, code, ready) =
            (Arc::clone(if i % 2 == 0 { &t } else { &other }), Arc::clone(&code), Arc::clone(&ready));
        async move {
            let (cookies, page) = &ready[i];
            let mut browser = at.browser();
            browser.cookies.clone_from(cookies);
            browser.submit_once(page, &[("code", code.as_str())], "").await.status
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 303).count(), 1, "{answers:?}");
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
}

#[tokio::test]
async fn clocks_may_differ_by_one_step() {
    for (steps, status) in [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)] {
        let t = TestApp::new().await;
        let phone = t.phone("alice").await;
        assert_eq!(attempt(&t, "alice", &phone.code(&t, steps)).await.status, status, "{steps}");
    }
}

#[tokio::test]
async fn guesses_are_counted_per_person_over_every_flow_browser_and_kind_of_code() {
    let t = TestApp::with(|c| c.throttle.login_per_address = 0).await;
    let phone = t.phone("alice").await;
    for n in 0..5 {
        let answer = attempt(&t, "alice", "000000").await;
        assert_eq!(answer.status, 422, "{n}: {answer:?}");
    }
    // Even the right code waits, and so does a recovery code.
    let slowed = attempt(&t, "alice", &phone.code(&t, 0)).await;
    slowed.assert_page(429);
    assert!(slowed.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    let recovery = browser.open(&format!("{}&with=recovery", page.path)).await;
    assert_eq!(browser.submit_once(&recovery, &[("recovery_code", &phone.codes[0])], "").await.status, 429);
    // The delay doubles up to a quarter of an hour, and is not forgotten by waiting it out.
    let mut longest = 0;
    for _ in 0..14 {
        let answer = attempt(&t, "alice", "000000").await;
        let wait = answer.header("retry-after").map_or(1, |s| s.parse::<i64>().unwrap());
        longest = longest.max(wait);
        t.clock.advance_s(wait);
        attempt(&t, "alice", "000000").await.assert_page(422);
    }
    assert_eq!(longest, 900);
    // Somebody else is not slowed down.
    let bobs = t.phone("bob").await;
    assert_eq!(attempt(&t, "bob", &bobs.code(&t, 0)).await.status, 303);
    t.clock.advance_s(900);
    assert_eq!(attempt(&t, "alice", &phone.code(&t, 0)).await.status, 303);
    t.clock.advance_s(30);
    for _ in 0..5 {
        attempt(&t, "alice", "000000").await.assert_page(422);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_once_do_not_overrun_the_limit() {
    let t = Arc::new(TestApp::new().await);
    t.phone("alice").await;
    let id = t.id_of("alice").await;
    let outcomes = at_once(32, |_| {
        let t = Arc::clone(&t);
        async move { totp::check(&t.app, id, "000000").await.unwrap() }
    })
    .await;
    let taken = outcomes.iter().filter(|o| **o == totp::Outcome::Refused).count();
    assert!((1..=6).contains(&taken), "{outcomes:?}");
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_the_owner_is_told() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    assert_eq!(phone.codes.len(), 10);
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    let recovery = browser.open(&format!("{}&with=recovery", page.path)).await;
    for wrong in ["", "0000-0000-0000-0000", &phone.code(&t, 0)] {
        browser.submit_once(&recovery, &[("recovery_code", wrong)], "").await.assert_page(422);
    }
    let typed = phone.codes[3].to_lowercase().replace('-', " ");
    let left = browser.submit(&recovery, &[("recovery_code", &typed)], "").await;
    assert_eq!(left.status, 200);
    assert!(left.text().contains("You have 9 left."), "{left:?}");
    let on = left.text().split("button-main\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(browser.open(&on).await.text().contains("alice"));
    assert_eq!(told(&t, &mut browser).await, (MULTI.into(), vec!["pwd".into(), "otp".into(), "mfa".into()]));
    assert_eq!(t.count("events", "kind = 'recovery_codes.used'").await, 1);
    let mail = t.mail("alice@example.com", "notice").await;
    assert!(mail.text.contains("/not-me?token="), "{mail:?}");
    // Used up; and nobody else's.
    let mut again = t.browser();
    let page = second(&mut again, "alice").await;
    let recovery = again.open(&format!("{}&with=recovery", page.path)).await;
    again.submit_once(&recovery, &[("recovery_code", &typed)], "").await.assert_page(422);
    let bobs = t.phone("bob").await;
    again.submit_once(&recovery, &[("recovery_code", &bobs.codes[0])], "").await.assert_page(422);
    // New ones end the old ones.
    let new = recovery_codes::make(&t.app, t.id_of("alice").await, &Place::default()).await.unwrap();
    again.submit_once(&recovery, &[("recovery_code", &phone.codes[4])], "").await.assert_page(422);
    let answer = again.submit_once(&recovery, &[("recovery_code", &new[0])], "").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    // In the database stands no code.
    let hashes = t.count("recovery_codes", "LENGTH(code_hash) = 32").await;
    assert_eq!(hashes, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_with_the_same_recovery_code_at_once_one_gets_in() {
    let t = Arc::new(TestApp::with(|c| c.throttle.login_free_attempts = 1000).await);
    let phone = t.phone("alice").await;
    let other = Arc::new(t.replica().await);
    let id = t.id_of("alice").await;
    let code = Arc::new(phone.codes[0].clone());
    let outcomes = at_once(32, |i| {
        let (at, code) = (Arc::clone(if i % 2 == 0 { &t } else { &other }), Arc::clone(&code));
        async move { recovery_codes::take(&at.app, id, &code, &Place::default()).await.unwrap() }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|o| **o == totp::Outcome::Proved).count(), 1, "{outcomes:?}");
    assert_eq!(factors::of(&t.app, id).await.unwrap().recovery_codes, 9);
}

#[tokio::test]
async fn a_trusted_browser_is_spared_the_policy_and_says_so() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    browser.submit(&page, &[("code", &phone.code(&t, 0)), ("trust", "yes")], "").await;
    assert_eq!(told(&t, &mut browser).await.0, MULTI);
    // Next time the password is enough here, and an app is told no more than that.
    t.clock.advance_s(86_400);
    assert!(first(&mut browser, "alice").await.path == "/");
    assert_eq!(told(&t, &mut browser).await, (SINGLE.into(), vec!["pwd".into()]));
    // An app that asks for more gets more.
    let claims = r#"{"id_token":{"acr":{"essential":true,"value":"urn:doorward:acr:mfa"}}}"#;
    let page = browser.open(&Ask::new("web").set("claims", claims).path()).await;
    assert!(page.path.starts_with("/login/second?"), "{page:?}");
    assert!(!page.text().contains("name=\"trust\""), "nothing to spare here");
    // Another browser of hers, and another person at this one, are asked.
    second(&mut t.browser(), "alice").await;
    t.phone("bob").await;
    second(&mut browser, "bob").await;
    // It ends.
    t.clock.advance_s(29 * 86_400);
    second(&mut browser, "alice").await;
}

#[tokio::test]
async fn trust_ends_with_a_new_password_and_with_the_factor() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let id = t.id_of("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    browser.submit(&page, &[("code", &phone.code(&t, 0)), ("trust", "yes")], "").await;
    assert_eq!(trusted_devices::list(&t.app, id).await.unwrap().len(), 1);
    credentials::set_password(&t.app, id, &PASSWORD.to_owned().into()).await.unwrap();
    assert!(trusted_devices::list(&t.app, id).await.unwrap().is_empty());
    t.clock.advance_s(60);
    let page = second(&mut browser, "alice").await;
    browser.submit(&page, &[("code", &phone.code(&t, 0)), ("trust", "yes")], "").await;
    totp::remove(&t.app, id, &Place::default()).await.unwrap();
    assert!(trusted_devices::list(&t.app, id).await.unwrap().is_empty());
    assert_eq!(factors::of(&t.app, id).await.unwrap(), factors::Factors::default());
    assert_eq!(first(&mut browser, "alice").await.path, "/");
}

#[tokio::test]
async fn trust_is_not_offered_where_it_is_switched_off() {
    let t = TestApp::with(|c| c.mfa.trust_device_ttl = 0).await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    assert!(!page.text().contains("name=\"trust\""));
    let form = form(&page);
    let code = phone.code(&t, 0);
    let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.retain(|(name, _)| *name != "code");
    fields.extend([("code", code.as_str()), ("trust", "yes")]);
    assert_eq!(browser.post(&form.action, &fields).await.status, 303);
    assert_eq!(t.count("trusted_devices", "1 = 1").await, 0);
}

#[tokio::test]
async fn whoever_is_switched_off_between_the_factors_stays_out() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    assert!(!is_signed_in(&browser));
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
}

#[tokio::test]
async fn a_first_factor_waits_ten_minutes_and_ends_with_its_password() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    t.clock.advance_s(601);
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    let page = second(&mut browser, "alice").await;
    t.clock.advance_s(30);
    credentials::set_password(&t.app, t.id_of("alice").await, &"another long phrase".to_owned().into()).await.unwrap();
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn the_page_answers_to_the_browser_that_began_and_to_forms_of_ours_only() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    let mut foreign = t.browser();
    foreign.open("/login").await;
    foreign.get(&page.path).await.assert_page(400);
    let form = form(&page);
    let code = phone.code(&t, 0);
    let flow = form.fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    for csrf in ["", "wrong"] {
        browser.post("/login/second", &[("flow", &flow), ("csrf", csrf), ("code", &code)]).await.assert_page(403);
    }
    // A flow in which nobody has proved anything, and none at all.
    let fresh = browser.open("/login").await;
    let (_, flow) = fresh.path.split_once("flow=").unwrap();
    for path in ["/login/second", "/login/enrol"] {
        browser.get(&format!("{path}?flow={flow}")).await.assert_page(400);
        browser.get(path).await.assert_page(400);
    }
    assert_eq!(browser.submit_once(&page, &[("code", &code)], "").await.status, 303);
}

#[tokio::test]
async fn the_second_factor_is_of_who_proved_the_first() {
    let t = TestApp::new().await;
    let alices = t.phone("alice").await;
    let bobs = t.phone("bob").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    browser.submit_once(&page, &[("code", &bobs.code(&t, 0))], "").await.assert_page(422);
    // In the same flow somebody else goes on.
    let back = browser.open(&page.path.replace("/login/second", "/login")).await;
    let page = browser.submit(&back, &[("username", "bob"), ("password", PASSWORD)], "").await;
    assert!(page.text().contains(">bob<"), "{page:?}");
    browser.submit_once(&page, &[("code", &alices.code(&t, 0))], "").await.assert_page(422);
    let home = browser.submit(&page, &[("code", &bobs.code(&t, 0))], "").await;
    assert!(home.text().contains("bob") && !home.text().contains("alice"), "{home:?}");
}

#[tokio::test]
async fn the_policy_says_who_is_asked() {
    let off = TestApp::with(|c| c.mfa.policy = MfaPolicy::Off).await;
    off.phone("alice").await;
    assert_eq!(first(&mut off.browser(), "alice").await.path, "/");
    let groups = TestApp::with(|c| {
        c.mfa.policy = MfaPolicy::Off;
        c.mfa.required_groups = vec!["staff".into()];
    })
    .await;
    assert!(first(&mut groups.browser(), "alice").await.path.starts_with("/login/enrol?"));
    assert_eq!(first(&mut groups.browser(), "bob").await.path, "/");
    groups.phone("alice").await;
    second(&mut groups.browser(), "alice").await;
    // The policy of today counts at the next sign-in; a session that is going stays.
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let stricter = t.replica_with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let mut there = browser.at(&stricter);
    assert!(there.get(&Ask::new("web").set("prompt", "none").path()).await.param("code").is_some());
    let page = there.open(&Ask::new("web").set("prompt", "login").path()).await;
    let page = there.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(page.path.starts_with("/login/enrol?"), "{page:?}");
    assert_eq!(browser.get(&Ask::new("web").set("prompt", "none").path()).await.status, 303);
}

#[tokio::test]
async fn who_lost_every_factor_meanwhile_signs_in_again() {
    let t = TestApp::new().await;
    t.phone("alice").await;
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    factors::reset(&t.app, t.id_of("alice").await).await.unwrap();
    let page = browser.open(&page.path).await;
    assert!(page.path.starts_with("/login?") && page.path.contains("reason=expired"), "{page:?}");
    let home = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert_eq!(home.path, "/");
}

#[tokio::test]
async fn a_wrong_code_is_noted_with_its_reference() {
    let t = TestApp::new().await;
    t.phone("alice").await;
    attempt(&t, "alice", "000000").await.assert_page(422);
    let queue = t.refusals.lock().unwrap().take().unwrap();
    let app = t.app.clone();
    let writer = tokio::spawn(queue.run(app));
    for _ in 0..200 {
        if t.count("events", "kind = 'refused'").await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    writer.abort();
    let events = t.dump("events").await;
    assert!(events.contains("wrong-code") && !events.contains("000000"), "{events}");
}

#[tokio::test]
async fn a_first_factor_ends_with_its_password_in_the_same_millisecond() {
    let t = TestApp::new().await;
    let phone = t.phone("alice").await;
    t.clock.advance_s(60);
    let mut browser = t.browser();
    let page = second(&mut browser, "alice").await;
    credentials::set_password(&t.app, t.id_of("alice").await, &"another long phrase".to_owned().into()).await.unwrap();
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    assert!(!is_signed_in(&browser));
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 0);
}
