//! Every way in, under every rule: whichever way somebody comes, the same holds. A new way in is a line in [`WAYS`].

use doorward::config::{MfaPolicy, UpstreamKind};
use doorward::domain::upstream::Account;
use doorward::domain::users;
use entity::upstream_links;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use super::passkey;
use crate::support::provider::{self, IDP, Provider};
use crate::support::{Answer, Ask, Authenticator, Browser, PASSWORD, TestApp, UserKey, form};

/// A way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Password,
    MailedLink,
    MailedCode,
    Passkey,
    Elsewhere,
    Signature,
}

const WAYS: [Way; 6] = [Way::Password, Way::MailedLink, Way::MailedCode, Way::Passkey, Way::Elsewhere, Way::Signature];

impl Way {
    /// A passkey that verified its user is two factors in one; every other way is one.
    fn is_multi(self) -> bool {
        self == Self::Passkey
    }

    /// Whether it proves an address.
    fn is_by_mail(self) -> bool {
        matches!(self, Self::MailedLink | Self::MailedCode)
    }

    /// Whether somebody could get in by guessing.
    fn is_guessable(self) -> bool {
        matches!(self, Self::Password | Self::MailedCode)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    SignedIn,
    ToSecond,
    ToEnrol,
    Refused,
}

/// A house in which somebody has every way in.
struct House {
    t: TestApp,
    provider: Provider,
    who: &'static str,
    key: UserKey,
    authenticator: Authenticator,
}

impl House {
    async fn of(who: &'static str, change: impl FnOnce(&mut doorward::config::Config)) -> Self {
        let mut house = Self::of_nobody(who, change).await;
        let id = house.t.id_of(who).await;
        passkey::give(&house.t, who, &mut house.authenticator).await;
        house.t.register_key(who, &house.key).await;
        let account = Account { issuer: IDP.to_owned(), subject: "sub-1".to_owned(), ..Account::default() };
        let link = upstream_links::ActiveModel {
            id: Set(house.t.app.new_id().unwrap()),
            user_id: Set(id),
            provider: Set("idp".to_owned()),
            key_hash: Set(account.key_hash().to_vec()),
            issuer: Set(account.issuer),
            subject: Set(account.subject),
            email: Set(None),
            name: Set(None),
            created_at: Set(house.t.app.clock.now_ms()),
            last_used_at: Set(None),
        };
        upstream_links::Entity::insert(link).exec_without_returning(house.t.app.db.write()).await.unwrap();
        house
    }

    /// Where `who` is somebody whom the house does not know.
    async fn of_nobody(who: &'static str, change: impl FnOnce(&mut doorward::config::Config)) -> Self {
        let t = TestApp::with(|c| {
            c.login.signature = true;
            let mut rules = provider::rules(UpstreamKind::Oidc);
            rules.sign_up = None;
            c.upstream.insert("idp".to_owned(), rules);
            change(c);
        })
        .await;
        let provider = Provider::new(&t.clock, IDP);
        t.fetch.serve(IDP, provider.router());
        Self { t, provider, who, key: UserKey::ed25519(9), authenticator: Authenticator::new() }
    }

    /// Goes the whole way in a browser of its own.
    async fn go(&mut self, way: Way) -> Came {
        self.go_after(way, async |_| {}).await
    }

