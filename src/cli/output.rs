//! What commands print: aligned text for people, one JSON value for programs. Results go to standard output, warnings and
//! errors to standard error.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

pub(super) use crate::platform::clock::rfc3339 as instant;

/// Prints a result in the form that was asked for.
pub(super) fn show(is_json: bool, value: &Value, text: &str) {
    if is_json { say(&format!("{value:#}")) } else { say(text.trim_end()) }
}

/// Whether a result was lost.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Prints to standard output. A reader that went away (`| head`) is no error; any other loss is told, and makes the exit code 1
/// ([`is_lost`]), whatever the command did.
fn say(words: &str) {
    match write(words) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            IS_LOST.store(true, Ordering::Relaxed);
            complain(&format!(
                "doorward: the answer could not be written to standard output: {error}. What the command does is done; a secret that \
                 was to be shown once is replaced by `doorward client rotate-secret` or `doorward resource set`"
            ));
        }
        _ => {}
    }
}

/// Whether something that was to be printed was not.
#[must_use]
pub(super) fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}

/// Writes a line to standard output, at once.
///
/// # Errors
/// Of standard output.
pub(super) fn write(words: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{words}")?;
    out.flush()
}

/// Prints to standard error.
pub(super) fn complain(words: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{words}");
}

/// `name  value` lines, aligned; a value of several lines is indented under its first.
#[must_use]
pub(super) fn fields(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let value = value.replace('\n', &format!("\n{:width$}    ", ""));
        text.push_str(&format!("  {name:width$}  {value}\n"));
    }
    text
}

/// A table with a head, aligned.
#[must_use]
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|h| h.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    text
}

/// `yes` or `no`.
#[must_use]
pub(super) fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_clean() {
        let rows = [vec!["a".to_owned(), String::new()], vec!["long-id".to_owned(), "Größe".to_owned()]];
        assert_eq!(table(&["ID", "NAME"], &rows), "ID       NAME\na\nlong-id  Größe\n");
        let text = fields(&[("id", "7".to_owned()), ("secret", String::new()), ("uris", "x\ny".to_owned())]);
        assert_eq!(text, "  id      7\n  uris    x\n          y\n");
    }
}
