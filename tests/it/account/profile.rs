//! Profile, user name, language.

use super::tools::{assert_saved, assert_sign_in, csrf, grow_stale, post};
use crate::support::TestApp;
use doorward::domain::throttle::{self, Subject};
use doorward::domain::users;

#[tokio::test]
async fn people_change_what_they_say_of_themselves_and_nothing_else() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let fields = [
        ("name", " Alice A. "),
        ("given_name", ""),
        ("website", "https://alice.example"),
        ("picture", "https://alice.example/me.jpg"),
        ("zoneinfo", "Europe/Berlin"),
        ("email_verified", "true"),
        ("groups", "admins"),
        ("phone_number", "1"),
        ("phone_number_verified", "true"),
        ("sub", "x"),
    ];
    let answer = post(&mut browser, "/account/profile", &fields).await;
    let page = assert_saved(&mut browser, &answer, "profile").await;
    assert!(page.text().contains("Alice A."));
    let alice = users::find(&t.app, t.id_of("alice").await).await.unwrap();
    assert_eq!(alice.name.as_deref(), Some("Alice A."));
    let profile = serde_json::to_value(&alice.profile).unwrap();
    assert_eq!(profile["website"], "https://alice.example");
    assert_eq!(profile["picture"], "https://alice.example/me.jpg");
    assert_eq!(profile.get("given_name"), None);
    assert_eq!(profile["family_name"], "Ames", "what is not named stays");
    assert_eq!(profile["phone_number"], "+49 30 1234567");
    for strange in ["email_verified", "groups", "phone_number_verified", "sub"] {
        assert_eq!(profile.get(strange), None, "{strange}");
    }
    assert_eq!(t.count("events", "kind = 'profile.changed'").await, 1);
    // The same again changes nothing and is no event.
    post(&mut browser, "/account/profile", &[("name", "Alice A.")]).await;
    assert_eq!(t.count("events", "kind = 'profile.changed'").await, 1);
    // A picture that came from elsewhere is shown and can be taken away.
    let page = browser.open("/account/profile").await;
    assert!(page.text().contains("value=\"https://alice.example/me.jpg\""), "{page:?}");
    post(&mut browser, "/account/profile", &[("picture", "")]).await;
    let alice = users::find(&t.app, t.id_of("alice").await).await.unwrap();
    assert_eq!(alice.profile.get("picture"), None);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for (field, value) in [
        ("website", "javascript:alert(1)"),
        ("picture", "data:image/png;base64,AA"),
        ("locale", "<en>"),
        ("zoneinfo", "nowhere!"),
        ("name", "a\u{202e}b"),
    ] {
        let page = post(&mut browser, "/account/profile", &[(field, value)]).await;
        page.assert_page(422);
        assert!(page.text().contains("aria-invalid=\"true\"") && !page.text().contains("value=\"<"), "{field}");
    }
    assert_eq!(t.count("events", "kind = 'profile.changed'").await, 0);
}

#[tokio::test]
async fn a_user_name_is_changed_by_its_rules() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for (name, words) in [
        ("bob", "taken"),
        ("BOB", "taken"),
        ("bob@example.com", "confirmed addresses"),
        ("nobody@example.com", "confirmed addresses"),
        ("a b", "letters, digits"),
        ("", "1 to 100"),
        ("\u{430}lice", "one script"),
    ] {
        let page = post(&mut browser, "/account/profile/username", &[("username", name)]).await;
        page.assert_page(422);
        assert!(page.text().contains(words), "{name}: {page:?}");
    }
    let answer = post(&mut browser, "/account/profile/username", &[("username", "alice2")]).await;
    assert_saved(&mut browser, &answer, "username").await;
    assert_eq!(t.count("users", "username = 'alice2' AND username_key = 'alice2'").await, 1);
    assert_eq!(t.count("events", "kind = 'user.renamed'").await, 1);
    assert_eq!(t.mails_to("alice@example.com").await.len(), 1);
    // The old name is free, the new one signs in, an own address is a good name too.
    t.signed_in("alice2").await;
    let answer = post(&mut browser, "/account/profile/username", &[("username", "Alice@Example.com")]).await;
    assert_saved(&mut browser, &answer, "username").await;
    // A stale sign-in does not do.
    let token = csrf(&browser.get("/account/profile").await);
    grow_stale(&t);
    let answer = browser.post("/account/profile/username", &[("csrf", &token), ("username", "eve")]).await;
    assert_sign_in(&mut browser, &answer).await;
    assert_eq!(t.count("users", "username = 'eve'").await, 0);
}

#[tokio::test]
async fn names_cannot_be_tried_without_end() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let mut last = String::new();
    for _ in 0..21 {
        last = post(&mut browser, "/account/profile/username", &[("username", "bob")]).await.text().to_owned();
    }
    assert!(last.contains("Too many tries"));
}

#[tokio::test]
async fn pages_and_mail_come_in_the_language_that_was_chosen() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    browser.language = Some("fr");
    assert!(browser.get("/account").await.text().contains("<html lang=\"fr\""));
    let answer = post(&mut browser, "/account/language", &[("language", "de")]).await;
    let page = assert_saved(&mut browser, &answer, "language").await;
    assert!(page.text().contains("<html lang=\"de\""), "{page:?}");
    assert!(browser.get("/").await.text().contains("<html lang=\"de\""));
    // An error page too; and this request alone in another.
    assert!(browser.get("/account/nowhere").await.text().contains("<html lang=\"de\""));
    assert!(browser.get("/account?ui_locales=en").await.text().contains("<html lang=\"en\""));
    assert!(browser.get("/account").await.text().contains("<html lang=\"de\""));
    post(&mut browser, "/account/profile/username", &[("username", "alice3")]).await;
    let mail = &t.mails_to("alice@example.com").await[0];
    assert!(mail.html.contains("<html lang=\"de\""), "{mail:?}");
    // In another browser as well, once she is known.
    let mut other = t.browser();
    other.language = Some("fr");
    other.sign_in("alice3").await;
    assert!(other.get("/account").await.text().contains("<html lang=\"de\""));
    for wrong in ["xx", ""] {
        post(&mut browser, "/account/language", &[("language", wrong)]).await.assert_page(400);
    }
    post(&mut browser, "/account/language", &[("language", "browser")]).await;
    assert!(browser.get("/account").await.text().contains("<html lang=\"fr\""));
}

#[tokio::test]
async fn nobody_else_uses_up_the_names_that_a_person_may_try() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let id = t.id_of("alice").await;
    // What a stranger types into the sign-in page is counted by itself, whatever it is.
    for typed in [format!("rename:{id}"), format!("rename{id}"), id.to_string()] {
        for _ in 0..30 {
            assert!(throttle::take(&t.app, &Subject::Account(typed.clone(), String::new()), 1000, 3600).await.unwrap());
        }
    }
    for _ in 0..20 {
        let page = post(&mut browser, "/account/profile/username", &[("username", "bob")]).await;
        assert!(page.text().contains("taken"), "{page:?}");
    }
    assert!(!throttle::take(&t.app, &Subject::Rename(id), 20, 3600).await.unwrap());
    post(&mut browser, "/account/profile/username", &[("username", "alice2")]).await.assert_page(422);
    assert_eq!(t.count("users", "username_key = 'alice2'").await, 0);
}
