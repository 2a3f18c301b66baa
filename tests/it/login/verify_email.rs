//! The link that proves an address: for one thing, once, in time, the newest, and only with a click.

use std::sync::Arc;

use doorward::config::RegistrationMode;
use doorward::domain::action_tokens::{self, New, Purpose};
use doorward::domain::{registrations, users};

use super::register::{fields, open};
use crate::support::{Ask, Browser, PASSWORD, TestApp, at_once, form};

/// Asks for an account and gives the link of the mail.
async fn link(t: &TestApp, browser: &mut Browser<'_>, email: &str, username: &str) -> String {
    let page = browser.open("/register").await;
    assert_eq!(browser.submit_once(&page, &fields(email, username), "").await.status, 303);
    t.mail(email, "verify_email").await.path("/verify-email")
}

async fn issue(t: &TestApp, purpose: Purpose) -> String {
    let new = New { purpose, user_id: None, subject: None, browser_hash: None, data: &(), ttl_s: 600 };
    let tx = t.app.db.begin_write().await.unwrap();
    let token = action_tokens::issue(&t.app, &tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    token
}

#[tokio::test]
async fn a_wrong_purpose_opens_nothing_and_burns_nothing() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let link = link(&t, &mut browser, "new@example.com", "newbie").await;
    let token = link.split_once("token=").unwrap().1;
    for path in ["/setup?token=", "/recover/reset?token=", "/not-me?token=", "/login/link?token="] {
        let answer = t.get(&format!("{path}{token}")).await;
        assert!([400, 404, 410].contains(&answer.status), "{answer:?}");
    }
    for purpose in [Purpose::Setup, Purpose::ResetPassword, Purpose::MagicLink, Purpose::NotMe] {
        assert!(action_tokens::look(&t.app, purpose, token).await.unwrap().is_none());
        let other = issue(&t, purpose).await;
        t.get(&format!("/verify-email?token={other}")).await.assert_page(400);
        assert!(action_tokens::look(&t.app, purpose, &other).await.unwrap().is_some(), "{purpose:?} is not burned");
    }
    let page = browser.open(&link).await;
    browser.submit(&page, &[], "").await.assert_page(200);
    t.signed_in("newbie").await;
}

#[tokio::test]
async fn only_the_newest_and_only_in_time() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let old = link(&t, &mut browser, "new@example.com", "older").await;
    t.clock.advance_s(1);
    let new = link(&t, &mut browser, "NEW@example.com", "newer").await;
    assert_ne!(old, new);
    t.get(&old).await.assert_page(400);
    let page = browser.open(&new).await;
    page.assert_page(200);
    t.clock.advance_s(86_400);
    t.get(&new).await.assert_page(400);
    browser.submit(&page, &[], "").await.assert_page(400);
    for wrong in ["/verify-email", "/verify-email?token=", "/verify-email?token=nonsense"] {
        t.get(wrong).await.assert_page(400);
    }
    assert_eq!(t.count("users", "username_key IN ('older', 'newer')").await, 0);
}

#[tokio::test]
async fn at_another_browser_the_password_that_was_chosen_is_asked_for() {
    let t = TestApp::with(open).await;
    let link = link(&t, &mut t.browser(), "new@example.com", "newbie").await;
    // Its owner did not ask for it, and does not know the password: a stranger's account is not made for them.
    let mut owner = t.browser();
    let page = owner.open(&link).await;
    for password in ["", "my own password"] {
        let refused = owner.submit(&page, &[("password", password)], "").await;
        refused.assert_page(422);
        assert_eq!(t.count("users", "username_key = 'newbie'").await, 0);
    }
    let done = owner.submit(&page, &[("password", PASSWORD)], "").await;
    done.assert_page(200);
    assert!(!owner.cookies.keys().any(|n| n.ends_with("session")), "nobody is signed in");
    t.signed_in("newbie").await;
}

#[tokio::test]
async fn guesses_at_that_password_end_the_link() {
    let t = TestApp::with(open).await;
    let link = link(&t, &mut t.browser(), "new@example.com", "newbie").await;
    let mut stranger = t.browser();
    let page = stranger.open(&link).await;
    for _ in 0..20 {
        assert_eq!(stranger.submit_once(&page, &[("password", "guess guess")], "").await.status, 422);
    }
    stranger.submit_once(&page, &[("password", PASSWORD)], "").await.assert_page(400);
    assert_eq!(t.count("users", "username_key = 'newbie'").await, 0);
}

