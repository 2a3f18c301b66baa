//! How a mail leaves: to a mail server, to the log where none is set, or into memory for tests and `doorward dev`.

mod log;
mod memory;
mod smtp;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::Mail;
use crate::config::Config;

pub use log::Log;
pub use memory::{KEPT, Memory};
pub use smtp::{Smtp, SmtpError};

/// Why a mail did not leave. The words hold no address of a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The server said no for now, or was not reached: worth another try.
    #[error("{0}")]
    ForNow(String),
    /// The server said no for good.
    #[error("{0}")]
    ForGood(String),
}

/// A way for mail to leave.
#[async_trait]
pub trait Transport: Send + Sync + Debug {
    /// Hands a mail over; once this is done somebody else is responsible for it.
    async fn send(&self, mail: &Mail) -> Result<(), SendError>;
}

/// A way, and what is captured on it.
pub type Configured = (Arc<dyn Transport>, Option<Arc<Memory>>);

/// The way that is configured; and what is captured on it, where that is to be looked at.
///
/// # Errors
/// Where the mail server's settings cannot be used.
pub fn configured(config: &Config, is_dev: bool) -> Result<Configured, SmtpError> {
    if config.mail.smtp_url.is_some() {
        return Ok((Arc::new(Smtp::new(config)?), None));
    }
    if is_dev {
        let memory = Arc::new(Memory::logged());
        return Ok((Arc::clone(&memory) as Arc<dyn Transport>, Some(memory)));
    }
    Ok((Arc::new(Log), None))
}