    /// The same; `between` happens when the way was begun, before the last proof.
    async fn go_after(&mut self, way: Way, between: impl AsyncFnOnce(&TestApp)) -> Came {
        let t = &self.t;
        // One mail after the other.
        t.clock.advance_s(1);
        let before = t.count("browser_sessions", "ended_at IS NULL").await;
        let mut browser = t.browser();
        let answer = match way {
            Way::Password => {
                let page = browser.open("/login").await;
                between(t).await;
                browser.submit_once(&page, &[("username", self.who), ("password", PASSWORD)], "").await
            }
            Way::MailedLink | Way::MailedCode => {
                let page = browser.open("/login/mail").await;
                let page = browser.submit(&page, &[("username", self.who)], "").await;
                let address = format!("{}@example.com", self.who);
                let mail = t.mails_to(&address).await.into_iter().rfind(|m| m.mail.kind == "magic_link");
                between(t).await;
                match mail {
                    None => return assert_stays_out(t, &browser, before).await,
                    Some(mail) if way == Way::MailedLink => {
                        let page = browser.open(&mail.path("/login/link")).await;
                        if page.status != 200 {
                            return assert_stays_out(t, &browser, before).await;
                        }
                        browser.submit_once(&page, &[], "").await
                    }
                    Some(mail) => browser.submit_once(&page, &[("code", &mail.code())], "").await,
                }
            }
            Way::Passkey => {
                if t.count("passkeys", "1 = 1").await == 0 {
                    // A passkey of another house.
                    let other = TestApp::new().await;
                    passkey::give(&other, "alice", &mut self.authenticator).await;
                }
                between(t).await;
                passkey::sign_in(&mut browser, &mut self.authenticator).await
            }
            Way::Elsewhere => {
                let (_, away) = provider::leave(&mut browser, "idp").await;
                let answer = self.provider.answer(away.location().unwrap());
                between(t).await;
                provider::come_back(&mut browser, "idp", &answer).await
            }
            Way::Signature => {
                let ask = json!({ "public_key": self.key.public() });
                let challenge = browser.post_json("/login/signature/challenge", &ask).await.json();
                between(t).await;
                let signature = self.key.sign(challenge["message"].as_str().unwrap());
                let body = json!({ "challenge": challenge["challenge"], "public_key": self.key.public(),
                    "signature": signature });
                browser.post_json("/login/signature", &body).await
            }
        };
        let leads = answer.location().map(str::to_owned).or_else(|| {
            let json = serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?;
            json["location"].as_str().map(str::to_owned)
        });
        match leads {
            Some(to) if to.contains("/login/second?") => {
                assert_stays_out(t, &browser, before).await;
                Came::ToSecond
            }
            Some(to) if to.contains("/login/enrol?") => {
                assert_stays_out(t, &browser, before).await;
                Came::ToEnrol
            }
            Some(to) if !to.contains("/login") && answer.status < 400 => {
                let silent = browser.get(&Ask::new("web").set("prompt", "none").path()).await;
                assert!(silent.param("code").is_some(), "{way:?}: {silent:?}");
                Came::SignedIn
            }
            _ => assert_stays_out(t, &browser, before).await,
        }
    }
}

/// There is no session more than before, and an app gets nothing from this browser.
async fn assert_stays_out(t: &TestApp, browser: &Browser<'_>, before: i64) -> Came {
    assert_eq!(t.count("browser_sessions", "ended_at IS NULL").await, before);
    let silent = browser.at(t).get(&Ask::new("web").set("prompt", "none").path()).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"), "{silent:?}");
    Came::Refused
}

#[tokio::test]
async fn every_way_leads_in() {
    let mut house = House::of("alice", |c| c.mfa.policy = MfaPolicy::Off).await;
    for way in WAYS {
        assert_eq!(house.go(way).await, Came::SignedIn, "{way:?}");
    }
}

#[tokio::test]
async fn whoever_is_switched_off_stays_out_by_every_way() {
    let mut house = House::of("alice", |_| {}).await;
    let id = house.t.id_of("alice").await;
    for way in WAYS {
        users::set_disabled(&house.t.app, id, true).await.unwrap();
        assert_eq!(house.go(way).await, Came::Refused, "{way:?}");
        // Also who is switched off while on the way.
        users::set_disabled(&house.t.app, id, false).await.unwrap();
        let came = house.go_after(way, async |t| users::set_disabled(&t.app, id, true).await.unwrap()).await;
        assert_eq!(came, Came::Refused, "{way:?}, on the way");
    }
}

#[tokio::test]
async fn whoever_is_locked_stays_out_by_every_way() {
    let lock = "UPDATE users SET locked_at = 1 WHERE username = 'alice'";
    let mut house = House::of("alice", |_| {}).await;
    for way in WAYS {
        house.t.app.db.execute("UPDATE users SET locked_at = NULL", []).await.unwrap();
        let came = house.go_after(way, async |t| assert_eq!(t.app.db.execute(lock, []).await.unwrap(), 1)).await;
        assert_eq!(came, Came::Refused, "{way:?}, on the way");
        assert_eq!(house.go(way).await, Came::Refused, "{way:?}");
    }
}

/// An address that nobody proved neither lets in nor keeps out, and no way but the mail itself makes it proved.
#[tokio::test]
async fn an_unverified_address_is_proved_by_a_mail_and_by_nothing_else() {
    let proved = "address_key = 'bob@example.com' AND verified_at IS NOT NULL";
    for way in WAYS {
        let mut house = House::of("bob", |c| c.mfa.policy = MfaPolicy::Off).await;
        house.provider.play().claims = json!({ "email": "bob@example.com", "email_verified": true });
        assert_eq!(house.go(way).await, Came::SignedIn, "{way:?}");
        assert_eq!(house.t.count("user_emails", proved).await, i64::from(way.is_by_mail()), "{way:?}");
    }
}

#[tokio::test]
async fn two_factors_are_asked_of_who_has_a_second_one_by_every_way() {
    // The passkey that the house gives is a second factor, and so is the phone.
    let mut house = House::of("alice", |_| {}).await;
    house.t.phone("alice").await;
    for way in WAYS {
        let expected = if way.is_multi() { Came::SignedIn } else { Came::ToSecond };
        assert_eq!(house.go(way).await, expected, "{way:?}");
    }
}

#[tokio::test]
async fn who_must_have_a_second_factor_and_has_none_sets_one_up_by_every_way() {
    let mut house = House::of("alice", |c| {
        c.mfa.policy = MfaPolicy::Off;
        c.mfa.required_groups = vec!["staff".into()];
    })
    .await;
    assert_eq!(house.go(Way::Passkey).await, Came::SignedIn);
    house.t.app.db.execute("DELETE FROM passkeys", []).await.unwrap();
    for way in WAYS.into_iter().filter(|w| !w.is_multi()) {
        assert_eq!(house.go(way).await, Came::ToEnrol, "{way:?}");
    }
}

#[tokio::test]
async fn where_registration_is_closed_nobody_new_gets_in_by_any_way() {
    let mut house = House::of_nobody("carol", |_| {}).await;
    for way in WAYS {
        assert_eq!(house.go(way).await, Came::Refused, "{way:?}");
    }
    assert_eq!(house.t.count("users", "1 = 1").await, 2);
    assert_eq!(house.t.count("upstream_links", "1 = 1").await, 0);
    assert_eq!(house.t.count("outbox", "kind = 'magic_link'").await, 0);
}

#[tokio::test]
async fn whoever_begins_too_often_is_slowed_down_on_every_way() {
    let house = House::of("alice", |c| c.throttle.flows_per_address = 6).await;
    let mut browser = house.t.browser();
    // The ways begin on these pages.
    for path in ["/login", "/login/mail", "/login", "/login/mail", "/login", "/login"] {
        browser.open(path).await.assert_page(200);
    }
    for path in ["/login", "/login/mail"] {
        let slowed: Answer = browser.open(path).await;
        slowed.assert_page(429);
        assert!(slowed.header("retry-after").is_some(), "{slowed:?}");
    }
    let ask = json!({ "public_key": house.key.public() });
    assert_eq!(browser.post_json("/login/signature/challenge", &ask).await.status, 429);
}

#[tokio::test]
async fn whoever_guesses_too_often_is_slowed_down_on_every_way_that_can_be_guessed() {
    let mut house = House::of("alice", |c| {
        c.mfa.policy = MfaPolicy::Off;
        c.throttle.login_per_address = 3;
    })
    .await;
    let t = &house.t;
    for name in ["a", "b", "c"] {
        let mut browser = t.browser();
        let page = browser.open("/login").await;
        assert!(!form(&page).fields.is_empty());
        browser.submit(&page, &[("username", name), ("password", "wrong")], "").await.assert_page(422);
    }
    for way in WAYS.into_iter().filter(|w| w.is_guessable()) {
        assert_eq!(house.go(way).await, Came::Refused, "{way:?}");
    }
    // What cannot be guessed is not slowed down by who guesses elsewhere, and who waits gets in.
    for way in [Way::MailedLink, Way::Passkey, Way::Elsewhere] {
        assert_eq!(house.go(way).await, Came::SignedIn, "{way:?}");
    }
    house.t.clock.advance_s(61);
    for way in WAYS {
        assert_eq!(house.go(way).await, Came::SignedIn, "{way:?}");
    }
}
