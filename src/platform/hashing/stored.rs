//! A stored hash of any algorithm that is checked here.

use argon2::password_hash::phc::Output;
use argon2::{Argon2, Block};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::argon::{self, Ceilings, compute};
use super::foreign::{bcrypt, pbkdf2, scrypt};
use super::{HashAlgorithm, HashError};

/// Longer texts are no password hash of anybody.
const LONGEST: usize = 512;

/// A stored hash that we are ready to compute.
pub(super) enum Stored {
    Argon2(argon::Stored),
    Bcrypt(bcrypt::Stored),
    Scrypt(scrypt::Stored),
    Pbkdf2(pbkdf2::Stored),
}

impl Stored {
    /// Reads it by its prefix; what it may cost is checked here, before anybody waits for a place.
    pub(super) fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, HashError> {
        if text.len() > LONGEST {
            return Err(HashError::Stored("longer than any password hash"));
        }
        if bcrypt::Stored::is_one(text) {
            return bcrypt::Stored::parse(text).map(Self::Bcrypt);
        }
        if scrypt::Stored::is_one(text) {
            return scrypt::Stored::parse(text, ceilings).map(Self::Scrypt);
        }
        if pbkdf2::Stored::is_one(text) {
            return pbkdf2::Stored::parse(text).map(Self::Pbkdf2);
        }
        // Django names the algorithm once more in front.
        let text = text.strip_prefix("argon2").unwrap_or(text);
        if text.starts_with("$argon2") {
            return argon::Stored::parse(text, ceilings).map(Self::Argon2);
        }
        Err(HashError::Stored("of no known algorithm; Argon2, bcrypt, scrypt and PBKDF2 are known"))
    }

    pub(super) fn algorithm(&self) -> HashAlgorithm {
        match self {
            Self::Argon2(_) => HashAlgorithm::Argon2,
            Self::Bcrypt(_) => HashAlgorithm::Bcrypt,
            Self::Scrypt(_) => HashAlgorithm::Scrypt,
            Self::Pbkdf2(_) => HashAlgorithm::Pbkdf2,
        }
    }

    /// Whether it is as we would make it today.
    pub(super) fn is_like(&self, ours: &Argon2<'_>) -> bool {
        matches!(self, Self::Argon2(stored) if stored.is_like(ours))
    }

    pub(super) fn verify(&self, password: &[u8], arena: &mut Vec<Block>) -> Result<bool, HashError> {
        match self {
            Self::Argon2(stored) => {
                let mut computed = Zeroizing::new([0; Output::MAX_LENGTH]);
                let expected = stored.output.as_bytes();
                let computed = computed.get_mut(..expected.len()).ok_or(HashError::Failed)?;
                compute(&stored.argon2, password, &stored.salt, computed, arena)?;
                Ok(computed.ct_eq(expected).into())
            }
            Self::Bcrypt(stored) => stored.verify(password),
            Self::Scrypt(stored) => stored.verify(password),
            Self::Pbkdf2(stored) => Ok(stored.verify(password)),
        }
    }
}
