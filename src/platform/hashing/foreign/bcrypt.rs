//! bcrypt: `$2a$`, `$2b$` and `$2y$`, bare or as Django stores them (`bcrypt$$2b$…`).
//!
//! It sees 72 bytes of a password and no more, and ends at a zero byte. Whoever has a longer one could sign in with its beginning, so longer
//! ones are refused: their owners set a new password by mail. Forms that hash the password first (`bcrypt_sha256`) are others and are
//! not known here; `$2x$` marks hashes of a faulty implementation, which many passwords fit.

use bcrypt::{HashParts, Version, hash_with_salt};
use subtle::ConstantTimeEq;

use super::{HashError, number};

/// What bcrypt sees of a password.
const SEEN_BYTES: usize = 72;
/// Each step doubles the work; this is about two seconds of one core.
const MOST_COST: u32 = 15;
/// `$2b$12$`: the rest is salt and hash.
const HEAD: usize = 7;

/// A stored hash that we are ready to compute.
pub(in super::super) struct Stored {
    cost: u32,
    salt: [u8; 16],
    /// Salt and hash as they are written.
    tail: String,
}

impl Stored {
    /// Whether a text says that it is one.
    pub(in super::super) fn is_one(text: &str) -> bool {
        text.starts_with("$2") || text.starts_with("bcrypt$")
    }

    pub(in super::super) fn parse(text: &str) -> Result<Self, HashError> {
        let text = text.strip_prefix("bcrypt$").unwrap_or(text);
        if !["$2a$", "$2b$", "$2y$"].iter().any(|head| text.starts_with(head)) {
            return Err(HashError::Stored("of bcrypt, only $2a$, $2b$ and $2y$ are known"));
        }
        let parts: HashParts = text.parse().map_err(|_| HashError::Stored("not a bcrypt hash of 60 characters"))?;
        let cost = number(text.get(4..6).unwrap_or_default())?;
        if cost > MOST_COST {
            return Err(HashError::Stored("it asks for more work than is allowed (bcrypt: a cost of 15)"));
        }
        if cost < 4 {
            return Err(HashError::Stored("parameters out of range"));
        }
        let tail = text.get(HEAD..).ok_or(HashError::Stored("not a bcrypt hash of 60 characters"))?.to_owned();
        Ok(Self { cost, salt: parts.get_salt_raw(), tail })
    }

    pub(in super::super) fn verify(&self, password: &[u8]) -> Result<bool, HashError> {
        // The same work whatever the answer is.
        let computed = hash_with_salt(password, self.cost, self.salt).map_err(|_| HashError::Failed)?;
        let computed = computed.format_for_version(Version::TwoB);
        let is_same = computed.as_bytes().get(HEAD..).ok_or(HashError::Failed)?.ct_eq(self.tail.as_bytes());
        let is_seen_whole = password.len() <= SEEN_BYTES && !password.contains(&0);
        Ok(bool::from(is_same) && is_seen_whole)
    }
}
