//! `doorward doctor`: looks at everything a server needs, and says the remedy for what is wrong. One file per organ; it
//! changes nothing that the start of a server would not.

mod database;
mod files;
mod issuer;
mod mail;

use serde::Serialize;
use serde_json::json;

use super::{Failure, output};
use crate::config::Config;
use crate::platform::clock::SystemClock;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), remedy: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn fail(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, message: message.into(), remedy: Some(remedy.into()) }
    }
}

/// Runs it.
///
/// # Errors
/// Where anything fails.
pub async fn run(config: Config, is_json: bool) -> Result<(), Failure> {
    let clock = SystemClock;
    let mut checks = files::check(&config);
    // The two that go over the network do so at once.
    let (issuer, mail) = tokio::join!(issuer::check(&config, &clock), mail::check(&config));
    checks.extend(database::check(&config, &clock).await);
    checks.extend(issuer);
    checks.push(mail);
    let count = |status: Status| checks.iter().filter(|c| c.status == status).count();
    let (warned, failed) = (count(Status::Warn), count(Status::Fail));
    output::show(is_json, &json!({ "ok": failed == 0, "checks": checks }), &report(&checks, warned, failed));
    if failed == 0 { Ok(()) } else { Err(Failure::Silent) }
}

fn report(checks: &[Check], warned: usize, failed: usize) -> String {
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        text.push_str(&format!("{:4}  {:width$}  {}\n", check.status.as_str(), check.name, check.message));
        if let Some(remedy) = &check.remedy {
            text.push_str(&format!("{:width$}    {remedy}\n", "", width = width + 6));
        }
    }
    text.push_str(&match (failed, warned) {
        (0, 0) => "\nAll is well.".to_owned(),
        (0, n) => format!("\nNothing fails; {n} to look at."),
        (n, 0) => format!("\n{n} failed."),
        (n, m) => format!("\n{n} failed; {m} more to look at."),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_a_line_and_its_remedy_stands_below() {
        let checks = [Check::ok("keys", "fine"), Check::fail("issuer", "gone", "start it")];
        let expected = "ok    keys    fine\nfail  issuer  gone\n                start it\n\n1 failed.";
        assert_eq!(report(&checks, 0, 1), expected);
    }
}
