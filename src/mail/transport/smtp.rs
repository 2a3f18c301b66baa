//! Mail by SMTP (RFC 5321): TLS from the first byte, STARTTLS (RFC 3207) that is required where asked for, or plain.
//!
//! A connection is made for each mail and thrown away after it: one that was given up on in the middle would answer the next mail with the
//! answers of the last.

use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use url::{Host, Url};

use super::{SendError, Transport};
use crate::config::Config;
use crate::mail::{Mail, mime};

/// How long the server may take to say goodbye after it has taken the mail.
const GOODBYE: Duration = Duration::from_secs(2);

/// The settings of the mail server cannot be used: what is wrong, and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SmtpError(String);

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    hello: ClientId,
    security: Security,
    credentials: Option<Credentials>,
    timeout: Duration,
}

enum Security {
    /// Not at all: this machine, or a network of its own.
    None,
    /// After the greeting, or no mail.
    StartTls(TlsParameters),
    /// From the first byte.
    Tls(TlsParameters),
}

impl Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// The server that is configured.
    ///
    /// # Errors
    /// Where none is, or a certificate cannot be read.
    pub fn new(config: &Config) -> Result<Self, SmtpError> {
        let mail = &config.mail;
        let text = mail.smtp_url.as_ref().ok_or_else(|| SmtpError("mail.smtp_url is not set".to_owned()))?;
        let url = Url::parse(text.expose()).map_err(|e| SmtpError(format!("mail.smtp_url: {e}")))?;
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(SmtpError("mail.smtp_url names no host".to_owned())),
        };
        let tls = || tls(&host, config);
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Tls(tls()?), 465),
            "smtp+starttls" => (Security::StartTls(tls()?), 587),
            _ => (Security::None, 25),
        };
        let decoded = |part: &str, name: &str| {
            let bytes = urlencoding(part);
            String::from_utf8(bytes).map_err(|_| SmtpError(format!("mail.smtp_url: the {name} is not UTF-8")))
        };
        let credentials = match url.password() {
            Some(password) => {
                Some(Credentials::new(decoded(url.username(), "user name")?, decoded(password, "password")?))
            }
            None => None,
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            hello: hello(config.issuer.host()),
            security,
            credentials,
            timeout: Duration::from_secs(mail.timeout),
            host,
        })
    }

    /// Whether the server lets us in, without a mail.
    ///
    /// # Errors
    /// In words for an operator.
    pub async fn try_out(&self) -> Result<(), SendError> {
        self.in_time(async {
            let mut connection = self.connect().await?;
            let _goodbye = tokio::time::timeout(GOODBYE, connection.quit()).await;
            Ok(())
        })
        .await
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let at = (self.host.as_str(), self.port);
        let tls = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(at, Some(self.timeout), &self.hello, tls, None).await?;
        if let Security::StartTls(parameters) = &self.security {
            // Fails where the server does not offer it: nothing is sent in clear.
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, SendError> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(outcome) => outcome.map_err(|error| why(&error)),
            Err(_) => Err(SendError::ForNow(format!(
                "the mail server did not finish within {} seconds",
                self.timeout.as_secs()
            ))),
        }
    }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let never = |error: String| SendError::ForGood(error);
        let bytes = mime::bytes(mail).map_err(|e| never(format!("the mail cannot be written: {e}")))?;
        let from: Mailbox = mail.from.parse().map_err(|_| never("mail.from is not an address".to_owned()))?;
        let to = mail.to.parse().map_err(|_| never("the recipient is not an address".to_owned()))?;
        let envelope = Envelope::new(Some(from.email), vec![to]).map_err(|e| never(e.to_string()))?;
        let mut connection = self
            .in_time(async {
                let mut connection = self.connect().await?;
                connection.send(&envelope, &bytes).await?;
                Ok(connection)
            })
            .await
            .map_err(|error| error.without(&mail.to))?;
        // It is the server's now, however it says goodbye.
        let _goodbye = tokio::time::timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }
}

