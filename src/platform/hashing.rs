//! Password hashing: Argon2id on a small bounded pool, so that a storm of logins starves nothing else.
//!
//! One permit per core but one, and an arena of memory per permit, kept and used again (half the cost of a hash is fresh
//! memory). The permit travels into the blocking closure: a request that gives up does not free its place early. Who
//! would wait longer than `wait` is refused at once. Only secrets that people choose belong here; those we
//! make carry 256 random bits and need no slow hash.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::platform::random::{Random, RandomError};

/// Longer passwords are refused: hashing them would be work for the asker's benefit only.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// A stored hash may ask for at most this much work (KiB × passes), or for ours where that is more: seconds of one core.
const MAX_WORK_KIB: u64 = 4 * 1024 * 1024;
const MAX_LANES: u32 = 16;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

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
    /// The stored text is no Argon2 PHC string, or asks for more than we are ready to spend.
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

#[derive(Debug)]
struct Pool {
    argon2: Argon2<'static>,
    ceilings: Ceilings,
    dummy: String,
    random: Random,
    permits: usize,
    wait: Duration,
    places: Arc<Semaphore>,
    arenas: Arenas,
    waiting: AtomicUsize,
    /// A running mean of what one hash takes.
    mean_us: AtomicU64,
    /// Hashes begun; tells whether the pool was idle.
    begun: AtomicU64,
    begun_when_released: AtomicU64,
}

#[derive(Debug, Default)]
struct Arenas(Mutex<Vec<Vec<Block>>>);

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
            begun: AtomicU64::new(0),
            begun_when_released: AtomicU64::new(0),
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

    /// Checks a password against a stored PHC string of Argon2, whatever its parameters up to the ceilings.
    ///
    /// # Errors
    /// [`HashError::Busy`]; [`HashError::Stored`] where the stored text cannot be used. A wrong password is no error.
    pub async fn verify(&self, password: Zeroizing<String>, stored: &str) -> Result<Verdict, HashError> {
        let stored = Stored::parse(stored, &self.0.ceilings)?;
        let needs_rehash = !stored.is_like(&self.0.argon2);
        if password.len() > MAX_PASSWORD_BYTES {
            return Ok(Verdict { ok: false, needs_rehash });
        }
        let ok = self
            .on_the_pool(move |arena| {
                let mut computed = Zeroizing::new([0; Output::MAX_LENGTH]);
                let expected = stored.output.as_bytes();
                let computed = computed.get_mut(..expected.len()).ok_or(HashError::Failed)?;
                compute(&stored.argon2, password.as_bytes(), &stored.salt, computed, arena)?;
                Ok(bool::from(computed.ct_eq(expected)))
            })
            .await?;
        Ok(Verdict { ok, needs_rehash })
    }

    /// Does the work of [`PasswordHasher::verify`] where there is no such user: the same path at the same cost.
    ///
    /// # Errors
    /// As [`PasswordHasher::verify`].
    pub async fn verify_dummy(&self, password: Zeroizing<String>) -> Result<(), HashError> {
        self.verify(password, &self.0.dummy).await.map(|_| ())
    }

    /// Gives the kept memory back where no password was hashed since the last call. For a job that runs now and then.
    pub fn release_memory_if_idle(&self) {
        let begun = self.0.begun.load(Ordering::Relaxed);
        if self.0.begun_when_released.swap(begun, Ordering::Relaxed) == begun {
            self.0.arenas.lock().clear();
        }
    }

    async fn on_the_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = self.place().await?;
        let pool = Arc::clone(&self.0);
        pool.begun.fetch_add(1, Ordering::Relaxed);
        let job = tokio::task::spawn_blocking(move || {
            let mut arena = pool.arenas.lock().pop().unwrap_or_default();
            let begun = now();
            let result = work(&mut arena);
            pool.learn(begun.elapsed());
            // What an imported hash of other parameters needed beyond ours is not kept.
            if arena.len() <= pool.argon2.params().block_count() {
                pool.arenas.lock().push(arena);
            }
            drop(permit);
            result
        });
        job.await.map_err(|_| HashError::Failed)?
    }

    /// A place in the pool, or [`HashError::Busy`]: at once where the queue is longer than `wait`, else after it.
    async fn place(&self) -> Result<OwnedSemaphorePermit, HashError> {
        let pool = &*self.0;
        if let Ok(permit) = Arc::clone(&pool.places).try_acquire_owned() {
            return Ok(permit);
        }
        let queue = Queued::join(&pool.waiting);
        let expected_us = pool.mean_us.load(Ordering::Relaxed).saturating_mul(queue.ahead as u64) / pool.permits as u64;
        if u128::from(expected_us) > pool.wait.as_micros() {
            return Err(HashError::Busy);
        }
        let acquired = tokio::time::timeout(pool.wait, Arc::clone(&pool.places).acquire_owned()).await;
        acquired.map_err(|_| HashError::Busy)?.map_err(|_| HashError::Failed)
    }
}

