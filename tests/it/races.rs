//! Whatever is good once: 32 takers at two processes, one winner. On the database of the whole suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward::app::App;
use doorward::config::RegistrationMode;
use doorward::domain::action_tokens::{self, New, Purpose};
use doorward::domain::credentials::Ends;
use doorward::domain::invitations::{self, NewInvitation};
use doorward::domain::sessions::Place;
use doorward::domain::{flows, recovery, recovery_codes, signature_keys, totp, users};
use doorward::platform::public_key::PublicKey;
use serde_json::json;

use crate::support::{TestApp, UserKey, at_once};

const TAKERS: usize = 32;

/// All of them; the match beside it does not compile without a new one.
const PURPOSES: [Purpose; 12] = [
    Purpose::Setup,
    Purpose::VerifyEmail,
    Purpose::ResetPassword,
    Purpose::MagicLink,
    Purpose::NotMe,
    Purpose::Upstream,
    Purpose::UpstreamAnswer,
    Purpose::UpstreamLink,
    Purpose::Signature,
    Purpose::SignatureKey,
    Purpose::PasskeyRegistration,
    Purpose::TotpEnrolment,
];

fn listed(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Setup
        | Purpose::VerifyEmail
        | Purpose::ResetPassword
        | Purpose::MagicLink
        | Purpose::NotMe
        | Purpose::Upstream
        | Purpose::UpstreamAnswer
        | Purpose::UpstreamLink
        | Purpose::Signature
        | Purpose::SignatureKey
        | Purpose::PasskeyRegistration
        | Purpose::TotpEnrolment => PURPOSES.contains(&purpose),
    }
}

/// Two processes on one database.
struct House {
    t: TestApp,
    other: TestApp,
}

impl House {
    async fn new() -> Arc<Self> {
        let t = TestApp::with(|c| {
            c.login.signature = true;
            c.registration.mode = RegistrationMode::Invite;
            c.throttle.login_free_attempts = 1000;
        })
        .await;
        let other = t.replica().await;
        Arc::new(Self { t, other })
    }

    fn app(&self, n: usize) -> &App {
        if n.is_multiple_of(2) { &self.t.app } else { &self.other.app }
    }

    /// Runs the takers; gives how many of them won.
    async fn winners<F>(self: &Arc<Self>, take: impl Fn(Arc<Self>, usize) -> F) -> usize
    where
        F: Future<Output = bool> + Send + 'static,
    {
        at_once(TAKERS, |n| take(Arc::clone(self), n)).await.into_iter().filter(|won| *won).count()
    }
}

