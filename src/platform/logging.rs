//! Structured logs, one event a line, and the reference ids that tie a page to its line.
//!
//! Text or JSON, to standard error. Control characters of any value are written as escapes, so that nothing from a
//! request can begin a line of its own or move a terminal's cursor.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::{MakeVisitor, VisitFmt, VisitOutput};
use tracing_subscriber::fmt::format::{self, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::platform::random::{Random, RandomError};

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl FromStr for Format {
    type Err = LoggingError;

    fn from_str(text: &str) -> Result<Self, LoggingError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(LoggingError::Format),
        }
    }
}

/// Why logging could not begin.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The format is unknown.
    #[error("the log format must be `text` or `json`")]
    Format,
    /// The level cannot be read.
    #[error(
        "`{0}` is no log level: use error, warn, info, debug or trace, or directives such as `info,doorward=debug`"
    )]
    Level(String),
    /// Something in this process logs already.
    #[error("logging has begun already")]
    Twice,
}

/// Begins logging for the whole process, panics included. `level` is one word (for our own lines; others' stay at
/// `info` or below), or a list of directives as `tracing-subscriber` reads them.
///
/// # Errors
/// Where the level cannot be read, or logging has begun already.
pub fn init(format: Format, level: &str) -> Result<(), LoggingError> {
    let filter = filter(level)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let begun = match format {
        Format::Text => builder.fmt_fields(Quoting).event_format(text()).try_init(),
        Format::Json => builder.fmt_fields(JsonFields::new()).event_format(json()).try_init(),
    };
    begun.map_err(|_| LoggingError::Twice)?;
    log_panics();
    Ok(())
}

/// Panics become a log line; the hook that was there before (it prints to standard error) is replaced.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("(no message)");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        tracing::error!(
            panic = message,
            place,
            thread = thread.name().unwrap_or_default(),
            "a bug: a task panicked; the server goes on"
        );
    }));
}

fn text() -> OneLine<format::Format> {
    OneLine { inner: format::format(), escape: |c, out| write!(out, "{}", c.escape_default()) }
}

fn json() -> OneLine<format::Format<format::Json>> {
    let inner = format::format().json().flatten_event(true).with_span_list(false);
    // Within JSON such a character stands in a string only, and all of them have four digits (RFC 8259 §7).
    OneLine { inner, escape: |c, out| write!(out, "\\u{:04x}", u32::from(c)) }
}

fn filter(level: &str) -> Result<EnvFilter, LoggingError> {
    let level = level.trim();
    let unreadable = || LoggingError::Level(level.to_owned());
    let directives = match level.to_ascii_lowercase().as_str() {
        word @ ("debug" | "trace") => format!("info,doorward={word}"),
        word @ ("off" | "error" | "warn" | "info") => word.to_owned(),
        // A single other word would be read as the name of a target.
        list if list.contains(['=', ',']) => level.to_owned(),
        _ => return Err(unreadable()),
    };
    EnvFilter::builder().parse(directives).map_err(|_| unreadable())
}

/// Writes each event of the inner format as exactly one line without control characters.
struct OneLine<F> {
    inner: F,
    escape: fn(char, &mut dyn fmt::Write) -> fmt::Result,
}

impl<S, N, F> FormatEvent<S, N> for OneLine<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::with_capacity(256);
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let mut rest = line.trim_end_matches('\n');
        while let Some((at, bad)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            writer.write_str(rest.get(..at).unwrap_or_default())?;
            (self.escape)(bad, &mut writer)?;
            rest = rest.get(at + bad.len_utf8()..).unwrap_or_default();
        }
        writer.write_str(rest)?;
        writer.write_char('\n')
    }
}

/// Control characters, the Unicode line ends, and the marks that reorder what is read (bidirectional controls).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Fields as `name=value`; a value that could be read as further fields is quoted.
struct Quoting;

impl<'a> MakeVisitor<Writer<'a>> for Quoting {
    type Visitor = FieldWriter<'a>;

    fn make_visitor(&self, writer: Writer<'a>) -> FieldWriter<'a> {
        FieldWriter { writer, is_first: true, result: Ok(()) }
    }
}

struct FieldWriter<'a> {
    writer: Writer<'a>,
    is_first: bool,
    result: fmt::Result,
}

impl FieldWriter<'_> {
    fn write(&mut self, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
        if !std::mem::take(&mut self.is_first) {
            self.writer.write_char(' ')?;
        }
        if name == "message" {
            return write!(self.writer, "{value:?}");
        }
        let text = format!("{value:?}");
        if !text.starts_with('"') && text.contains([' ', '=', '"']) {
            write!(self.writer, "{name}={text:?}")
        } else {
            write!(self.writer, "{name}={text}")
        }
    }
}

