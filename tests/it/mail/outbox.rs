//! What is posted is sent: once, later where it cannot be now, and not at all when its link is no longer good.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward::app::App;
use doorward::jobs;
use doorward::mail::outbox::{self, State};
use doorward::mail::transport::SendError;
use doorward::mail::{Recipient, messages, post};
use doorward::platform::templates::Lang;

use super::stub::Stub;
use super::{column, post_to};
use crate::support::{PASSWORD, TestApp, at_once};

async fn run(app: &App) {
    outbox::run(app).await.unwrap().join_all().await;
}

#[tokio::test]
async fn a_mail_leaves_with_all_its_parts_and_what_was_in_it_is_forgotten() {
    let t = TestApp::new().await;
    post_to(&t, "Alice.Ames@example.com", 60).await;
    assert_eq!(column(&t, "state").await, "waiting");
    assert!(!t.dump("outbox").await.contains("s3cr3t"), "the link is a secret");
    let mail = t.mail("Alice.Ames@example.com", "verify_email").await;
    assert_eq!(mail.subject, "Confirm your email address");
    assert_eq!(mail.links, ["https://id.example/verify-email?token=s3cr3t"]);
    assert_eq!((mail.path("verify").as_str(), mail.token("verify").as_str()), ("/verify-email?token=s3cr3t", "s3cr3t"));
    assert!(
        mail.text.starts_with("Hello Alice,\n")
            && mail.html.contains("href=\"https://id.example/verify-email?token=s3cr3t\"")
    );
    let id = t.dump("outbox").await.split("id: ").nth(1).unwrap()[..36].to_owned();
    assert_eq!(mail.mail.message_id, format!("<{id}@id.example>"));
    assert_eq!((column(&t, "state").await.as_str(), column(&t, "attempts").await.as_str()), ("sent", "1"));
    assert!(t.dump("outbox").await.contains("sealed: []"), "{}", t.dump("outbox").await);
    assert_eq!(t.mails().await.len(), 1, "once");
}

#[tokio::test]
async fn a_mail_goes_with_the_change_that_causes_it_or_not_at_all() {
    let t = TestApp::new().await;
    let to = Recipient { address: "a@example.com".into(), lang: Lang::De, user_id: None };
    let message = messages::Invitation { link: "https://id.example/register?token=x".into(), days: 1 };
    let tx = t.app.db.begin_write().await.unwrap();
    post(&t.app, &tx, &to, &message, i64::MAX).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(t.mails().await.len(), 0);
    // An address with a header in it never gets as far as the outbox.
    for evil in ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "A <a@example.com>", "a", ""] {
        let tx = t.app.db.begin_write().await.unwrap();
        let to = Recipient { address: evil.into(), lang: Lang::En, user_id: None };
        assert!(post(&t.app, &tx, &to, &message, i64::MAX).await.is_err(), "{evil:?}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(t.count("outbox", "1 = 1").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_send_each_mail_once() {
    let t = TestApp::new().await;
    let stub = Arc::new(Stub::slow(Duration::from_millis(20)));
    let replicas = [t.replica_by(stub.clone()).await, t.replica_by(stub.clone()).await];
    for n in 0..24 {
        post_to(&t, &format!("person{n}@example.com"), 3600).await;
    }
    let apps = replicas.each_ref().map(|r| r.app.clone());
    at_once(6, |n| {
        let app = apps[n % 2].clone();
        async move { run(&app).await }
    })
    .await;
    assert_eq!(stub.tried(), 24);
    assert_eq!(t.count("outbox", "state = 'sent' AND attempts = 1").await, 24);
    let mut ids = stub.ids.lock().unwrap().clone();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 24);
}

