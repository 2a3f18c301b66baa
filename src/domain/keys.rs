//! Signing keys: made, rotated, and in time taken down. A new key is published before it signs; an old one stays
//! published until the last token that it signed has expired. Its public half stays for as long as the sessions of that time may
//! live: an ID token has expired by then, and yet names the person of its session as a hint.
//!
//! ```text
//! created ──publish_ahead──▶ signs ──rotate──▶ retired, published ──longest token──▶ removed, for hints ──longest session──▶ gone
//! ```

use std::sync::{Arc, PoisonError, RwLock};

use entity::signing_keys;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{Error, Result, events, versions};
use crate::app::App;
use crate::jose::{Alg, Keyring, StoredKey};

/// Holds the current [`Keyring`], and that of the removed keys.
#[derive(Debug, Default)]
pub struct Keys(RwLock<Option<Rings>>);

#[derive(Debug, Clone)]
struct Rings {
    current: Arc<Keyring>,
    removed: Arc<Keyring>,
}

impl Keys {
    /// The current keys.
    ///
    /// # Errors
    /// Before the first load.
    pub fn current(&self) -> Result<Arc<Keyring>> {
        self.get(|rings| &rings.current)
    }

    /// The public halves of keys that are published no more. They verify an `id_token_hint` (RP-Initiated Logout 1.0 §2: an expired ID
    /// token should do while its session lives), and nothing that opens anything.
    ///
    /// # Errors
    /// Before the first load.
    pub fn removed(&self) -> Result<Arc<Keyring>> {
        self.get(|rings| &rings.removed)
    }

    fn get(&self, which: impl FnOnce(&Rings) -> &Arc<Keyring>) -> Result<Arc<Keyring>> {
        let rings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rings.as_ref().map(|r| Arc::clone(which(r))).ok_or_else(|| Error::internal("the signing keys are not loaded"))
    }

    fn replace(&self, rings: Rings) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(rings);
    }
}

/// Reads the keys from the database.
///
/// # Errors
/// Of the database, or where the master key does not open them.
pub async fn reload(app: &App) -> Result<()> {
    let now = app.clock.now_ms();
    let (mut published, mut removed) = (Vec::new(), Vec::new());
    for row in list(app).await? {
        let to = if row.removed_at.is_none_or(|at| at > now) { &mut published } else { &mut removed };
        to.push(unsealed(app, row, now)?);
    }
    let ring = |keys| Keyring::build(keys, now).map(Arc::new).map_err(Error::internal);
    app.keys.replace(Rings { current: ring(published)?, removed: ring(removed)? });
    Ok(())
}

/// A key that is ready for use; its private half is opened only where it may still sign.
fn unsealed(app: &App, row: signing_keys::Model, now: i64) -> Result<StoredKey> {
    let private_jwk = if row.retires_at.is_none_or(|at| at > now) {
        app.sealers.signing_key.open(row.kid.as_bytes(), &row.sealed_jwk).map_err(|_| {
            Error::internal(format!(
                "the signing key {} does not open under this master key; start with the DOORWARD_MASTER_KEY (or master.key file) that \
                 made it",
                row.kid
            ))
        })?
    } else {
        zeroize::Zeroizing::default()
    };
    Ok(StoredKey {
        alg: row.alg.parse().map_err(Error::internal)?,
        public_jwk: serde_json::from_str(&row.public_jwk).map_err(Error::internal)?,
        private_jwk,
        signs_from_ms: row.signs_from,
        retires_at_ms: row.retires_at,
        kid: row.kid,
    })
}

/// All keys, the oldest first.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App) -> Result<Vec<signing_keys::Model>> {
    let mut rows = signing_keys::Entity::find().all(app.db.write()).await?;
    rows.sort_by_key(|r| (r.signs_from, r.kid.clone()));
    Ok(rows)
}