#[tokio::test]
async fn a_user_name_that_is_taken_can_be_replaced_and_an_address_cannot() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let mine = link(&t, &mut browser, "new@example.com", "\u{ff21}lice").await;
    let page = browser.open(&mine).await;
    page.assert_page(200);
    assert!(page.text().contains("name=\"username\""), "{page:?}");
    for name in ["", "Alice", "bob", "a b", "alice@example.com", "bob@example.com", "\u{430}lice"] {
        browser.submit_once(&page, &[("username", name)], "").await.assert_page(422);
    }
    // Two who were asked for before either was made.
    let mut other = t.browser();
    let theirs = link(&t, &mut other, "other@example.com", "newbie").await;
    assert_eq!(browser.submit(&page, &[("username", "newbie")], "").await.status, 200);
    let page = other.open(&theirs).await;
    other.submit_once(&page, &[("username", "newbie")], "").await.assert_page(422);
    assert_eq!(other.submit(&page, &[("username", "newbie2")], "").await.status, 200);
    assert_eq!(t.id_of("newbie").await, t.id_of("new@example.com").await);
    assert_eq!(t.id_of("newbie2").await, t.id_of("other@example.com").await);

    let mut late = t.browser();
    let link = link(&t, &mut late, "late@example.com", "late").await;
    let page = late.open(&link).await;
    let new = users::NewUser {
        username: "faster".into(),
        email: "LATE@example.com".into(),
        password: PASSWORD.to_owned().into(),
        ..users::NewUser::default()
    };
    users::create(&t.app, new).await.unwrap();
    late.submit_once(&page, &[], "").await.assert_page(409);
    late.get(&link).await.assert_page(409);
    assert_eq!(t.count("users", "username_key = 'late'").await, 0);
}

#[tokio::test]
async fn what_was_closed_meanwhile_stays_closed() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let link = link(&t, &mut browser, "new@example.com", "newbie").await;
    for change in [RegistrationMode::Closed, RegistrationMode::Invite] {
        let closed = t.replica_with(|c| c.registration.mode = change).await;
        let mut there = browser.at(&closed);
        let page = there.open(&link).await;
        there.submit_once(&page, &[], "").await.assert_page(403);
    }
    let narrower = t.replica_with(|c| c.registration.allowed_domains = vec!["corp.example".into()]).await;
    let mut there = browser.at(&narrower);
    let page = there.open(&link).await;
    there.submit_once(&page, &[], "").await.assert_page(403);
    assert_eq!(t.count("users", "username_key = 'newbie'").await, 0);
    let page = browser.open(&link).await;
    assert_eq!(browser.submit(&page, &[], "").await.status, 200, "the link was not burned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_32_who_take_one_link_at_two_replicas_one_gets_the_account() {
    let t = Arc::new(TestApp::with(open).await);
    let other = Arc::new(t.replica().await);
    let mut browser = t.browser();
    let link = link(&t, &mut browser, "new@example.com", "").await;
    let page = browser.open(&link).await;
    let form = form(&page);
    let shared = Arc::new((browser.cookies.clone(), form.action, form.fields));
    let answers = at_once(32, |n| {
        let (t, shared) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&shared));
        async move {
            let (cookies, action, fields) = &*shared;
            let mut browser = t.browser();
            browser.cookies = cookies.clone();
            let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            browser.post(action, &fields).await.status
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| [200, 303].contains(*s)).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [200, 303, 400, 409].contains(s)), "{answers:?}");
    assert_eq!(t.count("user_emails", "address_key = 'new@example.com'").await, 1);
    assert_eq!(t.count("users", "username_key LIKE 'new%'").await, 1);
    assert_eq!(t.count("action_tokens", "used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn who_is_not_proved_may_sign_in_and_the_claims_say_so_until_a_mail_proves_it() {
    let t = TestApp::new().await;
    let mut bob = t.signed_in("bob").await;
    let request = Ask::new("web").set("scope", "openid email");
    let email = async |bob: &mut Browser<'_>| {
        let code = bob.allow(&request).await.param("code").unwrap();
        let access = t.redeem(&request, &code).await.member("access_token");
        t.userinfo(&access).await.json()["email_verified"].clone()
    };
    assert_eq!(email(&mut bob).await, false);
    let id = t.id_of("bob").await;
    let tx = t.app.db.begin_write().await.unwrap();
    registrations::ask_address(&t.app, &tx, id, "Bob@example.com").await.unwrap();
    tx.commit().await.unwrap();
    let link = t.mail("Bob@example.com", "verify_email").await.path("/verify-email");
    t.get(&link).await.assert_page(200);
    assert_eq!(email(&mut bob).await, false, "looking proves nothing");
    // Mail is read anywhere.
    let mut phone = t.browser();
    let page = phone.open(&link).await;
    assert!(page.text().contains("bob"), "whose account it is: {page:?}");
    phone.submit(&page, &[], "").await.assert_page(200);
    assert_eq!(email(&mut bob).await, true);
    t.get(&link).await.assert_page(400);
    assert_eq!(t.count("events", "kind = 'email.verified'").await, 1);
    assert_eq!(t.count("user_emails", "address_key = 'bob@example.com'").await, 1);
}

