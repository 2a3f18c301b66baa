//! Addresses: proved before they count, each change told, nobody's but one's own.

use super::tools::{assert_saved, post};
use crate::support::{Browser, PASSWORD, TestApp, form};
use doorward::domain::emails::{self, Refused};
use doorward::domain::{factors, users};
use entity::user_emails;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

const PAGE: &str = "/account/emails";

async fn id_of(t: &TestApp, address: &str) -> String {
    let find = user_emails::Entity::find().filter(user_emails::Column::Address.eq(address));
    find.one(t.app.db.write()).await.unwrap().unwrap().id.to_string()
}

/// Opens the newest link at an address and takes it.
async fn confirm(t: &TestApp, browser: &mut Browser<'_>, address: &str) {
    let path = t.mail(address, "verify_email").await.path("verify-email");
    let page = browser.get(&path).await;
    page.assert_page(200);
    let form = form(&page);
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post(&form.action, &fields).await;
    let done = browser.follow(answer).await;
    assert_eq!(done.status, 200, "{done:?}");
}

async fn alice_with<'a>(t: &'a TestApp, address: &str) -> Browser<'a> {
    let mut browser = t.alice().await;
    let answer = post(&mut browser, PAGE, &[("add", address)]).await;
    assert_saved(&mut browser, &answer, "email-asked").await;
    confirm(t, &mut browser, address).await;
    browser
}

#[tokio::test]
async fn an_address_is_added_when_its_owner_answers() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let answer = post(&mut browser, PAGE, &[("add", "alice@work.example")]).await;
    let page = assert_saved(&mut browser, &answer, "email-asked").await;
    assert!(page.text().contains("alice@work.example"));
    let asked = t.mail("alice@work.example", "verify_email").await;
    assert!(!format!("{asked:?}").contains("Alice Ames"), "it may be a stranger's address, and a name may be anything");
    assert_eq!(t.count("user_emails", "address_key = 'alice@work.example'").await, 0, "nobody squats it");
    confirm(&t, &mut browser, "alice@work.example").await;
    assert_eq!(t.count("user_emails", "address_key = 'alice@work.example' AND verified_at IS NOT NULL").await, 1);
    assert_eq!(t.count("events", "kind = 'email.asked'").await, 1);
    // It signs in, and the old address learnt of it.
    let mut other = t.browser();
    let page = other.open("/login").await;
    let home = other.submit(&page, &[("username", "alice@work.example"), ("password", PASSWORD)], "").await;
    assert!(home.text().contains("Alice Ames"), "{home:?}");
    let notices = t.mails_to("alice@example.com").await;
    assert!(notices.iter().any(|m| m.mail.kind == "notice"), "{notices:?}");
}

#[tokio::test]
async fn a_question_can_be_asked_again_and_taken_back() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    post(&mut browser, PAGE, &[("add", "alice@work.example")]).await;
    let first = t.mail("alice@work.example", "verify_email").await.path("verify-email");
    t.clock.advance_s(5);
    post(&mut browser, PAGE, &[("add", "Alice@Work.example")]).await;
    assert_ne!(browser.get(&first).await.status, 200, "only the newest link is good");
    let newest = t.mail("Alice@Work.example", "verify_email").await.path("verify-email");
    assert_eq!(browser.get(&newest).await.status, 200);
    // Not by somebody else.
    let mut bob = t.signed_in("bob").await;
    post(&mut bob, PAGE, &[("withdraw", "alice@work.example")]).await.assert_page(404);
    assert_eq!(browser.get(&newest).await.status, 200);
    let answer = post(&mut browser, PAGE, &[("withdraw", "alice@work.example")]).await;
    let page = assert_saved(&mut browser, &answer, "email-withdrawn").await;
    assert_eq!(t.count("events", "kind = 'email.withdrawn'").await, 1);
    assert!(!page.text().contains("work.example"));
    assert_ne!(browser.get(&newest).await.status, 200);
}

