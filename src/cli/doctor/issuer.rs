//! The issuer, asked as an app would ask it: from outside in, with an ordinary client. And the clock, compared with what it
//! answers.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use super::Check;
use super::database::TOLERANCE_MS;
use crate::config::{Config, Issuer, Listen};
use crate::platform::clock::Clock;
use crate::urls;

pub(super) async fn check(config: &Config, clock: &dyn Clock) -> Vec<Check> {
    let mut checks = vec![transport(config)];
    match ask(config).await {
        Ok((served, date)) => {
            checks.push(same(&config.issuer, &served));
            checks.push(clocks(date.as_deref(), clock.now_ms()));
        }
        Err(cause) => {
            let place = config.issuer.as_str();
            checks.push(Check::fail("issuer", format!("{place} does not answer as Doorward: {cause}"), ASK_REMEDY));
        }
    }
    checks
}

const ASK_REMEDY: &str =
    "is the server running, does the name lead to it or to its proxy, and does the proxy pass every path on?";

/// Whether people's passwords go over TLS, and whether the proxy that ends it is known.
fn transport(config: &Config) -> Check {
    let is_loopback = config.issuer.host() == "localhost"
        || config.issuer.host().trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let ends_tls_here = config.server.tls_certificate.is_some();
    let is_behind_unix = matches!(config.listen, Listen::Unix(_)) && config.server.trust_unix_peer;
    if !config.issuer.is_https() {
        return match is_loopback {
            true => Check::ok("https", "not needed for an issuer on this machine"),
            false => Check::warn(
                "https",
                format!("{} is plain http: anyone on the way reads passwords and tokens", config.issuer),
                "set an https issuer, with a reverse proxy or server.tls_certificate",
            ),
        };
    }
    if ends_tls_here || is_behind_unix || !config.server.trusted_proxies.is_empty() {
        return Check::ok("https", if ends_tls_here { "the server speaks it" } else { "a proxy in front speaks it" });
    }
    Check::warn(
        "https",
        "a proxy must speak it, but none is trusted: everyone seems to come from the proxy's address",
        "name its address: DOORWARD_SERVER__TRUSTED_PROXIES=127.0.0.1",
    )
}

/// The issuer that is served, and the Date header beside it.
async fn ask(config: &Config) -> Result<(String, Option<String>), String> {
    let mut client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")));
    for path in &config.outgoing.ca_certificates {
        let pem = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        for certificate in reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| words(&e))? {
            client = client.add_root_certificate(certificate);
        }
    }
    let client = client.build().map_err(|e| words(&e))?;
    let url = format!("{}{}", config.issuer.as_str().trim_end_matches('/'), urls::OPENID_CONFIGURATION);
    let answer = client.get(url).send().await.map_err(|e| words(&e))?;
    let date = answer.headers().get(reqwest::header::DATE).and_then(|d| d.to_str().ok()).map(str::to_owned);
    let status = answer.status();
    if status != reqwest::StatusCode::OK {
        return Err(format!("its discovery document is answered with {status}"));
    }
    let document: Value = answer.json().await.map_err(|_| "its discovery document is not JSON".to_owned())?;
    let served = document["issuer"].as_str().ok_or("its discovery document names no issuer")?;
    Ok((served.to_owned(), date))
}

/// An error of the client and its causes, the last of which says most.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.is_timeout() { "no answer within 5 seconds".to_owned() } else { cause.to_string() }
}

fn same(configured: &Issuer, served: &str) -> Check {
    if served == configured.as_str() {
        return Check::ok("issuer", format!("{configured} answers"));
    }
    let message = format!("{configured} answers as {served:?}, and apps refuse a server whose names differ");
    Check::fail(
        "issuer",
        message,
        "start the server with the same DOORWARD_ISSUER as this command, and check where the name leads",
    )
}

fn clocks(date: Option<&str>, now_ms: i64) -> Check {
    let Some(theirs) = date.and_then(|d| chrono::DateTime::parse_from_rfc2822(d).ok()) else {
        return Check::warn("clock", "the issuer's answer has no readable Date header", "let the proxy pass it on");
    };
    // The header has whole seconds and was written a moment ago.
    let apart_ms = now_ms.abs_diff(theirs.timestamp_millis() + 500);
    if apart_ms <= TOLERANCE_MS + 500 {
        return Check::ok("clock", "agrees with the issuer's");
    }
    let message = format!("is {} seconds apart from the issuer's", apart_ms / 1000);
    Check::fail("clock", message, "let both machines take the time from the network (chrony or systemd-timesyncd)")
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::config::Overrides;

    #[test]
    fn clocks_agree_within_five_seconds() {
        let date = Some("Sat, 21 Nov 2026 04:16:07 GMT");
        let at = 1_795_234_567_000;
        assert_eq!(clocks(date, at).status, Status::Ok);
        assert_eq!(clocks(date, at + 5900).status, Status::Ok);
        assert_eq!(clocks(date, at + 6100).status, Status::Fail);
        assert_eq!(clocks(date, at - 6100).status, Status::Fail);
        assert_eq!(clocks(Some("yesterday"), at).status, Status::Warn);
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_found() {
        let config = |toml: &str| Config::from_parts(Some(toml), std::iter::empty(), &Overrides::default()).unwrap();
        let status = |toml: &str| transport(&config(toml)).status;
        assert_eq!(status(""), Status::Ok);
        assert_eq!(status("issuer = \"https://id.example.com\""), Status::Warn);
        let trusted = "issuer = \"https://id.example.com\"\n[server]\ntrusted_proxies = [\"127.0.0.1/32\"]";
        assert_eq!(status(trusted), Status::Ok);
        assert_eq!(status("issuer = \"https://id.example.com\"\nlisten = \"unix:/run/d.sock\""), Status::Ok);
    }
}
