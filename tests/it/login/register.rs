//! Making an account: nothing exists until the address is proved, and nobody learns whose address is known.

use doorward::config::{Config, RegistrationMode};

use crate::support::{Answer, Ask, Browser, PASSWORD, TestApp, form};

/// Everybody may sign up.
pub(crate) fn open(config: &mut Config) {
    config.registration.mode = RegistrationMode::Open;
}

/// A form that is right.
pub(crate) fn fields<'a>(email: &'a str, username: &'a str) -> [(&'static str, &'a str); 4] {
    [("email", email), ("username", username), ("name", "New Person"), ("password", PASSWORD)]
}

async fn ask(browser: &mut Browser<'_>, email: &str, username: &str) -> Answer {
    let page = browser.open("/register").await;
    browser.submit_once(&page, &fields(email, username), "").await
}

async fn people(t: &TestApp) -> (i64, i64) {
    (t.count("users", "1 = 1").await, t.count("user_emails", "1 = 1").await)
}

fn fields_at_fault(page: &Answer) -> Vec<&str> {
    let inputs = page.text().split("<input ").skip(1).filter_map(|i| i.split('>').next());
    inputs.filter(|i| i.contains("aria-invalid")).filter_map(|i| i.split("name=\"").nth(1)?.split('"').next()).collect()
}

#[tokio::test]
async fn closed_makes_nothing_and_says_so() {
    let t = TestApp::new().await;
    let before = people(&t).await;
    let mut browser = t.browser();
    let login = browser.open("/login").await;
    assert!(!login.text().contains("/register"), "no way to what is closed");
    let page = browser.open("/register").await;
    page.assert_page(403);
    assert!(page.text().contains("href=\"/login\""), "{page:?}");
    let hidden = form(&login).fields;
    let hidden = |name: &str| hidden.iter().find(|(n, _)| n == name).unwrap().1.as_str();
    let mut sent = fields("new@example.com", "newbie").to_vec();
    sent.extend([("csrf", hidden("csrf")), ("flow", hidden("flow"))]);
    browser.post("/register", &sent).await.assert_page(403);
    assert_eq!(people(&t).await, before);
    assert_eq!((t.count("action_tokens", "1 = 1").await, t.count("outbox", "1 = 1").await), (0, 0));
}

