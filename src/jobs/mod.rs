//! What runs beside the requests: a table of jobs, each with its pause.
//!
//! To add one: a function, and a line in [`JOBS`]. A job may run on several replicas at once, so each is harmless when it does.

pub mod expire;
pub mod send_mail;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::app::App;
use crate::domain::{self, keys, versions};
use crate::mail::outbox;

type Run = for<'a> fn(&'a App) -> Pin<Box<dyn Future<Output = domain::Result<()>> + Send + 'a>>;

/// One job.
pub struct Job {
    /// For the log.
    pub name: &'static str,
    /// Seconds between two runs.
    pub every_s: u64,
    /// What it does.
    pub run: Run,
}

/// All of them.
pub const JOBS: &[Job] = &[
    Job { name: "expire", every_s: 60, run: |app| Box::pin(expire::run(app)) },
    Job { name: "rotate_keys", every_s: 300, run: |app| Box::pin(keys::keep_schedule(app)) },
    Job { name: "send_mail", every_s: 3, run: |app| Box::pin(send_mail::run(app)) },
    Job { name: "tidy_mail", every_s: 60, run: |app| Box::pin(outbox::tidy(app)) },
];

/// Runs every job until the process ends, and looks every few seconds at what other replicas and commands changed.
pub fn start(app: &App) {
    for job in JOBS {
        let app = app.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(job.every_s)).await;
                if let Err(error) = (job.run)(&app).await {
                    tracing::warn!(job = job.name, %error, "a job failed and is tried again at its next time");
                }
            }
        });
    }
    tokio::spawn(send_mail::when_posted(app.clone()));
    let app = app.clone();
    tokio::spawn(async move {
        let pause = Duration::from_secs(app.config.keys.refresh_interval);
        let mut watch = versions::Watch::default();
        let mut was_lost = false;
        loop {
            match watch.look(&app).await {
                Ok(()) if was_lost => {
                    was_lost = false;
                    tracing::info!("the database answers again");
                }
                Ok(()) => {}
                Err(error) if was_lost => tracing::debug!(%error, "the database is still not available"),
                Err(error) => {
                    was_lost = true;
                    tracing::warn!(%error, "the database does not answer; what is in memory is served");
                }
            }
            tokio::time::sleep(pause).await;
        }
    });
}