impl SendError {
    /// Servers like to repeat the address; the log shall not.
    fn without(self, address: &str) -> Self {
        let hide = |words: String| words.replace(address, "(recipient)");
        match self {
            Self::ForNow(words) => Self::ForNow(hide(words)),
            Self::ForGood(words) => Self::ForGood(hide(words)),
        }
    }
}

/// The server's answer in one line, bounded.
fn why(error: &Error) -> SendError {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        cause = inner.source();
    }
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    // RFC 4954 §6: the server refuses *us*; an operator will repair that, and the mail is good.
    let is_about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if error.is_permanent() && !is_about_us { SendError::ForGood(words) } else { SendError::ForNow(words) }
}

fn tls(host: &str, config: &Config) -> Result<TlsParameters, SmtpError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for path in &config.mail.ca_certificates {
        let bad = |cause: &dyn fmt::Display| SmtpError(format!("mail.ca_certificates: {}: {cause}", path.display()));
        let pem = std::fs::read(path).map_err(|e| bad(&e))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| bad(&e))?);
    }
    builder.build_rustls().map_err(|e| SmtpError(format!("mail.smtp_url: TLS cannot be set up: {e}")))
}

/// How we greet: by the issuer's name, which others can look up.
fn hello(host: &str) -> ClientId {
    match host.parse() {
        Ok(address) => ClientId::Ipv4(address),
        Err(_) if host.contains('.') => ClientId::Domain(host.to_owned()),
        Err(_) => ClientId::default(),
    }
}

/// The bytes of a percent-encoded part of a URL.
fn urlencoding(part: &str) -> Vec<u8> {
    // `+` stands for itself in this part of a URL, and for a blank in a form.
    let pair = part.replace('+', "%2B");
    let mut decoded = url::form_urlencoded::parse(pair.as_bytes());
    decoded.next().map(|(name, _)| name.into_owned().into_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn config(url: &str) -> Config {
        let mut config = Config::default();
        config.mail.smtp_url = Some(Secret::new(url));
        config
    }

    #[test]
    fn the_address_says_host_port_and_protection() {
        for (url, host, port, protection) in [
            ("smtp://localhost", "localhost", 25, "none"),
            ("smtp://127.0.0.1:2525/", "127.0.0.1", 2525, "none"),
            ("smtp+starttls://mx.example", "mx.example", 587, "starttls"),
            ("smtps://u:p@mx.example", "mx.example", 465, "tls"),
            ("smtps://u:p@[2001:db8::1]:4650", "2001:db8::1", 4650, "tls"),
        ] {
            let smtp = Smtp::new(&config(url)).unwrap();
            let found = match smtp.security {
                Security::None => "none",
                Security::StartTls(_) => "starttls",
                Security::Tls(_) => "tls",
            };
            assert_eq!((smtp.host.as_str(), smtp.port, found), (host, port, protection), "{url}");
            assert!(!format!("{smtp:?}").contains("u:p"));
        }
    }

    #[test]
    fn user_name_and_password_are_decoded() {
        let smtp = Smtp::new(&config("smtps://me%40example.com:p%2Fa+s%26s%3D%3A@mx.example")).unwrap();
        let expected = Credentials::new("me@example.com".to_owned(), "p/a+s&s=:".to_owned());
        assert!(smtp.credentials == Some(expected));
        assert!(Smtp::new(&config("smtps://mx.example")).unwrap().credentials.is_none());
    }

    #[test]
    fn a_certificate_that_is_none_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let mut config = config("smtps://mx.example");
        config.mail.ca_certificates = vec![path.clone()];
        assert!(Smtp::new(&config).unwrap_err().to_string().contains("mail.ca_certificates"));
        let ca = rcgen::generate_simple_self_signed(vec!["mx.example".to_owned()]).unwrap();
        std::fs::write(&path, ca.cert.pem()).unwrap();
        Smtp::new(&config).unwrap();
    }

    #[test]
    fn the_address_of_the_recipient_stays_out_of_the_words() {
        let said = SendError::ForGood("550 5.1.1 <eve@example.com>: unknown".to_owned());
        assert_eq!(said.without("eve@example.com").to_string(), "550 5.1.1 <(recipient)>: unknown");
    }
}
