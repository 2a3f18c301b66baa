//! `[mail]`: how mail leaves.

use std::path::PathBuf;

use lettre::message::Mailbox;
use url::{Host, Url};

use super::Secret;
use super::field::{Rule, quote, seconds, section};

section! {
    /// How mail leaves. With nothing set it is printed to the log instead.
    pub Mail "mail" {
        /// The mail server: `smtps://` (TLS from the first byte), `smtp+starttls://` (TLS required after the greeting) or
        /// `smtp://` (no TLS). It may hold a user name and a password, so it is shown nowhere.
        smtp_url: Option<Secret> = None, Rule::Text("a mail server's address", check_url),
            "\"smtps://USER:PASSWORD@smtp.example.com:465\"";
        /// The sender.
        from: String = "Doorward <no-reply@localhost>".to_owned(), Rule::Text("a mail address, with or without a name", check_from),
            "\"Example <no-reply@example.com>\"";
        /// How long the mail server may take over one mail; people never wait for it.
        timeout: u64 = 30, seconds(2, 300).rule(), "30";
        /// PEM files of certificate authorities to trust beside the usual ones, for a mail server of your own.
        ca_certificates: Vec<PathBuf> = Vec::new(), Rule::Any, "[\"/etc/doorward/company-ca.pem\"]";
    }
}

fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("the address cannot be read: {error}"))?;
    if !matches!(url.scheme(), "smtp" | "smtps" | "smtp+starttls") {
        return Err("the address must begin with smtps://, smtp+starttls:// or smtp://".to_owned());
    }
    let Some(host) = url.host().filter(|_| url.has_host()) else {
        return Err("the address names no host".to_owned());
    };
    if url.query().is_some() || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
        return Err("the address must end with its host and port".to_owned());
    }
    let is_near = match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if url.scheme() == "smtp" && !is_near && url.password().is_some() {
        return Err("smtp:// would send the password in clear: take smtps:// or smtp+starttls://".to_owned());
    }
    Ok(())
}

fn check_from(text: &str) -> Result<(), String> {
    match text.parse::<Mailbox>() {
        Ok(_) if !text.contains(['\r', '\n']) => Ok(()),
        _ => Err(format!("{} is not a mail address", quote(text))),
    }
}