#[tokio::test]
async fn an_app_gets_somebody_new_through_the_mail() {
    let t = TestApp::with(|c| {
        open(c);
        c.registration.groups = vec!["members".into()];
    })
    .await;
    let before = people(&t).await;
    let created = t.count("events", "kind = 'user.created'").await;
    let mut browser = t.browser();
    browser.language = Some("de");
    let request = Ask::new("web").set("scope", "openid email profile").set("prompt", "create");
    let page = browser.open(&request.path()).await;
    assert!(page.path.starts_with("/register?flow="), "{page:?}");
    let sent = browser.submit(&page, &fields("New@Example.com", "Newbie"), "").await;
    sent.assert_page(200);
    assert!(sent.path.starts_with("/register/sent"), "{sent:?}");
    assert_eq!(people(&t).await, before, "nothing exists before the address is proved");
    let tokens = t.dump("action_tokens").await;
    assert!(!tokens.to_lowercase().contains("new@example") && !tokens.contains("argon2"), "sealed: {tokens}");

    let mail = t.mail("New@Example.com", "verify_email").await;
    assert!(
        !mail.text.contains("New Person") && !mail.subject.contains("Newbie"),
        "nothing that a stranger typed: {mail:?}"
    );
    let link = mail.path("/verify-email");
    for _ in 0..3 {
        t.get(&link).await.assert_page(200);
    }
    assert_eq!(people(&t).await, before, "a scanner that looks changes nothing");
    let page = browser.open(&link).await;
    let answer = browser.submit(&page, &[], "").await;
    let code = answer.param("code").unwrap_or_else(|| panic!("back at the app: {answer:?}"));
    assert_eq!(people(&t).await, (before.0 + 1, before.1 + 1));
    let access = t.redeem(&request, &code).await.member("access_token");
    let claims = t.userinfo(&access).await.json();
    assert_eq!((&claims["email"], &claims["email_verified"]), (&"New@Example.com".into(), &true.into()), "{claims}");
    assert_eq!((&claims["preferred_username"], &claims["name"]), (&"Newbie".into(), &"New Person".into()), "{claims}");
    let id = t.id_of("newbie").await;
    assert_eq!(doorward::domain::users::groups_of(&t.app, id).await.unwrap(), ["members"]);
    let person = doorward::domain::users::find(&t.app, id).await.unwrap();
    assert_eq!(person.language.as_deref(), Some("de"));
    assert_eq!(t.count("events", "kind = 'user.created'").await, created + 1);
    t.signed_in("Newbie").await;
    t.get(&link).await.assert_page(400);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once_and_nothing_is_kept() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let page = browser.open("/register").await;
    for (filled, wrong) in [
        (
            [("email", "x"), ("name", "a\u{202e}b"), ("username", "a b"), ("password", "short")],
            &["email", "name", "username", "password"][..],
        ),
        ([("email", ""), ("name", ""), ("username", ""), ("password", "")], &["email", "password"]),
        (
            [("email", "a@b@c.example"), ("name", ""), ("username", "\u{430}lice"), ("password", PASSWORD)],
            &["email", "username"],
        ),
        (
            [("email", "new@example.com"), ("name", ""), ("username", "alice@example.com"), ("password", PASSWORD)],
            &["username"],
        ),
        ([("email", "new@example.com"), ("name", ""), ("username", ""), ("password", "password123")], &["password"]),
        (
            [("email", "new@example.com"), ("name", ""), ("username", "newbie99"), ("password", "newbie99")],
            &["password"],
        ),
    ] {
        let answer = browser.submit_once(&page, &filled, "").await;
        answer.assert_page(422);
        assert_eq!(fields_at_fault(&answer), wrong, "{filled:?}");
        assert!(!answer.text().contains("password123"), "a password is not sent back");
    }
    assert_eq!((t.count("action_tokens", "1 = 1").await, t.count("outbox", "1 = 1").await), (0, 0));
}

