//! Invitations: one account each, in time, and only for the address that is named.

use std::sync::Arc;

use doorward::config::{Config, RegistrationMode};
use doorward::domain::invitations::{self, Made, NewInvitation};
use doorward::domain::{Error, users};

use super::register::fields;
use crate::support::{Browser, TestApp, at_once, form};

fn invite_only(config: &mut Config) {
    config.registration.mode = RegistrationMode::Invite;
}

async fn invite(t: &TestApp, email: Option<&str>) -> Made {
    let new = NewInvitation { email, groups: vec!["staff".into(), "pilots".into()], ..NewInvitation::default() };
    invitations::create(&t.app, new).await.unwrap()
}

/// Path and query of a link that was handed on.
fn path(made: &Made) -> String {
    made.link.as_deref().unwrap().strip_prefix("https://id.example").unwrap().to_owned()
}

async fn mailed(t: &TestApp, email: &str) -> String {
    invite(t, Some(email)).await;
    t.mail(email, "invitation").await.path("/register")
}

async fn fill(browser: &mut Browser<'_>, link: &str, email: &str, username: &str) -> crate::support::Answer {
    let page = browser.open(link).await;
    page.assert_page(200);
    browser.submit(&page, &fields(email, username), "").await
}

#[tokio::test]
async fn a_mailed_one_makes_an_account_at_once_with_its_address_and_groups() {
    let t = TestApp::with(invite_only).await;
    t.get("/register").await.assert_page(403);
    let made = invite(&t, Some("New@Example.com")).await;
    assert_eq!(made.link, None, "who has the link has the mail");
    let link = t.mail("New@Example.com", "invitation").await.path("/register");
    for _ in 0..3 {
        let page = t.get(&link).await;
        page.assert_page(200);
        assert!(page.text().contains("new@example.com") && !page.text().contains("name=\"email\""), "{page:?}");
    }
    assert_eq!((t.count("login_flows", "1 = 1").await, t.count("invitations", "used_at IS NULL").await), (0, 1));
    let mut browser = t.browser();
    // Another address than the one that was invited is not heard.
    let page = browser.open(&link).await;
    let mut sent: Vec<(String, String)> = form(&page).fields;
    for (name, value) in fields("evil@example.com", "newbie") {
        sent.retain(|(n, _)| n != name);
        sent.push((name.into(), value.into()));
    }
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post("/register", &sent).await;
    let home = browser.follow(answer).await;
    assert_eq!((home.status, home.path.as_str()), (200, "/"), "{home:?}");
    assert!(home.text().contains("newbie"));
    let id = t.id_of("new@example.com").await;
    assert_eq!(t.id_of("newbie").await, id);
    assert_eq!(users::find(&t.app, id).await.unwrap().email, Some(("new@example.com".into(), true)));
    assert_eq!(users::groups_of(&t.app, id).await.unwrap(), ["pilots", "staff"]);
    assert_eq!(t.mails().await.len(), 1, "no second mail");
    assert_eq!(t.count("user_emails", "address_key = 'evil@example.com'").await, 0);
    t.get(&link).await.assert_page(400);
    browser.post("/register", &sent).await.assert_page(400);
    assert_eq!(t.count("events", "kind = 'invitation.accepted'").await, 1);
}

#[tokio::test]
async fn one_that_was_handed_on_needs_the_address_proved_and_makes_one_account() {
    let t = TestApp::with(invite_only).await;
    let link = path(&invite(&t, None).await);
    let (mut first, mut second) = (t.browser(), t.browser());
    for (browser, email) in [(&mut first, "first@example.com"), (&mut second, "second@example.com")] {
        let sent = fill(browser, &link, email, "").await;
        assert!(sent.path.starts_with("/register/sent"), "{sent:?}");
    }
    assert_eq!(t.count("invitations", "used_at IS NULL").await, 1, "asking does not use it up");
    let proof = t.mail("first@example.com", "verify_email").await.path("/verify-email");
    let page = first.open(&proof).await;
    assert_eq!(first.submit(&page, &[], "").await.status, 200);
    let id = t.id_of("first@example.com").await;
    assert_eq!(users::groups_of(&t.app, id).await.unwrap(), ["pilots", "staff"]);
    let proof = t.mail("second@example.com", "verify_email").await.path("/verify-email");
    let page = second.open(&proof).await;
    second.submit(&page, &[], "").await.assert_page(400);
    assert_eq!(t.count("user_emails", "address_key = 'second@example.com'").await, 0);
    t.get(&link).await.assert_page(400);
}

