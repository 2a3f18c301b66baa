//! Signing in by mail: the link in the browser that asked, the code typed there; each mail once, few guesses, and no oracle.

use std::sync::Arc;

use doorward::config::{Config, MfaPolicy, RegistrationMode};
use doorward::domain::{addressees, mail_sign_in, recovery, users};
use doorward::platform::templates::Lang;

use crate::support::{Answer, Ask, Browser, NOWHERE, TestApp, at_once, form};

async fn ask(t: &TestApp, browser: &mut Browser<'_>, typed: &str) -> Answer {
    // Mails are told apart by their time.
    t.clock.advance_s(1);
    let page = browser.open("/login/mail").await;
    browser.submit(&page, &[("username", typed)], "").await
}

async fn mail_of(t: &TestApp, address: &str) -> (String, String) {
    let mail = t.mail(address, "magic_link").await;
    (mail.path("/login/link"), mail.code())
}

fn is_signed_in(browser: &Browser<'_>) -> bool {
    browser.cookies.keys().any(|n| n.ends_with("session"))
}

/// A code that is not this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// The page without what differs from request to request.
fn words(page: &Answer, typed: &str) -> String {
    let mut text = page.text().to_owned();
    // First what is random: three letters of a name may stand in it.
    for (_, value) in form(page).fields.iter().filter(|(n, v)| (n == "flow" || n == "csrf") && !v.is_empty()) {
        text = text.replace(value.as_str(), "[…]");
    }
    text.replace(&tera_escaped(typed), "[typed]")
}

fn tera_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('/', "&#x2F;")
}

#[tokio::test]
async fn the_link_signs_in_at_the_browser_that_asked_and_goes_on_to_the_app() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let login = browser.open(&Ask::new("web").path()).await;
    assert!(login.text().contains("/login/mail?flow="), "{login:?}");
    let flow = login.path.split_once("flow=").unwrap().1.to_owned();
    let page = browser.open(&format!("/login/mail?flow={flow}")).await;
    let sent = browser.submit_once(&page, &[("username", "Alice@Example.com")], "").await;
    assert_eq!((sent.status, sent.location()), (303, Some(&*format!("/login/mail?flow={flow}"))), "{sent:?}");
    let (link, _) = mail_of(&t, "alice@example.com").await;
    for _ in 0..3 {
        browser.get(&link).await.assert_page(200);
    }
    assert!(!is_signed_in(&browser), "a look changes nothing");
    let page = browser.open(&link).await;
    let answer = browser.submit(&page, &[], "").await;
    assert!(answer.location().is_some_and(|l| l.starts_with("https://web.example/cb")), "{answer:?}");
    let code = answer.param("code").unwrap();
    let tokens = t.redeem(&Ask::new("web"), &code).await;
    let (_, claims) = crate::support::verify(&t, &tokens.member("id_token")).await;
    assert_eq!(claims["amr"], serde_json::json!(["email"]), "{claims}");
    browser.get(&link).await.assert_page(410);
    // The sign-in page shows first next time what was used last.
    assert!(browser.cookies.iter().any(|(n, v)| n.ends_with("last") && v == "mail"), "{:?}", browser.cookies);
}

#[tokio::test]
async fn the_code_signs_in_and_then_the_link_is_over_and_the_other_way_round() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    page.assert_page(200);
    let (link, code) = mail_of(&t, "alice@example.com").await;
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let answer = browser.submit(&page, &[("code", &spaced)], "").await;
    answer.assert_page(200);
    assert!(is_signed_in(&browser), "{answer:?}");
    browser.get(&link).await.assert_page(410);

    let mut browser = t.browser();
    let typed = ask(&t, &mut browser, "alice").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    let page = browser.open(&link).await;
    assert_eq!(browser.submit_once(&page, &[], "").await.status, 303);
    let fields = form(&typed).fields;
    let value = |name: &str| fields.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let late =
        browser.post("/login/mail", &[("flow", &value("flow")), ("csrf", &value("csrf")), ("code", &code)]).await;
    assert!(late.status >= 303 && late.location().is_none_or(|l| l.starts_with("/login/mail")), "{late:?}");
}