#[tokio::test]
async fn a_known_address_and_a_known_name_look_like_unknown_ones() {
    let t = TestApp::with(open).await;
    let before = people(&t).await;
    let mut seen = Vec::new();
    for (email, username) in [
        ("nobody@example.com", "nobody"),
        ("alice@example.com", "nobody2"),
        ("ALICE@example.com", ""),
        ("somebody@example.com", "alice"),
        ("somebody2@example.com", "\u{ff21}LICE"),
    ] {
        let mut browser = t.browser();
        let answer = ask(&mut browser, email, username).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        let location = answer.location().unwrap().to_owned();
        let page = browser.follow(answer).await;
        // One token and one mail each: the work is the same too.
        let counts = (t.count("action_tokens", "1 = 1").await, t.count("outbox", "1 = 1").await);
        seen.push((page.status, location, page.text().to_owned(), names, counts));
        t.app.db.execute("DELETE FROM action_tokens", []).await.unwrap();
        t.app.db.execute("DELETE FROM outbox", []).await.unwrap();
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(people(&t).await, before);
}

#[tokio::test]
async fn the_owner_of_a_known_address_is_told_and_gets_no_link_to_a_second_account() {
    let t = TestApp::with(open).await;
    ask(&mut t.browser(), "Alice@Example.com", "other").await;
    let mails = t.mails().await;
    assert_eq!(mails.len(), 1);
    let mail = t.mail("Alice@Example.com", "account_exists").await;
    assert!(mail.links.iter().all(|l| !l.contains("token=")), "{mail:?}");
    mail.path("/login");
    mail.path("/recover");
}

#[tokio::test]
async fn an_app_that_asks_for_a_new_account_gets_one_beside_who_is_signed_in() {
    let t = TestApp::with(open).await;
    assert!(t.get("/.well-known/openid-configuration").await.text().contains("\"create\""));
    let mut browser = t.alice().await;
    let request = Ask::new("web").set("scope", "openid profile").set("prompt", "create");
    let page = browser.open(&request.path()).await;
    assert!(page.path.starts_with("/register?flow="), "{page:?}");
    browser.submit(&page, &fields("new@example.com", "newbie"), "").await;
    let page = browser.open(&t.mail("new@example.com", "verify_email").await.path("/verify-email")).await;
    let code = browser.submit(&page, &[], "").await.param("code").unwrap();
    let access = t.redeem(&request, &code).await.member("access_token");
    assert_eq!(t.userinfo(&access).await.json()["preferred_username"], "newbie");
    // Or who has one after all signs in, and that is an answer too.
    let mut browser = t.browser();
    let page = browser.open(&request.path()).await;
    let at = page.text().find("/login?flow=").unwrap();
    let way: String = page.text()[at..].chars().take_while(|c| *c != '"').collect();
    let page = browser.open(&way).await;
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    let silent = request.set("prompt", "create none").path();
    assert_eq!(t.get(&silent).await.param("error").as_deref(), Some("invalid_request"));
    let invite = t.replica_with(|c| c.registration.mode = RegistrationMode::Invite).await;
    let page = invite.browser().open(&Ask::new("web").set("prompt", "create").path()).await;
    page.assert_page(403);
    assert!(page.text().contains("href=\"/login?flow="), "{page:?}");
}

#[tokio::test]
async fn only_allowed_domains() {
    let t = TestApp::with(|c| {
        open(c);
        c.registration.allowed_domains = vec!["Corp.example".into(), "other.example".into()];
    })
    .await;
    let mut browser = t.browser();
    for bad in [
        "a@evil.example",
        "a@sub.corp.example",
        "a@corp.example.evil",
        "a@evilcorp.example",
        "a@evil.example@corp.example",
        "a@corp.example@evil.example",
        "\"a@corp.example\"@evil.example",
        "a@corp.example\u{200b}",
        "a@\u{441}orp.example",
        "a@corp.example.",
    ] {
        let answer = ask(&mut browser, bad, "").await;
        answer.assert_page(422);
        assert_eq!(fields_at_fault(&answer), ["email"], "{bad}");
    }
    for good in ["a@corp.example", "B@CORP.EXAMPLE", "c@other.example"] {
        assert_eq!(ask(&mut browser, good, "").await.status, 303, "{good}");
    }
}

#[tokio::test]
async fn the_user_name_is_made_from_the_address_where_none_was_chosen() {
    let t = TestApp::with(open).await;
    for (email, expected) in
        [("carol@one.example", "carol"), ("carol@two.example", "carol-2"), ("alice@two.example", "alice-2")]
    {
        let mut browser = t.browser();
        assert_eq!(ask(&mut browser, email, "").await.status, 303);
        let page = browser.open(&t.mail(email, "verify_email").await.path("/verify-email")).await;
        browser.submit(&page, &[], "").await.assert_page(200);
        assert_eq!(t.id_of(expected).await, t.id_of(email).await);
    }
}

#[tokio::test]
async fn one_address_asks_for_so_many_accounts_and_one_mailbox_gets_so_many_mails() {
    let t = TestApp::with(|c| {
        open(c);
        c.throttle.sign_ups_per_address = 5;
        c.login.mails_per_address = 4;
    })
    .await;
    for _ in 0..5 {
        let answer = ask(&mut t.browser(), "new@example.com", "").await;
        assert_eq!(answer.status, 303, "too many mails are no other answer: {answer:?}");
    }
    assert_eq!(t.mails().await.len(), 2);
    let slowed = ask(&mut t.browser(), "other@example.com", "").await;
    slowed.assert_page(429);
    assert!(slowed.header("retry-after").is_some());
    t.clock.advance_s(61);
    assert_eq!(ask(&mut t.browser(), "other@example.com", "").await.status, 303);
}

#[tokio::test]
async fn a_stranger_who_asks_for_the_same_address_does_not_end_the_link_of_its_owner() {
    let t = TestApp::with(open).await;
    let mut owner = t.browser();
    ask(&mut owner, "new@example.com", "newbie").await;
    let link = t.mail("new@example.com", "verify_email").await.path("/verify-email");
    t.clock.advance_s(1);
    let mut stranger = t.browser();
    ask(&mut stranger, "NEW@example.com", "stranger").await;
    let theirs = t.mail("NEW@example.com", "verify_email").await.path("/verify-email");
    let page = owner.open(&link).await;
    owner.submit(&page, &[], "").await.assert_page(200);
    assert_eq!(t.id_of("newbie").await, t.id_of("new@example.com").await);
    // The other makes no second account.
    let page = stranger.open(&theirs).await;
    assert!(page.status >= 400 && page.text().contains("This address has an account"), "{page:?}");
    assert_eq!(t.count("users", "username_key = 'stranger'").await, 0);
    assert_eq!(t.count("user_emails", "address_key = 'new@example.com'").await, 1);
    // At one browser only the newest is good, as ever.
    let mut one = t.browser();
    ask(&mut one, "second@example.com", "older").await;
    let old = t.mail("second@example.com", "verify_email").await.path("/verify-email");
    t.clock.advance_s(1);
    ask(&mut one, "second@example.com", "newer").await;
    one.get(&old).await.assert_page(400);
}

#[tokio::test]
async fn a_form_that_is_not_ours_asks_for_nothing() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    browser.open("/register").await;
    browser.post("/register", &fields("new@example.com", "")).await.assert_page(403);
    assert_eq!(t.count("outbox", "1 = 1").await, 0);
}

