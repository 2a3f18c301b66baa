//! How many mails strangers may have sent to one address.

use std::sync::Arc;

use doorward::domain::throttle::Mailing;
use doorward::mail;

use crate::support::{TestApp, at_once};

#[tokio::test]
async fn so_many_an_hour_and_each_address_by_itself() {
    let t = TestApp::with(|c| c.login.mails_per_address = 3).await;
    let may = async |address: &str| mail::may_post(&t.app, Mailing::SignIn, address).await.unwrap();
    for expected in [true, true, true, false, false] {
        assert_eq!(may("alice@example.com").await, expected);
    }
    assert!(may("bob@example.com").await);
    assert!(mail::may_post(&t.app, Mailing::Recovery, "alice@example.com").await.unwrap(), "each kind by itself");
    t.clock.advance_s(3599);
    assert!(!may("alice@example.com").await);
    t.clock.advance_s(1);
    for expected in [true, true, true, false] {
        assert_eq!(may("alice@example.com").await, expected);
    }
    assert!(!t.dump("throttles").await.contains("example"), "no address stands in the table");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_do_not_get_more() {
    let t = Arc::new(TestApp::with(|c| c.login.mails_per_address = 5).await);
    for _ in 0..2 {
        let taken = at_once(32, |_| {
            let t = Arc::clone(&t);
            async move { mail::may_post(&t.app, Mailing::SignIn, "alice@example.com").await.unwrap() }
        })
        .await;
        assert_eq!(taken.into_iter().filter(|t| *t).count(), 5);
        t.clock.advance_s(3600);
    }
}
