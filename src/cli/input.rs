//! What commands read: a JSON file or standard input, and secrets from standard input, never from the command line.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Failure;
use crate::jose::UniqueObject;

/// More than any metadata needs.
const LARGEST: u64 = 1 << 20;

/// The JSON object in a file; `-` is standard input.
///
/// # Errors
/// With the file and the place in it.
pub(super) fn json_object(path: &Path) -> Result<Map<String, Value>, Failure> {
    parse_object(&bytes(path, LARGEST)?).map_err(|reason| Failure::Failed(format!("{}: {reason}", name_of(path))))
}

/// What is in a file; `-` is standard input.
///
/// # Errors
/// Where it cannot be read, or is larger than `largest` bytes.
pub(super) fn bytes(path: &Path, largest: u64) -> Result<Vec<u8>, Failure> {
    let name = name_of(path);
    let unreadable = |error: std::io::Error| Failure::Failed(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > largest {
        return Err(Failure::Failed(format!("{name}: is larger than {} MiB", largest >> 20)));
    }
    Ok(bytes)
}

/// A file in words.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    // Editors of some systems put a byte order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(_)) => {
            serde_json::from_slice::<UniqueObject>(bytes).map(|object| object.0).map_err(|error| error.to_string())
        }
        Ok(other) => {
            Err(format!("holds {} where a JSON object like {{\"client_name\": \"Wiki\"}} is needed", kind(&other)))
        }
        Err(error) if bytes.trim_ascii().is_empty() => Err(format!("is empty where a JSON object is needed ({error})")),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}

/// What a JSON value is, in words.
#[must_use]
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// One line of standard input without its end.
///
/// # Errors
/// Where there is none, or more than one.
pub(super) fn secret_line(what: &str) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    std::io::stdin().lock().take(4097).read_to_end(&mut bytes)?;
    one_line(&bytes, what)
}

fn one_line(bytes: &[u8], what: &str) -> Result<Zeroizing<String>, Failure> {
    if bytes.len() > 4096 {
        return Err(Failure::invalid(what, "standard input holds more than 4096 bytes; one line is expected"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::invalid(what, "standard input is not UTF-8"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::invalid(what, "standard input is empty; write it there as one line"));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(Failure::invalid(what, "standard input has several lines; one is expected"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_with_its_spaces() {
        for text in ["p w ", "p w \n", "p w \r\n"] {
            assert_eq!(one_line(text.as_bytes(), "password").unwrap().as_str(), "p w ");
        }
        for bad in ["", "\n", "a\nb\n", "a\0b"] {
            assert!(one_line(bad.as_bytes(), "password").is_err(), "{bad:?}");
        }
        assert!(one_line(b"\xff\xfe", "password").is_err());
        assert!(one_line(&[b'x'; 5000], "password").is_err());
    }

    #[test]
    fn only_an_object_will_do() {
        assert!(parse_object(b"\xef\xbb\xbf{\"a\": 1}").is_ok());
        assert!(parse_object(b"{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}").is_ok());
        assert!(parse_object(b"{\"a\": true, \"b\": [1], \"a\": false}").unwrap_err().contains("names \"a\" twice"));
        assert!(parse_object(b"[]").unwrap_err().contains("a list"));
        assert!(parse_object(b" \n").unwrap_err().contains("empty"));
        assert!(parse_object(b"{\"a\": }").unwrap_err().contains("line 1"));
    }
}
