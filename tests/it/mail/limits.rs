//! How many mails strangers may have sent to one address.

use std::sync::Arc;

use doorward::domain::throttle::Mailing;
use doorward::mail;

use crate::support::{TestApp, at_once};

#[tokio::test]
async fn so_many_an_hour_and_each_address_by_itself() {
    let t = TestApp::with(|c| c.login.mails_per_address = 3).await;
    let may = async |address: &str, from: &str| mail::may_post(&t.app, Mailing::SignIn, address, from).await.unwrap();
    for (from, expected) in [("a", true), ("a", true), ("a", false), ("b", true), ("b", false), ("c", false)] {
        assert_eq!(may("alice@example.com", from).await, expected, "{from}");
    }
    assert!(may("bob@example.com", "a").await);
    assert!(mail::may_post(&t.app, Mailing::Recovery, "alice@example.com", "a").await.unwrap(), "each kind by itself");
    t.clock.advance_s(3599);
    assert!(!may("alice@example.com", "c").await);
    t.clock.advance_s(1);
    for (from, expected) in [("a", true), ("a", true), ("a", false), ("b", true), ("b", false)] {
        assert_eq!(may("alice@example.com", from).await, expected, "{from}");
    }
    assert!(!t.dump("throttles").await.contains("example"), "no address stands in the table");
}

#[tokio::test]
async fn who_fills_an_hour_from_two_networks_does_not_keep_out_a_third() {
    let t = TestApp::with(|c| c.login.mails_per_address = 10).await;
    let may = async |from: &str| mail::may_post(&t.app, Mailing::Recovery, "alice@example.com", from).await.unwrap();
    let mut sent = 0;
    for _ in 0..20 {
        sent += u32::from(may("a").await) + u32::from(may("b").await);
    }
    assert_eq!(sent, 6);
    assert!(may("c").await, "the owner");
    assert!(!may("c").await);
    let others = ["d", "e", "f", "g"];
    for from in others {
        sent += u32::from(may(from).await);
    }
    assert_eq!(sent, 9, "ten with the owner's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_do_not_get_more() {
    let t = Arc::new(TestApp::with(|c| c.login.mails_per_address = 5).await);
    for _ in 0..2 {
        let taken = at_once(32, |n| {
            let t = Arc::clone(&t);
            let from = (n % 4).to_string();
            async move { mail::may_post(&t.app, Mailing::SignIn, "alice@example.com", &from).await.unwrap() }
        })
        .await;
        assert_eq!(taken.into_iter().filter(|t| *t).count(), 5);
        t.clock.advance_s(3600);
    }
}