#[tokio::test]
async fn a_further_address_is_added_when_it_is_proved_and_never_somebody_elses() {
    let t = TestApp::new().await;
    let id = t.id_of("alice").await;
    let ask = async |address: &str| {
        let tx = t.app.db.begin_write().await.unwrap();
        registrations::ask_address(&t.app, &tx, id, address).await.unwrap();
        tx.commit().await.unwrap();
        t.mail(address, "verify_email").await.path("/verify-email")
    };
    let link = ask("second@example.com").await;
    assert_eq!(t.count("user_emails", "address_key = 'second@example.com'").await, 0);
    let mut browser = t.browser();
    let page = browser.open(&link).await;
    browser.submit(&page, &[], "").await.assert_page(200);
    assert_eq!(t.id_of("second@example.com").await, id);
    let is_second = "address_key = 'second@example.com' AND verified_at IS NOT NULL";
    assert_eq!(t.count("user_emails", is_second).await, 1);
    assert_eq!(t.mails_to("alice@example.com").await.len(), 1, "the older address is told");
    assert_eq!(t.mails_to("second@example.com").await.len(), 1);

    let bobs = ask("bob@example.com").await;
    t.get(&bobs).await.assert_page(409);
    assert_ne!(t.id_of("bob@example.com").await, id);

    let third = ask("third@example.com").await;
    users::set_disabled(&t.app, id, true).await.unwrap();
    t.get(&third).await.assert_page(400);
    assert_eq!(t.count("user_emails", "address_key = 'third@example.com'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_prove_one_address_at_once_do_not_share_it() {
    let t = Arc::new(TestApp::new().await);
    let mut links = Vec::new();
    for name in ["alice", "bob"] {
        let tx = t.app.db.begin_write().await.unwrap();
        registrations::ask_address(&t.app, &tx, t.id_of(name).await, "shared@example.com").await.unwrap();
        tx.commit().await.unwrap();
    }
    for mail in t.mails_to("shared@example.com").await {
        links.push(mail.path("/verify-email"));
    }
    let links = Arc::new(links);
    let answers = at_once(8, |n| {
        let (t, links) = (Arc::clone(&t), Arc::clone(&links));
        async move {
            let mut browser = t.browser();
            let page = browser.open(&links[n % 2]).await;
            if page.status != 200 { page.status } else { browser.submit_once(&page, &[], "").await.status }
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [200, 400, 409].contains(s)), "{answers:?}");
    assert_eq!(t.count("user_emails", "address_key = 'shared@example.com'").await, 1);
}

#[tokio::test]
async fn a_form_that_is_not_ours_takes_nothing() {
    let t = TestApp::with(open).await;
    let mut browser = t.browser();
    let link = link(&t, &mut browser, "new@example.com", "newbie").await;
    let token = link.split_once("token=").unwrap().1;
    browser.post("/verify-email", &[("token", token)]).await.assert_page(403);
    browser.post("/verify-email", &[("token", token), ("csrf", "wrong")]).await.assert_page(403);
    assert_eq!(t.count("users", "username_key = 'newbie'").await, 0);
}