impl Pool {
    /// A running mean over about eight hashes.
    fn learn(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX / 16);
        let mean = self.mean_us.load(Ordering::Relaxed);
        let next = if mean == 0 { took } else { (mean.saturating_mul(7).saturating_add(took)) / 8 };
        self.mean_us.store(next, Ordering::Relaxed);
    }
}

impl Arenas {
    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits; leaves the count however the wait ends.
struct Queued<'a> {
    waiting: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, ahead: waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stored hash that we are ready to compute.
struct Stored {
    argon2: Argon2<'static>,
    algorithm: Algorithm,
    version: Version,
    salt: Salt,
    output: Output,
}

impl Stored {
    fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, HashError> {
        let hash = PasswordHash::new(text).map_err(|_| HashError::Stored("not a PHC string"))?;
        let algorithm =
            Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| HashError::Stored("not an Argon2 hash"))?;
        // A PHC string without `v` is of version 0x10 (the reference code's rule).
        let version = hash
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(|_| HashError::Stored("unknown Argon2 version"))?;
        let params = Params::try_from(&hash).map_err(|_| HashError::Stored("parameters out of range"))?;
        ceilings.check(&params)?;
        let salt = hash.salt.ok_or(HashError::Stored("no salt"))?;
        let output = hash.hash.ok_or(HashError::Stored("no hash"))?;
        if output.len() < 16 {
            return Err(HashError::Stored("the hash is too short"));
        }
        Ok(Self { argon2: Argon2::new(algorithm, version, params), algorithm, version, salt, output })
    }

    fn is_like(&self, ours: &Argon2<'_>) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && cost(self.argon2.params()) == cost(ours.params())
            && self.output.len() == OUTPUT_BYTES
    }
}

/// The most that a stored hash may cost us.
#[derive(Debug)]
struct Ceilings {
    memory_kib: u32,
    work_kib: u64,
    lanes: u32,
}

impl Ceilings {
    fn check(&self, params: &Params) -> Result<(), HashError> {
        if params.m_cost() > self.memory_kib {
            return Err(HashError::Stored("it asks for more memory than is allowed"));
        }
        if work_kib(params) > self.work_kib {
            return Err(HashError::Stored("it asks for more work than is allowed"));
        }
        if params.p_cost() > self.lanes {
            return Err(HashError::Stored("it asks for more lanes than is allowed"));
        }
        Ok(())
    }
}

fn work_kib(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

fn compute(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    arena: &mut Vec<Block>,
) -> Result<(), HashError> {
    let blocks = argon2.params().block_count();
    if arena.len() < blocks {
        arena.try_reserve_exact(blocks - arena.len()).map_err(|_| HashError::Failed)?;
        arena.resize(blocks, Block::new());
    }
    argon2.hash_password_into_with_memory(password, salt, output, arena.as_mut_slice()).map_err(|_| HashError::Failed)
}

fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Result<String, HashError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Failed)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(output).map_err(|_| HashError::Failed)?),
    };
    Ok(hash.to_string())
}

fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(permits: usize, wait_ms: u64) -> PasswordHasher {
        let options = Options {
            memory_kib: 256,
            permits: NonZero::new(permits),
            wait: Duration::from_millis(wait_ms),
            ..Options::default()
        };
        PasswordHasher::new(&options, Random::default()).unwrap()
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn checks_what_it_hashed() {
        let hasher = hasher(2, 1000);
        let stored = hasher.hash(secret("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=256,t=2,p=1$"), "{stored}");
        assert_eq!(
            hasher.verify(secret("correct horse"), &stored).await.unwrap(),
            Verdict { ok: true, needs_rehash: false }
        );
        assert_eq!(hasher.verify(secret("wrong"), &stored).await.unwrap(), Verdict { ok: false, needs_rehash: false });
        assert_ne!(stored, hasher.hash(secret("correct horse")).await.unwrap());
        hasher.verify_dummy(secret("correct horse")).await.unwrap();
    }

    /// From the reference implementation (`argon2 somesalt`), and its older version.
    #[tokio::test]
    async fn checks_hashes_of_others_and_asks_to_renew_them() {
        let hasher = hasher(1, 1000);
        let renew = Verdict { ok: true, needs_rehash: true };
        for stored in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ] {
            let verdict = hasher.verify(secret("password"), stored).await.unwrap();
            let same_cost = stored.starts_with("$argon2id$v=19$m=256,");
            assert_eq!(verdict, Verdict { needs_rehash: !same_cost, ..renew }, "{stored}");
            assert!(!hasher.verify(secret("passwore"), stored).await.unwrap().ok);
        }
        assert!(hasher.0.arenas.lock().iter().all(|arena| arena.len() <= 256), "a large arena was kept");
    }

    #[tokio::test]
    async fn refuses_stored_hashes_beyond_the_ceilings() {
        let hasher = hasher(1, 1000);
        let tail = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        for head in
            ["m=4194304,t=1,p=1", "m=262144,t=17,p=1", "m=65536,t=4294967295,p=1", "m=4096,t=1,p=64", "m=1,t=1,p=1"]
        {
            let error = hasher.verify(secret("password"), &format!("$argon2id$v=19${head}{tail}")).await.unwrap_err();
            assert!(matches!(error, HashError::Stored(_)), "{head}: {error}");
        }
        for stored in [
            "",
            "plain",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
            "$argon2id$v=7$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            assert!(matches!(hasher.verify(secret("password"), stored).await, Err(HashError::Stored(_))), "{stored}");
        }
        let options = Options { memory_kib: 1, ..Options::default() };
        assert!(matches!(PasswordHasher::new(&options, Random::default()), Err(HashError::Parameters(_))));
    }

    #[tokio::test]
    async fn long_passwords_are_never_hashed_nor_cut() {
        let hasher = hasher(1, 1000);
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        let stored = hasher.hash(secret(&longest)).await.unwrap();
        assert!(hasher.verify(secret(&longest), &stored).await.unwrap().ok);
        let mut shorter = longest.clone();
        shorter.pop();
        assert!(!hasher.verify(secret(&shorter), &stored).await.unwrap().ok);
        let begun = hasher.0.begun.load(Ordering::Relaxed);
        let longer = longest + "x";
        assert!(matches!(hasher.hash(secret(&longer)).await, Err(HashError::TooLong)));
        assert!(!hasher.verify(secret(&longer), &stored).await.unwrap().ok);
        hasher.verify_dummy(secret(&longer)).await.unwrap();
        assert_eq!(hasher.0.begun.load(Ordering::Relaxed), begun);
    }

    #[tokio::test]
    async fn a_full_pool_is_busy_after_the_wait_and_at_once_when_the_queue_is_long() {
        let hasher = hasher(1, 50);
        let permit = Arc::clone(&hasher.0.places).acquire_owned().await.unwrap();
        assert!(matches!(hasher.verify_dummy(secret("x")).await, Err(HashError::Busy)));
        assert_eq!(hasher.0.waiting.load(Ordering::Relaxed), 0);
        hasher.0.mean_us.store(60_000, Ordering::Relaxed);
        hasher.0.waiting.store(1, Ordering::Relaxed);
        let refused = tokio::time::timeout(Duration::from_millis(25), hasher.verify_dummy(secret("x"))).await.unwrap();
        assert!(matches!(refused, Err(HashError::Busy)));
        drop(permit);
        hasher.verify_dummy(secret("x")).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_that_gives_up_keeps_its_place_until_the_hash_is_done() {
        let hasher = hasher(1, 1000);
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let shared = hasher.clone();
        let asking = tokio::spawn(async move {
            shared
                .on_the_pool(move |_| {
                    begin.send(()).unwrap();
                    ended.recv().unwrap();
                    Ok(())
                })
                .await
        });
        tokio::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(hasher.0.places.available_permits(), 0);
        end.send(()).unwrap();
        hasher.verify_dummy(secret("x")).await.unwrap();
        assert_eq!(hasher.0.places.available_permits(), 1);
    }

    #[tokio::test]
    async fn memory_is_kept_for_the_next_and_given_back_when_idle() {
        let hasher = hasher(2, 5000);
        let many: Vec<_> = (0..50)
            .map(|n| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(secret(&format!("p{n}"))).await.map(|_| ()) })
            })
            .collect();
        for one in many {
            one.await.unwrap().unwrap();
        }
        let kept = hasher.0.arenas.lock().len();
        assert!((1..=2).contains(&kept), "{kept} arenas");
        hasher.release_memory_if_idle();
        assert_eq!(hasher.0.arenas.lock().len(), kept);
        hasher.release_memory_if_idle();
        assert_eq!(hasher.0.arenas.lock().len(), 0);
    }

    #[tokio::test]
    async fn a_panic_costs_one_request_and_no_place() {
        let hasher = hasher(1, 1000);
        let failed = hasher.on_the_pool(|_| -> Result<(), HashError> { panic!("boom") }).await;
        assert!(matches!(failed, Err(HashError::Failed)));
        hasher.verify_dummy(secret("x")).await.unwrap();
    }
}