async fn issued(app: &App, purpose: Purpose) -> String {
    let data = json!({});
    let new = New { purpose, user_id: None, subject: Some("race"), browser_hash: None, data: &data, ttl_s: 600 };
    let tx = app.db.begin_write().await.unwrap();
    let text = action_tokens::issue(app, &tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    text
}

/// As every door does it: look, then take in a transaction.
async fn take(app: &App, purpose: Purpose, text: &str) -> bool {
    let Some(token) = action_tokens::look(app, purpose, text).await.unwrap() else { return false };
    let tx = app.db.begin_write().await.unwrap();
    let taken = action_tokens::consume(app, &tx, purpose, &token).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_each_purpose_is_taken_once() {
    let house = House::new().await;
    for purpose in PURPOSES {
        assert!(listed(purpose));
        let text = Arc::new(issued(&house.t.app, purpose).await);
        // Whoever takes it for something else wins nothing, and takes nothing away.
        let wrong = PURPOSES[(PURPOSES.iter().position(|p| *p == purpose).unwrap() + 1) % PURPOSES.len()];
        let strangers = Arc::new(AtomicUsize::new(0));
        let winners = house
            .winners(|house, n| {
                let (text, strangers) = (Arc::clone(&text), Arc::clone(&strangers));
                async move {
                    let app = house.app(n);
                    if n % 8 == 7 && take(app, wrong, &text).await {
                        strangers.fetch_add(1, Ordering::SeqCst);
                    }
                    take(app, purpose, &text).await
                }
            })
            .await;
        assert_eq!((winners, strangers.load(Ordering::SeqCst)), (1, 0), "{purpose:?}");
        assert!(!take(house.app(1), purpose, &text).await, "{purpose:?}: once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_fails_leaves_its_token_to_the_next() {
    let house = House::new().await;
    let text = Arc::new(issued(&house.t.app, Purpose::ResetPassword).await);
    let winners = house
        .winners(|house, n| {
            let text = Arc::clone(&text);
            async move {
                let app = house.app(n);
                if n != 31 {
                    let Some(token) = action_tokens::look(app, Purpose::ResetPassword, &text).await.unwrap() else {
                        return false;
                    };
                    let tx = app.db.begin_write().await.unwrap();
                    action_tokens::consume(app, &tx, Purpose::ResetPassword, &token).await.unwrap();
                    tx.rollback().await.unwrap();
                    return false;
                }
                take(app, Purpose::ResetPassword, &text).await
            }
        })
        .await;
    assert_eq!(winners, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_a_code_are_counted_by_all_processes_together() {
    let house = House::new().await;
    let text = Arc::new(issued(&house.t.app, Purpose::MagicLink).await);
    let winners = house
        .winners(|house, n| {
            let text = Arc::clone(&text);
            async move {
                let app = house.app(n);
                let token = action_tokens::look(app, Purpose::MagicLink, &text).await.unwrap().unwrap();
                action_tokens::reserve_guess(app, &token, 5).await.unwrap()
            }
        })
        .await;
    assert_eq!(winners, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_is_finished_once_and_its_challenge_taken_once() {
    let house = House::new().await;
    let browser = [3; 32];
    let id = flows::start(&house.t.app, "{\"to\":\"home\"}", &browser).await.unwrap();
    let mut flow = flows::find(&house.t.app, &id, Some(&browser)).await.unwrap().unwrap();
    flow.state.challenge = Some(json!("sign this"));
    flows::save(&house.t.app, &flow).await.unwrap();
    let flow = Arc::new(flow);
    let challenges = house
        .winners(|house, n| {
            let mut flow = (*flow).clone();
            async move { flows::take_challenge(house.app(n), &mut flow).await.unwrap().is_some() }
        })
        .await;
    let ends = house
        .winners(|house, n| {
            let flow = Arc::clone(&flow);
            async move { flows::finish(house.app(n), &flow).await.unwrap() }
        })
        .await;
    assert_eq!((challenges, ends), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_accepted_by_one() {
    let house = House::new().await;
    let new = NewInvitation { email: None, groups: Vec::new(), ttl_s: None, created_by: None };
    let id = invitations::create(&house.t.app, new).await.unwrap().invitation.id;
    let (alice, bob) = (house.t.id_of("alice").await, house.t.id_of("bob").await);
    let winners = house
        .winners(|house, n| async move {
            let app = house.app(n);
            let tx = app.db.begin_write().await.unwrap();
            let who = if n % 3 == 0 { alice } else { bob };
            let taken = invitations::accept(app, &tx, id, who).await.unwrap();
            tx.commit().await.unwrap();
            taken
        })
        .await;
    assert_eq!(winners, 1);
    assert_eq!(house.t.count("events", "kind = 'invitation.accepted'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_and_a_step_of_the_app_get_one_in() {
    let house = House::new().await;
    let phone = house.t.phone("alice").await;
    let id = house.t.id_of("alice").await;
    for code in [phone.codes[0].clone(), phone.code(&house.t, 0)] {
        let is_step = code.len() == 6;
        let code = Arc::new(code);
        let winners = house
            .winners(|house, n| {
                let code = Arc::clone(&code);
                async move {
                    let outcome = if is_step {
                        totp::check(house.app(n), id, &code).await
                    } else {
                        recovery_codes::take(house.app(n), id, &code, &Place::default()).await
                    };
                    outcome.unwrap() == totp::Outcome::Proved
                }
            })
            .await;
        assert_eq!(winners, 1, "step: {is_step}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_counts_once_and_a_key_is_one_persons() {
    let house = House::new().await;
    let key = UserKey::ed25519(1);
    let public = PublicKey::parse(&key.public()).unwrap();
    let place = Place::default();
    // Both want it, each with a challenge of their own that the key has signed.
    let mut asked = Vec::new();
    for name in ["alice", "bob"] {
        let person = users::find(&house.t.app, house.t.id_of(name).await).await.unwrap();
        let begun =
            signature_keys::begin_adding(&house.t.app, &person, &public, "", &place.browser_hash).await.unwrap();
        asked.push((person.id, begun.token, key.raw(&begun.message)));
    }
    let asked = Arc::new(asked);
    let owners = house
        .winners(|house, n| {
            let asked = Arc::clone(&asked);
            async move {
                let (id, token, signature) = &asked[n / 2 % 2];
                signature_keys::add(house.app(n), *id, token, signature, &Place::default()).await.unwrap().is_ok()
            }
        })
        .await;
    assert_eq!(owners, 1);
    assert_eq!(house.t.count("signature_keys", "1 = 1").await, 1);
    let begun = signature_keys::begin_sign_in(&house.t.app, &public, None).await.unwrap();
    let answer = Arc::new((begun.token, public, key.raw(&begun.message)));
    let signed_in = house
        .winners(|house, n| {
            let answer = Arc::clone(&answer);
            async move {
                let (token, public, signature) = &*answer;
                signature_keys::prove(house.app(n), token, public, signature, &[0; 32]).await.unwrap().is_ok()
            }
        })
        .await;
    assert_eq!(signed_in, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_adds_a_way_in_while_its_owner_takes_everything_back_meets_no_fault() {
    let house = House::new().await;
    for round in 0..8 {
        let mut ready = Vec::new();
        for (n, name) in ["alice", "bob"].into_iter().enumerate() {
            let person = users::find(&house.t.app, house.t.id_of(name).await).await.unwrap();
            let key = UserKey::ed25519(u8::try_from(2 * round + n).unwrap());
            let public = PublicKey::parse(&key.public()).unwrap();
            let begun = signature_keys::begin_adding(&house.t.app, &person, &public, "", &[0; 32]).await.unwrap();
            let data = json!({ "email": format!("{name}@example.com"), "opens": true });
            let new = New {
                purpose: Purpose::ResetPassword,
                user_id: Some(person.id),
                subject: None,
                browser_hash: None,
                data: &data,
                ttl_s: 600,
            };
            let tx = house.t.app.db.begin_write().await.unwrap();
            let link = action_tokens::issue(&house.t.app, &tx, &new).await.unwrap();
            tx.commit().await.unwrap();
            let signature = key.raw(&begun.message);
            ready.push((person.id, begun.token, signature, link));
        }
        let ready = Arc::new(ready);
        // Each of them twice: one at each process. Whatever comes of it, nobody is told that we failed.
        let resets = at_once(8, |n| {
            let (house, ready) = (Arc::clone(&house), Arc::clone(&ready));
            async move {
                let (app, (id, token, signature, link)) = (house.app(n), &ready[n / 2 % 2]);
                if n < 4 {
                    let _refused = signature_keys::add(app, *id, token, signature, &Place::default()).await.unwrap();
                    return false;
                }
                let Some(found) = action_tokens::look(app, Purpose::ResetPassword, link).await.unwrap() else {
                    return false;
                };
                let phc = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g";
                recovery::reset(app, &found, phc, Ends::All, &Place::default()).await.unwrap()
            }
        })
        .await;
        assert_eq!(resets.iter().filter(|done| **done).count(), 2, "one for each");
    }
}