#[tokio::test]
async fn another_browser_is_told_to_type_the_code_and_burns_nothing() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    let mut phone = t.browser();
    let elsewhere = phone.open(&link).await;
    elsewhere.assert_page(403);
    assert!(elsewhere.text().contains("code"), "{elsewhere:?}");
    let csrf = form(&phone.open("/login").await).fields.iter().find(|(n, _)| n == "csrf").unwrap().1.clone();
    let token = link.split_once("token=").unwrap().1.to_owned();
    phone.post("/login/link", &[("token", &token), ("csrf", &csrf)]).await.assert_page(403);
    assert!(!is_signed_in(&phone));
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
    assert!(is_signed_in(&browser));
}

#[tokio::test]
async fn a_code_is_good_only_in_the_sign_in_that_asked_for_it() {
    let t = TestApp::new().await;
    let mut owner = t.browser();
    ask(&t, &mut owner, "alice").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    // A stranger who reads the code over a shoulder has no flow that knows the mail.
    let mut stranger = t.browser();
    let page = ask(&t, &mut stranger, "nobody@example.com").await;
    stranger.submit(&page, &[("code", &code)], "").await.assert_page(422);
    assert!(!is_signed_in(&stranger));
}

#[tokio::test]
async fn five_guesses_are_all_and_the_right_code_comes_too_late() {
    let t = TestApp::with(|c| c.throttle.login_free_attempts = 100).await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    for _ in 0..5 {
        browser.submit(&page, &[("code", &other(&code))], "").await.assert_page(422);
    }
    browser.submit(&page, &[("code", &code)], "").await.assert_page(422);
    assert!(!is_signed_in(&browser));
    // The link is not guessed at.
    browser.get(&link).await.assert_page(200);
    let page = ask(&t, &mut browser, "alice").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
    assert!(is_signed_in(&browser));
}

#[tokio::test]
async fn guesses_are_slowed_down_over_mails_for_known_and_unknown_names_alike() {
    let t = TestApp::new().await;
    let mut seen = Vec::new();
    for typed in ["alice", "nobody@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let mut browser = t.browser();
            let page = ask(&t, &mut browser, typed).await;
            for _ in 0..3 {
                statuses.push(browser.submit(&page, &[("code", "000000")], "").await.status);
            }
        }
        assert!(statuses.iter().filter(|s| **s == 429).count() >= 3, "{statuses:?}");
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[1]);
    // By another name for the same person there is no new budget without end.
    let t = TestApp::with(|c| (c.throttle.login_delay, c.throttle.login_max_delay) = (20, 600)).await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    for _ in 0..5 {
        browser.submit(&page, &[("code", "000000")], "").await.assert_page(422);
    }
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice@example.com").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    browser.submit(&page, &[("code", &code)], "").await.assert_page(422);
    t.clock.advance_s(21);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
    assert!(is_signed_in(&browser));
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let t = TestApp::new().await;
    users::set_disabled(&t.app, t.id_of("bob").await, true).await.unwrap();
    let mut seen = Vec::new();
    for typed in ["alice", "alice@example.com", "bob", "nobody", "nobody@example.com", "o'nobody", "no <script>"] {
        let before = t.count("throttles", "attempts > 0").await;
        let mut browser = t.browser();
        let page = browser.open("/login/mail").await;
        let answer = browser.submit_once(&page, &[("username", typed)], "").await;
        assert_eq!(answer.status, 303, "{typed}");
        let names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        let sent = browser.follow(answer).await;
        sent.assert_page(200);
        assert_eq!(t.count("throttles", "attempts > 0").await - before, 2, "{typed}");
        let wrong = browser.submit(&sent, &[("code", "000000")], "").await;
        wrong.assert_page(422);
        let empty = browser.submit(&sent, &[("code", "")], "").await;
        empty.assert_page(422);
        seen.push((words(&sent, typed), words(&wrong, typed), words(&empty, typed), names));
    }
    for one in &seen {
        assert_eq!(one, &seen[0]);
    }
    let all = t.mails().await;
    assert!(all.iter().all(|m| m.to == "alice@example.com") && all.len() == 2, "{all:?}");
    assert_eq!(t.count("outbox", "1 = 1").await, 2, "nothing is left of mails to nobody");
    assert_eq!(t.count("users", "1 = 1").await, 2);
}

