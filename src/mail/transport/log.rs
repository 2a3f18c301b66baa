//! Mail for who reads the log, where no mail server is set.

use async_trait::async_trait;

use super::{SendError, Transport};
use crate::mail::Mail;

/// Prints every mail to the log.
#[derive(Debug)]
pub struct Log;

#[async_trait]
impl Transport for Log {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        // Where no mail server is set, the log is the only place where its reader finds the link. Each line by itself: the log keeps line
        // breaks out of its lines, and a link is to be copied.
        tracing::info!(
            mail.to = mail.to,
            mail.subject = mail.subject,
            "mail, printed here since no mail server is set"
        );
        for line in mail.text.lines().filter(|line| !line.trim().is_empty()) {
            tracing::info!("| {line}");
        }
        Ok(())
    }
}