/// Makes the keys that are missing, one for each algorithm we offer; they sign at once.
///
/// # Errors
/// Of the database or of the key generation.
pub async fn ensure(app: &App) -> Result<()> {
    let present = list(app).await?;
    let now = app.clock.now_ms();
    let missing: Vec<Alg> = Alg::ASYMMETRIC
        .into_iter()
        .filter(|alg| !present.iter().any(|k| k.alg == alg.as_str() && k.retires_at.is_none_or(|at| at > now)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let made = generate(&missing).await?;
    let tx = app.db.begin_write().await?;
    // Another replica may have been faster while we generated.
    let meanwhile = signing_keys::Entity::find().all(&tx).await?;
    for key in made {
        if !meanwhile.iter().any(|k| k.alg == key.alg.as_str() && k.retires_at.is_none_or(|at| at > now)) {
            insert(app, &tx, &key, now, now).await?;
        }
    }
    versions::bump(app, &tx, versions::Kind::Keys).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the database holds keys.
///
/// # Errors
/// Of the database.
pub async fn is_any(db: &crate::db::Db) -> std::result::Result<bool, sea_orm::DbErr> {
    Ok(signing_keys::Entity::find().one(db.write()).await?.is_some())
}

/// What a rotation did.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The new key.
    pub kid: String,
    /// Its algorithm.
    pub alg: Alg,
    /// From when it signs, epoch milliseconds.
    pub signs_from: i64,
}

/// Makes a new key for each of `algs`; it signs `ahead_s` seconds from now, and the old ones retire then.
///
/// # Errors
/// Of the database or of the key generation.
pub async fn rotate(app: &App, algs: &[Alg], ahead_s: u64) -> Result<Vec<Rotated>> {
    let made = generate(algs).await?;
    let now = app.clock.now_ms();
    let signs_from = now + app.ms(ahead_s);
    let removed_at = signs_from + app.ms(longest_token_s(app)) + 300_000;
    let tx = app.db.begin_write().await?;
    let mut rotated = Vec::new();
    for key in made {
        let alg = key.alg;
        // Also one that was to begin or end later: nothing older signs once this one does.
        let sql = "UPDATE signing_keys SET retires_at = ?, removed_at = ? WHERE alg = ? AND (retires_at IS NULL OR retires_at > ?)";
        let values = [signs_from.into(), removed_at.into(), alg.as_str().into(), signs_from.into()];
        crate::db::run(&tx, app.db.stmt(sql, values)).await?;
        insert(app, &tx, &key, now, signs_from).await?;
        rotated.push(Rotated { kid: key.kid, alg, signs_from });
    }
    let kids: Vec<_> = rotated.iter().map(|r| r.kid.clone()).collect();
    let about = events::About::default().with(serde_json::json!({ "kids": kids, "signs_from": signs_from }));
    events::record(app, &tx, events::Kind::KeysRotated, about).await?;
    versions::bump(app, &tx, versions::Kind::Keys).await?;
    tx.commit().await?;
    reload(app).await?;
    Ok(rotated)
}

/// Rotates the keys that are older than the schedule says, and forgets those whose time is over.
///
/// # Errors
/// Of the database or of the key generation.
pub async fn keep_schedule(app: &App) -> Result<()> {
    let now = app.clock.now_ms();
    let is_changed = remove_over(app, now).await?;
    let every = app.config.keys.rotate_every;
    let old: Vec<Alg> = if every == 0 {
        Vec::new()
    } else {
        let current = list(app).await?;
        Alg::ASYMMETRIC
            .into_iter()
            .filter(|alg| {
                let newest = current.iter().filter(|k| k.alg == alg.as_str()).map(|k| k.signs_from).max();
                newest.is_some_and(|at| at + app.ms(every) <= now)
            })
            .collect()
    };
    if !old.is_empty() {
        // Nobody is in a hurry: give caches of every kind an hour.
        rotate(app, &old, app.config.keys.publish_ahead.max(3600)).await?;
    } else if is_changed {
        reload(app).await?;
    }
    Ok(())
}

/// Forgets the private half of the keys whose time is over, and the public one when no session can be as old; tells the other
/// replicas. Says whether there were any.
async fn remove_over(app: &App, now: i64) -> Result<bool> {
    let oldest_session = now - app.ms(app.config.session.absolute_ttl);
    let is_over = |key: &signing_keys::Model| {
        key.removed_at.is_some_and(|at| at <= now)
            && (!key.sealed_jwk.is_empty() || key.retires_at.is_some_and(|at| at <= oldest_session))
    };
    if !list(app).await?.iter().any(is_over) {
        return Ok(false);
    }
    let tx = app.db.begin_write().await?;
    signing_keys::Entity::delete_many()
        .filter(signing_keys::Column::RemovedAt.lte(now))
        .filter(signing_keys::Column::RetiresAt.lte(oldest_session))
        .exec(&tx)
        .await?;
    signing_keys::Entity::update_many()
        .col_expr(signing_keys::Column::SealedJwk, Expr::value(Vec::<u8>::new()))
        .filter(signing_keys::Column::RemovedAt.lte(now))
        .exec(&tx)
        .await?;
    versions::bump(app, &tx, versions::Kind::Keys).await?;
    tx.commit().await?;
    Ok(true)
}

/// How long the longest-lived token that a key signed may still be good, in seconds.
fn longest_token_s(app: &App) -> u64 {
    // Clients and resources may ask for up to a day.
    app.config.oidc.id_token_ttl.max(app.config.oidc.access_token_ttl).max(86_400)
}

async fn generate(algs: &[Alg]) -> Result<Vec<crate::jose::NewKey>> {
    let algs = algs.to_vec();
    let work = move || algs.iter().map(|alg| crate::jose::generate(*alg)).collect::<std::result::Result<Vec<_>, _>>();
    // An RSA key takes a good part of a second.
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
}

async fn insert(
    app: &App,
    tx: &DatabaseTransaction,
    key: &crate::jose::NewKey,
    now: i64,
    signs_from: i64,
) -> Result<()> {
    let sealed =
        app.sealers.signing_key.seal(&app.random, key.kid.as_bytes(), &key.private_jwk).map_err(Error::internal)?;
    let row = signing_keys::ActiveModel {
        kid: Set(key.kid.clone()),
        alg: Set(key.alg.as_str().to_owned()),
        public_jwk: Set(key.public_jwk.to_string()),
        sealed_jwk: Set(sealed),
        created_at: Set(now),
        signs_from: Set(signs_from),
        retires_at: Set(None),
        removed_at: Set(None),
    };
    signing_keys::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