#[tokio::test]
async fn a_replica_that_dies_in_the_middle_leaves_its_mail_to_another() {
    let t = TestApp::new().await;
    let hanging = Arc::new(Stub::slow(Duration::from_secs(3600)));
    let dying = t.replica_by(hanging.clone()).await;
    post_to(&t, "alice@example.com", 3600).await;
    let mut on_their_way = outbox::run(&dying.app).await.unwrap();
    while hanging.tried() == 0 {
        tokio::task::yield_now().await;
    }
    // kill -9: nothing is written down any more.
    on_their_way.abort_all();
    while on_their_way.join_next().await.is_some() {}
    assert_eq!(t.mails().await.len(), 0, "the lease holds");
    t.clock.advance_s(i64::try_from(t.app.config.mail.timeout).unwrap() + 61);
    let mails = t.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(
        *hanging.ids.lock().unwrap(),
        [mails[0].mail.message_id.clone()],
        "the same id, so that a mailbox can tell"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_now_is_tried_again_with_growing_pauses() {
    let t = TestApp::new().await;
    let stub = Arc::new(Stub::refusing(SendError::ForNow("450 later".into())));
    let replica = t.replica_by(stub.clone()).await;
    post_to(&t, "alice@example.com", 2 * 86_400).await;
    let mut pauses = Vec::new();
    while column(&t, "state").await == "waiting" && pauses.len() < 40 {
        let tried = stub.tried();
        let mut waited = 0;
        while stub.tried() == tried {
            t.clock.advance_s(5);
            waited += 5;
            run(&replica.app).await;
        }
        pauses.push(waited);
    }
    assert_eq!(pauses[..8], [5, 10, 30, 120, 600, 1800, 3600, 7200], "{pauses:?}");
    assert!(pauses.iter().sum::<i64>() <= 86_400, "{pauses:?}");
    assert_eq!(column(&t, "state").await, State::Failed.as_str(), "given up after a day");
    assert_eq!(column(&t, "error").await, "tried for a day: 450 later");
    // Repaired: the operator lets it be tried again, and it is the same mail.
    *stub.refuse.lock().unwrap() = None;
    let id = outbox::list(&t.app, &[State::Failed], 10).await.unwrap()[0].row.id;
    outbox::retry(&t.app, id).await.unwrap();
    run(&replica.app).await;
    assert_eq!(column(&t, "state").await, "sent");
    let ids = stub.ids.lock().unwrap();
    assert!(ids.len() > 10 && ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    let t = TestApp::new().await;
    let stub = Arc::new(Stub::refusing(SendError::ForGood("550 no such user".into())));
    let replica = t.replica_by(stub.clone()).await;
    post_to(&t, "alice@example.com", 3600).await;
    run(&replica.app).await;
    t.clock.advance_s(3000);
    run(&replica.app).await;
    assert_eq!((stub.tried(), column(&t, "state").await.as_str()), (1, "failed"));
    assert_eq!(column(&t, "error").await, "550 no such user");
    // It keeps what it holds for another try, until its link is of no use.
    outbox::tidy(&t.app).await.unwrap();
    assert!(!t.dump("outbox").await.contains("sealed: []"));
    t.clock.advance_s(601);
    outbox::tidy(&t.app).await.unwrap();
    assert!(t.dump("outbox").await.contains("sealed: []"));
    let entry = &outbox::list(&t.app, &[State::Failed], 10).await.unwrap()[0];
    assert_eq!(entry.to, None);
    assert!(outbox::retry(&t.app, entry.row.id).await.unwrap_err().to_string().contains("no longer good"));
}

#[tokio::test]
async fn no_mail_leaves_when_its_link_is_no_longer_good() {
    let t = TestApp::new().await;
    post_to(&t, "late@example.com", 60).await;
    t.clock.advance_s(60);
    assert_eq!(t.mails().await.len(), 0);
    assert_eq!((column(&t, "state").await.as_str(), column(&t, "attempts").await.as_str()), ("expired", "1"));
    assert!(t.dump("outbox").await.contains("sealed: []"));
    // Nor after a try that failed shortly before.
    let t = TestApp::new().await;
    let stub = Arc::new(Stub::refusing(SendError::ForNow("450 later".into())));
    let replica = t.replica_by(stub.clone()).await;
    post_to(&t, "late@example.com", 900).await;
    for _ in 0..300 {
        run(&replica.app).await;
        t.clock.advance_s(5);
    }
    assert_eq!((stub.tried(), column(&t, "state").await.as_str()), (5, "expired"));
    assert_eq!(
        column(&t, "done_at").await.parse::<i64>().unwrap(),
        column(&t, "expires_at").await.parse::<i64>().unwrap()
    );
}

#[tokio::test]
async fn what_is_done_is_forgotten_after_a_month() {
    let t = TestApp::new().await;
    post_to(&t, "alice@example.com", 60).await;
    t.mails().await;
    t.clock.advance_s(29 * 86_400);
    jobs::expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("outbox", "1 = 1").await, 1);
    t.clock.advance_s(86_401);
    jobs::expire::run(&t.app).await.unwrap();
    assert_eq!(t.count("outbox", "1 = 1").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_leaves_within_a_second_of_its_commit() {
    let t = TestApp::new().await;
    let job = tokio::spawn(jobs::send_mail::when_posted(t.app.clone()));
    for n in 0..3 {
        let began = Instant::now();
        post_to(&t, &format!("person{n}@example.com"), 60).await;
        while t.mailbox.mails().len() == n {
            assert!(began.elapsed() < Duration::from_secs(1), "mail {n}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    job.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_waits_for_a_mail_server_that_hangs() {
    let t = TestApp::new().await;
    let hanging = Arc::new(Stub::slow(Duration::from_secs(3600)));
    let replica = t.replica_by(hanging.clone()).await;
    let job = tokio::spawn(jobs::send_mail::when_posted(replica.app.clone()));
    // More than are sent at once, so that the job itself waits.
    for n in 0..12 {
        post_to(&replica, &format!("person{n}@example.com"), 3600).await;
    }
    while hanging.tried() < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    post_to(&replica, "late@example.com", 3600).await;
    let answer = replica.get("/login").await;
    assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    assert!(answer.status < 500);
    let mut browser = replica.browser();
    let page = browser.open("/login").await;
    let began = Instant::now();
    // The hash itself takes its time in a debug build; a hanging mail server adds nothing.
    browser.submit_once(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    // A server that stops does not wait for it for ever either.
    let began = Instant::now();
    replica.app.outbox.finish(Duration::from_millis(100)).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    job.abort();
}