#[tokio::test]
async fn a_sign_in_that_is_over_does_not_stand_in_the_way() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let page = browser.open(&Ask::new("web").set("prompt", "create").path()).await;
    let link = page.path.clone();
    t.clock.advance_s(i64::try_from(t.app.config.oidc.login_flow_ttl).unwrap() + 1);
    assert_eq!(browser.submit(&page, &fields("new@example.com", "newbie"), "").await.status, 200);
    let page = browser.open(&t.mail("new@example.com", "verify_email").await.path("/verify-email")).await;
    let done = browser.submit(&page, &[], "").await;
    done.assert_page(200);
    assert_eq!(done.path, "/verify-email", "{done:?}");
    t.signed_in("newbie").await;
    t.browser().open(&link).await.assert_page(200);
    // A sign-in that is still going, at another browser, is not taken along.
    let other = t.browser().open(&Ask::new("web").set("prompt", "create").path()).await.path;
    t.browser().open(&other).await.assert_page(400);
}

#[tokio::test]
async fn where_passwords_are_not_used_none_is_asked_for() {
    let t = TestApp::with(|c| {
        open(c);
        c.login.password = false;
    })
    .await;
    let mut browser = t.browser();
    let page = browser.open("/register").await;
    assert!(!page.text().contains("type=\"password\""));
    assert_eq!(browser.submit(&page, &fields("new@example.com", "newbie"), "").await.status, 200);
    let link = t.mail("new@example.com", "verify_email").await.path("/verify-email");
    // Nobody can know a password of it, so any browser will do.
    let mut other = t.browser();
    let page = other.open(&link).await;
    other.submit(&page, &[], "").await.assert_page(200);
    let id = t.id_of("newbie").await;
    assert_eq!(t.count("password_credentials", "1 = 1").await, t.count("users", "1 = 1").await - 1, "{id}");
}