#[tokio::test]
async fn only_the_newest_mail_counts_and_only_for_a_while() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let old = ask(&t, &mut browser, "alice").await;
    let (first, first_code) = mail_of(&t, "alice@example.com").await;
    t.clock.advance_s(1);
    let page = ask(&t, &mut browser, "alice@example.com").await;
    let (second, second_code) = mail_of(&t, "alice@example.com").await;
    browser.get(&first).await.assert_page(410);
    browser.submit(&old, &[("code", &first_code)], "").await.assert_page(422);
    browser.submit(&old, &[("code", &second_code)], "").await.assert_page(422);
    t.clock.advance_s(898);
    browser.get(&second).await.assert_page(200);
    t.clock.advance_s(2);
    browser.get(&second).await.assert_page(410);
    browser.submit(&page, &[("code", &second_code)], "").await.assert_page(422);
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn a_stranger_who_asks_does_not_end_the_mail_of_the_owner() {
    let t = TestApp::with(|c| c.registration.mode = RegistrationMode::Open).await;
    for (typed, stranger_types) in [("alice", "alice@example.com"), ("new@example.org", "new@example.org")] {
        let address = if typed == "alice" { "alice@example.com" } else { typed };
        let mut owner = t.browser();
        let page = ask(&t, &mut owner, typed).await;
        let (link, code) = mail_of(&t, address).await;
        let mut stranger = t.browser();
        ask(&t, &mut stranger, stranger_types).await.assert_page(200);
        let (theirs, _) = mail_of(&t, address).await;
        assert_ne!(link, theirs);
        owner.get(&link).await.assert_page(200);
        owner.get(&theirs).await.assert_page(403);
        owner.submit(&page, &[("code", &code)], "").await.assert_page(200);
        assert!(is_signed_in(&owner), "{typed}");
        assert!(!is_signed_in(&stranger));
    }
    assert_eq!(t.count("users", "1 = 1").await, 3);
}

#[tokio::test]
async fn mails_that_strangers_ask_for_do_not_use_up_those_of_the_owner() {
    let t = TestApp::with(|c| c.login.mails_per_address = 4).await;
    let sent = async || t.mails_to("alice@example.com").await.iter().filter(|m| m.mail.kind == "magic_link").count();
    let mut owner = t.alice().await;
    for expected in [1, 2, 2] {
        ask(&t, &mut t.browser(), "alice").await.assert_page(200);
        assert_eq!(sent().await, expected);
    }
    // From each other network there is one, up to the number of the mailbox.
    for (net, expected) in [("192.0.2.1", 3), ("192.0.2.2", 3), ("198.51.100.1", 4), ("203.0.113.1", 4)] {
        ask(&t, &mut t.browser_at(net), "alice").await.assert_page(200);
        assert_eq!(sent().await, expected, "{net}");
    }
    // At a browser where they have signed in before the owner has mails of their own, and not without end.
    for expected in [5, 6, 7, 8, 8] {
        ask(&t, &mut owner, "alice").await.assert_page(200);
        assert_eq!(sent().await, expected);
    }
    // That browser is nobody's in particular to others.
    ask(&t, &mut t.signed_in("bob").await, "alice").await.assert_page(200);
    assert_eq!(sent().await, 8);
    // Another kind of mail is counted by itself.
    recovery::ask(&t.app, "alice", NOWHERE, Lang::En, None).await.unwrap();
    t.mail("alice@example.com", "reset_password").await;
}

#[tokio::test]
async fn a_name_with_something_added_that_nobody_sees_is_nobodys() {
    let t = TestApp::with(|c| c.login.mails_per_address = 2).await;
    let long = format!("alice@example.com{}", "\u{1}".repeat(190));
    for typed in ["alice@example.com\u{1}x", "al\u{1}\u{1}ice@example.com", "ali\u{7f}ce", "\u{0}alice", &long] {
        let answer = ask(&t, &mut t.browser(), typed).await;
        answer.assert_page(200);
        recovery::ask(&t.app, typed, NOWHERE, Lang::En, None).await.unwrap();
        assert!(addressees::find(&t.app, typed).await.unwrap().is_none(), "{typed:?}");
    }
    assert!(t.mails().await.is_empty(), "each would have had a budget of its own");
    // Nothing is cut off to fit: what is too long is nobody's, whatever it begins with.
    let name = "a".repeat(100) + "@" + &"b".repeat(60) + "." + &"c".repeat(29);
    t.app
        .db
        .execute("UPDATE users SET username_key = ? WHERE username_key = 'alice'", [name.clone().into()])
        .await
        .unwrap();
    assert!(addressees::find(&t.app, &name).await.unwrap().is_some());
    assert!(addressees::find(&t.app, &format!("{name}d")).await.unwrap().is_none());
}

