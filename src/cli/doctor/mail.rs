//! Mail: whether the mail server lets us in.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::Check;
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config) -> Check {
    let Some(url) = &config.mail.smtp_url else {
        let remedy = "set mail.smtp_url (DOORWARD_MAIL__SMTP_URL) before people need mail";
        return Check::warn("mail", "no mail server is set: mail goes to the log", remedy);
    };
    let fail = |cause: String| {
        Check::fail(
            "mail",
            format!("the mail server cannot be used: {cause}"),
            "check mail.smtp_url, its user name and password",
        )
    };
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        match AsyncSmtpTransport::<Tokio1Executor>::from_url(&lettre_url(url.expose())) {
            Ok(builder) => builder.timeout(Some(PATIENCE)).build(),
            Err(error) => return fail(error.to_string()),
        };
    match tokio::time::timeout(PATIENCE, transport.test_connection()).await {
        Ok(Ok(true)) => Check::ok("mail", format!("the mail server lets us in; mail comes from {}", config.mail.from)),
        Ok(Ok(false)) => fail("it took the connection and then said no".to_owned()),
        Ok(Err(error)) => fail(error.to_string()),
        Err(_) => fail(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// `smtp+starttls://` in the words of the mail library.
fn lettre_url(url: &str) -> String {
    match url.strip_prefix("smtp+starttls://") {
        Some(rest) => format!("smtp://{}?tls=required", rest.trim_end_matches('/')),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::lettre_url;

    #[test]
    fn starttls_is_required_not_tried() {
        assert_eq!(lettre_url("smtp+starttls://a:b@mx.example/"), "smtp://a:b@mx.example?tls=required");
        assert_eq!(lettre_url("smtps://mx.example"), "smtps://mx.example");
    }
}
