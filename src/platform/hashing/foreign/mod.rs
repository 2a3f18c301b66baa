//! Hashes that other systems made, so that people can be brought over with their passwords. Each is checked as its maker did, and asks to
//! be renewed; none is ever made here.
//!
//! A file per algorithm: which texts are one, what they may cost, and computing them. To add one: a file, and a line in
//! [`super::stored`].

pub(super) mod bcrypt;
pub(super) mod pbkdf2;
pub(super) mod scrypt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::HashError;

/// Shorter hashes are guessed too often by chance.
const SHORTEST: usize = 16;
/// What the algorithms write at most.
const LONGEST: usize = 64;

/// Standard base64, padded or not: PHC strings leave the padding out, Django keeps it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a salt or a hash. Passlib writes `.` for `+`.
fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('.', "+")).ok()
}

fn salt(text: &str) -> Result<Vec<u8>, HashError> {
    bytes(text).filter(|s| (1..=LONGEST).contains(&s.len())).ok_or(HashError::Stored("the salt is not right"))
}

fn output(text: &str) -> Result<Vec<u8>, HashError> {
    let bytes = bytes(text).ok_or(HashError::Stored("the hash is not base64"))?;
    match bytes.len() {
        SHORTEST..=LONGEST => Ok(bytes),
        0..SHORTEST => Err(HashError::Stored("the hash is too short")),
        _ => Err(HashError::Stored("the hash is too long")),
    }
}

/// A number in decimal digits and nothing else.
fn number(text: &str) -> Result<u32, HashError> {
    let digits = Some(text).filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|t| t.parse().ok()).ok_or(HashError::Stored("a parameter is not a number in range"))
}

/// The number after `name=`.
fn named(text: Option<&str>, name: &str) -> Result<u32, HashError> {
    let value = text.and_then(|t| t.strip_prefix(name)?.strip_prefix('='));
    number(value.ok_or(HashError::Stored("a parameter is missing"))?)
}
