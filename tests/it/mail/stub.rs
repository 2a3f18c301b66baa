//! A way out that does as it is told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use doorward::mail::Mail;
use doorward::mail::transport::{SendError, Transport};

/// Answers as it is told, and counts.
#[derive(Debug, Default)]
pub(super) struct Stub {
    /// The next answer; done where there is none.
    pub(super) refuse: Mutex<Option<SendError>>,
    /// How long it takes.
    pub(super) takes: Duration,
    pub(super) tried: AtomicUsize,
    pub(super) ids: Mutex<Vec<String>>,
}

impl Stub {
    pub(super) fn refusing(error: SendError) -> Self {
        Self { refuse: Mutex::new(Some(error)), ..Self::default() }
    }

    pub(super) fn slow(takes: Duration) -> Self {
        Self { takes, ..Self::default() }
    }

    pub(super) fn tried(&self) -> usize {
        self.tried.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transport for Stub {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        self.ids.lock().unwrap().push(mail.message_id.clone());
        tokio::time::sleep(self.takes).await;
        self.refuse.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}
