//! Password hashing: Argon2id on a small bounded pool, so that a storm of logins starves nothing else.
//!
//! What we make is in `argon.rs`, what others made in `foreign/`, reading either in `stored.rs`; who computes it and when in `pool.rs`.
//! Only secrets that people choose belong here; those we make carry 256 random bits and need no slow hash.

mod argon;
mod foreign;
mod pool;
mod stored;
#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use argon::{Ceilings, OUTPUT_BYTES, SALT_BYTES, compute, phc, work_kib};
use argon2::{Algorithm, Argon2, Params, Version};
use pool::{Arenas, Pool};
use stored::Stored;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::platform::random::{Random, RandomError};

/// Longer passwords are refused: hashing them would be work for the asker's benefit only.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// A stored hash may ask for at most this much work (KiB × passes), or for ours where that is more: seconds of one core.
const MAX_WORK_KIB: u64 = 4 * 1024 * 1024;
const MAX_LANES: u32 = 16;

/// The cost of a hash and the size of the pool.
#[derive(Debug, Clone)]
pub struct Options {
    /// Memory of one hash in KiB (`m`).
    pub memory_kib: u32,
    /// Passes over the memory (`t`).
    pub iterations: u32,
    /// Lanes (`p`).
    pub parallelism: u32,
    /// Hashes at once; `None`: the cores less one, at least one.
    pub permits: Option<NonZero<usize>>,
    /// The longest wait for a place.
    pub wait: Duration,
    /// The most memory in KiB that a stored hash of other parameters may ask for.
    pub max_memory_kib: u32,
}

impl Default for Options {
    /// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            permits: None,
            wait: Duration::from_secs(2),
            max_memory_kib: 256 * 1024,
        }
    }
}

/// Why there is no answer about a password.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The pool is full; answer 503 with `Retry-After`.
    #[error("too many passwords are being checked right now")]
    Busy,
    /// The password to be set is longer than [`MAX_PASSWORD_BYTES`].
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The stored text is no password hash that is known here, or asks for more than we are ready to spend.
    #[error("the stored password hash cannot be used: {0}")]
    Stored(&'static str),
    /// The configured cost is out of range.
    #[error("the password hashing parameters are out of range: {0}")]
    Parameters(String),
    /// No randomness for the salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The hash could not be computed (no memory, or the server is stopping).
    #[error("the password hash could not be computed")]
    Failed,
}

/// What made a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it means")]
pub enum HashAlgorithm {
    Argon2,
    Bcrypt,
    Scrypt,
    Pbkdf2,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the right one.
    pub ok: bool,
    /// It was stored with other parameters than today's: store it anew while it is at hand.
    pub needs_rehash: bool,
}

/// Hashes and checks passwords. Cheap to clone; all clones share one pool.
#[derive(Debug, Clone)]
pub struct PasswordHasher(Arc<Pool>);

impl PasswordHasher {
    /// A pool with the given cost.
    ///
    /// # Errors
    /// [`HashError::Parameters`] where the cost is out of range.
    pub fn new(options: &Options, random: Random) -> Result<Self, HashError> {
        let params = Params::new(options.memory_kib, options.iterations, options.parallelism, Some(OUTPUT_BYTES))
            .map_err(|error| HashError::Parameters(error.to_string()))?;
        let ceilings = Ceilings {
            memory_kib: options.max_memory_kib.max(params.m_cost()),
            work_kib: work_kib(&params).max(MAX_WORK_KIB),
            lanes: params.p_cost().max(MAX_LANES),
        };
        let dummy = phc(&params, &random.bytes::<SALT_BYTES>()?, &random.bytes::<OUTPUT_BYTES>()?)?;
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let permits = options.permits.map_or(cores.saturating_sub(1).max(1), NonZero::get).min(Semaphore::MAX_PERMITS);
        Ok(Self(Arc::new(Pool {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            ceilings,
            dummy,
            random,
            permits,
            wait: options.wait,
            places: Arc::new(Semaphore::new(permits)),
            arenas: Arenas::default(),
            waiting: AtomicUsize::new(0),
            mean_us: AtomicU64::new(0),
            slowest_us: AtomicU64::new(0),
            #[cfg(test)]
            begun: AtomicU64::new(0),
        })))
    }

    /// Hashes a new password to a PHC string.
    ///
    /// # Errors
    /// [`HashError::TooLong`], [`HashError::Busy`], or where the machine fails.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, HashError> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(HashError::TooLong);
        }
        let salt = self.0.random.bytes::<SALT_BYTES>()?;
        let argon2 = self.0.argon2.clone();
        let (argon2, output) = self
            .on_the_pool(move |arena| {
                let mut output = [0; OUTPUT_BYTES];
                compute(&argon2, password.as_bytes(), &salt, &mut output, arena).map(|()| (argon2, output))
            })
            .await?;
        phc(argon2.params(), &salt, &output)
    }

    /// Checks a password against a stored hash of any known algorithm, whatever its parameters up to the ceilings.
    ///
    /// A wrong password takes as long as the slowest hash of others that was met lately: who measures must not learn that a name belongs
    /// to an account that was brought from elsewhere.
    ///
    /// # Errors
    /// [`HashError::Busy`]; [`HashError::Stored`] where the stored text cannot be used. A wrong password is no error.
    pub async fn verify(&self, password: Zeroizing<String>, stored: &str) -> Result<Verdict, HashError> {
        let stored = Stored::parse(stored, &self.0.ceilings)?;
        let needs_rehash = !stored.is_like(&self.0.argon2);
        if password.len() > MAX_PASSWORD_BYTES {
            return Ok(Verdict { ok: false, needs_rehash });
        }
        let (ok, begun) = self
            .on_the_pool(move |arena| {
                let begun = pool::now();
                stored.verify(password.as_bytes(), arena).map(|ok| (ok, begun))
            })
            .await?;
        if needs_rehash {
            self.0.learn_slowest(begun.elapsed());
        }
        if !ok {
            tokio::time::sleep_until((begun + self.0.level()).into()).await;
        }
        Ok(Verdict { ok, needs_rehash })
    }

    /// Says what made a stored hash, where it can be checked here at a cost that is allowed: for whoever brings people from elsewhere.
    ///
    /// # Errors
    /// [`HashError::Stored`].
    pub fn recognise(&self, stored: &str) -> Result<HashAlgorithm, HashError> {
        Stored::parse(stored, &self.0.ceilings).map(|s| s.algorithm())
    }

    /// Does the work of [`PasswordHasher::verify`] where there is no such user: the same path at the same cost.
    ///
    /// # Errors
    /// As [`PasswordHasher::verify`].
    pub async fn verify_dummy(&self, password: Zeroizing<String>) -> Result<(), HashError> {
        self.verify(password, &self.0.dummy).await.map(|_| ())
    }
}
