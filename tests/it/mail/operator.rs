//! What an operator sees: `doorward mail list`, `doorward mail retry`, through the verbs that they call.

use std::sync::Arc;

use doorward::mail::outbox::{self, Counts, State};
use doorward::mail::transport::SendError;

use super::post_to;
use super::stub::Stub;
use crate::support::TestApp;

#[tokio::test]
async fn failures_are_seen_with_their_reason_and_only_they_are_tried_again() {
    let t = TestApp::new().await;
    let stub = Arc::new(Stub::refusing(SendError::ForGood("554 rejected".into())));
    let replica = t.replica_by(stub.clone()).await;
    post_to(&t, "failed@example.com", 3600).await;
    outbox::run(&replica.app).await.unwrap().join_all().await;
    *stub.refuse.lock().unwrap() = Some(SendError::ForNow("451 later".into()));
    t.clock.advance_s(1);
    post_to(&t, "waits@example.com", 3600).await;
    outbox::run(&replica.app).await.unwrap().join_all().await;
    t.clock.advance_s(1);
    post_to(&t, "new@example.com", 3600).await;

    let counts = outbox::counts(&t.app, t.app.db.read()).await.unwrap();
    assert_eq!(counts, Counts { waiting: 2, retried: 1, failed: 1 });
    let list = outbox::list(&t.app, &[State::Waiting, State::Failed], 10).await.unwrap();
    let seen: Vec<_> = list.iter().map(|e| (e.to.as_deref().unwrap(), e.row.error.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        seen,
        [("new@example.com", ""), ("waits@example.com", "451 later"), ("failed@example.com", "554 rejected")]
    );
    assert_eq!(outbox::list(&t.app, &[State::Failed], 10).await.unwrap().len(), 1);
    assert_eq!(outbox::list(&t.app, &[State::Waiting, State::Failed], 1).await.unwrap().len(), 1);

    let waiting = list[1].row.id;
    assert!(outbox::retry(&t.app, waiting).await.unwrap_err().to_string().contains("is waiting"));
    let unknown = t.app.new_id().unwrap();
    assert!(outbox::retry(&t.app, unknown).await.unwrap_err().to_string().contains("does not exist"));
    outbox::retry(&t.app, list[2].row.id).await.unwrap();
    assert_eq!(t.mails_to("failed@example.com").await.len(), 1);
}