#[tokio::test]
async fn whose_an_address_is_is_not_told() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let words = |text: &str, address: &str| text.replace(address, "[address]");
    let mut seen = Vec::new();
    for address in ["bob@example.com", "new@example.com"] {
        let answer = post(&mut browser, PAGE, &[("add", address)]).await;
        let page = assert_saved(&mut browser, &answer, "email-asked").await;
        seen.push(words(page.text(), address));
        post(&mut browser, PAGE, &[("withdraw", address)]).await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_is_no_address_or_too_many_is_refused() {
    let t = TestApp::with(|c| c.login.mails_per_address = 4).await;
    let mut browser = t.alice().await;
    for (address, words) in [("alice", "not an email"), ("", "not an email"), ("alice@example.com", "already")] {
        let page = post(&mut browser, PAGE, &[("add", address)]).await;
        page.assert_page(422);
        assert!(page.text().contains(words), "{address}: {page:?}");
    }
    for n in 0..9 {
        assert_eq!(post(&mut browser, PAGE, &[("add", &format!("a{n}@example.com"))]).await.status, 303);
    }
    let page = post(&mut browser, PAGE, &[("add", "a10@example.com")]).await;
    page.assert_page(422);
    assert!(page.text().contains("10 addresses"), "{page:?}");
    // The mails to one address are bounded.
    assert_eq!(post(&mut browser, PAGE, &[("add", "a1@example.com")]).await.status, 303);
    post(&mut browser, PAGE, &[("add", "a1@example.com")]).await.assert_page(422);
}

#[tokio::test]
async fn who_adds_and_withdraws_writes_to_so_many_strangers_and_no_more() {
    let t = TestApp::new().await;
    let (alice, bob) = (t.id_of("alice").await, t.id_of("bob").await);
    for n in 0..20 {
        let address = format!("stranger{n}@example.org");
        assert_eq!(emails::add(&t.app, alice, &address).await.unwrap(), Ok(()), "{n}");
        assert!(emails::withdraw(&t.app, alice, &address).await.unwrap());
    }
    let mut browser = t.alice().await;
    let page = post(&mut browser, PAGE, &[("add", "stranger20@example.org")]).await;
    page.assert_page(422);
    assert!(page.text().contains("many addresses lately"), "{page:?}");
    assert!(page.text().contains("aria-invalid=\"true\""), "{page:?}");
    assert_eq!(t.count("outbox", "kind = 'verify_email'").await, 20);
    assert_eq!(t.count("action_tokens", "used_at IS NULL AND purpose = 'verify_email'").await, 0);
    // Each person by themselves, and only for an hour.
    assert_eq!(emails::add(&t.app, bob, "stranger20@example.org").await.unwrap(), Ok(()));
    t.clock.advance_s(3598);
    assert_eq!(emails::add(&t.app, alice, "stranger21@example.org").await.unwrap(), Err(Refused::TooManyAsked));
    t.clock.advance_s(2);
    assert_eq!(emails::add(&t.app, alice, "stranger21@example.org").await.unwrap(), Ok(()));
}

#[tokio::test]
async fn another_address_becomes_primary_and_the_old_one_is_told() {
    let t = TestApp::new().await;
    let mut browser = alice_with(&t, "alice@work.example").await;
    let id = id_of(&t, "alice@work.example").await;
    let before = t.mails_to("alice@example.com").await.len();
    let answer = post(&mut browser, PAGE, &[("primary", &id)]).await;
    assert_saved(&mut browser, &answer, "email-primary").await;
    assert_eq!(t.count("user_emails", "is_primary AND address_key = 'alice@work.example'").await, 1);
    assert_eq!(t.count("user_emails", "is_primary AND address_key = 'alice@example.com'").await, 0);
    assert_eq!(t.mails_to("alice@example.com").await.len(), before + 1);
    // The primary one stays; the other may go, and is told.
    post(&mut browser, PAGE, &[("remove", &id)]).await.assert_page(422);
    let old = id_of(&t, "alice@example.com").await;
    let answer = post(&mut browser, PAGE, &[("remove", &old)]).await;
    assert_saved(&mut browser, &answer, "email-removed").await;
    assert_eq!(t.mails_to("alice@example.com").await.len(), before + 2);
    assert_eq!(t.count("user_emails", "address_key = 'alice@example.com'").await, 0);
    assert_eq!(t.count("events", "kind IN ('email.primary', 'email.removed')").await, 2);
}

#[tokio::test]
async fn nobody_touches_an_address_of_somebody_else() {
    let t = TestApp::new().await;
    let _alice = alice_with(&t, "alice@work.example").await;
    let mut bob = t.signed_in("bob").await;
    for address in ["alice@example.com", "alice@work.example"] {
        let id = id_of(&t, address).await;
        for what in ["again", "primary", "remove"] {
            post(&mut bob, PAGE, &[(what, &id)]).await.assert_page(404);
        }
    }
    assert_eq!(t.count("user_emails", "verified_at IS NOT NULL").await, 2);
    post(&mut bob, PAGE, &[("remove", "x")]).await.assert_page(400);
    post(&mut bob, PAGE, &[]).await.assert_page(400);
    // An address that is not proved is not made primary; its mail is sent again.
    let id = id_of(&t, "bob@example.com").await;
    let answer = post(&mut bob, PAGE, &[("again", &id)]).await;
    assert_saved(&mut bob, &answer, "email-asked").await;
    confirm(&t, &mut bob, "bob@example.com").await;
    assert_eq!(t.count("user_emails", "address_key = 'bob@example.com' AND verified_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn the_address_that_is_the_user_name_stays() {
    let t = TestApp::new().await;
    let mut browser = alice_with(&t, "alice@work.example").await;
    post(&mut browser, "/account/profile/username", &[("username", "alice@work.example")]).await;
    let id = id_of(&t, "alice@work.example").await;
    let page = post(&mut browser, PAGE, &[("remove", &id)]).await;
    page.assert_page(422);
    assert!(page.text().contains("is your username"), "{page:?}");
}

#[tokio::test]
async fn what_a_stranger_asked_for_ends_with_their_access() {
    for ended in ["others", "disabled", "factors"] {
        let t = TestApp::new().await;
        let mut stranger = t.alice().await;
        post(&mut stranger, PAGE, &[("add", "evil@example.net")]).await;
        let path = t.mail("evil@example.net", "verify_email").await.path("verify-email");
        t.clock.advance_s(1);
        let alice = t.id_of("alice").await;
        match ended {
            "others" => {
                let mut owner = t.alice().await;
                post(&mut owner, "/account/sessions", &[("others", "yes")]).await;
            }
            "disabled" => {
                users::set_disabled(&t.app, alice, true).await.unwrap();
                users::set_disabled(&t.app, alice, false).await.unwrap();
            }
            _ => factors::reset(&t.app, alice).await.unwrap(),
        }
        let page = t.browser().get(&path).await;
        assert_eq!(page.status, 400, "{ended}: {page:?}");
        assert_eq!(t.count("user_emails", "address_key = 'evil@example.net'").await, 0, "{ended}");
    }
}
