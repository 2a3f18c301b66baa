//! `doorward user import`: people from another system, with their password hashes.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::{Value, json};

use super::{Failure, input, output};
use crate::app::App;
use crate::domain::imports::{self, Entry, Import};

/// The largest file; a larger one is brought in parts.
const LARGEST: u64 = 32 << 20;
/// How many problems are told; what is behind them is counted.
const TOLD: usize = 1000;

/// Whom to bring.
#[derive(Debug, Args)]
pub struct FromFile {
    /// A JSON list, or one JSON object in each line; `-` is standard input. Members: username, email, email_verified, name, password_hash
    /// (Argon2, bcrypt, scrypt, PBKDF2, or null), groups, profile, disabled.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only say what is wrong with the file.
    #[arg(long)]
    dry_run: bool,
}

/// Brings everybody of the file, or nobody.
///
/// # Errors
/// With every wrong entry named.
pub(super) async fn run(app: &App, args: &FromFile, is_json: bool) -> Result<(), Failure> {
    let name = input::name_of(&args.file);
    let bytes = input::bytes(&args.file, LARGEST)?;
    let (word, entries) = read(&bytes).map_err(|reason| Failure::Failed(format!("{name}: {reason}")))?;
    drop(bytes);
    let problems = imports::problems(app, &entries).await?;
    if !problems.is_empty() {
        let told = problems.iter().take(TOLD);
        let lines: Vec<String> = told
            .clone()
            .map(|p| match p.field.as_str() {
                "" => format!("  {word} {}: {}", p.place, p.reason),
                field => format!("  {word} {}: {field}: {}", p.place, p.reason),
            })
            .collect();
        let more = problems.len().saturating_sub(TOLD);
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        let words = format!("{name}: nobody was brought in\n{}{more}", lines.join("\n"));
        let problems = told.map(|p| json!({ word: p.place, "field": p.field, "reason": p.reason })).collect();
        return Err(Failure::Problems { words, problems });
    }
    let count = if args.dry_run { entries.len() } else { imports::import(app, &entries).await? };
    let words = if args.dry_run {
        format!("Nothing is wrong: {count} people could come in.")
    } else {
        format!("{count} people came in; they sign in with the passwords they had.")
    };
    output::show(is_json, &json!({ "imported": count, "dry_run": args.dry_run }), &words);
    Ok(())
}

/// The entries, and what a place among them is called: `entry` of a list, else `line`.
fn read(bytes: &[u8]) -> Result<(&'static str, Vec<Entry>), String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let entries = match bytes.trim_ascii_start().first() {
        None => return Err("is empty where people are needed".to_owned()),
        Some(b'[') => {
            let mut list = serde_json::Deserializer::from_slice(bytes);
            let entries = list.deserialize_seq(List).and_then(|entries| list.end().map(|()| entries));
            ("entry", entries.map_err(|error| format!("is not JSON: {error}"))?)
        }
        Some(_) => ("line", lines(bytes)),
    };
    Ok(entries)
}

fn lines(bytes: &[u8]) -> Vec<Entry> {
    let lines = bytes.split(|b| *b == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    // The place within the line says the column; it is always line 1.
    lines.map(|(line, at)| (at, serde_json::from_slice(line).map_err(|e| told(&e)))).collect()
}

/// Without the place: that is told by the entry's own number.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    if error.is_data() { words.to_owned() } else { format!("is not JSON: {words} (column {})", error.column()) }
}

/// Reads an element at a time, so that a wrong one does not hide those behind it.
struct List;

impl<'de> Visitor<'de> for List {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of people")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries = Vec::new();
        while let Some(value) = list.next_element::<Value>()? {
            let person = serde_json::from_value::<Import>(value).map_err(|e| told(&e));
            entries.push((entries.len() + 1, person));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = r#"{"username": "ada", "email": "ada@example.com", "password_hash": null}"#;

    fn places(text: &str) -> (&'static str, Vec<(usize, bool)>) {
        let (word, entries) = read(text.as_bytes()).unwrap();
        (word, entries.iter().map(|(at, entry)| (*at, entry.is_ok())).collect())
    }

    #[test]
    fn a_list_and_lines_are_read_with_their_places() {
        assert_eq!(
            places(&format!("\u{feff} [{ADA},\n 1, {ADA}]\n")),
            ("entry", vec![(1, true), (2, false), (3, true)])
        );
        assert_eq!(places(&format!("{ADA}\r\n\n{{\n{ADA}")), ("line", vec![(1, true), (3, false), (4, true)]));
        assert_eq!(places("[]"), ("entry", vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let reasons = |text: &str| -> Vec<String> {
            read(text.as_bytes()).unwrap().1.into_iter().filter_map(|(_, entry)| entry.err()).collect()
        };
        assert_eq!(reasons(r#"{"username": "ada", "email": "a@b.example"}"#), ["missing field `password_hash`"]);
        assert!(reasons(&ADA.replace("email", "mail"))[0].starts_with("unknown field `mail`, expected one of"));
        assert!(reasons(&ADA.replace("null", "7"))[0].contains("expected a string"));
        assert_eq!(reasons("{\"username\":")[0], "is not JSON: EOF while parsing a value (column 12)");
        for bad in ["", " \n", "[1,", "[] x", "[}"] {
            assert!(read(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