impl tracing::field::Visit for FieldWriter<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if self.result.is_ok() && !field.name().starts_with("log.") {
            self.result = self.write(field.name().trim_start_matches("r#"), value);
        }
    }
}

impl VisitOutput<fmt::Result> for FieldWriter<'_> {
    fn finish(self) -> fmt::Result {
        self.result
    }
}

impl VisitFmt for FieldWriter<'_> {
    fn writer(&mut self) -> &mut dyn fmt::Write {
        &mut self.writer
    }
}

/// Makes reference ids: a random part of this process and a counter, so that they cost next to nothing and do not repeat
/// over restarts and replicas. They are names, not secrets.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU32,
}

/// The name of one request, such as `7K3F-9QX2-04M1`: on the error page, in the answer and in the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 14]);

/// Crockford's base 32: no I, L, O or U to be misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RequestIds {
    /// A generator for this process.
    ///
    /// # Errors
    /// Where the operating system gives no random bytes.
    pub fn new(random: &Random) -> Result<Self, RandomError> {
        let process = u32::from_le_bytes(random.bytes()?) & 0x0fff_ffff;
        Ok(Self { process, next: AtomicU32::new(u32::from_le_bytes(random.bytes()?)) })
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> RequestId {
        // An odd factor maps the counter one to one, and makes neighbours look different to the eye.
        let count = self.next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b1);
        let mut bits = u64::from(count) << 28 | u64::from(self.process);
        let mut text = *b"0000-0000-0000";
        for (at, digit) in text.iter_mut().enumerate() {
            if at != 4 && at != 9 {
                *digit = ALPHABET[(bits & 31) as usize];
                bits >>= 5;
            }
        }
        RequestId(text)
    }
}

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Captured {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(json: bool, log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let builder = tracing_subscriber::fmt().with_writer(captured.clone()).with_ansi(false);
        if json {
            tracing::subscriber::with_default(
                builder.fmt_fields(JsonFields::new()).event_format(super::json()).finish(),
                log,
            );
        } else {
            tracing::subscriber::with_default(builder.fmt_fields(Quoting).event_format(super::text()).finish(), log);
        }
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const EVIL: &str = "x\r\n2026-11-21T00:00:00Z  INFO doorward: forged user=admin \u{1b}[2J\u{85}\u{2028}\u{202e}";

    #[test]
    fn nothing_forges_a_line_or_a_field() {
        for json in [false, true] {
            let text = logged(json, || {
                let span = tracing::info_span!("request", path = %EVIL);
                let _entered = span.enter();
                tracing::info!(shown = %EVIL, debugged = ?EVIL, plain = EVIL, "{EVIL}");
            });
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
            if json {
                let read: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(read["shown"], EVIL);
            }
        }
        let text = logged(false, || tracing::info!(client = %"a user=admin", "hello"));
        assert!(text.ends_with("hello client=\"a user=admin\"\n"), "{text}");
    }

    #[test]
    fn fields_read_well() {
        let text = logged(false, || tracing::warn!(client.id = "app", count = 3, who = %"ada", "refused"));
        assert!(text.ends_with("refused client.id=\"app\" count=3 who=ada\n"), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&logged(true, || tracing::warn!(client.id = "app", "refused"))).unwrap();
        assert_eq!(
            (&json["message"], &json["client.id"], &json["level"]),
            (&"refused".into(), &"app".into(), &"WARN".into())
        );
    }

    #[test]
    fn levels_are_words_or_directives() {
        assert_eq!(filter("debug").unwrap().max_level_hint(), Some(tracing::level_filters::LevelFilter::DEBUG));
        assert_eq!(filter("WARN").unwrap().to_string(), "warn");
        filter("info,doorward::oidc=trace").unwrap();
        for bad in ["", "loud", "doorward=loud"] {
            assert!(filter(bad).unwrap_err().to_string().contains("info,doorward=debug"), "{bad}");
        }
    }

    #[test]
    fn ids_are_readable_and_do_not_repeat() {
        let ids = RequestIds::new(&Random::default()).unwrap();
        let seen: HashSet<String> = (0..100_000).map(|_| ids.next().to_string()).collect();
        assert_eq!(seen.len(), 100_000);
        for id in seen.iter().take(100) {
            let parts: Vec<&str> = id.split('-').collect();
            assert!(
                parts.len() == 3
                    && parts.iter().all(|part| part.len() == 4 && part.bytes().all(|b| ALPHABET.contains(&b))),
                "{id}"
            );
        }
    }
}