#[tokio::test]
async fn over_is_over() {
    let t = TestApp::with(invite_only).await;
    let old = mailed(&t, "new@example.com").await;
    t.clock.advance_s(1);
    let new = mailed(&t, "new@example.com").await;
    t.get(&old).await.assert_page(400);
    let mut browser = t.browser();
    let page = browser.open(&new).await;
    t.clock.advance_s(7 * 86_400);
    t.get(&new).await.assert_page(400);
    browser.submit(&page, &fields("", "newbie"), "").await.assert_page(400);

    let made = invite(&t, None).await;
    let link = path(&made);
    t.get(&link).await.assert_page(200);
    invitations::remove(&t.app, made.invitation.id).await.unwrap();
    t.get(&link).await.assert_page(400);
    assert!(matches!(invitations::remove(&t.app, made.invitation.id).await, Err(Error::NotFound(_))));
    t.get("/register?invitation=nonsense").await.assert_page(400);
    // Accepted in time, proved too late.
    let short = NewInvitation { ttl_s: Some(600), ..NewInvitation::default() };
    let link = path(&invitations::create(&t.app, short).await.unwrap());
    let mut slow = t.browser();
    fill(&mut slow, &link, "slow@example.com", "").await;
    let proof = t.mail("slow@example.com", "verify_email").await.path("/verify-email");
    t.clock.advance_s(600);
    let page = slow.open(&proof).await;
    slow.submit(&page, &[], "").await.assert_page(400);
    assert_eq!(t.count("users", "username_key IN ('newbie', 'slow')").await, 0);
}

#[tokio::test]
async fn what_cannot_be_accepted_is_not_made() {
    let closed = TestApp::new().await;
    let refused = |result: doorward::domain::Result<Made>| match result {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let create = async |t: &TestApp, new: NewInvitation<'_>| invitations::create(&t.app, new).await;
    assert_eq!(refused(create(&closed, NewInvitation::default()).await), "registration.mode");
    let t = TestApp::with(invite_only).await;
    let email = |email| NewInvitation { email: Some(email), ..NewInvitation::default() };
    assert_eq!(refused(create(&t, email("a@b@c.example")).await), "email");
    assert_eq!(refused(create(&t, NewInvitation { ttl_s: Some(59), ..email("a@b.example") }).await), "expires");
    assert_eq!(
        refused(create(&t, NewInvitation { groups: vec![" x".into()], ..email("a@b.example") }).await),
        "groups"
    );
    assert!(matches!(create(&t, email("ALICE@example.com")).await, Err(Error::Conflict(_))));
    assert_eq!((t.count("invitations", "1 = 1").await, t.count("outbox", "1 = 1").await), (0, 0));
    // Closed after it was made.
    let link = mailed(&t, "new@example.com").await;
    t.replica_with(|c| c.registration.mode = RegistrationMode::Closed).await.get(&link).await.assert_page(403);
}

#[tokio::test]
async fn an_invited_address_may_be_of_any_domain_and_a_handed_on_link_changes_none() {
    let t = TestApp::with(|c| {
        invite_only(c);
        c.registration.allowed_domains = vec!["corp.example".into()];
    })
    .await;
    let link = mailed(&t, "guest@elsewhere.example").await;
    assert_eq!(fill(&mut t.browser(), &link, "", "guest").await.path, "/");
    let link = path(&invite(&t, None).await);
    fill(&mut t.browser(), &link, "other@elsewhere.example", "").await.assert_page(422);
}

#[tokio::test]
async fn mistakes_leave_it_good() {
    let t = TestApp::with(invite_only).await;
    let link = mailed(&t, "new@example.com").await;
    let mut browser = t.browser();
    for name in ["alice", "a b", "\u{430}lice"] {
        fill(&mut browser, &link, "", name).await.assert_page(422);
    }
    assert_eq!(t.count("invitations", "used_at IS NULL").await, 1);
    let new = users::NewUser {
        username: "faster".into(),
        email: "new@example.com".into(),
        password: crate::support::PASSWORD.to_owned().into(),
        ..users::NewUser::default()
    };
    users::create(&t.app, new).await.unwrap();
    fill(&mut browser, &link, "", "newbie").await.assert_page(409);
    assert_eq!(t.count("users", "username_key = 'newbie'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_32_who_accept_one_at_two_replicas_one_gets_the_account() {
    let t = Arc::new(
        TestApp::with(|c| {
            invite_only(c);
            c.hashing.wait = 60;
            c.throttle.sign_ups_per_address = 0;
        })
        .await,
    );
    let other = Arc::new(t.replica().await);
    let link = Arc::new(mailed(&t, "new@example.com").await);
    let answers = at_once(32, |n| {
        let (t, link) = (Arc::clone(if n % 2 == 0 { &t } else { &other }), Arc::clone(&link));
        async move {
            let mut browser = t.browser();
            let page = browser.open(&link).await;
            if page.status != 200 {
                return page.status;
            }
            browser.submit_once(&page, &fields("", &format!("newbie{n}")), "").await.status
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [303, 400, 409].contains(s)), "{answers:?}");
    assert_eq!(t.count("users", "username_key LIKE 'newbie%'").await, 1);
    assert_eq!(t.count("invitations", "used_by IS NOT NULL").await, 1);
    assert_eq!(t.count("events", "kind = 'invitation.accepted'").await, 1);
}
