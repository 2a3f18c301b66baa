//! PBKDF2 with HMAC-SHA-256 or -SHA-512 in three spellings: passlib's `$pbkdf2-sha256$29000$salt$hash`, the PHC string
//! `$pbkdf2-sha256$i=29000,l=32$salt$hash`, and Django's `pbkdf2_sha256$29000$salt$hash`, whose salt is plain text.

use std::num::NonZero;

use ring::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};

use super::{HashError, LONGEST, named, number, output, salt};

/// About two seconds of one core.
const MOST_ITERATIONS: u32 = 5_000_000;

/// A stored hash that we are ready to compute.
pub(in super::super) struct Stored {
    algorithm: Algorithm,
    iterations: NonZero<u32>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    /// Whether a text says that it is one.
    pub(in super::super) fn is_one(text: &str) -> bool {
        text.starts_with("$pbkdf2") || text.starts_with("pbkdf2_")
    }

    pub(in super::super) fn parse(text: &str) -> Result<Self, HashError> {
        let wrong =
            HashError::Stored("not of the form $pbkdf2-sha256$29000$salt$hash or pbkdf2_sha256$29000$salt$hash");
        let (is_django, rest) = match (text.strip_prefix("$pbkdf2-"), text.strip_prefix("pbkdf2_")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(HashError::Stored("of PBKDF2, only SHA-256 and SHA-512 are known")),
        };
        let mut parts = rest.split('$');
        let (Some(digest), Some(params), Some(salted), Some(hashed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong);
        };
        let algorithm = match digest {
            "sha256" => PBKDF2_HMAC_SHA256,
            "sha512" => PBKDF2_HMAC_SHA512,
            _ => return Err(HashError::Stored("of PBKDF2, only SHA-256 and SHA-512 are known")),
        };
        let output = output(hashed)?;
        let iterations = match params.split_once(',') {
            Some((iterations, length)) => {
                if usize::try_from(named(Some(length), "l")?).ok() != Some(output.len()) {
                    return Err(HashError::Stored("the hash is not as long as it says"));
                }
                named(Some(iterations), "i")?
            }
            None if params.starts_with("i=") => named(Some(params), "i")?,
            None => number(params)?,
        };
        if iterations > MOST_ITERATIONS {
            return Err(HashError::Stored("it asks for more work than is allowed (PBKDF2: 5,000,000 iterations)"));
        }
        let iterations = NonZero::new(iterations).ok_or(HashError::Stored("parameters out of range"))?;
        let salt = if is_django {
            Some(salted.as_bytes().to_vec())
                .filter(|s| (1..=LONGEST).contains(&s.len()))
                .ok_or(HashError::Stored("the salt is not right"))?
        } else {
            salt(salted)?
        };
        Ok(Self { algorithm, iterations, salt, output })
    }

    pub(in super::super) fn verify(&self, password: &[u8]) -> bool {
        pbkdf2::verify(self.algorithm, self.iterations, &self.salt, password, &self.output).is_ok()
    }
}
