//! A mail as bytes (RFC 5322): every header we set, text and HTML as alternatives.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use super::Mail;

/// Why a mail cannot be written down. An address that is none, or a header with a line break in it, ends here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct MimeError(String);

/// The mail as it goes over the wire.
///
/// # Errors
/// [`MimeError`].
pub(super) fn bytes(mail: &Mail) -> Result<Vec<u8>, MimeError> {
    let bad = |what: &str| MimeError(format!("{what} is not one line without control characters, or not an address"));
    for (what, value) in
        [("the subject", &mail.subject), ("the sender", &mail.from), ("the Message-ID", &mail.message_id)]
    {
        if value.chars().any(char::is_control) {
            return Err(bad(what));
        }
    }
    let from: Mailbox = mail.from.parse().map_err(|_| bad("the sender"))?;
    let to = super::address(&mail.to).ok_or_else(|| bad("the recipient"))?;
    let since = std::time::Duration::from_millis(u64::try_from(mail.date_ms).unwrap_or(0));
    let mut message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        .date(std::time::UNIX_EPOCH + since)
        .message_id(Some(mail.message_id.clone()))
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|e| MimeError(e.to_string()))?;
    // RFC 3834 §5: no out-of-office answers; RFC 3282: what language it is in.
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("Content-Language", mail.lang.as_str())] {
        let name = HeaderName::new_from_ascii_str(name);
        message.headers_mut().insert_raw(HeaderValue::new(name, value.to_owned()));
    }
    Ok(message.formatted())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::templates::Lang;

    fn mail() -> Mail {
        Mail {
            message_id: "<0198@id.example>".to_owned(),
            kind: "verify_email".to_owned(),
            from: "Ünïted Example <no-reply@example.com>".to_owned(),
            to: "alice@example.com".to_owned(),
            lang: Lang::De,
            subject: "Bestätigen Sie Ihre Adresse".to_owned(),
            text: "Grüße\nhttps://id.example/verify-email?token=abc\n.\n".to_owned(),
            html: "<p>Grüße".to_owned(),
            date_ms: 1_795_234_567_890,
        }
    }

    #[test]
    fn every_header_is_there_and_ascii() {
        let text = String::from_utf8(bytes(&mail()).unwrap()).unwrap();
        assert!(text.is_ascii(), "{text}");
        for line in [
            "To: alice@example.com\r\n",
            "Date: Sat, 21 Nov 2026 04:16:07 +0000\r\n",
            "Message-ID: <0198@id.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Language: de\r\n",
            "MIME-Version: 1.0\r\n",
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(text.contains("<no-reply@example.com>") && !text.contains("Bcc"));
    }

    #[test]
    fn a_line_break_gets_into_no_header() {
        for evil in ["x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: y", "a\u{0}b"] {
            for change in [
                |m: &mut Mail, s: &str| m.subject = s.to_owned(),
                |m: &mut Mail, s: &str| m.to = format!("{s}@example.com"),
                |m: &mut Mail, s: &str| m.to = format!("a@example.com{s}"),
                |m: &mut Mail, s: &str| m.from = format!("{s} <a@example.com>"),
                |m: &mut Mail, s: &str| m.message_id = s.to_owned(),
            ] {
                let mut mail = mail();
                change(&mut mail, evil);
                assert!(bytes(&mail).is_err(), "{mail:?}");
            }
        }
        let mut two = mail();
        two.to = "a@example.com, b@example.com".to_owned();
        assert!(bytes(&two).is_err());
    }
}
