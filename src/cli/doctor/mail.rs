//! Mail: whether the mail server lets us in, and whether mail gets out.

use std::time::Duration;

use super::Check;
use crate::app::App;
use crate::config::Config;
use crate::mail::outbox;
use crate::mail::transport::Smtp;

const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config) -> Check {
    if config.mail.smtp_url.is_none() {
        let remedy = "set mail.smtp_url (DOORWARD_MAIL__SMTP_URL) before people need mail";
        return Check::warn("mail", "no mail server is set: mail goes to the log", remedy);
    }
    let fail = |cause: &dyn std::fmt::Display| {
        let remedy = "check mail.smtp_url, its user name and password, and mail.ca_certificates for a CA of your own";
        Check::fail("mail", format!("the mail server cannot be used: {cause}"), remedy)
    };
    let smtp = match Smtp::new(config) {
        Ok(smtp) => smtp,
        Err(error) => return fail(&error),
    };
    match tokio::time::timeout(PATIENCE, smtp.try_out()).await {
        Ok(Ok(())) => Check::ok("mail", format!("the mail server lets us in; mail comes from {}", config.mail.from)),
        Ok(Err(error)) => fail(&error),
        Err(_) => fail(&format_args!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// What waits and what was given up.
pub(super) async fn outbox(app: &App) -> Check {
    let counts = match outbox::counts(app, app.db.read()).await {
        Ok(counts) => counts,
        Err(error) => return Check::fail("outbox", error.to_string(), "look at the database's log"),
    };
    let outbox::Counts { waiting, retried, failed } = counts;
    let message = format!("{waiting} mails wait, {retried} of them after a failed try; {failed} were given up");
    if failed > 0 || retried > 0 {
        return Check::warn(
            "outbox",
            message,
            "`doorward mail list` says why; `doorward mail retry ID` tries one again",
        );
    }
    Check::ok("outbox", message)
}
