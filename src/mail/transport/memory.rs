//! Mail that is kept in memory, for tests and for `/dev/mail`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Log, SendError, Transport};
use crate::mail::Mail;

/// How many mails are kept.
pub const KEPT: usize = 200;

/// Keeps the newest mails.
#[derive(Debug, Default)]
pub struct Memory {
    mails: Mutex<VecDeque<Mail>>,
    is_logged: bool,
}

impl Memory {
    /// Prints them to the log as well.
    #[must_use]
    pub fn logged() -> Self {
        Self { is_logged: true, ..Self::default() }
    }

    /// What was sent, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[async_trait]
impl Transport for Memory {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        if self.is_logged {
            Log.send(mail).await?;
        }
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if mails.len() == KEPT {
            mails.pop_front();
        }
        mails.push_back(mail.clone());
        Ok(())
    }
}
