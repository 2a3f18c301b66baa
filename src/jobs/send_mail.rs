//! Sends what waits in the outbox: every few seconds, whoever wrote it, and at once after a mail was posted here.

use crate::app::App;
use crate::domain::Result;
use crate::mail::outbox;

/// Sends what is due; returns when the last of it is on its way.
///
/// # Errors
/// Of the database; what was not leased is due the next time.
pub async fn run(app: &App) -> Result<()> {
    outbox::run(app).await?.detach_all();
    Ok(())
}

/// The same, whenever a mail was posted; for ever.
pub async fn when_posted(app: App) {
    loop {
        app.outbox.posted().await;
        if let Err(error) = run(&app).await {
            tracing::debug!(%error, "the outbox could not be read; the job tries again");
        }
    }
}
