//! `App`: everything a request, a job, a command or a test works with. It is a value, never a global: two of them run in
//! one process.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use tower_sessions::session::Record;
use uuid::Uuid;

use crate::config::{Config, Synchronous};
use crate::db::{self, Db, OpenError};
use crate::domain::directory::Directory;
use crate::domain::keys::Keys;
use crate::domain::live::Live;
use crate::domain::{self, events};
use crate::mail::outbox::Outbox;
use crate::mail::transport::{self, Transport};
use crate::oidc::Caches;
use crate::platform::cache::Cache;
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::hashing::{self, PasswordHasher};
use crate::platform::http_client::{self, Fetch, GuardedClient};
use crate::platform::logging::RequestIds;
use crate::platform::random::Random;
use crate::platform::secret::{MasterKey, Sealer};
use crate::platform::strength::Strength;
use crate::platform::templates::Templates;
use crate::platform::webauthn::RelyingParty;
use crate::urls::Urls;

/// The house. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<dyn House>);

/// A wall for the compiler: every future of every handler asks anew whether an `App` is `Send`, and the answer stands here instead
/// of in each of the things behind (`docs/decisions/one-type-of-handler.md`).
trait House: std::fmt::Debug + Send + Sync {
    fn inner(&self) -> &Inner;
}

impl House for Inner {
    fn inner(&self) -> &Inner {
        self
    }
}

/// What the house holds.
#[derive(Debug)]
pub struct Inner {
    /// The configuration.
    pub config: Config,
    /// Paths and absolute URLs.
    pub urls: Urls,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unguessable bytes.
    pub random: Random,
    /// Clients and resources in memory.
    pub directory: Directory,
    /// Signing keys in memory.
    pub keys: Keys,
    /// What was found live a moment ago.
    pub live: Live,
    /// Clients that were noted in a browser session already.
    pub noted: Cache<()>,
    /// Session records that were read a moment ago.
    pub records: Cache<Record>,
    /// What the protocol remembers between requests.
    pub caches: Caches,
    /// What is remembered of providers elsewhere.
    pub upstream: crate::login::upstream::Memory,
    /// Password hashing on a bounded pool.
    pub hasher: PasswordHasher,
    /// Judges new passwords.
    pub strength: Strength,
    /// For whom passkeys are made, where browsers know any here.
    pub webauthn: Option<RelyingParty>,
    /// Pages and messages.
    pub templates: Templates,
    /// The only way to URLs that others name.
    pub fetch: Arc<dyn Fetch>,
    /// Mail on its way out.
    pub outbox: Outbox,
    /// What seals secrets for the database.
    pub sealers: Sealers,
    /// Makes refresh tokens.
    pub refresh_key: hmac::Key,
    /// Makes the tokens of our forms.
    pub csrf_key: hmac::Key,
    /// Makes pairwise subjects.
    pub pairwise_key: hmac::Key,
    /// Hides short codes.
    pub code_key: hmac::Key,
    /// Where refusals are noted.
    pub refusals: events::Refusals,
    /// Names requests.
    pub request_ids: RequestIds,
    /// Whether the server is on its way out.
    pub stopping: crate::health::Stopping,
    /// Whether this is `doorward dev`, with the demo app.
    pub is_dev: bool,
}

/// One sealer for each kind of secret.
#[derive(Debug)]
pub struct Sealers {
    /// Client secrets that sign.
    pub client_secret: Sealer,
    /// Shared secrets of resources.
    pub resource_secret: Sealer,
    /// Private signing keys.
    pub signing_key: Sealer,
    /// Opaque access tokens.
    pub opaque_token: Sealer,
    /// Mail that waits.
    pub mail: Sealer,
    /// Secrets of authenticator apps.
    pub totp: Sealer,
    /// What belongs to a question at a provider elsewhere.
    pub upstream: Sealer,
    /// What somebody asked for who has no account yet.
    pub sign_up: Sealer,
}

/// What a test replaces.
#[derive(Debug)]
pub struct Parts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Outgoing requests; none for the guarded client of the configuration.
    pub fetch: Option<Arc<dyn Fetch>>,
    /// The way out for mail; none for the configured one.
    pub mail: Option<Arc<dyn Transport>>,
    /// Whether this is `doorward dev`.
    pub is_dev: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), fetch: None, mail: None, is_dev: false }
    }
}

/// Why the house could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The master key.
    #[error("the master key: {0}")]
    MasterKey(String),
    /// Anything else, with its remedy.
    #[error("{0}")]
    Other(String),
}

