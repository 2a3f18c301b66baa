//! The keys of an account: proved before they come in, and their owner's alone.

use doorward::domain::sessions::Place;
use doorward::domain::{signature_keys, users};

use crate::support::{Answer, Browser, TestApp, UserKey};

async fn app() -> TestApp {
    TestApp::with(|c| c.login.signature = true).await
}

/// The value of a field of any form of the page.
#[track_caller]
fn field(page: &Answer, name: &str) -> String {
    let text = page.text();
    let (_, rest) =
        text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {page:?}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The token of the page's own forms; the one before it is for signing out.
#[track_caller]
fn csrf(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("action=\"/account/keys").unwrap_or_else(|| panic!("no form: {page:?}"));
    let (_, rest) = rest.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The text that the page asks to sign.
#[track_caller]
fn message(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("<code>Add the key ").unwrap_or_else(|| panic!("no text: {page:?}"));
    format!("Add the key {}", rest.split('<').next().unwrap()).replace("&#x2F;", "/")
}

async fn ask(browser: &mut Browser<'_>, key: &UserKey, name: &str) -> Answer {
    let page = browser.open("/account/keys").await;
    page.assert_page(200);
    let token = csrf(&page);
    browser.post("/account/keys", &[("csrf", &token), ("public_key", &key.public()), ("name", name)]).await
}

async fn prove(browser: &mut Browser<'_>, page: &Answer, signature: &str) -> Answer {
    let fields = [("csrf", csrf(page)), ("challenge", field(page, "challenge"))];
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    fields.push(("signature", signature));
    browser.post("/account/keys/prove", &fields).await
}

#[tokio::test]
async fn a_key_is_added_with_its_own_signature_named_and_removed() {
    let t = app().await;
    let mut browser = t.alice().await;
    let key = UserKey::secp256k1(1);
    let page = ask(&mut browser, &key, "My  laptop").await;
    page.assert_page(200);
    let text = message(&page);
    assert!(text.contains(" to the account alice at https://id.example; nonce "), "{text}");
    // A wrong signature leaves the text good.
    let wrong = prove(&mut browser, &page, &key.sign("another text")).await;
    wrong.assert_page(422);
    assert_eq!(message(&wrong), text);
    let broken = format!("{}\r\n", key.sign(&text));
    let answer = prove(&mut browser, &wrong, &broken).await;
    assert_eq!(answer.location(), Some("/account/keys?saved=key-added"), "{answer:?}");
    let list = browser.follow(answer).await;
    assert!(list.text().contains("My laptop") && list.text().contains("role=\"status\""), "{list:?}");
    // Once only.
    prove(&mut browser, &page, &key.sign(&text)).await.assert_page(422);
    let id = field(&list, "key");
    let token = csrf(&list);
    let renamed = browser.post("/account/keys/rename", &[("csrf", &token), ("key", &id), ("name", "Desk")]).await;
    assert!(browser.follow(renamed).await.text().contains("Desk"));
    let long = "x".repeat(61);
    browser.post("/account/keys/rename", &[("csrf", &token), ("key", &id), ("name", &long)]).await.assert_page(422);
    let gone = browser.post("/account/keys/remove", &[("csrf", &token), ("key", &id)]).await;
    assert_eq!(gone.location(), Some("/account/keys?saved=key-removed"));
    for kind in ["added", "renamed", "removed"] {
        assert_eq!(t.count("events", &format!("kind = 'signature_key.{kind}'")).await, 1, "{kind}");
    }
    // Told by mail, with a way to say "this was not me".
    let mails = t.mails().await;
    assert_eq!(mails.iter().filter(|m| m.text.contains("/not-me?token=")).count(), 2, "{mails:?}");
}

#[tokio::test]
async fn nobody_adds_or_touches_what_is_not_theirs() {
    let t = app().await;
    let key = UserKey::ed25519(1);
    let id = t.register_key("bob", &key).await.to_string();
    let mut browser = t.alice().await;
    let page = browser.open("/account/keys").await;
    let token = csrf(&page);
    assert!(!page.text().contains(&key.public()));
    for path in ["/account/keys/rename", "/account/keys/remove"] {
        browser.post(path, &[("csrf", &token), ("key", &id), ("name", "mine")]).await.assert_page(404);
        browser.post(path, &[("csrf", "wrong"), ("key", &id), ("name", "mine")]).await.assert_page(403);
    }
    // A key that is somebody's, even where its owner signs.
    let asked = ask(&mut browser, &key, "").await;
    prove(&mut browser, &asked, &key.sign(&message(&asked))).await.assert_page(422);
    assert_eq!(t.count("signature_keys", "name = 'Laptop'").await, 1);
    // Alice's challenge in bob's hands.
    let new = UserKey::ed25519(2);
    let asked = ask(&mut browser, &new, "").await;
    let mut bob = t.signed_in("bob").await;
    let token = csrf(&bob.open("/account/keys").await);
    let fields = [
        ("csrf", token.as_str()),
        ("challenge", &field(&asked, "challenge")),
        ("signature", &new.sign(&message(&asked))),
    ];
    bob.post("/account/keys/prove", &fields).await.assert_page(422);
    assert_eq!(t.count("signature_keys", "1 = 1").await, 1);
    t.clock.advance_s(601);
    let stale = browser.post("/account/keys", &[("csrf", &token), ("public_key", &new.public())]).await;
    assert_eq!(stale.status, 303, "the sign-in is not recent: {stale:?}");
}

#[tokio::test]
async fn what_is_no_key_is_said_at_its_field() {
    let t = app().await;
    let mut browser = t.alice().await;
    let token = csrf(&browser.open("/account/keys").await);
    for bad in ["", "abc", "-----BEGIN PRIVATE KEY-----"] {
        let page = browser.post("/account/keys", &[("csrf", &token), ("public_key", bad), ("name", "x")]).await;
        page.assert_page(422);
        assert!(page.text().contains("aria-invalid=\"true\""), "{page:?}");
    }
    let key = UserKey::ed25519(1).public();
    let long = "x".repeat(61);
    browser.post("/account/keys", &[("csrf", &token), ("public_key", &key), ("name", &long)]).await.assert_page(422);
}

#[tokio::test]
async fn twenty_are_enough_and_the_only_way_in_stays() {
    let t = app().await;
    for n in 0..20 {
        t.register_key("alice", &UserKey::ed25519(n)).await;
    }
    let mut browser = t.alice().await;
    ask(&mut browser, &UserKey::ed25519(77), "").await.assert_page(422);
    assert_eq!(t.count("signature_keys", "1 = 1").await, 20);
}

#[tokio::test]
async fn the_only_way_in_is_not_removed() {
    let t = app().await;
    let id = t.id_of("bob").await;
    let key = t.register_key("bob", &UserKey::ed25519(1)).await;
    // bob's address is not proved; without a password the key is all there is.
    t.app.db.execute("DELETE FROM password_credentials WHERE user_id = ?", [id.into()]).await.unwrap();
    let refused = signature_keys::remove(&t.app, id, key, &Place::default()).await.unwrap_err();
    assert!(matches!(refused, doorward::domain::Error::Conflict(_)), "{refused}");
    let other = t.register_key("bob", &UserKey::ed25519(2)).await;
    signature_keys::remove(&t.app, id, key, &Place::default()).await.unwrap();
    assert!(signature_keys::remove(&t.app, id, other, &Place::default()).await.is_err());
    assert_eq!(signature_keys::list(&t.app, id).await.unwrap().len(), 1);
    users::remove(&t.app, id).await.unwrap();
    assert_eq!(t.count("signature_keys", "1 = 1").await, 0);
}