#[tokio::test]
async fn wrong_codes_of_one_person_are_slowed_down_for_longer_and_the_link_stays() {
    let t = TestApp::with(|c| {
        (c.throttle.login_delay, c.throttle.login_max_delay, c.throttle.factor_max_delay) = (20, 20, 600);
    })
    .await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    for _ in 0..5 {
        browser.submit(&page, &[("code", "000000")], "").await.assert_page(422);
    }
    t.clock.advance_s(21);
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice@example.com").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    browser.submit(&page, &[("code", &other(&code))], "").await.assert_page(422);
    // The longest delay of a name is over, that of the person is not.
    t.clock.advance_s(21);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(422);
    browser.get(&link).await.assert_page(200);
    t.clock.advance_s(20);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
    assert!(is_signed_in(&browser));
}

#[tokio::test]
async fn wrong_codes_of_strangers_do_not_hold_up_the_owner_at_a_known_browser_nor_by_name_elsewhere() {
    let t = TestApp::new().await;
    let mut owner = t.alice().await;
    for _ in 0..3 {
        let mut stranger = t.browser_at("192.0.2.1");
        let page = ask(&t, &mut stranger, "alice").await;
        for _ in 0..6 {
            stranger.submit(&page, &[("code", "00000")], "").await;
        }
    }
    let mut stranger = t.browser_at("192.0.2.1");
    let page = ask(&t, &mut stranger, "alice").await;
    stranger.submit(&page, &[("code", "00000")], "").await;
    stranger.submit(&page, &[("code", "00000")], "").await.assert_page(429);
    // Elsewhere the name is not held up; the person's own count is, and says no more than that the code is wrong.
    let mut elsewhere = t.browser_at("198.51.100.1");
    let page = ask(&t, &mut elsewhere, "alice").await;
    elsewhere.submit(&page, &[("code", "00000")], "").await.assert_page(422);
    let page = ask(&t, &mut owner, "alice").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    owner.submit(&page, &[("code", &code)], "").await.assert_page(200);
    // There it is guessed at no faster than anywhere.
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let page = ask(&t, &mut owner, "alice").await;
        for _ in 0..4 {
            statuses.push(owner.submit(&page, &[("code", "00000")], "").await.status);
        }
    }
    assert!(statuses.iter().filter(|s| **s == 429).count() >= 3, "{statuses:?}");
}

#[tokio::test]
async fn the_mail_proves_the_address() {
    let t = TestApp::new().await;
    let proved = "address_key = 'bob@example.com' AND verified_at IS NOT NULL";
    assert_eq!(t.count("user_emails", proved).await, 0);
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "bob").await;
    let (_, code) = mail_of(&t, "bob@example.com").await;
    assert_eq!(t.count("user_emails", proved).await, 0);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
    assert!(is_signed_in(&browser));
    assert_eq!(t.count("user_emails", proved).await, 1);
    assert_eq!(t.count("events", "kind = 'email.verified'").await, 1);
}

#[tokio::test]
async fn an_address_that_is_not_the_accounts_own_yet_signs_nobody_in() {
    let t = TestApp::new().await;
    let alice = t.id_of("alice").await;
    t.app
        .db
        .execute(
            "INSERT INTO user_emails (id, user_id, address, address_key, is_primary, verified_at, created_at) \
             VALUES (?, ?, 'victim@example.com', 'victim@example.com', ?, NULL, 0)",
            [t.app.new_id().unwrap().into(), alice.into(), false.into()],
        )
        .await
        .unwrap();
    ask(&t, &mut t.browser(), "victim@example.com").await.assert_page(200);
    assert!(t.mails().await.is_empty());
}