impl App {
    /// Opens database and keys, brings the schema up to date, and reads what is kept in memory. Also gives the queue of
    /// refusals, which a server writes and a command drops.
    ///
    /// # Errors
    /// With the remedy.
    pub async fn open(config: Config, parts: Parts) -> Result<(Self, events::RefusalQueue), StartError> {
        let random = Random::default();
        let other = |what: &str, error: &dyn std::fmt::Display| StartError::Other(format!("{what}: {error}"));
        let db = Db::open(&db_options(&config)).await?;
        db.migrate(&config.data_dir).await?;
        let master = master_key(&config, &random, &db).await?;
        let fetch = match parts.fetch {
            Some(fetch) => fetch,
            None => Arc::new(outgoing(&config)?) as Arc<dyn Fetch>,
        };
        let (mail, captured) = match parts.mail {
            Some(mail) => (mail, None),
            None => transport::configured(&config, parts.is_dev).map_err(|e| StartError::Other(e.to_string()))?,
        };
        let hasher =
            PasswordHasher::new(&hashing_options(&config), random.clone()).map_err(|e| other("hashing", &e))?;
        let (refusals, queue) = events::Refusals::channel();
        let app = Self(Arc::new(Inner {
            urls: Urls::new(&config.issuer),
            db,
            clock: parts.clock,
            directory: Directory::default(),
            keys: Keys::default(),
            live: Live::default(),
            noted: Cache::new(16_384),
            records: Cache::new(4_096),
            caches: Caches::new(&config),
            upstream: crate::login::upstream::Memory::new(&config).map_err(StartError::Other)?,
            hasher,
            strength: Strength::default(),
            webauthn: domain::passkeys::relying_party(&config).map_err(|e| other("webauthn", &e))?,
            templates: Templates::load().map_err(|e| other("templates", &e))?,
            fetch,
            outbox: Outbox::new(mail, captured),
            sealers: Sealers {
                client_secret: master.sealer("client secret"),
                resource_secret: master.sealer("resource secret"),
                signing_key: master.sealer("signing key"),
                opaque_token: master.sealer("opaque token"),
                mail: master.sealer("mail"),
                totp: master.sealer("totp"),
                upstream: master.sealer("upstream"),
                sign_up: master.sealer("sign-up"),
            },
            refresh_key: master.hmac_key("refresh token"),
            csrf_key: master.hmac_key("form"),
            pairwise_key: master.hmac_key("pairwise subject"),
            code_key: master.hmac_key("mailed code"),
            refusals,
            request_ids: RequestIds::new(&random).map_err(|e| other("random", &e))?,
            random,
            stopping: crate::health::Stopping::default(),
            is_dev: parts.is_dev,
            config,
        }));
        let load = async {
            domain::keys::ensure(&app).await?;
            domain::keys::reload(&app).await?;
            app.directory.reload(&app).await
        };
        load.await.map_err(|e: domain::Error| StartError::Other(e.to_string()))?;
        Ok((app, queue))
    }

    /// A new UUIDv7 from our own clock.
    ///
    /// # Errors
    /// Where the operating system gives no random bytes.
    pub fn new_id(&self) -> Result<Uuid, crate::platform::random::RandomError> {
        let millis = u64::try_from(self.clock.now_ms()).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &self.random.bytes::<10>()?).into_uuid())
    }

    /// Seconds of the configuration in the milliseconds of the database.
    #[must_use]
    pub fn ms(&self, seconds: u64) -> i64 {
        i64::try_from(seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000)
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        self.0.inner()
    }
}

/// The options of the database from the configuration.
#[must_use]
pub fn db_options(config: &Config) -> db::Options {
    let database = &config.database;
    db::Options {
        url: database.url.as_ref().map(|u| u.expose().to_owned()),
        data_dir: config.data_dir.clone(),
        max_connections: database.max_connections,
        read_connections: database.read_connections,
        connect_timeout: Duration::from_secs(database.connect_timeout),
        acquire_timeout: Duration::from_secs(database.acquire_timeout),
        statement_timeout: Duration::from_secs(database.statement_timeout),
        is_synchronous_full: database.sqlite_synchronous == Synchronous::Full,
    }
}

fn hashing_options(config: &Config) -> hashing::Options {
    let hashing = &config.hashing;
    hashing::Options {
        memory_kib: hashing.memory_kib,
        iterations: hashing.iterations,
        parallelism: hashing.parallelism,
        permits: hashing.permits.and_then(|n| std::num::NonZero::new(n as usize)),
        wait: Duration::from_secs(hashing.wait),
        max_memory_kib: hashing.max_memory_kib,
    }
}

async fn master_key(config: &Config, random: &Random, db: &Db) -> Result<MasterKey, StartError> {
    let path = master_key_path(&config.data_dir);
    let key = match &config.master_key {
        Some(text) => MasterKey::from_env_text(text.expose()),
        // The key is always on disk before the first thing that is sealed under it.
        None if domain::keys::is_any(db).await.map_err(OpenError::Connect)? && db::is_missing(&path) => {
            return Err(StartError::MasterKey(format!(
                "{} is missing, and this database has keys that were sealed under it: put it back, or set DOORWARD_MASTER_KEY",
                path.display()
            )));
        }
        None => {
            db::make_private_dir(&config.data_dir)
                .map_err(|cause| OpenError::DataDir { path: config.data_dir.clone(), cause })?;
            MasterKey::load_or_create(&path, random)
        }
    };
    key.map_err(|e| StartError::MasterKey(e.to_string()))
}

/// Where the master key lies when it is not given.
#[must_use]
pub fn master_key_path(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join("master.key")
}

pub(crate) fn outgoing(config: &Config) -> Result<GuardedClient, StartError> {
    let outgoing = &config.outgoing;
    let mut ca_certificates = Vec::new();
    for path in &outgoing.ca_certificates {
        let pem = std::fs::read(path)
            .map_err(|e| StartError::Other(format!("outgoing.ca_certificates: {}: {e}", path.display())))?;
        ca_certificates.push(pem);
    }
    let options = http_client::Options {
        allow_networks: outgoing.allow_networks.clone(),
        allow_http_to_allowed_networks: true,
        ca_certificates,
        timeout: Duration::from_secs(outgoing.timeout),
        max_body: outgoing.max_body,
    };
    GuardedClient::new(options).map_err(|e| StartError::Other(format!("outgoing requests: {e}")))
}