#[tokio::test]
async fn somebody_new_gets_an_account_only_where_registration_is_open() {
    for (mode, domains, typed, gets_one) in [
        (RegistrationMode::Closed, vec![], "new@example.org", false),
        (RegistrationMode::Invite, vec![], "new@example.org", false),
        (RegistrationMode::Open, vec!["example.com"], "new@example.org", false),
        (RegistrationMode::Open, vec![], "new", false),
        (RegistrationMode::Open, vec![], "new@example.org@evil.example", false),
        (RegistrationMode::Open, vec!["example.org"], "New@example.org", true),
    ] {
        let t = TestApp::with(|c| {
            c.registration.mode = mode;
            c.registration.allowed_domains = domains.iter().map(ToString::to_string).collect();
            c.registration.groups = vec!["members".into()];
        })
        .await;
        let mut browser = t.browser();
        let page = ask(&t, &mut browser, typed).await;
        page.assert_page(200);
        assert_eq!(t.count("users", "1 = 1").await, 2, "nothing exists before the address is proved");
        assert_eq!(t.mails().await.len(), usize::from(gets_one), "{mode:?} {typed}");
        if !gets_one {
            continue;
        }
        let (_, code) = mail_of(&t, typed).await;
        browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
        assert!(is_signed_in(&browser));
        let id = t.id_of("new@example.org").await;
        let person = users::find(&t.app, id).await.unwrap();
        assert_eq!(person.email, Some(("New@example.org".to_owned(), true)));
        assert_eq!(users::groups_of(&t.app, id).await.unwrap(), ["members"]);
        assert_eq!(t.count("password_credentials", "1 = 1").await, 2, "without a password");
        // The second time it is the same person.
        let mut browser = t.browser();
        let page = ask(&t, &mut browser, "new@EXAMPLE.org").await;
        let (_, code) = mail_of(&t, typed).await;
        browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
        assert_eq!(t.count("users", "1 = 1").await, 3);
    }
}

#[tokio::test]
async fn registration_that_closes_meanwhile_makes_no_account() {
    let t = TestApp::with(|c| c.registration.mode = RegistrationMode::Open).await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "new@example.org").await;
    let (_, code) = mail_of(&t, "new@example.org").await;
    let closed = t.replica_with(|c| c.registration.mode = RegistrationMode::Closed).await;
    browser.at(&closed).submit(&page, &[("code", &code)], "").await.assert_page(422);
    assert_eq!(t.count("users", "1 = 1").await, 2);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_all_the_same() {
    let t = TestApp::with(|c| c.mfa.policy = MfaPolicy::Required).await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    let answer = browser.submit_once(&page, &[("code", &code)], "").await;
    assert!(answer.location().is_some_and(|l| l.starts_with("/login/enrol?flow=")), "{answer:?}");
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn an_account_that_is_closed_meanwhile_stays_out() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    ask(&t, &mut browser, "alice").await;
    let (link, _) = mail_of(&t, "alice@example.com").await;
    users::set_disabled(&t.app, t.id_of("alice").await, true).await.unwrap();
    browser.open(&link).await.assert_page(410);
    assert!(!is_signed_in(&browser));
    // Nor does it come alive again.
    users::set_disabled(&t.app, t.id_of("alice").await, false).await.unwrap();
    browser.open(&link).await.assert_page(410);
}

#[tokio::test]
async fn where_it_is_off_it_is_not_shown_and_does_nothing() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    let off = t.replica_with(|c| c.login.magic_link = false).await;
    let mut there = browser.at(&off);
    there.get("/login/mail").await.assert_page(404);
    there.get(&link).await.assert_page(404);
    there.submit(&page, &[("code", &code)], "").await.assert_page(404);
    assert!(!there.open("/login").await.text().contains("/login/mail"));
    assert!(!is_signed_in(&there));
}

#[tokio::test]
async fn forms_that_are_not_ours_do_nothing() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (link, code) = mail_of(&t, "alice@example.com").await;
    let fields = form(&page).fields;
    let flow = fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    let token = link.split_once("token=").unwrap().1.to_owned();
    browser.post("/login/mail", &[("flow", &flow), ("code", &code)]).await.assert_page(403);
    browser.post("/login/mail", &[("flow", &flow), ("username", "alice"), ("csrf", "x")]).await.assert_page(403);
    browser.post("/login/link", &[("flow", &flow), ("token", &token)]).await.assert_page(403);
    // Somebody else's flow.
    let mut stranger = t.browser();
    stranger.open("/login").await;
    stranger.get(&format!("/login/mail?flow={flow}")).await.assert_page(400);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_a_mail_by_link_and_by_code_one_wins() {
    let t = Arc::new(TestApp::with(|c| c.throttle.login_free_attempts = 100).await);
    let other = Arc::new(t.replica().await);
    for address in ["alice@example.com", "bob@example.com"] {
        let mut browser = t.browser();
        let page = ask(&t, &mut browser, address).await;
        let (link, code) = mail_of(&t, address).await;
        let opened = browser.open(&link).await;
        let cookies = browser.cookies.clone();
        let answers = at_once(32, |n| {
            let t = Arc::clone(if n % 2 == 0 { &t } else { &other });
            let (page, opened, code, cookies) = (page.clone(), opened.clone(), code.clone(), cookies.clone());
            async move {
                let mut browser = t.browser();
                browser.cookies = cookies;
                let answer = if n % 8 == 0 {
                    browser.submit_once(&page, &[("code", &code)], "").await
                } else {
                    browser.submit_once(&opened, &[], "").await
                };
                (answer.status, is_signed_in(&browser))
            }
        })
        .await;
        // By the session: whose mail was just taken from the flow is led back to the page that sends another.
        assert_eq!(answers.iter().filter(|(_, is_in)| *is_in).count(), 1, "{answers:?}");
    }
    assert_eq!(t.count("events", "kind = 'session.started'").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_prove_a_new_address_at_once_one_account_is_made() {
    let t = Arc::new(TestApp::with(|c| c.registration.mode = RegistrationMode::Open).await);
    ask(&t, &mut t.browser(), "new@example.org").await;
    let (link, _) = mail_of(&t, "new@example.org").await;
    let token = link.split_once("token=").unwrap().1.to_owned();
    let other = Arc::new(t.replica().await);
    let made = at_once(32, |n| {
        let (t, token) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), token.clone());
        async move {
            match mail_sign_in::look(&t.app, &token).await.unwrap() {
                Some(found) => mail_sign_in::take(&t.app, &found).await.unwrap().is_some(),
                None => false,
            }
        }
    })
    .await;
    assert_eq!(made.iter().filter(|won| **won).count(), 1, "{made:?}");
    assert_eq!(t.count("users", "1 = 1").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_once_do_not_overrun_the_five() {
    let t = Arc::new(TestApp::with(|c| c.throttle.login_free_attempts = 1000).await);
    let mut browser = t.browser();
    let page = ask(&t, &mut browser, "alice").await;
    let (_, code) = mail_of(&t, "alice@example.com").await;
    let cookies = browser.cookies.clone();
    at_once(32, |_| {
        let (t, page, wrong, cookies) = (Arc::clone(&t), page.clone(), self::other(&code), cookies.clone());
        async move {
            let mut browser = t.browser();
            browser.cookies = cookies;
            browser.submit_once(&page, &[("code", &wrong)], "").await.status
        }
    })
    .await;
    assert_eq!(t.count("action_tokens", "purpose = 'magic_link' AND attempts = 5").await, 1);
    browser.submit(&page, &[("code", &code)], "").await.assert_page(422);
    assert!(!is_signed_in(&browser));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_at_once_are_all_answered_and_the_newest_mail_is_good() {
    let open = |c: &mut Config| (c.registration.mode, c.login.mails_per_address) = (RegistrationMode::Open, 50);
    let t = Arc::new(TestApp::with(open).await);
    let other = Arc::new(t.replica().await);
    let names = ["alice", "new@example.org", "nobody"];
    let mut same = t.browser();
    same.open("/login").await;
    let cookies = same.cookies.clone();
    let answers = at_once(24, |n| {
        let (t, cookies) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), cookies.clone());
        async move {
            let mut browser = t.browser();
            browser.cookies = cookies;
            let page = browser.open("/login/mail").await;
            browser.submit(&page, &[("username", names[n % 3])], "").await.status
        }
    })
    .await;
    assert!(answers.iter().all(|s| *s == 200), "{answers:?}");
    let live = "purpose = 'magic_link' AND used_at IS NULL";
    assert_eq!(t.count("action_tokens", live).await, 3, "one for each name at this browser");
}
